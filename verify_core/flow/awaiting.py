"""The same flows for programs that await: an asynchronous driver and its `Verifier`."""

from __future__ import annotations

from typing import TypeVar, Unpack

from ..channels import Channel
from ..errors import VerifyError
from ..identifiers import Identifier
from ..phone import PhonePolicy
from ..provider import AsyncVerifyProvider, resend_of
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    VerificationRef,
    VerificationState,
)
from .calls import (
    CancelCall,
    CheckCall,
    FetchCall,
    Flow,
    ProviderAnswer,
    ProviderCall,
    StartCall,
)
from .driving import list_previous
from .events import EventHook, FlowEvent, abandoned, answered, asked, failed
from .steps import StartOptions, canceling, collecting, fetching, sending

T = TypeVar("T")


async def run_async(
    flow: Flow[T], provider: AsyncVerifyProvider, *, on_event: EventHook | None = None
) -> T:
    """
    Drive a flow to its end on one provider, awaiting each call.

    Args:
        flow: One of this module's generators, not yet begun.
        provider: Answers the calls.
        on_event: Sees each call before it is made and each answer after, or that the
            task was cancelled meanwhile.

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
                answer = await _perform(call, provider)
            except VerifyError as error:
                emit(failed(call, provider, error))
                call = flow.throw(error)
            except Exception:
                raise
            except BaseException:  # a cancellation, by whatever library
                emit(abandoned(call, provider))
                raise
            else:
                emit(answered(call, provider, answer))
                call = flow.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result


async def _perform(call: ProviderCall, provider: AsyncVerifyProvider) -> ProviderAnswer:
    match call:
        case StartCall():
            previous = resend_of(provider, call.request, call.previous)
            started = await provider.start(call.request, previous=previous)
            return list_previous(started, call.previous, previous)
        case CheckCall():
            return await provider.check(call.ref, call.code.reveal())
        case FetchCall():
            return await provider.fetch(call.ref)
        case CancelCall():
            return await provider.cancel(call.ref)


def _ignore(_event: FlowEvent, /) -> None:
    pass


class AsyncVerifier:
    """
    `Verifier` for programs that await.

    Args:
        provider: Who does it.
        policy: How phone numbers are read.
        on_event: Sees every step, masked.
    """

    def __init__(
        self,
        provider: AsyncVerifyProvider,
        policy: PhonePolicy | None = None,
        *,
        on_event: EventHook | None = None,
    ) -> None:
        self.provider = provider
        self.policy = PhonePolicy() if policy is None else policy
        self._on_event = on_event

    async def start(
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
            previous: The reference to send again for. One of another identifier or of
                another provider is left out: this is then a fresh start, and
                `ignored_hints` lists `previous`.
            **options: Further fields of `StartRequest`.

        Raises:
            InputError: The identifier or the channel cannot be used; ask again.
            VerifyError: The provider could not do it; the class says what next.
        """
        flow = sending(text, channel, policy=self.policy, previous=previous, **options)
        return await run_async(flow, self.provider, on_event=self._on_event)

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Check a code as typed; its `.verdict` says how it went.

        Raises:
            EmptyCode: There is no code in the text.
            NotACode: The text has words or signs that no code has.
            VerifyError: The provider could not do it; never taken for approval.
        """
        flow = collecting(ref, code)
        return await run_async(flow, self.provider, on_event=self._on_event)

    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where a verification stands.

        Raises:
            NotSupported: The provider cannot be asked; `capabilities.fetch` says so.
            VerifyError: The provider could not do it.
        """
        return await run_async(fetching(ref), self.provider, on_event=self._on_event)

    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        return await run_async(canceling(ref), self.provider, on_event=self._on_event)
