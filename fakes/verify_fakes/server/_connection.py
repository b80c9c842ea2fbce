"""
One client's connection: requests are answered in turn, by an application.

One request is answered at a time; what a client sends behind it is not looked at
before, and soon not received either. A client that reads nothing is waited for, for a
while. So no connection costs more than one request, one answer and one read.

Sources: RFC 9112 (connections, framing of answers); ASGI 3.0, its HTTP part.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

from attrs import Factory, define, evolve

from ._bounds import Bounds
from ._incoming import Incoming, Phase, Refusal, RequestReader

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

#: In the scope of a request whose target was absolute, as it is for a proxy.
ABSOLUTE: Final = "verify_fakes.absolute"

_log = logging.getLogger(__name__)
_NEVER: Final = float("inf")
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
#: The words are some clients' way to know a proxy (PyPI's and Composer's match them).
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS: Final = frozenset({204, 304})
_EARLY: Final = Refusal(400, "A tunnel's client waits for the answer to its CONNECT.")
_FAILED: Final = Refusal(500, "The fake has failed; its log says how.")
_NO_PROXY: Final = Refusal(400, "This server is no proxy; --proxy makes it one.")


class HangUp(Exception):
    """What an application raises to close the connection without an answer."""


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


class Served(Protocol):
    """An application, whichever vendor's."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        """What is said to a request to this path that no account is asked about."""
        ...

    def begin(self) -> None:
        """What the server does by itself begins; in its event loop."""

    def end(self) -> None:
        """Let go of whoever listens; the server is about to end."""


class Tunnels(Protocol):
    """What answers CONNECT."""

    def host_of(self, target: str) -> str | None:
        """The host that a tunnel may lead to; None for any other target."""
        ...

    async def secured(
        self, transport: asyncio.Transport, host: str, timeout_s: float
    ) -> tuple[asyncio.Transport, bytes] | None:
        """TLS in a tunnel, and what came early in it; None where it did not begin."""
        ...

    @property
    def only(self) -> str:
        """Where tunnels lead, in a sentence."""
        ...


@define(eq=False)
class Connections:
    """
    What the connections of one server share.

    Attributes:
        app: What answers.
        bounds: What each of them is held to.
        tunnels: What answers CONNECT; None is no proxy.
        open: Those that there are.
    """

    app: Served
    bounds: Bounds = Factory(Bounds)
    tunnels: Tunnels | None = None
    open: set[Connection] = Factory(set)

    def one_more(self) -> Connection:
        """A protocol for a connection."""
        return Connection(self)


@define(eq=False)
class _Exchange:
    """A request that an application answers, and how far the answer is."""

    incoming: Incoming
    connection: Connection
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
        await self.connection.gone()
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
        self.connection.write(part)
        if more:
            await self.connection.writable.wait()

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._status, self._head = status, [_status_line(status)]
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


