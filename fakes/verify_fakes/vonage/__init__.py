"""
The fake Vonage: its laws, what an account has, and its API in HTTP.

What is listed here is what tests of applications need beside `FakeVonage`.
"""

from __future__ import annotations

from ..kit.breaks import Break
from .machine.reasons import Reason
from .machine.verifications import Keep
from .machine.workflow import Limits
from .resources.auth import Keyring
from .resources.signing import Webhook, signed
from .store import Profile

__all__ = [
    "Break",
    "Keep",
    "Keyring",
    "Limits",
    "Profile",
    "Reason",
    "Webhook",
    "signed",
]
