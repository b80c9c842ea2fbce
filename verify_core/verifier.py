"""`Verifier` and `AsyncVerifier`: read what was typed, call the provider, report it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, Unpack

from attrs import evolve

from .channels import Channel, read_channel
from .codes import read_code
from .errors import MissingReference
from .frames import unframed
from .identifiers import Identifier, read_identifier
from .masking import Secret
from .phone import PhonePolicy
from .provider import (
    AnyProvider,
    AsyncVerifyProvider,
    VerifyProvider,
    require_answer,
    resend_of,
)
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

if TYPE_CHECKING:
    from .events import Answered, EventHook


class StartOptions(TypedDict, total=False):
    """What a start may ask for besides identifier and channel; see `StartRequest`."""

    fallback_channels: tuple[Channel, ...]
    attempt_id: str | None
    locale: str | None
    custom_code: str | Secret | None
    client_address: str | None
    hints: StartHints
    extras: object


ProviderT = TypeVar("ProviderT", bound=AnyProvider)

_UNWATCHED: AbstractContextManager[Answered] = nullcontext(require_answer)


class _Verifying(Generic[ProviderT]):
    """What blocking and awaiting share: reading before a call, reporting around it."""

    def __init__(
        self,
        provider: ProviderT,
        policy: PhonePolicy | None = None,
        *,
        on_event: EventHook | None = None,
    ) -> None:
        self.provider = provider
        self.policy = PhonePolicy() if policy is None else policy
        self._on_event = on_event

    def _request(
        self, to: str | Identifier, channel: str | Channel, options: StartOptions
    ) -> StartRequest:
        chosen = read_channel(channel)
        identifier = read_identifier(to, chosen, self.policy)
        return StartRequest(identifier=identifier, channel=chosen, **options)

    def _previous(
        self, request: StartRequest, previous: VerificationRef
    ) -> VerificationRef | None:
        """The reference to pass on; see `resend_of`."""
        return resend_of(
            self.provider, request, require_kind("previous", previous, VerificationRef)
        )

    def _watch(
        self, method: str, about: StartRequest | VerificationRef
    ) -> AbstractContextManager[Answered]:
        """Report the call made inside the `with` block, where there is a hook."""
        if self._on_event is None:
            return _UNWATCHED
        from .events import Method, watch  # only where they are needed

        return watch(self._on_event, self.provider, Method(method), about)


def _read_ref(ref: VerificationRef | None) -> VerificationRef:
    if ref is None:
        raise MissingReference
    return require_kind("ref", ref, VerificationRef)


def _list_previous(started: Started) -> Started:
    if "previous" in started.ignored_hints:
        return started
    return evolve(started, ignored_hints=(*started.ignored_hints, "previous"))


class Verifier(_Verifying[VerifyProvider]):
    """
    Sends passcodes and checks them: the library in one object.

    Args:
        provider: The provider that does it.
        policy: How phone numbers are read.
        on_event: Receives a masked event before and after each call of the provider,
            or that the caller was cancelled meanwhile.
    """

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
        request = self._request(to, channel, options)
        again = None if previous is None else self._previous(request, previous)
        with self._watch("start", request) as answered:
            started = answered(self.provider.start(request, previous=again), Started)
        return started if again is previous else _list_previous(started)

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
        with self._watch("check", ref) as answered:
            return answered(self.provider.check(ref, secret.reveal()), CheckResult)

    @unframed
    def fetch(self, ref: VerificationRef) -> VerificationState:
        """
        Ask where a verification stands.

        Raises:
            NotSupported: The provider cannot be asked; `capabilities.fetch` says so.
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with self._watch("fetch", ref) as answered:
            return answered(self.provider.fetch(ref), VerificationState)

    @unframed
    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """
        End a verification.

        Raises:
            VerifyError: The provider could not do it.
        """
        ref = _read_ref(ref)
        with self._watch("cancel", ref) as answered:
            return answered(self.provider.cancel(ref), CancelOutcome)


class AsyncVerifier(_Verifying[AsyncVerifyProvider]):
    """`Verifier` with awaited methods; arguments, results and errors are the same."""

    @unframed
    async def start(
        self,
        to: str | Identifier,
        channel: str | Channel = Channel.SMS,
        *,
        previous: VerificationRef | None = None,
        **options: Unpack[StartOptions],
    ) -> Started:
        """Send a passcode; see `Verifier.start`."""
        request = self._request(to, channel, options)
        again = None if previous is None else self._previous(request, previous)
        with self._watch("start", request) as answered:
            answer = await self.provider.start(request, previous=again)
            started = answered(answer, Started)
        return started if again is previous else _list_previous(started)

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """Check a code as typed; see `Verifier.check`."""
        ref, secret = _read_ref(ref), read_code(code)
        with self._watch("check", ref) as answered:
            answer = await self.provider.check(ref, secret.reveal())
            return answered(answer, CheckResult)

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """Ask where a verification stands; see `Verifier.fetch`."""
        ref = _read_ref(ref)
        with self._watch("fetch", ref) as answered:
            return answered(await self.provider.fetch(ref), VerificationState)

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """End a verification; see `Verifier.cancel`."""
        ref = _read_ref(ref)
        with self._watch("cancel", ref) as answered:
            return answered(await self.provider.cancel(ref), CancelOutcome)
