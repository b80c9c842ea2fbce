"""The conversations of a provider that sends codes of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from verify_core.accepting import accept
from verify_core.channels import Channel
from verify_core.codestore import (
    CodeRecord,
    GuessAnswer,
    StartAnswer,
    StoreGuess,
    StoreStarted,
)
from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    NotSent,
    NotSupported,
    Throttled,
    TooSoon,
    Unavailable,
    VerifyError,
)
from verify_core.identifiers import Identifier
from verify_core.masking import Secret
from verify_core.provider import CancelSupport, Capabilities, Idempotency, LookupKey
from verify_core.validation import (
    aware_utc,
    require_function,
    require_kind,
    require_text,
)
from verify_core.verification import (
    MAX_CODE_LENGTH,
    MIN_CODE_LENGTH,
    CancelOutcome,
    CheckResult,
    Delivery,
    DeliveryAttempt,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)

from ..conversations import Call, CallConversation
from ._codes import Codes, Purpose
from ._drafting import Draft, Drafting
from ._keys import CodeKeys
from ._life import LIFE, STATUSES, LifeEvent, State, state_of
from ._message import MessageTexts
from ._policy import CodePolicy
from ._sending import FINAL, most_telling, try_each
from .senders import Message, Sent

_LOG = logging.getLogger(__package__)
_NONE = timedelta(0)
_RACES = 3
"""How often a resend is tried while other callers resend the same verification."""


class OwnConversations:
    """
    The four methods of a provider whose vendor is a store and some senders.

    A start keeps the record first and sends then. If every sender says that nothing
    left, the start is taken back; if one may have sent, the record stays.

    Store and senders are all blocking, or all awaited; the arguments are otherwise
    those of `OwnCodes`, and read as it says.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        *,
        store: Any,  # noqa: ANN401 - of either kind
        senders: Mapping[Channel, tuple[Any, ...]],
        keys: CodeKeys,
        brand: str | None,
        purpose: str,
        policy: CodePolicy | None,
        texts: MessageTexts | None,
        clock: Callable[[], datetime],
        randbelow: Callable[[int], int],
        name: str,
    ) -> None:
        require_function("clock", clock)
        if not require_text("name", name).islower():
            raise InvalidSetting("name", "takes lower-case letters")
        policy = require_kind("policy", policy or CodePolicy(), CodePolicy)
        self.name = name
        self.capabilities = _capabilities(senders, policy)
        self._store, self._senders = store, senders
        self._clock: Callable[[], datetime] = lambda: aware_utc(clock(), "clock")
        self._codes = Codes(
            keys=keys, purpose=purpose, alphabet=policy.alphabet, randbelow=randbelow
        )
        self.purpose = self._codes.purpose
        self._limits = policy.limits
        self._drafting = Drafting(
            codes=self._codes,
            policy=policy,
            texts=_texts(brand, texts),
            channels=self.capabilities.channels,
        )
        self._warned: set[str] = set()

    def owns(self, ref: VerificationRef) -> bool:
        """Whether it is of this name, of these keys, and for this purpose."""
        return ref.provider == self.name and self._codes.is_own(ref)

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> CallConversation[Started]:
        """Keep a code and send it; with `previous`, in place of the one before."""
        accepted = accept(self, request, previous)
        self._require_fit(request.custom_code)
        self._warn_of_mail(request.channel)
        for _ in range(_RACES):
            now = self._clock()
            earlier = yield from self._earlier(accepted.previous, now)
            draft = self._drafting.draft(request, accepted, earlier, now)
            message = self._drafting.write(draft, request.channel)
            begun = yield from self._keep(draft, now)
            match begun.answer:
                case StartAnswer.KEPT:
                    return (yield from self._send(draft, begun, message))
                case StartAnswer.REPEATED if begun.earlier is not None:
                    # Another call may be sending it right now, or have failed to.
                    running, delivery = begun.earlier, Delivery.MAYBE_SENT
                    return self._started(
                        draft, running, begun, running.channel, delivery
                    )
                case StartAnswer.LOCKED:
                    text = "too many wrong codes for this identifier"
                    raise Throttled(text, self.name, retry_after=begun.wait)
                case StartAnswer.TOO_SOON:
                    text = "a code was sent to this identifier a moment ago"
                    raise TooSoon(text, self.name, retry_after=begun.wait)
                case _:
                    continue  # it was sent again, or has ended, since it was read
        raise TooSoon("this verification is sent again by others now", self.name)

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> CallConversation[CheckResult]:
        """Count the guess, then compare, then approve what was not approved yet."""
        if not self.owns(ref):
            self._codes.is_code_of(None, ref, code)  # which takes as long
            return CheckResult(verdict=Verdict.GONE)
        now = self._clock()
        guess: StoreGuess = yield from self._ask(
            lambda: self._store.guess(ref.vendor_id, now=now, limits=self._limits)
        )
        record = guess.record
        try:
            is_right = self._codes.is_code_of(record, ref, code)
        except KeyError:
            self._warn_of_key(ref)
            return CheckResult(verdict=Verdict.GONE)
        if guess.answer is GuessAnswer.LOCKED:
            return CheckResult(verdict=Verdict.EXHAUSTED)
        if guess.answer is not GuessAnswer.COUNTED or record is None:
            return _checked(state_of(record, now), LifeEvent.WRONG)
        if is_right:
            is_first = yield from self._approve(record, now)
            # Who comes later finds it approved, canceled, or sent again.
            state = State.PENDING if is_first else State.APPROVED
            return _checked(state, LifeEvent.RIGHT)
        left = record.most_tries - record.tries
        return _checked(
            State.PENDING, LifeEvent.WRONG if left else LifeEvent.LAST, left
        )

    def fetch(self, ref: VerificationRef) -> CallConversation[VerificationState]:
        """Ask the store where the verification stands, and when it was sent last."""
        if not self.owns(ref):
            return VerificationState(status=Status.UNKNOWN)
        now = self._clock()
        record: CodeRecord | None = yield from self._ask(
            lambda: self._store.fetch(ref.vendor_id, now=now), has_effect=False
        )
        status = STATUSES[state_of(record, now)]
        if record is None:
            return VerificationState(status=status)
        # The store has the channel asked for; the reference, the one that it came to.
        is_newest = record.sends == ref.sends
        channel = ref.channel if is_newest else record.channel
        newest = DeliveryAttempt(at=record.sent_at, channel=channel)
        return VerificationState(status=status, deliveries=(newest,))

    def cancel(self, ref: VerificationRef) -> CallConversation[CancelOutcome]:
        """End the verification, if it runs."""
        if not self.owns(ref):
            return CancelOutcome.GONE
        now = self._clock()
        before: CodeRecord | None = yield from self._ask(
            lambda: self._store.cancel(ref.vendor_id, now=now)
        )
        _after, outcome = LIFE[state_of(before, now)][LifeEvent.CANCEL]
        return CancelOutcome(outcome)

    def unlock(self, identifier: Identifier) -> CallConversation[None]:
        """Forget the failures, the messages and the cool-down of an identifier."""
        holder, now = self._codes.holder(identifier), self._clock()
        yield from self._ask(lambda: self._store.unlock(holder, now=now))

    def sweep(self, most: int) -> CallConversation[int]:
        """Drop what may be forgotten; return how many records went."""
        now = self._clock()
        dropped: int = yield from self._ask(
            lambda: self._store.sweep(now=now, most=most)
        )
        return dropped

    def _require_fit(self, code: Secret | None) -> None:
        text = "" if code is None else code.reveal()
        fits = text.isascii() and text.isalnum()
        if code and not (fits and MIN_CODE_LENGTH <= len(text) <= MAX_CODE_LENGTH):
            raise NotSupported(
                "custom_code: takes 4 to 10 letters and digits of ASCII", self.name
            )

    def _earlier(
        self, previous: VerificationRef | None, now: datetime
    ) -> CallConversation[CodeRecord | None]:
        if previous is None:
            return None
        record: CodeRecord | None = yield from self._ask(
            lambda: self._store.fetch(previous.vendor_id, now=now), has_effect=False
        )
        return record

    def _keep(self, draft: Draft, now: datetime) -> CallConversation[StoreStarted]:
        record, limits, previous = draft.record, self._limits, draft.replaces
        try:
            begun: StoreStarted = yield from self._ask(
                lambda: self._store.start(
                    record, now=now, limits=limits, previous=previous
                )
            )
        except VerifyError as error:
            if not error.maybe_sent:
                raise
            fault = error
        else:
            return begun
        # Whatever became of the record: no message left.
        raise Unavailable(f"nothing was sent, since {fault}", fault.provider)

    def _approve(self, record: CodeRecord, now: datetime) -> CallConversation[bool]:
        try:
            is_first: bool = yield from self._ask(
                lambda: self._store.approve(record, now=now)
            )
        except VerifyError as error:
            fault = error
        else:
            return is_first
        # Even if the store was out of reach: this guess has counted.
        raise Ambiguous(f"the guess has counted, and then: {fault}", fault.provider)

    def _send(
        self, draft: Draft, begun: StoreStarted, message: Message
    ) -> CallConversation[Started]:
        request, errors = draft.request, list[NotSent]()
        for channel in dict.fromkeys((request.channel, *request.fallback_channels)):
            senders = self._senders.get(channel, ())
            if channel is not request.channel:
                message = self._drafting.write(draft, channel)
            outcome = yield from try_each(senders, message, self.name, errors)
            if outcome is not None:
                delivery = (
                    Delivery.SENT if isinstance(outcome, Sent) else Delivery.MAYBE_SENT
                )
                return self._started(draft, draft.record, begun, channel, delivery)
            if errors and isinstance(errors[-1], FINAL):
                break
        yield from self._take_back(draft, begun)
        raise most_telling(errors)

    def _take_back(self, draft: Draft, begun: StoreStarted) -> CallConversation[None]:
        now = self._clock()
        try:
            yield from self._ask(
                lambda: self._store.take_back(draft.record, begun, now=now)
            )
        except VerifyError as error:
            # Its code is known to no person; the cool-down stays, for no message.
            _LOG.warning("a start was not taken back: %s", type(error).__name__)

    def _started(
        self,
        draft: Draft,
        record: CodeRecord,
        begun: StoreStarted,
        channel: Channel,
        delivery: Delivery,
    ) -> Started:
        ref = VerificationRef(
            provider=self.name,
            vendor_id=record.id,
            identifier=draft.request.identifier,
            channel=channel,
            attempt_id=draft.attempt_id,
            created_at=record.created_at,
            sends=record.sends,
        )
        is_new = record is draft.record
        return Started(
            ref=ref,
            channel=channel,
            delivery=delivery,
            expires_at=record.expires_at,
            resend_after=self._until(begun.next_at),
            code_length=len(draft.code.reveal()) if is_new else None,
            ignored_hints=draft.ignored,
        )

    def _until(self, instant: datetime | None) -> timedelta:
        return _NONE if instant is None else max(instant - self._clock(), _NONE)

    def _ask(
        self, make: Callable[[], Any], *, has_effect: bool = True
    ) -> CallConversation[Any]:
        """Ask the store; its errors name the provider."""
        try:
            return (yield Call(make, has_effect=has_effect))
        except VerifyError as error:
            raise error.but(provider=error.provider or self.name) from None

    def _warn_of_mail(self, channel: Channel) -> None:
        if channel is Channel.EMAIL and self.purpose is Purpose.LOGIN:
            self._warn_once(
                "login by e-mail: NIST SP 800-63B-4, section 3.1.3.1, forbids it; "
                "say purpose='confirm' or 'recovery' where it is one"
            )

    def _warn_of_key(self, ref: VerificationRef) -> None:
        self._warn_once(
            f"a code for {ref.identifier} was digested with a key that is not known "
            "any more; codes live longer than their keys are kept"
        )

    def _warn_once(self, text: str) -> None:
        kind = text.partition(" ")[0]
        if kind not in self._warned:
            self._warned.add(kind)
            _LOG.warning("%s", text)


def _capabilities(channels: Iterable[Channel], policy: CodePolicy) -> Capabilities:
    return Capabilities(
        channels=channels,
        check_key=LookupKey.ID,
        fetch=LookupKey.ID,
        cancel=CancelSupport.YES,
        custom_code=True,
        idempotency=Idempotency.KEY,
        resend=policy.resend,
        attempts_reported=True,
        hints=("locale", "fallback_channels", "time_to_live", "code_length"),
    )


def _texts(brand: str | None, texts: MessageTexts | None) -> MessageTexts:
    if brand is not None and texts is None:
        return MessageTexts(brand=brand)
    if brand is not None or texts is None:
        raise InvalidSetting("brand", "takes the name that signs, or pass texts")
    return require_kind("texts", texts, MessageTexts)


def _checked(state: State, event: LifeEvent, left: int | None = None) -> CheckResult:
    _after, verdict = LIFE[state][event]
    return CheckResult(
        verdict=Verdict(verdict), attempts_remaining=left, retry_allowed=bool(left)
    )
