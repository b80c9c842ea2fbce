"""
`FakeVerifyProvider`, blocking and awaited: the fake behind the provider protocol.

Its vendor is the fake Twilio's machine, with the abilities that a profile says.
"""

from __future__ import annotations

from ._profiles import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    CHECK_BY_IDENTIFIER,
    LEAST,
    NEW_CODE,
    NO_CANCEL,
    NO_FETCH,
    ONE_AT_A_TIME,
    PROFILES,
    TELLS_ENDS_APART,
    TWILIO_LIKE,
    VendorProfile,
)
from ._provider import (
    AsyncFakeVerifyProvider,
    FakeVerifyProvider,
    async_from_settings,
    from_settings,
)

__all__ = [
    "CANCEL_WINDOW",
    "CHECK_BY_ID",
    "CHECK_BY_IDENTIFIER",
    "LEAST",
    "NEW_CODE",
    "NO_CANCEL",
    "NO_FETCH",
    "ONE_AT_A_TIME",
    "PROFILES",
    "TELLS_ENDS_APART",
    "TWILIO_LIKE",
    "AsyncFakeVerifyProvider",
    "FakeVerifyProvider",
    "VendorProfile",
    "async_from_settings",
    "from_settings",
]
