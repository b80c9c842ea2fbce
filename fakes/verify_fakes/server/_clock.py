"""A clock that runs, and that a test can still move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .._clock import FakeClock


def system_now() -> datetime:
    """The machine's own time, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the server is where real time comes in


class RunningClock(FakeClock):
    """
    Real time, plus what tests have moved it by; like any fake clock it never goes back.

    Args:
        real: The time that runs.
    """

    def __init__(self, real: Callable[[], datetime] = system_now) -> None:
        super().__init__(real())
        self._real = real
        self._offset = timedelta(0)

    def run_on(self, real: Callable[[], datetime]) -> None:
        """Follow another time from now on."""
        self._real = real

    def now(self) -> datetime:
        """The present of this account, UTC."""
        # Real clocks are set back now and then; this one stands still meanwhile.
        self._now = max(self._now, self._real() + self._offset)
        return self._now

    def __call__(self) -> datetime:
        """The present, as `now` gives it."""
        return self.now()

    def advance(self, by: timedelta) -> None:
        """
        Move the clock forward.

        Raises:
            ValueError: `by` is negative.
        """
        self.now()
        super().advance(by)
        self._offset += by

    def set(self, instant: datetime) -> None:
        """
        Move the clock to an instant that is not before the present.

        Raises:
            ValueError: `instant` has no time zone, or lies in the past.
        """
        now = self.now()
        super().set(instant)
        self._offset += self._now - now
