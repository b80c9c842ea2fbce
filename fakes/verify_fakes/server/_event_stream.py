"""What happens on a server, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ._accounts import AccountT
from ._door import problem
from ._door_request import DoorRequest
from ._events import Broadcast

_HEARTBEAT_S = 15.0


class _EventStream(StreamingResponse):
    """What happens, as it happens, until the listener goes or does not read."""

    def __init__(self, broadcast: Broadcast, account: str | None) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(
            self._events(), media_type="text/event-stream", headers=headers
        )
        self._broadcast = broadcast
        # From now on, not from the first time that it is read: streams are counted.
        self._listener = broadcast.listen(account, stream=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            self.body_iterator = _no_bytes()  # only the head of an answer: it ends
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._broadcast.leave(self._listener)

    async def _events(self) -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"
        while not self._broadcast.closed:
            happening = await self._listener.next(_HEARTBEAT_S)
            yield b": still here\n\n" if happening is None else happening.event


async def _no_bytes() -> AsyncIterator[bytes]:
    chunks: tuple[bytes, ...] = ()
    for chunk in chunks:
        yield chunk


async def event_stream(ask: DoorRequest[AccountT]) -> Response:
    """Server-sent events: message, request, changed, delivery."""
    streams = ask.broadcast.streams
    if streams >= ask.bounds.streams:
        return problem(503, "events", f"there are {streams} streams already")
    return _EventStream(ask.broadcast, ask.query.get("account") or None)
