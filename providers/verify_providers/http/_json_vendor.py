"""What the conversations with every vendor of a JSON API repeat, written once."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from attrs import evolve, frozen

from verify_core.accepting import accept, attempt_of, given_hints
from verify_core.errors import (
    Ambiguous,
    NotSent,
    NotSupported,
    Unexpected,
    VerifyError,
)
from verify_core.masking import Secret
from verify_core.provider import Capabilities, owns
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from .._clock import new_id, utc_now
from ._asking import Ask, HttpConversation, answer_error, require_answer
from ._messages import JSON, HttpAnswer, HttpRequest
from ._reading import json_object, read_object


@frozen(kw_only=True)
class Sending:
    """
    One message that a start is to send; made by `JsonVendor.sending`.

    Attributes:
        new: The reference of this message, as yet without the vendor's id: of a fresh
            start, or of a resend by a new request.
        again: For a resend the new reference with the id that the vendor gave before:
            it counts one more message, by this request's channel. None for a fresh
            start.
        ignored: For `Started.ignored_hints` of a new request.
        given: For `Started.ignored_hints` of a resend whose message cannot change:
            every hint of the request.
    """

    new: VerificationRef
    again: VerificationRef | None
    ignored: tuple[str, ...]
    given: tuple[str, ...]

    @property
    def key(self) -> str:
        """
        A key under which a vendor sends once: 32 hexadecimal digits.

        The attempt's id alone will not do, since the application chooses it: two people
        under one key would share one message, and so one code.
        """
        from hashlib import sha256  # loads OpenSSL

        new = self.new
        text = f"{new.identifier.value} {new.sends} {new.attempt_id}"
        return sha256(text.encode()).hexdigest()[:32]

    def ref(self, vendor_id: str) -> VerificationRef:
        """
        Return the reference of a new request, once the vendor has named it.

        A fresh start or a resend that got an id of its own: a resend keeps the
        attempt's id and counts its messages, and has this request's channel.
        """
        return evolve(self.new, vendor_id=vendor_id)


class JsonVendor(ABC):
    """
    The base of a vendor's conversations over a JSON API; does not wait itself.

    A vendor's class sets the attributes and writes `start`, `check` and, where the
    vendor can, `cancel` and `fetch`; each puts its questions by `ask`.
    Conversations are tried without a network, by answers that a test makes up:

    >>> class Post(JsonVendor):
    ...     name, title = "post", "Post"
    ...     capabilities = Capabilities(channels=["sms"])
    ...     id_form = re.compile("[0-9]{4}")
    ...     def start(self, request, previous):
    ...         to = {"to": request.identifier.value}
    ...         body = yield from self.ask("POST", "/sms", body=to, expected=201)
    ...         sending = self.sending(request, previous)
    ...         return Started(ref=sending.ref(self.id_in(body)))
    ...     def check(self, ref, code):
    ...         ...
    >>> from verify_core import read_phone
    >>> from verify_providers.conversations import run
    >>> start = Post().start(StartRequest(identifier=read_phone("+15553231234")), None)
    >>> reply = HttpAnswer(status=201, body=b'{"id": "4711"}')
    >>> run(start, lambda ask: reply).ref.vendor_id
    '4711'

    Args:
        clock: The present, aware.
        attempt_ids: Draws an attempt's id where the request brings none.

    Attributes:
        name: Stands in every reference; lower-case, stable.
        title: What people call the vendor, for messages.
        capabilities: What the vendor can do.
        id_form: The form of a verification's id, by the vendor's documents. Anything
            else may be a number or a path, and stands in no reference, path or log.
        id_member: The member of an answer that names its verification.
        error_member: The member that the vendor's own 404 has. A proxy's 404 says
            nothing about a verification.
        clock: The present, aware; also for `answer_error(…, now=self.clock())`.
        refusals: Statuses that say that nothing was sent and no guess counted, beside
            what HTTP itself says (`STATUS_ERRORS`): the error, and a sentence for its
            message.
    """

    name: str
    title: str
    capabilities: Capabilities
    id_form: re.Pattern[str]
    id_member: str = "id"
    error_member: str = "error"
    refusals: Mapping[int, tuple[type[NotSent], str]] = {}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        attempt_ids: Callable[[], str] = new_id,
    ) -> None:
        self.clock = clock
        self._attempt_ids = attempt_ids

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is this vendor's, with an id of the documented form."""
        if ref.provider != self.name:
            return False
        return self.id_form.fullmatch(ref.vendor_id) is not None

    @abstractmethod
    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> HttpConversation[Started]:
        """Send a passcode; with `previous`, send again for that verification."""

    @abstractmethod
    def check(
        self, ref: VerificationRef, code: Secret
    ) -> HttpConversation[CheckResult]:
        """Ask whether the code is right."""

    def fetch(self, ref: VerificationRef) -> HttpConversation[VerificationState]:  # noqa: ARG002
        """Refuse: the vendor cannot be asked where a verification stands."""
        raise NotSupported(f"fetch: {self.title} cannot be asked", self.name)
        yield  # a conversation without a question

    def cancel(self, ref: VerificationRef) -> HttpConversation[CancelOutcome]:
        """Say that the vendor cannot cancel."""
        return CancelOutcome.NOT_SUPPORTED if owns(self, ref) else CancelOutcome.GONE
        yield  # a conversation without a question

    def sending(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Sending:
        """
        Refuse what the vendor cannot do, before anything leaves; else what to send.

        Args:
            request: As passed to `start`.
            previous: As passed to `start`.

        Raises:
            UnsupportedChannel: The message lists the channels offered.
            NotSupported: A custom code that would be ignored, or another vendor's
                extras.
        """
        accepted = accept(self, request, previous)
        again = accepted.previous
        new = VerificationRef(
            provider=self.name,
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=attempt_of(request, again, self._attempt_ids),
            created_at=self.clock(),
            sends=again.sends + 1 if again else 1,
        )
        return Sending(
            new=new,
            again=again
            and evolve(
                again,
                channel=new.channel,
                attempt_id=new.attempt_id,
                sends=new.sends,
            ),
            ignored=accepted.ignored,
            given=given_hints(request),
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        expected: int,
        ref: VerificationRef | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        answer_has_id: bool = True,
    ) -> HttpConversation[Mapping[str, Any] | None]:
        """
        Put one question, once.

        Args:
            method: `GET`, for a question without effect, `POST` or `DELETE`.
            path: Where to, percent-encoded; `{id}` stands for the verification's id,
                which logs do not show.
            expected: The status that the documents name for success.
            ref: The verification that is asked about; `owns` has approved of it. The
                answer must name it, and errors carry it, since its code may work.
            body: What is sent as JSON, or None.
            headers: Further ones, such as `Idempotency-Key`; no log or `repr` shows
                their values.
            answer_has_id: False only where the documents show an answer without an id,
                since the path has it. Then an answer without `id_member` counts, even
                one that a faulty gateway took from another request. An answer that
                names another verification, has null for its id, or is not a JSON
                object is refused nevertheless.

        Returns:
            The answer's JSON object, empty where it cannot be read; None where the
            vendor itself says that there is no such verification.

        Raises:
            NotSent: The vendor refused, or was not reached at all.
            Ambiguous: The question left, and no answer came back.
            Unexpected: The documents do not know this answer, or it names another
                verification, or none although it should.
        """
        vendor_id = "" if ref is None else ref.vendor_id
        reply = yield Ask(
            HttpRequest(
                method=method,
                path=path.replace("{id}", vendor_id),
                shown_path=path.replace("{id}", "***"),
                body=None if body is None else json.dumps(body).encode(),
                content_type=JSON,
                headers=headers or {},
            )
        )
        effect = method != "GET"
        try:
            answer = require_answer(
                reply, provider=self.name, shown=self.title, has_effect=effect
            )
            if answer.status == expected:
                if vendor_id and expected != HTTPStatus.NO_CONTENT:
                    self._require_id(
                        answer, vendor_id, may_lack=not answer_has_id, has_effect=effect
                    )
                return json_object(answer.body)
            if ref is not None and self._is_gone(answer):
                return None
            raise self._error(answer, has_effect=effect)
        except (Ambiguous, Unexpected) as error:
            raise error.but(ref=ref) from None

    def id_in(self, body: Mapping[str, Any] | None) -> str:
        """
        Return the id in an answer to a start.

        Raises:
            Unexpected: It names no verification, or its id has another form.
        """
        found = None if body is None else body.get(self.id_member)
        if found is None:
            raise Unexpected("the answer names no verification", self.name)
        if not isinstance(found, str) or not self.id_form.fullmatch(found):
            raise Unexpected("the answer's id has an unknown form", self.name)
        return found

    def _require_id(
        self, answer: HttpAnswer, vendor_id: str, *, may_lack: bool, has_effect: bool
    ) -> None:
        # An answer about another verification must approve nothing here.
        body = read_object(answer.body)
        if body is None:
            fault = "is not a JSON object"
        elif (self.id_member not in body and may_lack) or body.get(
            self.id_member
        ) == vendor_id:
            return
        else:
            named = "no" if body.get(self.id_member) is None else "another"
            fault = f"names {named} verification"
        raise Unexpected(
            f"the answer {fault}", self.name, answer.status, maybe_sent=has_effect
        )

    def _is_gone(self, answer: HttpAnswer) -> bool:
        is_missing = answer.status == HTTPStatus.NOT_FOUND
        return is_missing and self.error_member in json_object(answer.body)

    def _error(self, answer: HttpAnswer, *, has_effect: bool) -> VerifyError:
        status = answer.status
        # A 404 that is not the vendor's own comes from what stands before it.
        elsewhere = Unexpected if status == HTTPStatus.NOT_FOUND else None
        kind, text = self.refusals.get(status, (elsewhere, f"HTTP status {status}"))
        return answer_error(
            answer,
            kind,
            f"{self.title}: {text}",
            provider=self.name,
            has_effect=has_effect,
            now=self.clock(),
        )
