"""The system's clock and its chance, where an application passes none of its own."""

import os
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the system's time; the default where a clock may be passed."""
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


def new_id() -> str:
    """Return 32 hexadecimal digits of the system's chance, such as an attempt's id."""
    return os.urandom(16).hex()
