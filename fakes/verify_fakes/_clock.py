"""Clocks that a test can move: one that stands still, and one that runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Where a new fake clock stands: a plain instant, far from any edge.
DEFAULT_START = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)


class FakeClock:
    """
    A clock under a test's control; nothing about the process's own time changes.

    Call it, or its `now`, to read it. It never goes backwards: expiry and limits would
    be in a state then that no real service can reach.

    Args:
        start: First instant; aware, any zone. Defaults to `DEFAULT_START`.

    Raises:
        ValueError: `start` has no time zone.
    """

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        self._now = _utc(start)

    def now(self) -> datetime:
        """The present, aware, in UTC."""
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
        if by < timedelta(0):
            raise ValueError(f"a clock cannot go back: advance() got {by}")
        self.now()
        self._move(by)

    def set(self, instant: datetime) -> None:
        """
        Move the clock to an instant that is not before the present.

        Raises:
            ValueError: `instant` has no time zone, or lies in the past.
        """
        instant, now = _utc(instant), self.now()
        if instant < now:
            raise ValueError(
                f"a clock cannot go back: set() got {instant.isoformat()}, "
                f"and it is {now.isoformat()}"
            )
        self._move(instant - now)

    def _move(self, by: timedelta) -> None:
        self._now += by

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._now.isoformat()})"


def system_now() -> datetime:
    """The machine's own time, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - where real time comes in


class RunningClock(FakeClock):
    """Real time, plus what a test has moved it by: the clock of a running program."""

    def __init__(self) -> None:
        super().__init__(system_now())
        self._real: Callable[[], datetime] = system_now
        self._moved = timedelta(0)

    def run_on(self, real: Callable[[], datetime]) -> None:
        """Follow another time from now on."""
        self._real = real

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        # Real clocks are set back now and then; this one stands still meanwhile.
        self._now = max(self._now, self._real() + self._moved)
        return self._now

    def _move(self, by: timedelta) -> None:
        super()._move(by)
        self._moved += by


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(
            "a clock needs an aware datetime: add tzinfo, such as datetime.UTC"
        )
    return instant.astimezone(UTC)
