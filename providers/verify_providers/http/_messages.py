"""What goes to a vendor over HTTP and what comes back; values only, no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


@frozen(kw_only=True)
class HttpRequest:
    """
    One request, relative to a base URL.

    Attributes:
        method: `GET`, `POST` or `DELETE`.
        path: Path and query, percent-encoded, with its leading slash.
        shown_path: The same path as logs may show it: without number or address.
        body: What is sent, encoded; None without one.
        content_type: In what form the body is.
    """

    method: str
    path: str = field(repr=False)
    shown_path: str
    body: bytes | None = field(default=None, repr=False)
    content_type: str = FORM


@frozen(kw_only=True)
class HttpAnswer:
    """
    A complete answer.

    Attributes:
        status: The HTTP status.
        headers: Names in lower case.
        body: The body; None where it cannot be read: it was longer than 1 MiB, or came
            in a Content-Encoding, which no request asks for.
        elapsed_s: Seconds from the beginning of the provider's call to this answer.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=b"", repr=False)
    elapsed_s: float = field(default=0.0, eq=False)


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


# RFC 9112, section 3.2, and RFC 9110, sections 5.5 and 9.1.
_METHOD = re.compile("[A-Z]{1,16}")
_TARGET = re.compile("/[!-~]*")
_FIELD_VALUE = re.compile("[!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?")


def flaw_of(request: HttpRequest, authorization: str) -> str | None:
    """
    Why HTTP cannot carry a request; None where it can.

    What cannot be written is never "maybe sent", so it is found before a connection is
    asked for.

    Args:
        request: The request.
        authorization: The value of its `Authorization` header.

    Returns:
        A sentence that repeats nothing of the request.
    """
    if not _FIELD_VALUE.fullmatch(authorization):
        return "the secret holds characters that no HTTP header can carry"
    if not _FIELD_VALUE.fullmatch(request.content_type):
        return "the content type is not one that an HTTP header can carry"
    if not _METHOD.fullmatch(request.method) or not _TARGET.fullmatch(request.path):
        return "the request's method or path is not one that HTTP can carry"
    return None
