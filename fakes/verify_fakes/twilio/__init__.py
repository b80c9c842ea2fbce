"""
The fake Twilio: its laws, what an account has, and its API in HTTP.

What is listed here is what tests of applications need beside `FakeTwilio`.
"""

from __future__ import annotations

from ..kit.breaks import Break
from .machine.numbers import MAGIC_NUMBERS
from .machine.profile import PROFILES, Profile
from .machine.reasons import Reason
from .machine.state import Limits
from .machine.switches import Switches
from .machine.verifications import Keep
from .outbox import Message, Outbox
from .resources.signing import form_signature

__all__ = [
    "MAGIC_NUMBERS",
    "PROFILES",
    "Break",
    "Keep",
    "Limits",
    "Message",
    "Outbox",
    "Profile",
    "Reason",
    "Switches",
    "form_signature",
]
