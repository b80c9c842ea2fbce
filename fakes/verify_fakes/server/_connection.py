"""
One client's connection: requests are answered in turn, by an application.

One request is answered at a time. What a client sends behind it waits unread, and soon
is not received either. A client that does not read its answer has a while to begin. So
no connection costs more than one request, one answer and one read.

Source: RFC 9112 (connections, framing of answers).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from attrs import Factory, define

from ._asgi import ABSOLUTE, HangUp, Scope, Served, Turn, status_line
from ._bounds import Bounds
from ._incoming import HttpRefusal, Incoming, ReadPhase, RequestReader

if TYPE_CHECKING:
    from ._proxy import Proxy

_log = logging.getLogger(__name__)
_NEVER = float("inf")
_ASGI = {"version": "3.0", "spec_version": "2.3"}
#: The words are some clients' way to know a proxy (PyPI's and Composer's match them).
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EARLY = HttpRefusal(400, "A tunnel's client waits for the answer to its CONNECT.")
_FAILED = HttpRefusal(500, "The fake has failed; its log says how.")
_NO_PROXY = HttpRefusal(400, "This server is not a proxy; --proxy makes it one.")


@define(eq=False, kw_only=True)
class Connections:
    """
    The connections of one server.

    Attributes:
        app: Answers the requests.
        bounds: What clients are held to.
        proxy: To serve `CONNECT` too.
        open: Those that there are.
    """

    app: Served
    bounds: Bounds
    proxy: Proxy | None = None
    open: set[Connection] = Factory(set)


class Connection(asyncio.Protocol):
    """
    One client's connection.

    Args:
        server: What it belongs to.
        proxy: What answers CONNECT; None refuses it.

    Attributes:
        writable: Set while the client reads what it is sent.
        task: Answers the request at hand.
    """

    _transport: asyncio.Transport
    task: asyncio.Task[None] | None = None
    _turn: Turn | None = None
    _timer: asyncio.TimerHandle | None = None
    _deadline = _NEVER
    _phase = ReadPhase.DEAF
    _lingers = _ends = _paused = False

    def __init__(self, server: Connections, proxy: Proxy | None) -> None:
        self._of = server
        self._proxy = proxy
        self._bounds = server.bounds
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(server.bounds)
        self._departed = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, if there is room."""
        # A socket's transport writes, too; uvloop's do not inherit from asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        known = transport.get_extra_info
        self._scheme = "http" if known("sslcontext") is None else "https"
        self._server, self._client = _pair(known("sockname")), _pair(known("peername"))
        room = len(self._of.open) < self._bounds.connections
        self._of.open.add(self)
        self._wait_for(self._bounds.head_s)
        self._tick()
        if not room:
            self._refuse(HttpRefusal(503, "The server has too many connections."))

    def data_received(self, data: bytes) -> None:
        """Take in what the client sends; it is looked at in its turn."""
        self._reader.feed(data)
        self._go_on()

    def eof_received(self) -> bool:
        """The client sends no more; what it asked is still answered, if soon."""
        self._ends = True
        self._departed.set()
        if self._turn is None:
            return False
        self._wait_for(self._bounds.linger_s)
        return self._scheme == "http"  # TLS has no end in one direction

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Let go of everything."""
        self._of.open.discard(self)
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
        """The client reads again."""
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
        if self._turn is None:
            self._transport.close()
        else:
            self._turn.keep_alive = False

    def abort(self) -> None:
        """Close now, without what was not sent yet."""
        self._transport.abort()

    # From one request to the next.

    def _go_on(self) -> None:
        """Answer what is next, or read on, whichever it is time for."""
        if self._turn is not None or self._lingers or self._transport.is_closing():
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
        self._phase = ReadPhase.DEAF
        self._wait_for(_NEVER)
        if incoming.refusal is not None:
            self._refuse(incoming.refusal, incoming)
        elif incoming.method == "CONNECT":
            self._connect(incoming)
        else:
            self._turn = Turn(incoming, self, incoming.keep_alive)
            self.task = self._loop.create_task(self._answer(self._turn))

    async def _answer(self, turn: Turn) -> None:
        incoming = turn.incoming
        try:
            await self._of.app(self._scope(incoming), turn.receive, turn.send)
        except HangUp:
            self._transport.abort()
        except Exception:  # noqa: BLE001 - a mistake costs one answer, not the server
            _log.exception("a request could not be answered")
        self.task = self._turn = None
        if turn.ended and turn.keep_alive:
            self._go_on()
        elif turn.ended:
            self._transport.close()
        elif turn.begun:
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

    def _refuse(self, refusal: HttpRefusal, incoming: Incoming | None = None) -> None:
        """Say no, in the vendor's words, and close once the client has read it."""
        path = "" if incoming is None else incoming.decoded_path
        answer = self._of.app.refusal(refusal.status, refusal.why, path=path)
        lines = [
            f"{name.lower()}: {value}\r\n" for name, value in answer.headers.items()
        ]
        body = b"" if incoming and incoming.method == "HEAD" else answer.body
        head = f"content-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
        text = "".join((*lines, head)).encode("latin-1", "replace")
        self.write(status_line(refusal.status) + text + body)
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
        if self._paused is on and not self._transport.is_closing():
            self._paused = not on
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    # How long it waits.

    def _await(self, phase: ReadPhase) -> None:
        if phase is self._phase:
            return
        self._phase = phase
        if phase is ReadPhase.BODY:
            self._wait_for(self._bounds.body_s)
            if self._reader.newest.expects and not self._reader.newest.body:
                self.write(_CONTINUE)
        else:
            bounds = self._bounds
            self._wait_for(bounds.head_s if phase is ReadPhase.HEAD else bounds.idle_s)

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
        """Give up on what has not come in time."""
        self._wait_for(self._bounds.linger_s)
        if self._turn or self._transport.get_write_buffer_size():
            self._transport.abort()
        elif self._lingers or self._phase in {ReadPhase.IDLE, ReadPhase.DEAF}:
            self._transport.close()
        else:
            self._refuse(
                HttpRefusal(408, f"The {self._phase.value} did not come in time.")
            )

    # A tunnel.

    def _connect(self, incoming: Incoming) -> None:
        proxy = self._proxy
        if proxy is None:
            self._refuse(_NO_PROXY, incoming)
            return
        host = proxy.host_of(incoming.target.decode("latin-1"))
        if host is None:
            self._refuse(HttpRefusal(403, proxy.only), incoming)
        elif self._reader.held:
            self._refuse(_EARLY, incoming)
        else:
            self._read(on=False)  # what comes next is TLS, and not for this protocol
            self.write(_ESTABLISHED)
            self.task = self._loop.create_task(self._tunnel(proxy, host))

    async def _tunnel(self, proxy: Proxy, host: str) -> None:
        try:
            secured = await proxy.secured(
                self._transport, host, self._bounds.handshake_s
            )
        finally:
            self.task = None
            self.connection_lost(None)
        if secured is None:
            self._transport.abort()
            return
        inside, early = secured
        inner = Connection(self._of, None)
        inside.set_protocol(inner)
        inner.connection_made(inside)
        if early:
            inner.data_received(early)


def _pair(address: Any) -> tuple[str, int] | None:  # noqa: ANN401 - a socket's
    return (str(address[0]), address[1]) if isinstance(address, tuple) else None
