"""
Below the application: sockets that can be hung up on, and heads that cannot drag on.

The one place that knows uvicorn's inside. Its protocol is given the connection's
transport in the scope (ASGI itself has no way to end a connection without an answer),
and two bounds that it does not have: on the size of a request's head and on the time
that it may take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MAX_HEAD_BYTES: Final = 64 << 10
HEAD_TIMEOUT_S: Final = 10.0
_KEY: Final = "verify_fakes.transport"
_WHOLE: Final = "verify_fakes.whole"
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Aborter:
    """Ends the connection that a request came over."""

    def __init__(self, scope: Scope) -> None:
        self._transport: asyncio.Transport | None = scope.get(_KEY)

    async def abort(self) -> None:
        """Close it without an answer."""
        if self._transport is not None:
            self._transport.abort()
            # Two turns of the loop, until uvicorn has seen the connection go; else it
            # would try to answer for us.
            await asyncio.sleep(0)
            await asyncio.sleep(0)


def is_whole(scope: Scope) -> bool:
    """Whether the request's body is here, so that nobody need wait for it."""
    return _WHOLE in scope


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounded heads, and its transport in the scope."""

    _head_bytes = 0
    _in_head = True
    _head_timer: asyncio.TimerHandle | None = None

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
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES + (1 << 20):
                self._refuse_head()
                return
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Put the transport where the application finds it."""
        super().on_message_begin()
        self.scope[_KEY] = self.transport  # type: ignore[typeddict-unknown-key]
        self._await_head()

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

    def _await_head(self) -> None:
        self._in_head = True
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._late)

    def _head_done(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
