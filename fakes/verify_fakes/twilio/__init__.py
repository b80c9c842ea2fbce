"""Twilio Verify as a pure state machine, and its wire format."""

from __future__ import annotations

from ..kit.breaks import Break, ConnectionBroken
from .commands import (
    Answer,
    Check,
    Operation,
    Refused,
    Start,
    TemplateChoice,
)
from .errors import ERRORS, WireError, reason_for
from .faults import Fault, Faults
from .lookup import LookedUp
from .numbers import MAGIC_NUMBERS, MagicNumber, Trait, Traits
from .outbox import Message, Outbox
from .profile import PROFILES, Profile
from .reasons import Reason
from .services import Service, Services, Switches
from .state import LIFE_CYCLE, Channel, Event, Limits, Sent, Status, Verification
from .store import VerifyStore
from .verifications import Keep

__all__ = [
    "ERRORS",
    "LIFE_CYCLE",
    "MAGIC_NUMBERS",
    "PROFILES",
    "Answer",
    "Break",
    "Channel",
    "Check",
    "ConnectionBroken",
    "Event",
    "Fault",
    "Faults",
    "Keep",
    "Limits",
    "LookedUp",
    "MagicNumber",
    "Message",
    "Operation",
    "Outbox",
    "Profile",
    "Reason",
    "Refused",
    "Sent",
    "Service",
    "Services",
    "Start",
    "Status",
    "Switches",
    "TemplateChoice",
    "Trait",
    "Traits",
    "Verification",
    "VerifyStore",
    "WireError",
    "reason_for",
]
