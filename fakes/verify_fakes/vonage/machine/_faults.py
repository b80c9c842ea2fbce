"""Failures on purpose at Vonage: by a reason, or by an HTTP status (429)."""

from __future__ import annotations

from typing import TypeAlias

from ...kit import _faults as faults
from ._commands import VonageOperation
from ._errors import ERRORS, SCRIPTABLE, reason_for
from ._numbers import plain
from ._reasons import Reason

VonageFault: TypeAlias = faults.ArmedFault[VonageOperation, Reason]
"""One armed rule."""


class VonageFaults(faults.ArmedFaults[VonageOperation, Reason]):
    """The armed rules of one machine; addresses with or without a plus sign."""

    def __init__(self) -> None:
        super().__init__(VonageOperation, _reason_of, plain)


def _reason_of(effect: Reason | int, operation: VonageOperation) -> Reason:
    if isinstance(effect, Reason):
        reason = effect if effect in SCRIPTABLE else None
    else:
        reason = reason_for(effect, operation)
    if reason is None:
        raise faults.unknown(effect, {ERRORS[each].status for each in SCRIPTABLE})
    return reason
