"""
`FakeVerifyProvider`: the fake behind the provider protocol, without a socket.

Its vendor is the fake Twilio's machine, with the abilities that a profile says.
"""

from __future__ import annotations

from .profiles import (
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
from .provider import FakeVerifyProvider, from_settings

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
    "FakeVerifyProvider",
    "VendorProfile",
    "from_settings",
]
