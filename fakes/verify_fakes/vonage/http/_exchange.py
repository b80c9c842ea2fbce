"""A request as it came, an answer as it goes: what a server and a mount both speak."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from ...kit import _http as http
from ...kit._hiding import Hidden, Revealed, hidden, hidden_text
from ...kit._http import encoded
from ..machine._commands import Reason, VonageRefusal
from ..machine._errors import ERRORS

_JSON = "application/json"
_PROBLEM = "application/problem+json"
_UNAUTHORIZED = 401
_REDACTED = "[redacted]"
_SECRETS = frozenset({"code", "token"})
#: How a detail names a request, if it does.
_NAMED = "'{request_id}' "


@frozen(kw_only=True)
class Request:
    """
    One HTTP request, taken apart.

    Attributes:
        method: Upper case.
        path: As sent, still escaped.
        authorization: The header, or nothing.
        instance: Vonage's name for this exchange, a UUID; problems repeat it.
        content_encoding: What the body was packed with, if it was.
    """

    method: str
    _path: Hidden[str] = field(converter=hidden_text)
    _authorization: Hidden[str] = field(converter=hidden_text)
    _body: Hidden[bytes] = field(converter=hidden)
    instance: str
    content_encoding: str = ""

    path = Revealed[str]()
    authorization = Revealed[str]()
    body = Revealed[bytes]()

    @property
    def packed(self) -> bool:
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
    Take a request apart, whatever its headers and body.

    The URL is absolute or a path; methods and names of headers are in any case.

    Raises:
        ValueError: The URL is malformed.
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
    """An answer; without content it has no body."""
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
    if refused.reason is Reason.METHOD_NOT_ALLOWED:
        headers["Allow"] = refused.detail
    if row.status == _UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer, Basic"
    return Response(
        status=row.status,
        headers=headers,
        body=encoded(content),
        refused=refused,
    )


def redacted(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON object in a body, without codes and tokens, or None."""
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