class Connection(asyncio.Protocol):
    """
    One client's connection.

    Args:
        shared: What all connections of the server share.

    Attributes:
        writable: Set while the client reads what it is sent.
        task: What answers the request that it is the turn of.
    """

    _transport: asyncio.Transport
    task: asyncio.Task[None] | None = None
    _exchange: _Exchange | None = None
    _timer: asyncio.TimerHandle | None = None
    _deadline = _NEVER
    _phase = Phase.DEAF
    _lingers = _ends = _reads_not = False

    def __init__(self, shared: Connections) -> None:
        self._shared = shared
        self._bounds = shared.bounds
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(shared.bounds)
        self._departed = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, if there is room."""
        # A socket's transport writes, too; uvloop's are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        known = transport.get_extra_info
        self._scheme = "http" if known("sslcontext") is None else "https"
        self._server, self._client = _pair(known("sockname")), _pair(known("peername"))
        room = len(self._shared.open) < self._bounds.connections
        self._shared.open.add(self)
        self._wait_for(self._bounds.head_s)
        self._tick()
        if not room:
            self._refuse(Refusal(503, "The server has too many connections."))

    def data_received(self, data: bytes) -> None:
        """Take in what a client sends, and look at it if it is its turn."""
        self._reader.feed(data)
        self._go_on()

    def eof_received(self) -> bool:
        """The client sends no more; what it asked is still answered, if soon."""
        self._ends = True
        self._departed.set()
        if self._exchange is None:
            return False
        self._wait_for(self._bounds.linger_s)
        return self._scheme == "http"  # TLS has no end in one direction

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Let go of everything."""
        self._shared.open.discard(self)
        self._reader.close()
        self._departed.set()
        self.writable.set()
        if self._timer is not None:
            self._timer.cancel()
        if self.task is not None:
            self.task.cancel()

    def pause_writing(self) -> None:
        """The client does not read; it has a while."""
        self.writable.clear()
        self._wait_for(self._bounds.write_s)

    def resume_writing(self) -> None:
        """It reads again."""
        self.writable.set()
        self._wait_for(self._bounds.linger_s if self._lingers else _NEVER)
        self._go_on()

    # What answers, the server and the tunnels use.

    async def gone(self) -> None:
        """Wait until the client has gone, or sends no more."""
        await self._departed.wait()

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection is closing."""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def shutdown(self) -> None:
        """The server ends: close after the answer that is under way, or now."""
        self._reader.close()
        if self._exchange is None:
            self._transport.close()
        else:
            self._exchange.keep_alive = False

    def abort(self) -> None:
        """Close now, without what was not sent yet."""
        self._transport.abort()

    # From one request to the next.

    def _go_on(self) -> None:
        """Answer what is next, or read on, whichever it is time for."""
        if self._exchange is not None or self._lingers or self._transport.is_closing():
            if self._reader.held and not self._lingers:
                self._read(on=False)
            return
        if not self.writable.is_set():
            self._read(on=False)
            return
        incoming = self._reader.next()
        if incoming is not None:
            self._take(incoming)
        elif self._ends:
            self._transport.close()
        else:
            self._read(on=True)
            self._await(self._reader.phase)

    def _take(self, incoming: Incoming) -> None:
        self._phase = Phase.DEAF
        self._wait_for(_NEVER)
        if incoming.refusal is not None:
            self._refuse(incoming.refusal, incoming)
        elif incoming.method == "CONNECT":
            self._connect(incoming)
        else:
            self._exchange = _Exchange(incoming, self, incoming.keep_alive)
            self.task = self._loop.create_task(self._answer(self._exchange))

    async def _answer(self, exchange: _Exchange) -> None:
        incoming = exchange.incoming
        try:
            await self._shared.app(
                self._scope(incoming), exchange.receive, exchange.send
            )
        except HangUp:
            self._transport.abort()
        except Exception:  # noqa: BLE001 - a mistake costs one answer, not the server
            _log.exception("a request could not be answered")
        self.task = self._exchange = None
        if exchange.ended and exchange.keep_alive:
            self._go_on()
        elif exchange.ended:
            self._transport.close()
        elif exchange.begun:
            self._transport.abort()
        else:
            self._refuse(_FAILED, incoming)

    def _scope(self, incoming: Incoming) -> Scope:
        scope: Scope = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": incoming.version,
            "method": incoming.method,
            "scheme": self._scheme,
            "path": incoming.decoded_path,
            "raw_path": incoming.path,
            "query_string": incoming.query,
            "root_path": "",
            "headers": incoming.headers,
            "server": self._server,
            "client": self._client,
        }
        if incoming.absolute:
            scope[ABSOLUTE] = True
        return scope

    def _refuse(self, refusal: Refusal, incoming: Incoming | None = None) -> None:
        """Say no, in the vendor's words, and close once the client has read it."""
        path = "" if incoming is None else incoming.decoded_path
        answer = self._shared.app.refusal(refusal.status, refusal.why, path=path)
        lines = [
            f"{name.lower()}: {value}\r\n" for name, value in answer.headers.items()
        ]
        body = b"" if incoming and incoming.method == "HEAD" else answer.body
        head = f"content-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
        text = "".join((*lines, head)).encode("latin-1", "replace")
        self.write(_status_line(refusal.status) + text + body)
        self._linger()

    def _linger(self) -> None:
        # A socket that is closed with bytes unread cuts off its answer (RFC 9112, 9.6).
        self._reader.close()
        self._lingers = True
        self._read(on=True)
        self._wait_for(self._bounds.linger_s)
        if self._ends:
            self._transport.close()
        elif not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def _read(self, *, on: bool) -> None:
        if self._reads_not is on and not self._transport.is_closing():
            self._reads_not = not on
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    # How long it waits.

    def _await(self, phase: Phase) -> None:
        if phase is self._phase:
            return
        self._phase = phase
        if phase is Phase.BODY:
            self._wait_for(self._bounds.body_s)
            if self._reader.newest.expects and not self._reader.newest.body:
                self.write(_CONTINUE)
        else:
            bounds = self._bounds
            self._wait_for(bounds.head_s if phase is Phase.HEAD else bounds.idle_s)

    def _wait_for(self, seconds: float) -> None:
        self._deadline = self._loop.time() + seconds

    def _tick(self) -> None:
        if self._loop.time() >= self._deadline:
            self._late()
        bounds = self._bounds
        # A deadline may come nearer meanwhile, but never nearer than the shortest.
        soon = min(bounds.head_s, bounds.body_s, bounds.write_s, bounds.linger_s)
        left = max(self._deadline - self._loop.time(), 0)
        self._timer = self._loop.call_later(min(left, soon), self._tick)

    def _late(self) -> None:
        """What was waited for has not come."""
        self._wait_for(self._bounds.linger_s)
        if self._exchange or self._transport.get_write_buffer_size():
            self._transport.abort()
        elif self._lingers or self._phase in {Phase.IDLE, Phase.DEAF}:
            self._transport.close()
        else:
            self._refuse(Refusal(408, f"The {self._phase.value} did not come in time."))

    # A tunnel.

    def _connect(self, incoming: Incoming) -> None:
        tunnels = self._shared.tunnels
        if tunnels is None:
            self._refuse(_NO_PROXY, incoming)
            return
        host = tunnels.host_of(incoming.target.decode("latin-1"))
        if host is None:
            self._refuse(Refusal(403, tunnels.only), incoming)
        elif self._reader.held:
            self._refuse(_EARLY, incoming)
        else:
            self._read(on=False)  # what comes next is TLS, and not for this protocol
            self.write(_ESTABLISHED)
            self.task = self._loop.create_task(self._tunnel(tunnels, host))

    async def _tunnel(self, tunnels: Tunnels, host: str) -> None:
        try:
            secured = await tunnels.secured(
                self._transport, host, self._bounds.handshake_s
            )
        finally:
            self.task = None
            self.connection_lost(None)
        if secured is None:
            self._transport.abort()
            return
        inside, early = secured
        inner = Connection(evolve(self._shared, tunnels=None))
        inside.set_protocol(inner)
        inner.connection_made(inside)
        if early:
            inner.data_received(early)


def _pair(address: Any) -> tuple[str, int] | None:  # noqa: ANN401 - a socket's
    return (str(address[0]), address[1]) if isinstance(address, tuple) else None


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()
