"""
Below the application: sockets that can be hung up on, and heads that cannot drag on.

The one place that knows uvicorn's inside. Its protocol puts itself in the scope (ASGI
itself has no way to end a connection without an answer, nor to give a whole answer at
once), and has two bounds more: on the size of a request's head and on the time that it
may take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MAX_HEAD_BYTES: Final = 64 << 10
HEAD_TIMEOUT_S: Final = 10.0
_KEY: Final = "verify_fakes.protocol"
_WHOLE: Final = "verify_fakes.whole"
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Aborter:
    """Ends the connection that a request came over."""

    def __init__(self, scope: Scope) -> None:
        self._protocol: BoundedProtocol | None = scope.get(_KEY)

    async def abort(self) -> None:
        """Close it without an answer."""
        if self._protocol is not None:
            self._protocol.abort()
            # Two turns of the loop, until uvicorn has seen the connection go; else it
            # would try to answer for us.
            await asyncio.sleep(0)
            await asyncio.sleep(0)


def is_whole(scope: Scope) -> bool:
    """Whether the request's body is here, so that nobody need wait for it."""
    return _WHOLE in scope


def answered_at_once(
    scope: Scope, status: int, lines: Iterable[bytes], body: bytes
) -> bool:
    """
    Give a whole answer, where nothing stands in the way.

    ASGI's two messages do the same, with a look through every header for what ours
    never hold, and a system call each.

    Args:
        scope: Of the request.
        status: Of the answer.
        lines: Its headers, each with its end of line; the body's length is none.
        body: All of it.

    Returns:
        Whether it was given. If not, ASGI's messages are to be sent.
    """
    protocol: BoundedProtocol | None = scope.get(_KEY)
    return protocol is not None and protocol.answer(scope, status, lines, body)


class Outgoing:
    """
    The answers of one turn of the event loop, of all connections, on their way.

    Each write wakes up a client that waits, which takes longer than the answer took.
    Written back to back they find it awake.
    """

    def __init__(self) -> None:
        self._answers: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, answer: bytes) -> None:
        """Let an answer be written before anything that is done from now on."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self.flush)
        self._answers.append((transport, answer))

    def flush(self) -> None:
        """Write them now."""
        answers, self._answers = self._answers, []
        for transport, answer in answers:
            if not transport.is_closing():
                transport.write(answer)


class BoundedProtocol(HttpToolsProtocol):
    """
    uvicorn's protocol with bounded heads and whole answers.

    Args:
        outgoing: What this and other connections are about to write.
        **given: What uvicorn gives its protocols.
    """

    _head_bytes = 0
    _in_head = True
    _head_begun = False
    _head_timer: asyncio.TimerHandle | None = None

    def __init__(self, *, outgoing: Outgoing, **given: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(**given)
        self._outgoing = outgoing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._head_done()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head."""
        self._outgoing.flush()  # what follows may be answered by uvicorn itself
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES + (1 << 20):
                self._refuse_head()
                return
        super().data_received(data)
        if self._head_begun:  # and not ended, as most are
            self._await_head()
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse_head()

    def eof_received(self) -> None:
        """The client sends no more, and may still read what was answered."""
        self._outgoing.flush()
        super().eof_received()

    def on_message_begin(self) -> None:
        """Put the protocol where the application finds it."""
        super().on_message_begin()
        self.scope[_KEY] = self  # type: ignore[typeddict-unknown-key]
        self._in_head = self._head_begun = True

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._head_done()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may follow, whenever it likes: keep-alive has its own timer."""
        self.scope[_WHOLE] = True  # type: ignore[typeddict-unknown-key]
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def answer(
        self, scope: Scope, status: int, lines: Iterable[bytes], body: bytes
    ) -> bool:
        """As `answered_at_once`, for a request of this connection."""
        cycle = self.cycle
        if (
            cycle.scope is not scope  # another request has come behind it
            or not cycle.keep_alive
            or cycle.disconnected
            or cycle.flow.write_paused
            or scope["method"] == "HEAD"
        ):
            return False
        length = b"content-length: %d\r\n\r\n" % len(body)
        whole = b"".join((STATUS_LINE[status], *lines, length, body))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self._outgoing.put(self.transport, whole)
        cycle.on_response()
        return True

    def abort(self) -> None:
        """Close the connection; answers to earlier requests leave before."""
        self._outgoing.flush()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server ends; what was answered leaves before."""
        self._outgoing.flush()
        super().shutdown()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._late)

    def _head_done(self) -> None:
        self._in_head = self._head_begun = False
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._outgoing.flush()
            self.transport.close()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
