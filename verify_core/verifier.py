"""`Verifier` and `AsyncVerifier`: read what was typed, call the provider, report it."""

from __future__ import annotations

from typing import TypedDict, TypeVar, Unpack

from attrs import evolve

from .channels import Channel, read_channel
from .codes import read_code
from .errors import MissingReference
from .events import EventHook, Method, watch
from .frames import unframed
from .identifiers import Identifier, read_identifier
from .masking import Secret
from .phone import PhonePolicy
from .provider import AsyncVerifyProvider, VerifyProvider, resend_of
from .validation import require_kind
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


class StartOptions(TypedDict, total=False):
    """What a start may ask for besides identifier and channel; see `StartRequest`."""

    fallback_channels: tuple[Channel, ...]
    attempt_id: str | None
    locale: str | None
    custom_code: str | Secret | None
    client_address: str | None
    hints: StartHints
    extras: object


@unframed
def start_request(
    to: str | Identifier | None,
    channel: str | Channel = Channel.SMS,
    policy: PhonePolicy | None = None,
    **options: Unpack[StartOptions],
) -> StartRequest:
    """
    Read an identifier and a channel, and make the request of them.

    Args:
        to: A phone number or an e-mail address, as typed or stored.
        channel: `sms`, `call`, `email` or `whatsapp`.
        policy: How a phone number is read; None takes the default policy.
        **options: Further fields of `StartRequest`.

    Raises:
        InputError: The identifier or the channel cannot be used.
        InvalidSetting: A field of another type.
    """
    chosen = read_channel(channel)
    identifier = read_identifier(to, chosen, policy or PhonePolicy())
    return StartRequest(identifier=identifier, channel=chosen, **options)


def _read_ref(ref: VerificationRef | None) -> VerificationRef:
    if ref is None:
        raise MissingReference
    return require_kind("ref", ref, VerificationRef)


def _read_previous(previous: VerificationRef | None) -> VerificationRef | None:
    if previous is None:
        return None
    return require_kind("previous", previous, VerificationRef)


def _list_previous(
    started: Started, given: VerificationRef | None, passed: VerificationRef | None
) -> Started:
    """The result of a start; it lists a `previous` that was not passed on."""
    if given is passed or "previous" in started.ignored_hints:
        return started
    return evolve(started, ignored_hints=(*started.ignored_hints, "previous"))


def _expect(answer: T, kind: type[T]) -> T:
    """The answer of a provider, unless it mixed them up."""
    if not isinstance(answer, kind):
        raise TypeError(
            f"a provider answered {type(answer).__name__}, not {kind.__name__}"
        )
    return answer


class Verifier:
    """
    Sends passcodes and checks them: the library in one object.

    Args:
        provider: The provider that does it.
        policy: How phone numbers are read.
        on_event: Receives a masked event before and after each call of the provider.
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

    @unframed
    def start(
        self,
        to: str | Identifier,
        channel: str | Channel = Channel.SMS,
        *,
        previous: VerificationRef | None = None,
        **options: Unpack[StartOptions],
    ) -> Started:
        """
        Send a passcode; keep the `.ref` of the result.

        Args:
            to: A phone number or an e-mail address, as typed.
            channel: `sms`, `call`, `email` or `whatsapp`.
            previous: The reference to send again for. One of another identifier or of
                another provider is left out: this is then a fresh start, and
                `ignored_hints` lists `previous`.
            **options: Further fields of `StartRequest`.

        Raises:
            InputError: The identifier or the channel cannot be used; ask again.
            VerifyError: The provider could not do it; the class says what next.
        """
        request = start_request(to, channel, self.policy, **options)
        again = resend_of(self.provider, request, _read_previous(previous))
        with watch(self._on_event, self.provider, Method.START, request) as answered:
            started = answered(self.provider.start(request, previous=again))
        return _list_previous(_expect(started, Started), previous, again)

    @unframed
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Check a code as typed; the result's `.verdict` says how it went.

        Raises:
            EmptyCode: There is no code in the text.
            NotACode: The text has words or signs that no code has.
            VerifyError: The provider could not do it; never taken for approval.
        """
        ref, secret = _read_ref(ref), read_code(code)
        with watch(self._on_event, self.provider, Method.CHECK, ref) as answered:
            result = answered(self.provider.check(ref, secret.reveal()))
        return _expect(result, CheckResult)

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where a verification stands.

        Raises:
            NotSupported: The provider cannot be asked; `capabilities.fetch` says so.
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with watch(self._on_event, self.provider, Method.FETCH, ref) as answered:
            state = answered(self.provider.fetch(ref))
        return _expect(state, VerificationState)

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with watch(self._on_event, self.provider, Method.CANCEL, ref) as answered:
            outcome = answered(self.provider.cancel(ref))
        return _expect(outcome, CancelOutcome)


class AsyncVerifier:
    """
    `Verifier` for programs that await; both read, call and report alike.

    Args:
        provider: The provider that does it.
        policy: How phone numbers are read.
        on_event: Receives a masked event before and after each call of the provider,
            or that the task was cancelled meanwhile.
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

    @unframed
    async def start(
        self,
        to: str | Identifier,
        channel: str | Channel = Channel.SMS,
        *,
        previous: VerificationRef | None = None,
        **options: Unpack[StartOptions],
    ) -> Started:
        """
        Send a passcode; keep the `.ref` of the result.

        Args:
            to: A phone number or an e-mail address, as typed.
            channel: `sms`, `call`, `email` or `whatsapp`.
            previous: The reference to send again for. One of another identifier or of
                another provider is left out: this is then a fresh start, and
                `ignored_hints` lists `previous`.
            **options: Further fields of `StartRequest`.

        Raises:
            InputError: The identifier or the channel cannot be used; ask again.
            VerifyError: The provider could not do it; the class says what next.
        """
        request = start_request(to, channel, self.policy, **options)
        again = resend_of(self.provider, request, _read_previous(previous))
        with watch(self._on_event, self.provider, Method.START, request) as answered:
            started = answered(await self.provider.start(request, previous=again))
        return _list_previous(_expect(started, Started), previous, again)

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """
        Check a code as typed; the result's `.verdict` says how it went.

        Raises:
            EmptyCode: There is no code in the text.
            NotACode: The text has words or signs that no code has.
            VerifyError: The provider could not do it; never taken for approval.
        """
        ref, secret = _read_ref(ref), read_code(code)
        with watch(self._on_event, self.provider, Method.CHECK, ref) as answered:
            result = answered(await self.provider.check(ref, secret.reveal()))
        return _expect(result, CheckResult)

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where a verification stands.

        Raises:
            NotSupported: The provider cannot be asked; `capabilities.fetch` says so.
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with watch(self._on_event, self.provider, Method.FETCH, ref) as answered:
            state = answered(await self.provider.fetch(ref))
        return _expect(state, VerificationState)

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with watch(self._on_event, self.provider, Method.CANCEL, ref) as answered:
            outcome = answered(await self.provider.cancel(ref))
        return _expect(outcome, CancelOutcome)
