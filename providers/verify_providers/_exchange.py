"""What goes to a vendor over HTTP and what comes back; values only, no I/O."""

from __future__ import annotations

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
        body: The body, decompressed; None where it was longer than we read.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=b"", repr=False)


@frozen(kw_only=True)
class NoAnswer:
    """
    No complete answer came.

    Attributes:
        maybe_sent: Whether the vendor may have received, and obeyed, the request.
        reason: One sentence without host, path or body.
    """

    maybe_sent: bool
    reason: str
