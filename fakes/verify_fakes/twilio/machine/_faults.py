"""Failures on purpose at Twilio: by a reason, or by Twilio's number for one (60203)."""

from __future__ import annotations

from typing import TypeAlias

from ...kit import _faults as faults
from ._commands import TwilioOperation
from ._errors import ERRORS, reason_for
from ._reasons import Reason

TwilioFault: TypeAlias = faults.ArmedFault[TwilioOperation, Reason]
"""One armed rule."""


class TwilioFaults(faults.ArmedFaults[TwilioOperation, Reason]):
    """The armed rules of one machine; a resend is a `start`."""

    def __init__(self) -> None:
        super().__init__(TwilioOperation, _reason_of)


def _reason_of(effect: Reason | int, _operation: TwilioOperation) -> Reason:
    reason = effect if isinstance(effect, Reason) else reason_for(effect)
    if reason is None:
        raise faults.unknown(effect, {row.code for row in ERRORS.values()})
    return reason
