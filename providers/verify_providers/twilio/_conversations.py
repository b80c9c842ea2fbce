"""Twilio Verify's conversations: what is asked, and what an answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from verify_core.channels import Channel
from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    NotSupported,
    Unexpected,
    VerifyError,
)
from verify_core.masking import Hiding, Secret, hiding
from verify_core.provider import (
    CancelSupport,
    Capabilities,
    Idempotency,
    LookupKey,
    Resend,
    accept,
    attempt_of,
)
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

from ..http import (
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpRequest,
    NoAnswer,
    Reply,
    lost_answer,
    require_answer,
)
from . import _wire as wire
from ._credentials import NAME, require_sid
from ._errors import Operation
from ._extras import TwilioExtras
from ._identity import Target, is_sid
from ._locales import nearest_locale
from ._recovery import OpenStart, Starts

DEFAULT_TIME_TO_LIVE: Final = timedelta(minutes=10)
"""Twilio's own; its support can change it per service, and no API tells.

Source: Twilio, Verify API, "Rate limits and timeouts", read 2026-11-22.
"""

_START_SHARE: Final = 0.75
"""Part of the deadline that a start may use, so that some is left to recover in."""

CAPABILITIES: Final = Capabilities(
    channels=frozenset(Channel),
    check_key=LookupKey.EITHER,
    fetch=LookupKey.EITHER,
    cancel=CancelSupport.YES,
    custom_code=True,
    idempotency=Idempotency.NONE,
    resend=Resend.SAME_CODE,
    attempts_reported=False,
    hints=frozenset({"locale", "client_address"}),
)


@frozen(kw_only=True)
class _Start:
    """One start: what was asked for, in the form in which Twilio is asked."""

    request: StartRequest
    attempt_id: str
    extras: TwilioExtras | None
    locale: str | None
    previous: VerificationRef | None
    ignored: tuple[str, ...]

    @property
    def hidden(self) -> Hiding:
        return hiding(self.request.identifier, self.request.custom_code)


class TwilioConversations:
    """
    The conversations of one Verify service; safe for several threads.

    Args:
        service_sid: The Verify service, `VA…`.
        time_to_live: How long a code works.
        clock: The present, aware; only for what Twilio does not date.
        attempt_ids: Draws the attempt's id where the request brings none.

    Raises:
        InvalidSetting: A malformed SID or a duration that is not positive; names it.
    """

    name: str = NAME
    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        *,
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
        self._clock = clock
        self._attempt_ids = attempt_ids
        self._starts = Starts()

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """
        Send a passcode; after a lost answer, look once at what became of it.

        Twilio sends the same code again while a verification of the same identifier is
        pending, with or without `previous`.

        Args:
            request: Whom to reach and how; extras: `TwilioExtras`.
            previous: The reference to replace. One of another identifier, provider or
                service is ignored and listed: this is then a fresh start.

        Returns:
            Delivery `SENT`, or `MAYBE_SENT` with a reference that is checked by
            address.

        Raises:
            NotSent: No message left; its subclasses say what to do.
            Ambiguous: Twilio reports an error of its own and shows no message of ours;
                carries a reference that is checked by address.
            Unexpected: Twilio says yes, but not to what; carries such a reference, too.
        """
        asked = self._accept(request, previous)
        now = self._clock()
        with self._starts.begin(request, at=now, previous=asked.previous) as begun:
            reply = yield Ask(
                wire.create_request(
                    self.service_sid, request, asked.extras, asked.locale
                ),
                share=_START_SHARE,
            )
            found, error = self._read_start(reply, asked)
            if error is not None and error.maybe_sent:
                found = yield from self._recover(begun)
            else:
                begun.settle(found)
        if found is None and error is not None:
            return self._without_verification(reply, error, asked)
        return self._started(asked, found)

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """
        Ask whether the code is right: by SID, by address only where there is none.

        Never asked twice: each check spends a guess, and an approved verification is
        gone at once. A code of a length that Twilio takes none of is wrong without
        asking.

        Raises:
            Ambiguous: The answer is missing; offer a new code.
            NotSent: Twilio would not answer; its subclasses say why.
            Unexpected: The answer is neither yes nor no.
        """
        if not self.owns(ref):
            return CheckResult(verdict=Verdict.GONE)
        if not wire.takes_code(code.reveal()):
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        answer = yield from self._answer(
            wire.check_request(self.service_sid, ref, code), Operation.CHECK
        )
        hidden = hiding(ref.identifier, code)
        return wire.read_check(
            answer, self._target(ref), now=self._clock(), hidden=hidden
        )

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:
        """
        Ask where the verification stands.

        Returns:
            `UNKNOWN` where Twilio does not find it: approved ones vanish, too.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        if not self.owns(ref):
            return VerificationState(status=Status.UNKNOWN, reason="foreign_reference")
        target = self._target(ref)
        answer = yield from self._answer(wire.fetch_request(target), Operation.FETCH)
        return wire.read_state(
            answer, target, now=self._clock(), hidden=hiding(ref.identifier)
        )

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """
        End the verification; the next start of the identifier makes a new code.

        Raises:
            VerifyError: The question could not be put or its answer is missing.
        """
        if not self.owns(ref):
            return CancelOutcome.GONE
        target = self._target(ref)
        answer = yield from self._answer(wire.cancel_request(target), Operation.CANCEL)
        return wire.read_cancel(
            answer, target, now=self._clock(), hidden=hiding(ref.identifier)
        )

    def _accept(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> _Start:
        accepted = accept(self, request, previous, extras=TwilioExtras)
        code = request.custom_code
        if code is not None and not wire.takes_code(code.reveal()):
            raise NotSupported("custom_code: takes 4 to 10 characters", NAME)
        locale, ignored = _locale(request), accepted.ignored
        if request.locale is not None and locale is None:
            ignored = (*ignored, "locale")
        return _Start(
            request=request,
            attempt_id=attempt_of(request, accepted.previous, self._attempt_ids),
            extras=accepted.extras,
            locale=locale,
            previous=accepted.previous,
            ignored=ignored,
        )

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is of this service, with an id of Twilio's form."""
        service = ref.vendor_data.get("service", self.service_sid)
        readable = not ref.vendor_id or is_sid(ref.vendor_id)
        ours = ref.provider == self.name and service == self.service_sid
        return ours and readable

    def _answer(
        self, request: HttpRequest, operation: Operation
    ) -> HttpConversation[HttpAnswer]:
        reply = yield Ask(request)
        return require_answer(
            reply, provider=NAME, shown="Twilio", has_effect=operation.has_effect
        )

    def _read_start(
        self, reply: Reply, asked: _Start
    ) -> tuple[wire.Verification | None, VerifyError | None]:
        if isinstance(reply, NoAnswer):
            lost = lost_answer(reply, provider=NAME, shown="Twilio", has_effect=True)
            return None, lost
        target = self._address_of(asked.request)
        now = self._clock()
        try:
            return wire.read_started(reply, target, now=now, hidden=asked.hidden), None
        except VerifyError as error:
            return None, error  # to be raised outside of this, without a context

    def _target(self, ref: VerificationRef) -> Target:
        return Target(
            service_sid=self.service_sid,
            sid=ref.vendor_id,
            address=ref.identifier.value,
        )

    def _address_of(self, request: StartRequest) -> Target:
        return Target(service_sid=self.service_sid, address=request.identifier.value)

    def _recover(self, begun: OpenStart) -> HttpConversation[wire.Verification | None]:
        target = self._address_of(begun.request)
        # Whatever goes wrong here says nothing of the start itself.
        with suppress(VerifyError):
            reply = yield Ask(wire.fetch_request(target))
            if isinstance(reply, HttpAnswer):
                found = wire.read_found(reply, target)
                elapsed = timedelta(seconds=reply.elapsed_s)
                return found if begun.adopts(found, reply.headers, elapsed) else None
        return None

    def _without_verification(
        self, reply: Reply, error: VerifyError, asked: _Start
    ) -> Started:
        if isinstance(reply, NoAnswer) and reply.maybe_sent:
            return self._started(asked, None)
        if isinstance(error, Ambiguous | Unexpected) and error.maybe_sent:
            raise error.but(ref=self._ref(asked, None))
        raise error

    def _started(self, asked: _Start, found: wire.Verification | None) -> Started:
        ref = self._ref(asked, found)
        ignored = asked.ignored
        if found is None:
            return Started(ref=ref, delivery=Delivery.MAYBE_SENT, ignored_hints=ignored)
        return Started(
            ref=ref,
            channel=found.channel,
            expires_at=ref.created_at + self._time_to_live,
            ignored_hints=ignored,
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


def _locale(request: StartRequest) -> str | None:
    if request.locale is None or request.channel is Channel.EMAIL:
        return None  # Twilio's e-mails are not translated
    return nearest_locale(request.locale)
