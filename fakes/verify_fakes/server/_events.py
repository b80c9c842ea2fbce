"""What happens, passed to listeners: the inbox's streams and the tests' waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from uuid import uuid4

from attrs import Factory, define, field, frozen

from ..kit._http import encoded

#: Events that a listener may be behind; a slower one loses the oldest and refetches.
_BACKLOG = 1_000


@frozen(kw_only=True)
class Happening:
    """
    One thing that happened.

    Attributes:
        cursor: Its place in the order of all that happens on this server.
        kind: `message`, `request`, `changed` or `delivery`.
        account: Whose.
        data: What, as JSON types.
    """

    cursor: int
    kind: str
    account: str
    data: Mapping[str, object] = field(repr=False)

    @cached_property
    def event(self) -> bytes:
        """The happening as a server-sent event; made once, however many listen."""
        head = f"id: {self.cursor}\nevent: {self.kind}\ndata: "
        return head.encode() + encoded(self.data) + b"\n\n"


@define(eq=False)
class Listener:
    """One listener's queue; `account` None hears of all accounts."""

    account: str | None
    is_stream: bool = False
    waiting: deque[Happening] = Factory(lambda: deque(maxlen=_BACKLOG))
    woken: asyncio.Event = Factory(asyncio.Event)

    async def next(self, timeout_s: float) -> Happening | None:
        """The next happening, or None where nothing happened for so long."""
        if not self.waiting:
            self.woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self.woken.wait()
        return self.waiting.popleft() if self.waiting else None


@define(eq=False)
class Broadcast:
    """
    Passes what happens to the listeners of one event loop.

    Attributes:
        cursor: The place of the newest happening; 0 before the first.
        run: Of the server; another run has other cursors.
    """

    cursor: int = 0
    closed: bool = False
    run: str = Factory(lambda: uuid4().hex)
    _listeners: set[Listener] = Factory(set)

    @property
    def streams(self) -> int:
        """How many listeners are event streams."""
        return sum(each.is_stream for each in self._listeners)

    @property
    def has_listeners(self) -> bool:
        return bool(self._listeners)

    def listen(self, account: str | None = None, *, stream: bool = False) -> Listener:
        """A new listener, to one account or to all."""
        listener = Listener(account, stream)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def next_cursor(self) -> int:
        """The place of what is about to happen."""
        self.cursor += 1
        return self.cursor

    def publish(
        self,
        kind: str,
        account: str,
        data: Mapping[str, object],
        *,
        cursor: int | None = None,
    ) -> None:
        """Pass on what happened to an account; without a cursor it gets the next."""
        happening = Happening(
            cursor=self.next_cursor() if cursor is None else cursor,
            kind=kind,
            account=account,
            data=data,
        )
        for listener in self._listeners:
            if listener.account in {None, account}:
                listener.waiting.append(happening)
                listener.woken.set()

    def close(self) -> None:
        """Wake every listener for the last time."""
        self.closed = True
        for listener in self._listeners:
            listener.woken.set()
