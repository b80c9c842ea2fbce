"""
The order of steps, as generators that yield provider calls and receive their results.

Nothing here talks to anybody. A driver does: `run` calls a provider and hands its
answer, or its error, back in. Nodes, the command line, web applications and an async
driver drive the same generators.
"""

from __future__ import annotations

from collections.abc import Generator
from enum import StrEnum
from typing import Final, Protocol, TypeAlias, TypedDict, TypeVar, Unpack

from attrs import field, frozen

from .channels import Channel, read_channel
from .errors import InputError, VerifyError
from .identifiers import Identifier, read_identifier
from .masking import Secret, to_secret
from .phone import PhonePolicy
from .provider import VerifyProvider
from .verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartHints,
    StartRequest,
    VerificationRef,
    VerificationState,
)

T = TypeVar("T")


class Step(StrEnum):
    """Which method of the provider is called."""

    START = "start"
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"


@frozen(kw_only=True)
class StartCall:
    """A wish to start; with `previous`, to send again."""

    request: StartRequest
    previous: VerificationRef | None = None


@frozen(kw_only=True)
class CheckCall:
    """A wish to check a code."""

    ref: VerificationRef
    code: Secret = field(converter=to_secret)


@frozen(kw_only=True)
class FetchCall:
    """A wish to know where a verification stands."""

    ref: VerificationRef


@frozen(kw_only=True)
class CancelCall:
    """A wish to end a verification."""

    ref: VerificationRef


ProviderCall: TypeAlias = StartCall | CheckCall | FetchCall | CancelCall
ProviderAnswer: TypeAlias = Started | CheckResult | VerificationState | CancelOutcome
Flow: TypeAlias = Generator[ProviderCall, ProviderAnswer, T]


class CodeReason(StrEnum):
    """Why a code cannot be checked."""

    EMPTY = "empty"
    NO_REFERENCE = "no_reference"


class EmptyCode(InputError):
    """Nothing was typed; ask again."""

    def __init__(self) -> None:
        super().__init__(CodeReason.EMPTY, "code: empty; type the code you were sent")

    def __reduce__(self) -> tuple[type[EmptyCode], tuple[()]]:
        return type(self), ()


class MissingReference(InputError):
    """There is no verification that the code could belong to; start one."""

    def __init__(self) -> None:
        super().__init__(
            CodeReason.NO_REFERENCE, "reference: none; start a verification first"
        )

    def __reduce__(self) -> tuple[type[MissingReference], tuple[()]]:
        return type(self), ()


class StartOptions(TypedDict, total=False):
    """What a start may ask for besides identifier and channel; see `StartRequest`."""

    fallback_channels: tuple[Channel, ...]
    attempt_id: str | None
    locale: str | None
    custom_code: str | Secret | None
    client_address: str | None
    hints: StartHints
    extras: object


def sending(
    text: str | Identifier | None,
    channel: str | Channel = Channel.SMS,
    *,
    policy: PhonePolicy,
    previous: VerificationRef | None = None,
    **options: Unpack[StartOptions],
) -> Flow[Started]:
    """
    Read an identifier and send a passcode to it.

    Args:
        text: The identifier as typed or stored.
        channel: How the code travels.
        policy: How a phone number is read.
        previous: The verification to send again for, or None for a new one.
        **options: Further fields of `StartRequest`.

    Raises:
        InputError: The identifier or the channel cannot be used.
        VerifyError: The provider could not do it.
    """
    chosen = read_channel(channel)
    identifier = read_identifier(text, chosen, policy)
    request = StartRequest(identifier=identifier, channel=chosen, **options)
    answer = yield StartCall(request=request, previous=previous)
    return _expect(answer, Started)


def collecting(ref: VerificationRef | None, code: str | None) -> Flow[CheckResult]:
    """
    Check the code that a person typed or pasted.

    Raises:
        MissingReference: There is no reference.
        EmptyCode: There is no code in the text.
        VerifyError: The provider could not do it.
    """
    if ref is None:
        raise MissingReference
    answer = yield CheckCall(ref=ref, code=read_code(code))
    return _expect(answer, CheckResult)


def canceling(ref: VerificationRef) -> Flow[CancelOutcome]:
    """
    End a verification.

    Raises:
        VerifyError: The provider could not do it.
    """
    answer = yield CancelCall(ref=ref)
    return _expect(answer, CancelOutcome)


# What people paste between the groups of a code: every space, hyphen and dash, and
# characters that do not show.
_BETWEEN_GROUPS: Final = (
    "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\u2060\ufeff"
)


