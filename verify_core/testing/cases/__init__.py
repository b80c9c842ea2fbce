"""The cases, by subject; `all_cases` finds them in this order."""

from .._case import Law
from . import (
    _answering,
    _asking,
    _checking,
    _declaring,
    _ending,
    _resending,
    _showing,
    _starting,
    _together,
    _waiting,
)

__all__: list[str] = []  # authors ask `all_cases`

_SUBJECTS = (
    _starting,
    _checking,
    _ending,
    _resending,
    _together,
    _answering,
    _asking,
    _waiting,
    _declaring,
    _showing,
)


def written() -> tuple[Law, ...]:
    """Every case, in the order in which they are written."""
    return tuple(
        value
        for subject in _SUBJECTS
        for value in vars(subject).values()
        if isinstance(value, Law)
    )
