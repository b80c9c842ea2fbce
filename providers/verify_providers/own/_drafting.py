"""What a start would keep and send, before the store is asked for its leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import field, frozen

from verify_core.accepting import Accepted, attempt_of
from verify_core.channels import Channel
from verify_core.codestore import CodeRecord
from verify_core.masking import Hidden, Secret, hide_text
from verify_core.provider import Resend
from verify_core.verification import StartRequest

from ._codes import Codes, Purpose
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
        texts: What the message says.
        purpose: What the code is for.
    """

    request: StartRequest
    record: CodeRecord
    code: Secret
    attempt_id: str
    ignored: tuple[str, ...]
    replaces: CodeRecord | None = field(repr=False)
    texts: MessageTexts = field(repr=False)
    purpose: Purpose

    def write(self, channel: Channel) -> Message:
        """Write the message for a channel."""
        return self.texts.write(
            code=self.code,
            identifier=self.request.identifier,
            channel=channel,
            locale=self.request.locale,
            lifetime=self.record.expires_at - self.record.sent_at,
            purpose=self.purpose,
            attempt_id=self.attempt_id,
            number=self.record.sends,
        )


@frozen
class _Content:
    """A code, and what is kept of it."""

    code: Secret
    key_id: str
    nonce: Hidden[str] = field(converter=hide_text)
    digest: Hidden[str] = field(converter=hide_text)


@frozen(kw_only=True)
class Drafting:
    """Drafts messages."""

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
        codes, previous, identifier = self.codes, accepted.previous, request.identifier
        attempt_id = attempt_of(request, previous, codes.draw_id)
        running = earlier if state_of(earlier, now) is State.PENDING else None
        if previous is None:
            verification_id = codes.id_of(identifier, attempt_id)
        else:
            verification_id = previous.vendor_id
        same = None if request.custom_code else self._same(running)
        content = same or self._new(verification_id, request)
        lifetime, _as_asked = self._lifetime(request)
        # The same code lives no longer than it did; its tries the store keeps.
        kept = running if same else None
        record = CodeRecord(
            id=verification_id,
            holder=codes.holder(identifier),
            key_id=content.key_id,
            digest=content.digest.reveal(),
            nonce=content.nonce.reveal(),
            channel=request.channel,
            most_tries=self.policy.tries,
            sends=_next_of(*(each.sends for each in (previous, earlier) if each)),
            created_at=running.created_at if running else now,
            sent_at=now,
            expires_at=kept.expires_at if kept else now + lifetime,
            forget_at=kept.forget_at if kept else now + lifetime + _REMEMBERED,
        )

        ignored = self._ignored(request, content.code, is_same=kept is not None)
        return Draft(
            request=request,
            record=record,
            code=content.code,
            attempt_id=attempt_id,
            ignored=(*accepted.ignored, *ignored),
            replaces=running,
            texts=self.texts,
            purpose=codes.purpose,
        )

    def _same(self, running: CodeRecord | None) -> _Content | None:
        """The code of the running verification, where it is sent again."""
        if self.policy.resend is not Resend.SAME_CODE or running is None:
            return None
        if not running.nonce:  # a code of the caller's own
            return None
        code = self.codes.derived(running.key_id, running.id, running.nonce)
        if code is None:
            return None
        return _Content(code, running.key_id, running.nonce, running.digest)

    def _new(self, verification_id: str, request: StartRequest) -> _Content:
        """A code of the caller's own, or one that is drawn."""
        codes, code, nonce = self.codes, request.custom_code, ""
        key_id, length = codes.keys.current, self.policy.length_of(request.hints)
        if code is None and self.policy.resend is Resend.SAME_CODE:
            nonce = codes.draw_nonce(length)
            code = codes.derived(key_id, verification_id, nonce)
        if code is None:
            code = codes.draw(length)
        digest = codes.digest(key_id, verification_id, request.identifier, code)
        return _Content(code, key_id, nonce, digest)

    def _lifetime(self, request: StartRequest) -> tuple[timedelta, bool]:
        purpose = self.codes.purpose
        return self.policy.lifetime_of(request.hints, request.channel, purpose)

    def _ignored(
        self, request: StartRequest, code: Secret, *, is_same: bool
    ) -> Iterable[str]:
        hints = request.hints
        if request.locale and self.texts.language_of(request.locale) is None:
            yield "locale"
        if not self.channels.issuperset(request.fallback_channels):
            yield "fallback_channels"
        _lifetime, as_asked = self._lifetime(request)
        if hints.time_to_live is not None and (is_same or not as_asked):
            yield "time_to_live"
        if hints.code_length not in {None, len(code.reveal())}:
            yield "code_length"


def _next_of(*sends: int) -> int:
    return min(max(sends, default=0) + 1, _MOST_SENDS)
