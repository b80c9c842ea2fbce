"""HTTP as ASGI has it: a request, a body within bounds, an answer on its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Protocol

from .transport import Receive, Scope, Send, answered_at_once, is_whole

MAX_BODY_BYTES: Final = 1 << 20
"""Longest request body; vendors' own stay far below."""

BODY_TIMEOUT_S: Final = 20.0
_TIMED_OUT: Final = 408
_TOO_LARGE: Final = 413
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class BodyRefused(Exception):
    """
    A body that will not be waited for, or is too long.

    Attributes:
        status: What HTTP says to that.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Answer(Protocol):
    """Any vendor's answer."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Without Content-Length."""
        ...

    @property
    def body(self) -> bytes:
        """Bytes."""
        ...


async def body_of(scope: Scope, receive: Receive) -> bytes:
    """
    The body of a request.

    Raises:
        BodyRefused: It is too long, or takes too long.
    """
    if is_whole(scope):
        return await _whole(receive)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await _whole(receive)
    except TimeoutError:
        raise BodyRefused(_TIMED_OUT) from None


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers; names in lower case."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
    }


def url_of(scope: Scope, headers: dict[str, str]) -> str:
    """The address as the client knows it."""
    # Links in answers must lead back here, by whatever name the client came.
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{host}{path}" + (f"?{query}" if query else "")


async def _whole(receive: Receive) -> bytes:
    whole: bytes = b""
    while True:
        part: Any = await receive()
        if part["type"] == "http.disconnect":
            return whole
        more: bytes = part.get("body", b"")
        whole += more
        if len(whole) > MAX_BODY_BYTES:
            raise BodyRefused(_TOO_LARGE)
        if not part.get("more_body"):
            return whole


async def respond(scope: Scope, send: Send, response: Answer) -> None:
    """Send an answer; in one go, where the server below knows how."""
    headers, body = response.headers, response.body
    if "Connection" not in headers:
        lines = [_line(name, value) for name, value in headers.items()]
        if answered_at_once(scope, response.status, lines, body):
            return
    pairs = [_encoded(name, value) for name, value in headers.items()]
    pairs.append((b"content-length", b"%d" % len(body)))
    await send(
        {"type": "http.response.start", "status": response.status, "headers": pairs}
    )
    await send({"type": "http.response.body", "body": body})


def _line(name: str, value: str) -> bytes:
    if name == "Twilio-Request-Id":  # another one each time, and never a client's word
        return b"twilio-request-id: %s\r\n" % value.encode()
    return _known_line(name, value)


@lru_cache(maxsize=256)
def _known_line(name: str, value: str) -> bytes:
    return b"%s: %s\r\n" % _encoded(name, value)


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    # What a client said may be told back to it, but begins no header of its own.
    told = _CONTROL.sub("?", value)
    return name.lower().encode(), told.encode("latin-1", "replace")
