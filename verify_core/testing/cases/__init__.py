"""The cases, by subject; `all_cases` finds them in this order."""

from .._case import Law
from . import (
    _answering as answering,
    _asking as asking,
    _checking as checking,
    _dating as dating,
    _declaring as declaring,
    _ending as ending,
    _failing as failing,
    _guessing as guessing,
    _resending as resending,
    _scenes as scenes,
    _sending_again as sending_again,
    _showing as showing,
    _starting as starting,
    _together as together,
)

__all__ = ["SUBJECTS"]

SUBJECTS = (
    starting,
    checking,
    guessing,
    ending,
    resending,
    sending_again,
    dating,
    together,
    failing,
    answering,
    asking,
    declaring,
    scenes,
    showing,
)


def written() -> tuple[Law, ...]:
    """Every case, in the order in which they are written."""
    return tuple(
        value
        for subject in SUBJECTS
        for value in vars(subject).values()
        if isinstance(value, Law)
    )