def read_code(text: str | None) -> Secret:
    """
    A code without the spaces and hyphens that were pasted with it.

    Raises:
        EmptyCode: Nothing is left.
    """
    drop = str.maketrans("", "", _BETWEEN_GROUPS)
    code = "".join((text or "").split()).translate(drop)
    if not code:
        raise EmptyCode
    return Secret(code)


class Phase(StrEnum):
    """How far a step has come."""

    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"


@frozen(kw_only=True)
class FlowEvent:
    """
    One step, seen from outside; masked, fit for any log.

    Attributes:
        step: The method called.
        phase: Whether this is the question, its answer or its failure.
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


class EventHook(Protocol):
    """Sees every step; what it raises stops the flow, so it should raise nothing."""

    def __call__(self, event: FlowEvent, /) -> None: ...  # noqa: D102 - one call


def run(
    flow: Flow[T], provider: VerifyProvider, *, on_event: EventHook | None = None
) -> T:
    """
    Drive a flow to its end on one provider.

    Args:
        flow: One of this module's generators, not yet begun.
        provider: Answers the calls.
        on_event: Sees each call before it is made and each answer after.

    Returns:
        What the flow returns.

    Raises:
        InputError: From the flow, before any call.
        VerifyError: From the provider, unless the flow handles it.
    """
    emit = on_event or _ignore
    try:
        call = next(flow)
        while True:
            emit(asked(call, provider))
            try:
                answer = perform(call, provider)
            except VerifyError as error:
                emit(failed(call, provider, error))
                call = flow.throw(error)
            else:
                emit(answered(call, provider, answer))
                call = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


def perform(call: ProviderCall, provider: VerifyProvider) -> ProviderAnswer:
    """Make one call; the place where a driver turns a value into an act."""
    match call:
        case StartCall():
            return provider.start(call.request, previous=call.previous)
        case CheckCall():
            return provider.check(call.ref, call.code.reveal())
        case FetchCall():
            return provider.fetch(call.ref)
        case CancelCall():
            return provider.cancel(call.ref)


def asked(call: ProviderCall, provider: VerifyProvider) -> FlowEvent:
    """The event of a call that is about to be made."""
    return _event(call, provider, Phase.ASKED)


def answered(
    call: ProviderCall, provider: VerifyProvider, answer: ProviderAnswer
) -> FlowEvent:
    """The event of a call that was answered."""
    return _event(call, provider, Phase.ANSWERED, result=_told(answer))


def failed(
    call: ProviderCall, provider: VerifyProvider, error: VerifyError
) -> FlowEvent:
    """The event of a call that raised."""
    return _event(
        call, provider, Phase.FAILED, result=type(error).__name__, error=error
    )


class Verifier:
    """
    Sends passcodes and checks them: the library in one object.

    Args:
        provider: Who does it.
        policy: How phone numbers are read.
        on_event: Sees every step, masked.
    """

    def __init__(
        self,
        provider: VerifyProvider,
        policy: PhonePolicy | None = None,
        *,
        on_event: EventHook | None = None,
    ) -> None:
        self.provider = provider
        self.policy = PhonePolicy() if policy is None else policy
        self._on_event = on_event

    def start(
        self,
        text: str | Identifier,
        channel: str | Channel = Channel.SMS,
        *,
        previous: VerificationRef | None = None,
        **options: Unpack[StartOptions],
    ) -> Started:
        """
        Send a passcode; keep the `.ref` of what comes back.

        Args:
            text: A phone number or an e-mail address, as typed.
            channel: `sms`, `call`, `email` or `whatsapp`.
            previous: The reference to send again for.
            **options: Further fields of `StartRequest`.

        Raises:
            InputError: The identifier or the channel cannot be used; ask again.
            VerifyError: The provider could not do it; the class says what next.
        """
        flow = sending(text, channel, policy=self.policy, previous=previous, **options)
        return run(flow, self.provider, on_event=self._on_event)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Check a code as typed; its `.verdict` says how it went.

        Raises:
            EmptyCode: There is no code in the text.
            VerifyError: The provider could not do it; never taken for approval.
        """
        return run(collecting(ref, code), self.provider, on_event=self._on_event)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        return run(canceling(ref), self.provider, on_event=self._on_event)


def _expect(answer: ProviderAnswer, kind: type[T]) -> T:
    if not isinstance(answer, kind):
        raise TypeError(f"a driver sent {type(answer).__name__}, not {kind.__name__}")
    return answer


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


def _ignore(_event: FlowEvent, /) -> None:
    pass


def _event(
    call: ProviderCall,
    provider: VerifyProvider,
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
