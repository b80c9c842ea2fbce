"""Twilio Verify as a pure state machine, and its wire format."""

from __future__ import annotations

from ..kit.breaks import Break, ConnectionBroken
from .machine.commands import Answer, Check, Operation, Refused, Start, TemplateChoice
from .machine.errors import ERRORS, WireError, reason_for
from .machine.faults import Fault, Faults
from .machine.lookup import LookedUp
from .machine.numbers import MAGIC_NUMBERS, MagicNumber, Trait, Traits
from .machine.profile import PROFILES, Profile
from .machine.reasons import Reason
from .machine.state import (
    LIFE_CYCLE,
    Channel,
    Event,
    Limits,
    Sent,
    Status,
    Verification,
)
from .machine.switches import Switches
from .machine.verifications import Keep
from .outbox import Message, Outbox
from .resources.services import Service, Services
from .store import VerifyStore

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
