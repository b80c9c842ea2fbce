"""Stand-ins with behaviour, for working offline."""

from __future__ import annotations

from .clock import FakeClock
from .intercept import FakeTwilio, fake_twilio
from .profiles import PROFILES, VendorProfile
from .provider import FakeVerifyProvider
from .twilio.outbox import Message, Outbox

__all__ = [
    "PROFILES",
    "FakeClock",
    "FakeTwilio",
    "FakeVerifyProvider",
    "Message",
    "Outbox",
    "VendorProfile",
    "fake_twilio",
]
