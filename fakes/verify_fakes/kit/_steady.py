"""Time as a machine needs it: it never goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class Steady:
    """
    A clock that stands still while the one below it is set back.

    What time drives (expiry, limits) would otherwise be in a state that no real service
    can reach.

    Args:
        clock: Gives the present, aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._latest = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present, never before an earlier one."""
        self._latest = max(self._latest, self._clock())
        return self._latest
