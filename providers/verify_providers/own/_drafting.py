"""What a start would keep and send, before the store is asked for its leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from verify_core.channels import Channel
from verify_core.codestore import CodeRecord
from verify_core.masking import Secret
from verify_core.provider import Accepted, Resend, attempt_of
from verify_core.verification import StartRequest, VerificationRef

from ._codes import Codes
from ._life import State, state_of
from ._message import MessageTexts
from ._policy import CodePolicy
from .senders import Message

_REMEMBERED = timedelta(hours=1)
"""How long after its end a code is called expired, and not gone."""

_MOST_SENDS = 1_000_000  # as many as a reference takes


@frozen(kw_only=True)
class Draft:
    """
    A message that is not kept yet.

    Attributes:
        request: What was asked for.
        record: What the store is to keep.
        code: The code that the record has the digest of.
        attempt_id: Of the reference.
        ignored: Names of the hints that it does not fulfil.
        replaces: The record that it replaces, while that runs, or None.
        write: Writes the message for a channel.
    """

    request: StartRequest
    record: CodeRecord
    code: Secret
    attempt_id: str
    ignored: tuple[str, ...]
    replaces: CodeRecord | None = field(repr=False)
    write: Callable[[Channel], Message] = field(repr=False)


@frozen(kw_only=True)
class Drafting:
    """Drafts messages: the same question and the same draws make the same draft."""

    codes: Codes
    policy: CodePolicy
    texts: MessageTexts
    channels: frozenset[Channel]

    def draft(
        self,
        request: StartRequest,
        accepted: Accepted[None],
        earlier: CodeRecord | None,
        now: datetime,
    ) -> Draft:
        """
        Draft a message.

        Args:
            request: What was asked for.
            accepted: What `accept` made of it.
            earlier: The stored record of `accepted.previous`, or None.
            now: The present, aware.
        """
        previous = accepted.previous
        attempt_id = attempt_of(request, previous, self.codes.draw_id)
        running = earlier if state_of(earlier, now) is State.PENDING else None
        fresh = self._record(request, attempt_id, previous, earlier, now)
        same = None if request.custom_code else self._same(fresh, running)
        record, code = same or self._new(fresh, request)
        if running is not None:
            record = evolve(record, created_at=running.created_at)

        def write(channel: Channel) -> Message:
            return self.texts.write(
                code=code,
                identifier=request.identifier,
                channel=channel,
                locale=request.locale,
                lifetime=record.expires_at - record.sent_at,
                purpose=self.codes.purpose,
                attempt_id=attempt_id,
                number=record.sends,
            )

        return Draft(
            request=request,
            record=record,
            code=code,
            attempt_id=attempt_id,
            ignored=(*accepted.ignored, *self._ignored(request, record, code)),
            replaces=running,
            write=write,
        )

    def _record(
        self,
        request: StartRequest,
        attempt_id: str,
        previous: VerificationRef | None,
        earlier: CodeRecord | None,
        now: datetime,
    ) -> CodeRecord:
        """A record without its code; it counts on from whatever was sent before."""
        hints, channel = request.hints, request.channel
        lifetime, _asked = self.policy.lifetime_of(hints, channel, self.codes.purpose)
        verification_id = (
            self.codes.id_of(request.identifier, attempt_id)
            if previous is None
            else previous.vendor_id
        )
        sends = max(each.sends if each else 0 for each in (previous, earlier))
        return CodeRecord(
            id=verification_id,
            holder=self.codes.holder(request.identifier),
            key_id=self.codes.keys.current,
            digest="",
            channel=channel,
            most_tries=self.policy.tries,
            sends=min(sends + 1, _MOST_SENDS),
            created_at=now,
            sent_at=now,
            expires_at=now + lifetime,
            forget_at=now + lifetime + _REMEMBERED,
        )

    def _same(
        self, record: CodeRecord, running: CodeRecord | None
    ) -> tuple[CodeRecord, Secret] | None:
        """The record with the code of the running one, where that can be sent again."""
        if self.policy.resend is not Resend.SAME_CODE or running is None:
            return None
        if not running.nonce:  # a code of the caller's own
            return None
        code = self.codes.derived(running.key_id, running.id, running.nonce)
        if code is None:
            return None
        kept = ("key_id", "digest", "nonce", "tries", "expires_at", "forget_at")
        return evolve(record, **{name: getattr(running, name) for name in kept}), code

    def _new(
        self, record: CodeRecord, request: StartRequest
    ) -> tuple[CodeRecord, Secret]:
        """The record with a code of the caller's own, or one that is drawn."""
        codes, code, nonce = self.codes, request.custom_code, ""
        length = self.policy.length_of(request.hints)
        if code is None and self.policy.resend is Resend.SAME_CODE:
            nonce = codes.draw_nonce(length)
            code = codes.derived(record.key_id, record.id, nonce)
        if code is None:
            code = codes.draw(length)
        digest = codes.digest(record.key_id, record.id, request.identifier, code)
        return evolve(record, digest=digest, nonce=nonce), code

    def _ignored(
        self, request: StartRequest, record: CodeRecord, code: Secret
    ) -> Iterable[str]:
        hints = request.hints
        if request.locale and self.texts.language_of(request.locale) is None:
            yield "locale"
        if not self.channels.issuperset(request.fallback_channels):
            yield "fallback_channels"
        lifetime, as_asked = self.policy.lifetime_of(
            hints, request.channel, self.codes.purpose
        )
        if hints.time_to_live is not None:
            works = record.expires_at - record.sent_at
            if not as_asked or works != lifetime:
                yield "time_to_live"
        if hints.code_length not in {None, len(code.reveal())}:
            yield "code_length"
