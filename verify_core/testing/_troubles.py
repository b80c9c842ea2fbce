"""What a case lets go wrong: which call, what status, what unreadable body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum

from attrs import field, frozen

from ..masking import Discreet, Hidden, Revealed, hide_bytes, hide_headers, hide_text


class Call(StrEnum):
    """A call of a provider, as a fault is arranged for it."""

    START = "start"
    """A resend is a start, too."""
    CHECK = "check"
    FETCH = "fetch"
    CANCEL = "cancel"


class Garbage(StrEnum):
    """What is wrong with an answer that says success."""

    PAGE = "a web page"
    NOTHING = "an empty body"
    HALF = "half of the document"
    BROKEN_OFF = "a body that breaks off before its stated length"
    BYTES = "bytes that are no text"
    COMPRESSED = "a body that says gzip and is not"
    NULL = "null"
    LIST = "a list"
    NO_MEMBERS = "an object without members"
    DEEP = "lists within lists, twenty thousand deep"
    NUMBERS = "the document with numbers beyond all bounds"
    KINDS = "the document with every value of another type"
    ACCEPTED = "the document under 202: received, and not done yet"


FAILED_INSIDE = frozenset({500, 502, 504})
"""Statuses that leave open whether the vendor acted; here it did."""

RETRY_AFTER_S = 3
"""How long 429 says to wait."""

PAST_DATE = "Fri, 31 Dec 1999 23:59:59 GMT"
"""Until when 503 says to wait; RFC 9110, section 10.2.3, knows seconds and dates."""


@frozen(kw_only=True)
class VendorRequest(Discreet):
    """
    A request as it reached the vendor; only what is asked for by name shows a secret.

    Attributes:
        method: Such as `POST`.
        target: Path and query, as sent.
        headers: By lower-case name.
        body: The body, decoded from chunks.
    """

    method: str
    _target: Hidden[str] = field(converter=hide_text)
    _headers: Hidden[Mapping[str, str]] = field(factory=dict, converter=hide_headers)
    _body: Hidden[bytes] = field(default=b"", converter=hide_bytes)

    target = Revealed[str]("_target")
    headers = Revealed[Mapping[str, str]]("_headers")
    body = Revealed[bytes]("_body")


@frozen(kw_only=True)
class VendorReply(Discreet):
    """
    What the vendor answers.

    Attributes:
        status: The status.
        body: The body, which is framed by its length.
        headers: Further headers.
    """

    status: int = 200
    _body: Hidden[bytes] = field(default=b"", converter=hide_bytes)
    _headers: Hidden[Mapping[str, str]] = field(factory=dict, converter=hide_headers)

    body = Revealed[bytes]("_body")
    headers = Revealed[Mapping[str, str]]("_headers")


def json_reply(status: int, body: object, **headers: str) -> VendorReply:
    """
    A reply whose body is JSON.

    Args:
        status: The status.
        body: What `json.dumps` takes.
        **headers: Further headers, with underscores for hyphens.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return VendorReply(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **named},
    )


def failed(status: int, request: VendorRequest) -> VendorReply:
    """
    The answer of a vendor, or of a gateway before it, that fails.

    Its body repeats the request, as many do; nothing of that belongs into a log.
    """
    echo = f"cannot do {request.target}: {request.body.decode('latin-1')}"
    waits = {429: {"Retry-After": str(RETRY_AFTER_S)}, 503: {"Retry-After": PAST_DATE}}
    more = waits.get(status, {})
    if status in {502, 503, 504}:
        page = f"<html><body><h1>{status}</h1><p>{echo}</p></body></html>"
        return VendorReply(
            status=status,
            body=page.encode(),
            headers={"Content-Type": "text/html; charset=utf-8", **more},
        )
    return json_reply(status, {"error": echo}, **more)


def page_of_a_proxy(request: VendorRequest) -> VendorReply:
    """What a proxy, or the wrong host, says to a path that it does not know."""
    text = f"Error 404: {request.method} {request.target} was not found on this server."
    return VendorReply(
        status=404,
        body=f"<html><head><title>Not found</title></head><body>{text}</body>".encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )


_BODIES: Mapping[Garbage, bytes] = {
    Garbage.PAGE: b"<html><body>Please sign in to this network.</body></html>",
    Garbage.NOTHING: b"",
    Garbage.BYTES: b'{"status": "\xff\xfe\x00"',
    Garbage.COMPRESSED: b"{}",
    Garbage.NULL: b"null",
    Garbage.LIST: b"[]",
    Garbage.NO_MEMBERS: b"{}",
    Garbage.DEEP: b"[" * 20_000 + b"]" * 20_000,
}


def garbled(reply: VendorReply, garbage: Garbage) -> VendorReply:
    """The reply with something wrong: it cannot be read, or should not be believed."""
    headers = dict(reply.headers)
    if garbage is Garbage.COMPRESSED:
        headers["Content-Encoding"] = "gzip"
    status = 200 if reply.status == 204 else reply.status  # noqa: PLR2004 - no body
    if garbage is Garbage.ACCEPTED and status < 300:  # noqa: PLR2004 - no refusal
        status = 202
    return VendorReply(status=status, body=_body(reply, garbage), headers=headers)


def _body(reply: VendorReply, garbage: Garbage) -> bytes:
    if garbage in _BODIES:
        return _BODIES[garbage]
    if garbage in {Garbage.HALF, Garbage.BROKEN_OFF}:
        return reply.body[: len(reply.body) // 2]
    if garbage is Garbage.ACCEPTED:
        return reply.body
    try:
        document = json.loads(reply.body)
    except ValueError:
        return b""
    change = _huge if garbage is Garbage.NUMBERS else _of_another_kind
    return json.dumps(_changed(document, change)).encode()


def _changed(document: object, change: Callable[[object], object]) -> object:
    if isinstance(document, dict):
        return {name: _changed(value, change) for name, value in document.items()}
    if isinstance(document, list):
        return [_changed(value, change) for value in document]
    return change(document)


def _huge(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return 10**400 if is_number else value


def _of_another_kind(value: object) -> object:
    # A text becomes a list that holds it: `in` finds it there all the same.
    return [value] if isinstance(value, str) else str(value)
