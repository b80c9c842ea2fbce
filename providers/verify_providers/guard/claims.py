"""What one start asks of the counters, and the ways to take it all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Claim(NamedTuple):
    """
    A place in one counter. A tuple, since every start makes several.

    Attributes:
        key: The counter's name.
        seconds: How long the window is that the first claim opens.
        limit: What the counter may stand at.
        amount: What it is raised by; 0 only reads it, and is refused at the limit.
        given_back: Whether the counter is forgotten when a later claim fails. Only for
            a limit of 1, where nobody else can have a part in it.
    """

    key: str
    seconds: int
    limit: int
    amount: int = 1
    given_back: bool = False

    def fits(self, stands_at: int) -> bool:
        """Whether there is room beside what the counter stands at."""
        return stands_at + (self.amount or 1) <= self.limit


Claims = Sequence[Claim]
