"""The state machine of `verify_fakes.twilio` under the calls of a provider."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from verify_core.accepting import Accepted, accept, attempt_of
from verify_core.channels import Channel
from verify_core.errors import Ambiguous, NotSupported, TooSoon, Unavailable
from verify_core.provider import CancelSupport, Idempotency, LookupKey, Resend, owns
from verify_core.validation import require_kind
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from ..kit._faults import ConnectionBroken
from ..twilio import Break, Reason
from ..twilio._store import VerifyStore
from ..twilio.machine._commands import CheckCommand, StartCommand, TwilioRefusal
from ..twilio.machine._state import TwilioChannel, TwilioStatus, TwilioVerification
from . import _translation as translation
from ._profiles import VendorProfile

if TYPE_CHECKING:
    from verify_core.phone import PhoneNumber

T = TypeVar("T")

#: The declarations that let a verification be found without the vendor's id.
BY_IDENTIFIER = frozenset({LookupKey.IDENTIFIER, LookupKey.EITHER})

_CODE_LENGTHS = range(4, 11)


class PretendedVendor:
    """
    The fake Twilio's machine behind the protocol, with what a profile can do.

    Safe to use from several threads.
    """

    def __init__(
        self,
        store: VerifyStore,
        profile: VendorProfile,
        *,
        name: str,
        extras: tuple[type, ...],
    ) -> None:
        self.name = name
        self.capabilities = profile.capabilities
        self.store = store
        self._profile = profile
        self._extras = extras
        self._service = store.services.create().sid
        # The store locks each command; a resend with a new code is two of them.
        self._lock = RLock()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        accepted = self._accept(request, previous)
        with self._lock:
            self._make_way(request, accepted.previous)
            started = self._send(request, accepted.previous)
        return evolve(started, ignored_hints=accepted.ignored)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        key = self._key(ref, self.capabilities.check_key)
        if key is None:
            return CheckResult(verdict=Verdict.GONE)
        by_sid = key == ref.vendor_id
        command = CheckCommand(
            code=require_kind("code", code, str),
            sid=key if by_sid else None,
            to=None if by_sid else key,
        )
        answer = self._ask(
            lambda: self.store.check(self._service, command), has_effect=True
        )
        if isinstance(answer, TwilioVerification):
            reported = self.capabilities.attempts_reported
            return translation.result_of(answer, self.store.limits, reported=reported)
        verdict = translation.verdict_of(
            answer, tells_ends_apart=self._profile.tells_ends_apart
        )
        if verdict is None:
            raise translation.error_of(answer, self.name, has_effect=True)
        return CheckResult(verdict=verdict, retry_allowed=verdict is Verdict.WRONG_CODE)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        if self.capabilities.fetch is LookupKey.NONE:
            raise NotSupported("fetch: this provider cannot", self.name)
        key = self._key(ref, self.capabilities.fetch)
        if key is None:
            return VerificationState(status=Status.UNKNOWN)
        answer = self._ask(lambda: self.store.fetch(self._service, key))
        if isinstance(answer, TwilioVerification):
            return translation.state_of(answer)
        if answer.reason is not Reason.NOT_FOUND:
            raise translation.error_of(answer, self.name, has_effect=False)
        status = translation.status_of(
            answer, tells_ends_apart=self._profile.tells_ends_apart
        )
        return VerificationState(status=status, reason=answer.reason.value)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        support = self.capabilities.cancel
        if support is CancelSupport.NO:
            return CancelOutcome.NOT_SUPPORTED
        key = self._key(ref, self.capabilities.check_key)
        if key is None:
            return CancelOutcome.GONE
        opens = ref.created_at + self._profile.cancel_opens
        if support is CancelSupport.WINDOW and self.store.now() < opens:
            return CancelOutcome.TOO_LATE
        return self._cancel(key)

    def line_type(self, number: PhoneNumber) -> str:
        answer = self._ask(lambda: self.store.look_up(number.e164))
        if isinstance(answer, TwilioRefusal):
            raise translation.error_of(answer, self.name, has_effect=False)
        return answer.line_type or "unknown"

    def _cancel(self, key: str) -> CancelOutcome:
        canceled = TwilioStatus.CANCELED
        answer = self._ask(lambda: self.store.update(self._service, key, canceled))
        if isinstance(answer, TwilioVerification):
            return CancelOutcome.CANCELED
        if answer.reason is not Reason.NOT_FOUND:
            raise translation.error_of(answer, self.name, has_effect=False)
        return CancelOutcome.GONE

    def _ask(self, command: Callable[[], T], *, has_effect: bool = False) -> T:
        """Give the machine a command; a broken connection becomes an error."""
        try:
            return command()
        except ConnectionBroken as broken:
            if broken.kind is Break.REFUSED or not has_effect:
                raise Unavailable("there is no answer", self.name) from None
            raise Ambiguous("the answer is lost", self.name) from None

    def _accept(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Accepted[None]:
        """Refuse what cannot be done, before anything is sent."""
        unknown = [
            each for each in request.extras if not isinstance(each, self._extras)
        ]
        accepted = accept(self, evolve(request, extras=tuple(unknown)), previous)
        custom = request.custom_code
        if custom is not None and len(custom.reveal()) not in _CODE_LENGTHS:
            raise NotSupported("custom_code: takes 4 to 10 characters", self.name)
        return accepted

    def _key(self, ref: VerificationRef, by: LookupKey) -> str | None:
        """The id where it may be used, else the identifier where that may, or None."""
        if not owns(self, ref):
            return None
        if ref.vendor_id and by in {LookupKey.ID, LookupKey.EITHER}:
            return ref.vendor_id
        return ref.identifier.value if by in BY_IDENTIFIER else None

    def _make_way(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> None:
        """Refuse or end a verification that runs; Twilio would send its code again."""
        refuses = self.capabilities.idempotency is Idempotency.REFUSES_DUPLICATE
        renews = self.capabilities.resend is Resend.NEW_CODE
        if not (refuses or renews):
            return
        running = self.store.peek(self._service, request.identifier.value)
        if running is None or running.status is not TwilioStatus.PENDING:
            return
        resent = previous is not None and previous.vendor_id in {running.sid, ""}
        if refuses and not resent:
            raise self._busy(running)
        if renews:
            self._end_for_resend(running, previous)

    def _end_for_resend(
        self, running: TwilioVerification, previous: VerificationRef | None
    ) -> None:
        # The machine counts sends of one verification; here each has one of its own.
        if previous is not None and previous.sends >= self.store.limits.sends:
            raise self._busy(running)
        self._cancel(running.sid)

    def _busy(self, running: TwilioVerification) -> TooSoon:
        ends = running.created_at + self.store.limits.time_to_live
        return TooSoon(
            "a verification is running for this identifier",
            self.name,
            retry_after=ends - self.store.now(),
        )

    def _send(self, request: StartRequest, previous: VerificationRef | None) -> Started:
        command = StartCommand(
            to=request.identifier.value,
            channel=TwilioChannel(request.channel.value),
            custom_code=request.custom_code and request.custom_code.reveal(),
            locale=request.locale if "locale" in self.capabilities.hints else None,
        )
        ref = self._reference(request, previous)
        reachable = self.capabilities.check_key in BY_IDENTIFIER
        try:
            answer = self._ask(
                lambda: self.store.start(self._service, command), has_effect=True
            )
        except Ambiguous:
            if not reachable:
                raise
            return Started(ref=ref, delivery=Delivery.MAYBE_SENT)
        if isinstance(answer, TwilioRefusal):
            error = translation.error_of(answer, self.name, has_effect=True)
            if isinstance(error, Ambiguous) and reachable:
                error = error.but(ref=ref)
            raise error
        return self._sent(ref, answer)

    def _reference(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> VerificationRef:
        """What is known of the verification before any answer."""
        draw = partial(self.store.random_source.sid, "attempt-")
        return VerificationRef(
            provider=self.name,
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_of(request, previous, draw),
            created_at=self.store.now(),
            sends=1 if previous is None else previous.sends + 1,
        )

    def _sent(self, ref: VerificationRef, verification: TwilioVerification) -> Started:
        renews = self.capabilities.resend is Resend.NEW_CODE
        ref = evolve(
            ref,
            vendor_id=verification.sid,
            created_at=verification.created_at,
            sends=ref.sends if renews else len(verification.sends),
        )
        return Started(
            ref=ref,
            channel=Channel(verification.channel.value),
            expires_at=verification.created_at + self.store.limits.time_to_live,
        )
