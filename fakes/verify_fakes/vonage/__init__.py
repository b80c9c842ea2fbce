"""
The fake Vonage: its laws, what an account has, and its API in HTTP.

What is listed here is what tests of applications need beside `FakeVonage`.
"""

from __future__ import annotations

from ..kit._faults import Break as Break
from ._store import Profile
from .machine._commands import Reason
from .machine._verifications import Keep as Keep
from .machine._workflow import Limits
from .resources._auth import Keyring as Keyring
from .resources._events import Webhook as Webhook, signed

__all__ = [
    "Limits",
    "Profile",
    "Reason",
    "signed",
]
