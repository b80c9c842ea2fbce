"""What Pigeon Post is asked, and how its answers read. Nothing here talks to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from attrs import field, frozen

from verify_core import Secret
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_providers.http import (
    JSON,
    Ask,
    HttpAnswer,
    HttpConversation,
    HttpRequest,
    json_object,
    require_answer,
    retry_after,
)

NAME = "pigeon"
ADDRESS = "https://api.pigeon-post.example"

#: Statuses that mean the same whatever was asked: nothing was sent, no guess counted.
REFUSALS: Mapping[int, tuple[type[NotSent], str]] = {
    401: (Misconfigured, "the key is refused"),
    402: (Misconfigured, "the account is empty"),
    422: (InvalidIdentifier, "pigeons do not fly to this number"),
    429: (Throttled, "too many requests"),
    503: (Unavailable, "the loft is closed"),
}


@frozen
class Key:
    """Opens the account; read anew for each request."""

    secret: Secret = field(repr=False)

    def authorization(self) -> str:
        """The value of the `Authorization` header."""
        return f"Bearer {self.secret.reveal()}"


def request(
    method: str, path: str, message: str = "", body: Mapping[str, object] | None = None
) -> HttpRequest:
    """
    One request.

    Args:
        method: The HTTP method.
        path: Where to; `{}` stands for the message.
        message: The message's id; hidden in logs.
        body: What is sent, or None.
    """
    return HttpRequest(
        method=method,
        path=path.format(message),
        shown_path=path.format("***"),
        body=None if body is None else json.dumps(body).encode(),
        content_type=JSON,
    )


def ask(
    what: HttpRequest, now: datetime, *, expected: HTTPStatus
) -> HttpConversation[Mapping[str, Any] | None]:
    """
    Put one question, once.

    Args:
        what: The request.
        now: The present, for a `Retry-After` that is a date.
        expected: The status that the documents name for success.

    Returns:
        The answer's JSON object; None where Pigeon Post knows no such message.

    Raises:
        NotSent: The vendor refused, or was not reached at all.
        Ambiguous: The question left, and no answer came back.
        Unexpected: An answer that the documents do not know.
    """
    reply = yield Ask(what)
    answer = require_answer(reply, provider=NAME, shown="Pigeon Post", has_effect=True)
    return _read(answer, now, expected)


def _read(
    answer: HttpAnswer, now: datetime, expected: HTTPStatus
) -> Mapping[str, Any] | None:
    status, body = answer.status, json_object(answer.body)
    if status == expected:
        return body
    # A proxy's own 404 says nothing about a message; the vendor's has an `error`.
    if status == HTTPStatus.NOT_FOUND and "error" in body:
        return None
    if status in REFUSALS:
        kind, text = REFUSALS[status]
        raise kind(text, NAME, status, retry_after=retry_after(answer, now))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Ambiguous("the vendor failed inside", NAME, status)
    raise Unexpected("a status that no document names", NAME, status)
