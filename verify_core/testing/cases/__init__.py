"""The cases, by subject; `all_cases` finds them in this order."""

from ..case import Law
from . import (
    answering,
    asking,
    checking,
    dating,
    declaring,
    ending,
    failing,
    guessing,
    resending,
    scenes,
    sending_again,
    showing,
    starting,
    together,
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
