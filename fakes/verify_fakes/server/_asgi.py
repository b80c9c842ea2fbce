"""ASGI 3.0, its HTTP part: what applications get and send, framed as HTTP/1.1."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Protocol

from attrs import define, field, frozen

from ._bounds import Bounds
from ._incoming import Incoming

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

#: In the scope of a request whose target was absolute, as it is for a proxy.
ABSOLUTE = "verify_fakes.absolute"

_BODILESS = frozenset({204, 304})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class HangUp(Exception):
    """What an application raises to close the connection without an answer."""


class Answer(Protocol):
    """Any vendor's answer; its headers are without Content-Length."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Served(Protocol):
    """What a connection asks for answers; `bounds` are what its clients are held to."""

    @property
    def bounds(self) -> Bounds: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """
        Answer, as ASGI has it.

        Raises:
            HangUp: The connection is to close without an answer.
        """
        ...

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        """What is said to a request to this path that no application gets."""
        ...

    def begin(self) -> None:
        """The server takes connections now; in its event loop."""
        ...

    def end(self) -> None:
        """The server is about to end."""
        ...


@frozen(kw_only=True)
class Reply:
    """An answer as a value; its headers are without Content-Length."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@frozen(kw_only=True)
class ApiCall:
    """
    A request to a vendor's API, whole.

    Attributes:
        method: Upper case; `GET` for `HEAD`, whose answer goes without its body.
        url: As the client knows it: links in answers must lead back here.
        query: Still escaped, without its question mark.
        headers: Names in lower case.
    """

    method: str
    url: str = field(repr=False)
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@lru_cache(maxsize=64)
def status_line(status: int) -> bytes:
    """The first line of an answer."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


class Client(Protocol):
    """Whom an answer goes to; `writable` is set while the client reads."""

    writable: asyncio.Event

    def write(self, data: bytes) -> None: ...
    async def gone(self) -> None: ...


@define(eq=False)
class Turn:
    """A request that an application answers, and how far the answer is."""

    incoming: Incoming
    client: Client
    keep_alive: bool
    begun: bool = False
    ended: bool = False
    _taken: bool = False
    _status: int = 0
    _head: list[bytes] | None = None
    _sized: bool = False
    _chunked: bool = False

    async def receive(self) -> dict[str, Any]:
        """The body, whole; then the end of the connection."""
        if not self._taken:
            self._taken = True
            return {"type": "http.request", "body": bytes(self.incoming.body)}
        await self.client.gone()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:  # noqa: ANN401 - ASGI's
        """A part of the answer; then a wait while the client does not read."""
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
            return
        more: bool = message.get("more_body", False)
        part = self._framed(message.get("body", b""), more=more)
        if self._head is not None:
            part = b"".join((*self._head, b"\r\n", part))
            self._head, self.begun = None, True
        self.ended = not more
        self.client.write(part)
        if more:
            await self.client.writable.wait()

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._status, self._head = status, [status_line(status)]
        for name, value in headers:
            if name == b"content-length":
                if status in _BODILESS:
                    continue
                self._sized = True
            elif name == b"connection":
                self.keep_alive = self.keep_alive and value.lower() != b"close"
                continue
            self._head.append(b"%b: %b\r\n" % (name, value))

    def _framed(self, body: bytes, *, more: bool) -> bytes:
        """A part of the body as it goes over the wire; the head says how."""
        if self._head is not None:
            self._frame(len(body), more=more)
        if self.incoming.method == "HEAD" or self._status in _BODILESS:
            return b""
        if not self._chunked:
            return body
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return chunk if more else chunk + b"0\r\n\r\n"

    def _frame(self, length: int, *, more: bool) -> None:
        assert self._head is not None  # noqa: S101 - for type checkers
        if not self._sized and self._status not in _BODILESS:
            if not more:
                self._head.append(b"content-length: %d\r\n" % length)
            elif self.incoming.version == "1.1":
                self._chunked = True
                self._head.append(b"transfer-encoding: chunked\r\n")
            else:  # the end of the connection is the end of the body
                self.keep_alive = False
        if not self.keep_alive:
            self._head.append(b"connection: close\r\n")


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    body = answer.body
    headers = [_header(name, value) for name, value in answer.headers.items()]
    headers.append((b"content-length", b"%d" % len(body)))
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": body})


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    # What a client sent may come back to it, but begins no header of its own.
    safe = value if value.isprintable() else _CONTROL.sub("?", value)
    return name.lower().encode(), safe.encode("latin-1", "replace")
