"""A life cycle as a table: what becomes of a thing, by its status and what happens."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

from attrs import frozen

#: A vendor's statuses, and its reasons for refusing.
StatusT = TypeVar("StatusT", bound=StrEnum)
ReasonT = TypeVar("ReasonT", bound=StrEnum)


@frozen(kw_only=True)
class LifeCycleRow(Generic[StatusT, ReasonT]):
    """
    One row of the life cycle.

    Attributes:
        becomes: The status afterwards.
        refuses: Why the command is refused, or None where it succeeds.
        why: What the row stands on.
    """

    becomes: StatusT
    refuses: ReasonT | None = None
    why: str
