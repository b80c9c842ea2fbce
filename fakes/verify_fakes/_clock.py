"""A clock that stands still until a test moves it."""

from __future__ import annotations

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
        return self._now

    def advance(self, by: timedelta) -> None:
        """
        Move the clock forward.

        Raises:
            ValueError: `by` is negative.
        """
        if by < timedelta(0):
            raise ValueError(f"a clock cannot go back: advance() got {by}")
        self._now += by

    def set(self, instant: datetime) -> None:
        """
        Move the clock to an instant that is not before the present.

        Raises:
            ValueError: `instant` has no time zone, or lies in the past.
        """
        instant = _utc(instant)
        if instant < self._now:
            raise ValueError(
                f"a clock cannot go back: set() got {instant.isoformat()}, "
                f"and it is {self._now.isoformat()}"
            )
        self._now = instant

    def __repr__(self) -> str:
        return f"FakeClock({self._now.isoformat()})"


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(
            "a clock needs an aware datetime: add tzinfo, such as datetime.UTC"
        )
    return instant.astimezone(UTC)
