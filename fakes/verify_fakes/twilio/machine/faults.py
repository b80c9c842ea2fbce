"""Failures on purpose at Twilio: by a reason, or by Twilio's number for one (60203)."""

from __future__ import annotations

from typing import TypeAlias

from ...kit import faults
from .commands import Operation
from .errors import ERRORS, reason_for
from .reasons import Reason

Fault: TypeAlias = faults.Fault[Operation, Reason]
"""One armed rule."""


class Faults(faults.Faults[Operation, Reason]):
    """The armed rules of one machine; a resend is a `start`."""

    def __init__(self) -> None:
        super().__init__(Operation, _reason_of)


def _reason_of(effect: Reason | int, _operation: Operation) -> Reason:
    reason = effect if isinstance(effect, Reason) else reason_for(effect)
    if reason is None:
        raise faults.unknown(effect, {row.code for row in ERRORS.values()})
    return reason
