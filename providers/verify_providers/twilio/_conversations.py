"""Twilio Verify's conversations: what is asked, and what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import frozen

from verify_core.accepting import accept, attempt_of
from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, NotSupported, VerifyError
from verify_core.masking import Secret
from verify_core.provider import Capabilities
from verify_core.validation import require_function, require_kind
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

from ..http import (
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpRequest,
    NoAnswer,
    Reply,
    require_answer,
)
from . import _wire as wire
from ._credentials import NAME, is_sid, mask_sid, require_sid
from ._errors import TwilioAction, error_of
from ._extras import TwilioExtras
from ._locales import nearest_locale
from ._recovery import TwilioOpenStart, TwilioOpenStarts

T = TypeVar("T")

DEFAULT_TIME_TO_LIVE = timedelta(minutes=10)
"""Twilio's own; its support can change it per service, and no API shows it.

Source: Twilio, Verify API, "Rate limits and timeouts", read 2026-11-22.
"""

_START_SHARE = 0.75
"""Part of the deadline that a start may use, so that some is left to recover in."""

CAPABILITIES = Capabilities(
    channels=frozenset(Channel),
    check_key="either",
    fetch="either",
    cancel="yes",
    custom_code=True,
    idempotency="none",
    resend="same_code",
    attempts_reported=False,
    hints=("locale", "client_address"),
)


@frozen(kw_only=True)
class _Start:
    """One start that was accepted."""

    request: StartRequest
    target: wire.Target
    attempt_id: str
    extras: TwilioExtras | None
    locale: str | None
    previous: VerificationRef | None
    ignored: tuple[str, ...]


class TwilioConversations:
    """The conversations of one Verify service; safe for several threads."""

    name: str = NAME
    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        service_sid: str,
        time_to_live: timedelta,
        clock: Callable[[], datetime],
        attempt_ids: Callable[[], str],
    ) -> None:
        self.service_sid = require_sid("service_sid", "VA", service_sid)
        require_kind("time_to_live", time_to_live, timedelta)
        if time_to_live <= timedelta(0):
            raise InvalidSetting("time_to_live", "must be positive")
        self._time_to_live = time_to_live
        self._clock = require_function("clock", clock)
        self._attempt_ids = require_function("attempt_ids", attempt_ids)
        self._starts = TwilioOpenStarts()

    @property
    def shown(self) -> str:
        """What a repr shows of the settings."""
        return f"service={mask_sid(self.service_sid)!r}"

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is of this service, with an id of Twilio's form."""
        service = ref.vendor_data.get("service", self.service_sid)
        readable = not ref.vendor_id or is_sid(ref.vendor_id, "VE")
        return ref.provider == self.name and service == self.service_sid and readable

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """
        Send a passcode; after a lost answer, look once at what became of it.

        Twilio sends the same code again while a verification of the same identifier is
        pending, with or without `previous`.

        Returns:
            Delivery `SENT`, or `MAYBE_SENT` with a reference that is checked by
            address.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: Twilio reports an error of its own and shows no message of this
                start; carries a reference that is checked by address.
            Unexpected: Twilio says yes, but not to what; carries such a reference, too.
        """
        asked = self._accept(request, previous)
        begun = self._starts.begin(
            asked.target, request.channel, at=self._clock(), previous=asked.previous
        )
        try:
            sent = wire.create_request(
                self.service_sid, request, asked.extras, asked.locale
            )
            reply = yield Ask(sent, share=_START_SHARE)
            found, error = self._read_start(reply, asked)
            if error is not None and error.maybe_sent:
                found = yield from self._recover(begun, asked.target)
            else:
                begun.settle(found)
        finally:
            begun.close()
        lost = isinstance(reply, NoAnswer) and reply.maybe_sent
        if found is None and error is not None and not lost:
            # With what can still be checked, if a message may have left.
            raise error.but(ref=self._ref(asked, None)) if error.maybe_sent else error
        return self._started(asked, found)

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """
        Ask whether the code is right: by SID, and by address only without a SID.

        Never asked twice: each check spends a guess, and an approved verification is
        gone at once. A code of a length that Twilio refuses is wrong without asking.
        """
        if not self.owns(ref):
            return CheckResult(verdict=Verdict.GONE)
        if not wire.takes_code(code.reveal()):
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        request = wire.check_request(self.service_sid, ref, code)
        return (
            yield from self._ask(
                TwilioAction.CHECK, request, wire.read_check, self._target(ref), code
            )
        )

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:
        if not self.owns(ref):
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        target = self._target(ref)
        request = wire.fetch_request(target)
        return (
            yield from self._ask(TwilioAction.FETCH, request, wire.read_state, target)
        )

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """End the verification; the next start of the identifier makes a new code."""
        if not self.owns(ref):
            return CancelOutcome.GONE
        target = self._target(ref)
        request = wire.cancel_request(target)
        return (
            yield from self._ask(TwilioAction.CANCEL, request, wire.read_cancel, target)
        )

    def _ask(
        self,
        operation: TwilioAction,
        request: HttpRequest,
        read: Callable[[HttpAnswer, wire.Target], T | None],
        target: wire.Target,
        code: Secret | None = None,
    ) -> HttpConversation[T]:
        reply = yield Ask(request)
        answer = require_answer(
            reply, provider=NAME, shown="Twilio", has_effect=operation.has_effect
        )
        found = read(answer, target)
        if found is None:
            raise error_of(answer, operation, target.address, code, now=self._clock())
        return found

    def _accept(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> _Start:
        accepted = accept(self, request, previous, extras=TwilioExtras)
        code, locale, ignored = request.custom_code, request.locale, accepted.ignored
        if code is not None and not wire.takes_code(code.reveal()):
            raise NotSupported("custom_code: takes 4 to 10 characters", NAME)
        if locale is not None:
            # Twilio's e-mails are not translated.
            email = request.channel is Channel.EMAIL
            locale = None if email else nearest_locale(locale)
            ignored = ignored if locale else (*ignored, "locale")
        return _Start(
            request=request,
            target=wire.Target(
                service_sid=self.service_sid, address=request.identifier.value
            ),
            attempt_id=attempt_of(request, accepted.previous, self._attempt_ids),
            extras=accepted.extras,
            locale=locale,
            previous=accepted.previous,
            ignored=ignored,
        )

    def _target(self, ref: VerificationRef) -> wire.Target:
        return wire.Target(
            service_sid=self.service_sid,
            sid=ref.vendor_id,
            address=ref.identifier.value,
        )

    def _read_start(
        self, reply: Reply, asked: _Start
    ) -> tuple[wire.Verification | None, VerifyError | None]:
        if isinstance(reply, NoAnswer):
            return None, reply.error(provider=NAME, shown="Twilio", has_effect=True)
        found = wire.read_started(reply, asked.target)
        if found is not None:
            return found, None
        known = (asked.target.address, asked.request.custom_code)
        return None, error_of(reply, TwilioAction.START, *known, now=self._clock())

    def _recover(
        self, begun: TwilioOpenStart, target: wire.Target
    ) -> HttpConversation[wire.Verification | None]:
        # Whatever goes wrong here says nothing of the start itself.
        with suppress(VerifyError):
            reply = yield Ask(wire.fetch_request(target))
            if isinstance(reply, HttpAnswer):
                found = wire.read_found(reply, target)
                elapsed = timedelta(seconds=reply.elapsed_s)
                if found and begun.adopts(found, reply.headers, elapsed):
                    return found
        return None

    def _started(self, asked: _Start, found: wire.Verification | None) -> Started:
        ref = self._ref(asked, found)
        return Started(
            ref=ref,
            channel=None if found is None else found.channel,
            delivery=Delivery.MAYBE_SENT if found is None else Delivery.SENT,
            expires_at=None if found is None else ref.created_at + self._time_to_live,
            ignored_hints=asked.ignored,
        )

    def _ref(self, asked: _Start, found: wire.Verification | None) -> VerificationRef:
        data = {"service": self.service_sid}
        if asked.extras is not None:
            data |= asked.extras.to_repeat()
        earlier = 0 if asked.previous is None else asked.previous.sends
        return VerificationRef(
            provider=self.name,
            vendor_id="" if found is None else found.sid,
            identifier=asked.request.identifier,
            channel=(found and found.channel) or asked.request.channel,
            attempt_id=asked.attempt_id,
            created_at=(found and found.created_at) or self._clock(),
            sends=len(found.sends) if found and found.sends else earlier + 1,
            vendor_data=data,
        )
