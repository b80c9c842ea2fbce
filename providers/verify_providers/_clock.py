"""The system's clock, where an application passes no clock of its own."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the system's time; the default where a clock may be passed."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument
