"""
The fake Twilio: its laws, what an account has, and its API in HTTP.

What is listed here is what tests of applications need beside `FakeTwilio`.
"""

from __future__ import annotations

from ..kit._faults import Break as Break
from ._outbox import Message as Message, Outbox as Outbox
from .machine._errors import Reason
from .machine._faults import MAGIC_NUMBERS
from .machine._rules import PROFILES, Profile, Switches
from .machine._state import Limits
from .machine._verifications import Keep as Keep
from .resources._signing import form_signature

__all__ = [
    "MAGIC_NUMBERS",
    "PROFILES",
    "Limits",
    "Profile",
    "Reason",
    "Switches",
    "form_signature",
]
