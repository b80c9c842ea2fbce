"""What goes to a vendor over HTTP and what comes back; values only, no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import define, field, frozen

from verify_core.errors import Ambiguous, Unavailable, VerifyError
from verify_core.masking import (
    Discreet,
    Hidden,
    Revealed,
    hide_body,
    hide_headers,
    hide_text,
)

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
"""The content type of JSON, as requests name it."""

MAX_BODY_BYTES = 1 << 20
"""Longest body that is read; a verify API sends a few kB."""


@frozen(kw_only=True)
class HttpRequest(Discreet):
    """
    One request, relative to a base URL; `path`, `body` and `headers` show its content.

    Attributes:
        method: `GET`, `POST` or `DELETE`.
        path: Path and query, percent-encoded, with its leading slash.
        shown_path: The same path as logs may show it: without number or address.
        body: What is sent, encoded; None without one.
        content_type: In what form the body is.
        headers: Further ones; each goes before one of that name that every request
            has, such as `Accept` or `Authorization`.
    """

    method: str
    _path: Hidden[str] = field(converter=hide_text, repr=False)
    shown_path: str
    _body: Hidden[bytes | None] = field(default=None, converter=hide_body, repr=False)
    content_type: str = FORM
    _headers: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=hide_headers, repr=False
    )

    path = Revealed[str]("_path")
    body = Revealed["bytes | None"]("_body")
    headers = Revealed[Mapping[str, str]]("_headers")


@frozen(kw_only=True)
class HttpAnswer(Discreet):
    """
    A complete answer; only `headers` and `body` show what it carries.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        body: The body; None where it cannot be read: it was longer than 1 MiB, or came
            in a Content-Encoding, which no request asks for.
        elapsed_s: Seconds from the beginning of the provider's call to this answer.
    """

    status: int
    _headers: Hidden[Mapping[str, str]] = field(
        factory=dict, converter=hide_headers, repr=False
    )
    _body: Hidden[bytes | None] = field(default=b"", converter=hide_body, repr=False)
    elapsed_s: float = field(default=0.0, eq=False)

    headers = Revealed[Mapping[str, str]]("_headers")
    body = Revealed["bytes | None"]("_body")


@frozen(kw_only=True)
class NoAnswer:
    """
    No complete answer came.

    Attributes:
        maybe_sent: Whether the vendor may have received, and obeyed, the request.
        reason: One sentence without host, path or body.
        elapsed_s: Seconds from the beginning of the provider's call until then.
    """

    maybe_sent: bool
    reason: str
    elapsed_s: float = field(default=0.0, eq=False)

    def error(self, *, provider: str, shown: str, has_effect: bool) -> VerifyError:
        """Return the error that `require_answer` raises for it."""
        kind = Ambiguous if self.maybe_sent and has_effect else Unavailable
        return kind(message=f"{shown}: {self.reason}", provider=provider)


@define
class Progress:
    """
    How far an awaited call has come.

    Attributes:
        is_leaving: Whether the first byte of the current request has left, or is about
            to.
        maybe_sent: Whether that is so of this request or of an earlier one.
    """

    is_leaving: bool = False
    maybe_sent: bool = False


def no_answer(
    *, maybe_sent: bool, late: bool, elapsed_s: float, secure: bool = True
) -> NoAnswer:
    """Say why no answer came: both drivers give the same reasons."""
    if maybe_sent:
        reason = (
            "no answer in time" if late else "the connection broke before the answer"
        )
    elif not secure:
        reason = "no secure connection could be made"
    else:
        reason = "no connection in time" if late else "no connection could be made"
    return NoAnswer(maybe_sent=maybe_sent, reason=reason, elapsed_s=elapsed_s)


def headers_of(request: HttpRequest, authorization: str | None) -> dict[str, str]:
    """Return what both drivers send beside `Host` and `Content-Length`."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "verify-core",
    }
    if authorization is not None:
        headers["Authorization"] = authorization
    if request.body is not None:
        headers["Content-Type"] = request.content_type
    for name, value in request.headers.items():
        headers[name.title()] = value
    return headers


# RFC 9112, section 3.2, and RFC 9110, sections 5.5 and 9.1.
_METHOD = re.compile("[A-Z]{1,16}")
_TARGET = re.compile("/[!-~]*")
_FIELD_NAME = re.compile("[0-9A-Za-z!#$%&'*+.^_`|~-]{1,100}")
_FIELD_VALUE = re.compile("[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?")


def flaw_of(request: HttpRequest, authorization: str | None) -> str | None:
    """
    Why HTTP cannot carry a request, in a sentence that repeats nothing of it, or None.

    What cannot be written is never "maybe sent", so it is found before a connection is
    asked for.
    """
    if authorization is not None and not _FIELD_VALUE.fullmatch(authorization):
        return "the secret holds characters that no HTTP header can carry"
    if not _FIELD_VALUE.fullmatch(request.content_type):
        return "the content type is not one that an HTTP header can carry"
    if not _METHOD.fullmatch(request.method) or not _TARGET.fullmatch(request.path):
        return "the request's method or path is not one that HTTP can carry"
    for name, value in request.headers.items():
        if not _FIELD_NAME.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
            return "a header is not one that HTTP can carry"
    return None
