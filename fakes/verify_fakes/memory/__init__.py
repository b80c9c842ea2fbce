"""
`FakeVerifyProvider`, blocking and awaited: the fake behind the provider protocol.

Its vendor is the fake Twilio's machine, with the abilities that a profile says.
"""

from __future__ import annotations

from ._profiles import (
    CANCEL_WINDOW as CANCEL_WINDOW,
    CHECK_BY_ID as CHECK_BY_ID,
    CHECK_BY_IDENTIFIER as CHECK_BY_IDENTIFIER,
    LEAST as LEAST,
    NEW_CODE as NEW_CODE,
    NO_CANCEL as NO_CANCEL,
    NO_FETCH as NO_FETCH,
    ONE_AT_A_TIME as ONE_AT_A_TIME,
    PROFILES as PROFILES,
    TELLS_ENDS_APART as TELLS_ENDS_APART,
    TWILIO_LIKE as TWILIO_LIKE,
    VendorProfile as VendorProfile,
)
from ._provider import (
    AsyncFakeVerifyProvider as AsyncFakeVerifyProvider,
    FakeVerifyProvider as FakeVerifyProvider,
    async_from_settings as async_from_settings,
    from_settings as from_settings,
)

__all__: list[str] = []  # `verify_fakes` has the public names
