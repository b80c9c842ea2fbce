"""What a vendor's conversation yields, and the errors for what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar

from attrs import Attribute, field, frozen

from verify_core.errors import (
    Ambiguous,
    InvalidSetting,
    Misconfigured,
    NotSent,
    NotSupported,
    Throttled,
    Unavailable,
    Unexpected,
    VerifyError,
)

from ..conversations import Conversation
from ._messages import HttpAnswer, HttpRequest, NoAnswer
from ._reading import retry_after

T = TypeVar("T")


def _a_part(_ask: object, _attribute: Attribute[float], value: float) -> None:
    if not 0 < value <= 1:
        raise InvalidSetting("share", "takes a number above 0 and at most 1")


@frozen
class Ask:
    """
    A step of a vendor's conversation: send this request once.

    The reply is an `HttpAnswer`, or a `NoAnswer` where no complete answer came.

    Attributes:
        request: What to send.
        share: Part of the call's whole time that this request may take, above 0 and at
            most 1. It never gets more than what is left of that time.
    """

    request: HttpRequest
    share: float = field(default=1.0, kw_only=True, validator=_a_part)


Reply: TypeAlias = HttpAnswer | NoAnswer
HttpConversation: TypeAlias = Conversation[Ask, Reply, T]
"""A conversation with a vendor over HTTP."""


def require_answer(
    reply: Reply, *, provider: str, shown: str, has_effect: bool
) -> HttpAnswer:
    """
    Return the answer, or raise the error for its absence.

    >>> lost = NoAnswer(maybe_sent=True, reason="no answer in time")
    >>> require_answer(lost, provider="post", shown="Post", has_effect=True)
    Traceback (most recent call last):
    verify_core.errors.Ambiguous: Post: no answer in time
    >>> require_answer(lost, provider="post", shown="Post", has_effect=False)
    Traceback (most recent call last):
    verify_core.errors.Unavailable: Post: no answer in time

    Args:
        reply: What came back for a request.
        provider: The provider's name, for the error.
        shown: What people call the vendor, for the error's message.
        has_effect: Whether the request may send a message or spend a guess. One
            without effect may be put again without harm, so it is never ambiguous.

    Raises:
        Ambiguous: No answer, and the request may have had an effect.
        Unavailable: No answer, and no harm in asking again.
    """
    if isinstance(reply, NoAnswer):
        raise reply.error(provider=provider, shown=shown, has_effect=has_effect)
    return reply


STATUS_ERRORS: Mapping[int, type[VerifyError]] = {
    401: Misconfigured,
    402: Misconfigured,
    403: Misconfigured,
    404: Misconfigured,
    405: Misconfigured,
    407: Misconfigured,
    408: Unavailable,
    429: Throttled,
    501: NotSupported,
    503: Unavailable,
}
"""What these statuses mean where the vendor says no more than the status.

Source: RFC 9110, section 15; RFC 6585, section 4.
"""


def answer_error(
    answer: HttpAnswer,
    kind: type[VerifyError] | None,
    message: str,
    *,
    provider: str,
    has_effect: bool,
    now: datetime,
    vendor_code: str | None = None,
    vendor_request_id: str | None = None,
) -> VerifyError:
    """
    The error for an answer, with its time to wait, or whether a message may have left.

    A refusal (`NotSent`) gets its `retry_after` from the answer's `Retry-After`, in
    seconds or as a date.

    Args:
        answer: The answer.
        kind: What went wrong; None where only the status says it.
        message: One sentence without number, address or code.
        provider: The provider's name.
        has_effect: As for `require_answer`. A refusal that cannot be read is still a
            refusal; any other unreadable answer may be a yes.
        now: The present, for a `Retry-After` that is a date.
        vendor_code: The vendor's own name for what went wrong.
        vendor_request_id: What the vendor's support asks for.
    """
    refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if kind is None:
        failed = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        kind = STATUS_ERRORS.get(answer.status, Ambiguous if failed else Unexpected)
    if kind is Ambiguous and not has_effect:
        kind = Unavailable
    facts: dict[str, Any] = {}
    if issubclass(kind, NotSent):
        facts["retry_after"] = retry_after(answer, now)
    if kind is Unexpected:
        facts["maybe_sent"] = has_effect and not refused
    return kind(
        message,
        provider,
        http_status=answer.status,
        vendor_code=vendor_code,
        vendor_request_id=vendor_request_id,
        **facts,
    )
