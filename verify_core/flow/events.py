"""What a flow does, seen from outside: masked, fit for any log."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from attrs import frozen

from ..channels import Channel
from ..errors import VerifyError
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    VerificationState,
)
from .calls import (
    CancelCall,
    CheckCall,
    FetchCall,
    ProviderAnswer,
    ProviderCall,
    StartCall,
)


class Step(StrEnum):
    """Which method of the provider is called."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"


class Phase(StrEnum):
    """How far a step has come."""

    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"
    ABANDONED = "abandoned"
    """The task that asked was cancelled; what became of the call is not known here."""


@frozen(kw_only=True)
class FlowEvent:
    """
    One step, seen from outside; masked, fit for any log.

    Attributes:
        step: The method called.
        phase: Whether this is the question, its answer or its failure; or neither.
        provider: Name of the provider.
        identifier: Masked.
        channel: The channel asked for, or of the reference.
        attempt_id: Ours, or None before a provider drew one.
        result: Verdict, status, delivery, cancel outcome or name of the error.
        http_status: From the error.
        vendor_code: From the error.
        vendor_request_id: From the error.
    """

    step: Step
    phase: Phase
    provider: str
    identifier: str
    channel: Channel
    attempt_id: str | None = None
    result: str | None = None
    http_status: int | None = None
    vendor_code: str | None = None
    vendor_request_id: str | None = None


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class EventHook(Protocol):
    """Sees every step; what it raises stops the flow, so it should raise nothing."""

    def __call__(self, event: FlowEvent, /) -> None: ...  # noqa: D102 - one call


def asked(call: ProviderCall, provider: _Named) -> FlowEvent:
    """The event of a call that is about to be made."""
    return _event(call, provider, Phase.ASKED)


def answered(call: ProviderCall, provider: _Named, answer: ProviderAnswer) -> FlowEvent:
    """The event of a call that was answered."""
    return _event(call, provider, Phase.ANSWERED, result=_told(answer))


def failed(call: ProviderCall, provider: _Named, error: VerifyError) -> FlowEvent:
    """The event of a call that raised."""
    return _event(
        call, provider, Phase.FAILED, result=type(error).__name__, error=error
    )


def abandoned(call: ProviderCall, provider: _Named) -> FlowEvent:
    """The event of a call whose answer nobody waits for any more."""
    return _event(call, provider, Phase.ABANDONED)


def _told(answer: ProviderAnswer) -> str:
    match answer:
        case Started():
            return answer.delivery
        case CheckResult():
            return answer.verdict
        case VerificationState():
            return answer.status
        case CancelOutcome():
            return answer


def _event(
    call: ProviderCall,
    provider: _Named,
    phase: Phase,
    *,
    result: str | None = None,
    error: VerifyError | None = None,
) -> FlowEvent:
    about = call.request if isinstance(call, StartCall) else call.ref
    return FlowEvent(
        step=_STEPS[type(call)],
        phase=phase,
        provider=provider.name,
        identifier=str(about.identifier),
        channel=about.channel,
        attempt_id=about.attempt_id,
        result=result,
        http_status=error.http_status if error else None,
        vendor_code=error.vendor_code if error else None,
        vendor_request_id=error.vendor_request_id if error else None,
    )


_STEPS: Final[dict[type[ProviderCall], Step]] = {
    StartCall: Step.START,
    CheckCall: Step.CHECK,
    FetchCall: Step.FETCH,
    CancelCall: Step.CANCEL,
}
