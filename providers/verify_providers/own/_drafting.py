"""What a start would keep and send, before the store decides whether it may."""

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
        attempt_id: The attempt id of the reference.
        ignored: Names of the hints that it does not fulfil.
        replaces: The record that it replaces, while that runs, or None.
    """

    request: StartRequest
    record: CodeRecord
    code: Secret
    attempt_id: str
    ignored: tuple[str, ...]
    replaces: CodeRecord | None = field(repr=False)


@frozen
class _Content:
    """A code, and what is kept of it."""

    code: Secret
    key_id: str
    nonce: Hidden[str] = field(converter=hide_text)
    digest: Hidden[str] = field(converter=hide_text)


@frozen(kw_only=True)
class Drafting:
    """Drafts and writes the messages of one provider."""

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
        id_ = previous.vendor_id if previous else codes.id_of(identifier, attempt_id)
        running = earlier if state_of(earlier, now) is State.PENDING else None
        same = None if request.custom_code else self._same(running)
        content = same or self._new(id_, request)
        expires_at, forget_at, is_as_asked = self._ends(
            request, running if same else None, now
        )
        sends = max((each.sends for each in (previous, earlier) if each), default=0)
        record = CodeRecord(
            id=id_,
            holder=codes.holder(identifier),
            key_id=content.key_id,
            digest=content.digest.reveal(),
            nonce=content.nonce.reveal(),
            channel=request.channel,
            most_tries=self.policy.tries,
            sends=min(sends + 1, _MOST_SENDS),
            created_at=running.created_at if running else now,
            sent_at=now,
            expires_at=expires_at,
            forget_at=forget_at,
        )
        ignored = self._ignored(request, content.code, is_as_asked=is_as_asked)
        return Draft(
            request=request,
            record=record,
            code=content.code,
            attempt_id=attempt_id,
            ignored=(*accepted.ignored, *ignored),
            replaces=running,
        )

    def write(self, draft: Draft, channel: Channel) -> Message:
        """Write the message for a channel."""
        record, request = draft.record, draft.request
        return self.texts.write(
            code=draft.code,
            identifier=request.identifier,
            channel=channel,
            locale=request.locale,
            lifetime=record.expires_at - record.sent_at,
            purpose=self.codes.purpose,
            attempt_id=draft.attempt_id,
            number=record.sends,
        )

    def _ends(
        self, request: StartRequest, same: CodeRecord | None, now: datetime
    ) -> tuple[datetime, datetime, bool]:
        """When the code ends and is forgotten, and whether that was asked for."""
        if same:  # its code lives no longer than it did
            return same.expires_at, same.forget_at, False
        lifetime, is_as_asked = self.policy.lifetime_of(
            request.hints, request.channel, self.codes.purpose
        )
        expires_at = now + lifetime
        return expires_at, expires_at + _REMEMBERED, is_as_asked

    def _same(self, running: CodeRecord | None) -> _Content | None:
        """The code of the running verification, where it is sent again."""
        if self.policy.resend is not Resend.SAME_CODE or running is None:
            return None
        if not running.nonce:  # a code of the caller's own
            return None
        code = self.codes.derived(running.key_id, running.id, running.nonce)
        return code and _Content(code, running.key_id, running.nonce, running.digest)

    def _new(self, verification_id: str, request: StartRequest) -> _Content:
        """A code of the caller's own, or one that is drawn."""
        codes, code, nonce = self.codes, request.custom_code, ""
        key_id = codes.keys.current
        length = request.hints.code_length or self.policy.code_length
        if code is None and self.policy.resend is Resend.SAME_CODE:
            nonce = codes.draw_nonce(length)
            code = codes.derived(key_id, verification_id, nonce)
        if code is None:
            code = codes.draw(length)
        digest = codes.digest(key_id, verification_id, request.identifier, code)
        return _Content(code, key_id, nonce, digest)

    def _ignored(
        self, request: StartRequest, code: Secret, *, is_as_asked: bool
    ) -> Iterable[str]:
        hints = request.hints
        locale, language_of = request.locale, self.texts.language_of
        if locale and language_of(locale, request.channel) is None:
            yield "locale"
        if not self.channels.issuperset(request.fallback_channels):
            yield "fallback_channels"
        if hints.time_to_live is not None and not is_as_asked:
            yield "time_to_live"
        if hints.code_length not in {None, len(code.reveal())}:
            yield "code_length"
