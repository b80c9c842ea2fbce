"""What happens, told to whoever listens: the inbox's streams and the tests' waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from attrs import Factory, define, field, frozen

from ..kit._http import encoded

_BACKLOG: Final = 1_000
"""Events that a listener may be behind; a slower one loses the oldest and refetches."""


@frozen(kw_only=True)
class Happening:
    """
    One thing that happened.

    Attributes:
        cursor: Its place in the order of all that happens on this server.
        kind: `message`, `request`, `changed` or `delivery`.
        account_sid: Whose.
        data: What, as JSON types.
    """

    cursor: int
    kind: str
    account_sid: str
    data: Mapping[str, object] = field(repr=False)

    @cached_property
    def event(self) -> bytes:
        """How a stream says it; made once, however many listen."""
        head = f"id: {self.cursor}\nevent: {self.kind}\ndata: "
        return head.encode() + encoded(self.data) + b"\n\n"


@define(eq=False)
class Listener:
    """One listener's queue."""

    account_sid: str | None
    is_stream: bool = False
    waiting: deque[Happening] = Factory(lambda: deque(maxlen=_BACKLOG))
    woken: asyncio.Event = Factory(asyncio.Event)

    async def next(self, timeout_s: float) -> Happening | None:
        """The next happening, or None when there was none for so long."""
        if not self.waiting:
            self.woken.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self.woken.wait()
            except TimeoutError:
                return None
        return self.waiting.popleft() if self.waiting else None


class Broadcast:
    """Tells everyone; lives in one event loop."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._cursor = 0
        self.closed = False

    @property
    def cursor(self) -> int:
        """The place of the newest happening; 0 before the first."""
        return self._cursor

    @property
    def streams(self) -> int:
        """How many listeners are event streams."""
        return sum(each.is_stream for each in self._listeners)

    def listen(
        self, account_sid: str | None = None, *, stream: bool = False
    ) -> Listener:
        """A new listener, to one account or to all."""
        listener = Listener(account_sid, stream)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Stop telling this one."""
        self._listeners.discard(listener)

    def next_cursor(self) -> int:
        """The place of what is about to be told."""
        self._cursor += 1
        return self._cursor

    def tell(self, happening: Happening) -> None:
        """Tell everyone whom it concerns."""
        for listener in self._listeners:
            if listener.account_sid in {None, happening.account_sid}:
                listener.waiting.append(happening)
                listener.woken.set()

    @property
    def listened(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def close(self) -> None:
        """Wake every listener for the last time."""
        self.closed = True
        for listener in self._listeners:
            listener.woken.set()
