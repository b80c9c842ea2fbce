"""Vonage Verify v2 as a pure state machine, and its wire format."""

from __future__ import annotations

from ..kit.breaks import Break, ConnectionBroken
from .machine.commands import Answer, Invalid, Operation, Refused, Start
from .machine.errors import ERRORS, Problem, reason_for
from .machine.faults import Fault, Faults
from .machine.numbers import Trait, Traits
from .machine.reasons import Reason
from .machine.state import LIFE_CYCLE, Event
from .machine.verifications import Keep
from .machine.workflow import Channel, Limits, Status, Step, StepStatus, Verification
from .outbox import Message, Outbox
from .resources.auth import Caller, Keyring
from .resources.events import Told
from .resources.signing import Webhook, signed
from .store import Profile, VonageStore

__all__ = [
    "ERRORS",
    "LIFE_CYCLE",
    "Answer",
    "Break",
    "Caller",
    "Channel",
    "ConnectionBroken",
    "Event",
    "Fault",
    "Faults",
    "Invalid",
    "Keep",
    "Keyring",
    "Limits",
    "Message",
    "Operation",
    "Outbox",
    "Problem",
    "Profile",
    "Reason",
    "Refused",
    "Start",
    "Status",
    "Step",
    "StepStatus",
    "Told",
    "Trait",
    "Traits",
    "Verification",
    "VonageStore",
    "Webhook",
    "reason_for",
    "signed",
]
