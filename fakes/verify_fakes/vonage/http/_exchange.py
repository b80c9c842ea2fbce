"""A request as it came, an answer as it goes: what a server and a mount both speak."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from ...kit import _http as http
from ...kit._http import encoded
from ..machine._commands import VonageRefusal
from ..machine._errors import ERRORS
from ..machine._reasons import Reason

_JSON = "application/json"
_PROBLEM = "application/problem+json"
_UNAUTHORIZED = 401
_REDACTED = "[redacted]"
_SECRETS = frozenset({"code", "token"})
#: How a detail names a request, where there is one to be named.
_NAMED = "'{request_id}' "


@frozen(kw_only=True)
class Request:
    """
    One HTTP request, taken apart.

    Attributes:
        method: Upper case.
        path: As sent, still escaped.
        authorization: The header, or nothing.
        body: As sent.
        instance: Vonage's name for this exchange, a UUID; problems repeat it.
        content_encoding: What the body was packed with; nothing where it was not.
    """

    method: str
    path: str
    authorization: str = field(repr=False)
    body: bytes = field(repr=False)
    instance: str
    content_encoding: str = ""

    @property
    def packed(self) -> bool:
        """Whether there is a body that is not what was meant, but packed."""
        return bool(self.body) and http.is_packed(self.content_encoding)

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, unescaped; a slash at its end means nothing."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))


@frozen(kw_only=True)
class Response(http.VendorResponse[VonageRefusal]):
    """One HTTP answer; a refusal that it reports is the machine's."""


def read_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | str | None,
    *,
    instance: str,
) -> Request:
    """
    Take a request apart; no header and no body makes this fail.

    Args:
        method: In any case.
        url: Absolute, or a path.
        headers: Names in any case.
        body: JSON, or nothing.
        instance: Vonage's name for this exchange.

    Raises:
        ValueError: The URL is none.
    """
    return Request(
        method=method.upper(),
        path=urlsplit(url).path,
        authorization=http.header_of(headers, "authorization"),
        body=body.encode(errors="replace") if isinstance(body, str) else body or b"",
        instance=instance,
        content_encoding=http.header_of(headers, "content-encoding"),
    )


def answer(status: int, content: Mapping[str, Any] | None = None) -> Response:
    """An answer; no content is no body."""
    if content is None:
        return Response(status=status, headers={}, body=b"")
    body = encoded(content)
    return Response(status=status, headers={"Content-Type": _JSON}, body=body)


def refuse(request: Request, refused: VonageRefusal) -> Response:
    """A refusal as Vonage words it."""
    row = ERRORS[refused.reason]
    named = row.detail if refused.request_id else row.detail.replace(_NAMED, "")
    content: dict[str, Any] = {
        "title": row.title,
        "type": row.type,
        "detail": named.format(request_id=refused.request_id, what=refused.detail),
        "instance": request.instance,
    }
    if refused.reason is Reason.CONCURRENT and refused.request_id is not None:
        content["request_id"] = refused.request_id
    if refused.reason is Reason.INVALID_PARAMETERS:
        content["invalid_parameters"] = [
            {"name": each.name, "reason": each.reason} for each in refused.invalid
        ]
    headers = {"Content-Type": _PROBLEM}
    if refused.retry_after is not None:
        headers["Retry-After"] = http.whole_seconds(refused.retry_after)
    if refused.reason is Reason.BODY_ENCODED:
        headers["Accept-Encoding"] = "identity"
    if row.status == _UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer, Basic"
    return Response(
        status=row.status,
        headers=headers,
        body=encoded(content),
        refused=refused,
    )


def redacted(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON object in a body, without codes and tokens; None where none is there."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {
        name: _REDACTED if name.lower() in _SECRETS else value
        for name, value in found.items()
    }
