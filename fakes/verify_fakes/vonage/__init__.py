"""Vonage Verify v2 as a pure state machine, and its wire format."""

from __future__ import annotations

from ..kit.breaks import Break, ConnectionBroken
from .auth import Caller, Keyring
from .commands import Answer, Invalid, Operation, Refused, Start
from .errors import ERRORS, Problem, reason_for
from .events import Told
from .faults import Fault, Faults
from .keeping import Keep
from .numbers import Trait, Traits
from .outbox import Message, Outbox
from .reasons import Reason
from .signing import Webhook, signed
from .state import LIFE_CYCLE, Event
from .store import Profile, VonageStore
from .workflow import Channel, Limits, Status, Step, StepStatus, Verification

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
