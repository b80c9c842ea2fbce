"""What takes deliveries to their receivers, one attempt at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import Factory, define, field

from ..twilio.resources._events import HookCall
from ._delivery import Attempt, Delivery, Standing
from ._destinations import NotAllowed, read_destination
from ._envelopes import sealed
from ._posting import NotPosted, post

_AT_ONCE: Final = 64
_SINK_ANSWER_S: Final = 5.0
_WEBHOOK_ANSWER_S: Final = 15.0
_LOOK_EVERY_S: Final = 1.0


@define(eq=False)
class Courier:
    """
    What all accounts of a server share: whom it may call, and how much at once.

    Attributes:
        allowed: Hosts besides this machine that may be called.
        next_cursor: Gives places among all that happens.
        tell: Hears of every change of a delivery, with its account's sid.
        settle: Lets expire what is due, so that it is told without a request.
        waiting: Deliveries that wait, of all accounts.
    """

    allowed: frozenset[str] = frozenset()
    next_cursor: Callable[[], int] = field(default=lambda: 0)
    tell: Callable[[str, Delivery], None] = field(default=lambda _sid, _delivery: None)
    settle: Callable[[], None] = field(default=lambda: None)
    waiting: int = 0
    turns: asyncio.Semaphore = Factory(lambda: asyncio.Semaphore(_AT_ONCE))
    _watch: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """From now on, notice by itself what expires."""
        if self._watch is None:
            running = asyncio.get_running_loop()
            self._watch = running.create_task(self._settle_again_and_again())

    async def _settle_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.settle()

    async def attempt(self, delivery: Delivery, now: Callable[[], datetime]) -> None:
        """Try once, and write down what came of it."""
        try:
            destination = read_destination(delivery.url, self.allowed)
        except NotAllowed as refused:
            delivery.end(Standing.REFUSED, str(refused))
            return
        envelope = sealed(delivery.told, destination.url, delivery.secret)
        webhook = isinstance(delivery.told, HookCall)
        began, status, error = asyncio.get_running_loop().time(), None, None
        try:
            status = await post(
                destination,
                envelope.url,
                envelope.headers,
                envelope.body,
                answer_s=_WEBHOOK_ANSWER_S if webhook else _SINK_ANSWER_S,
            )
        except NotPosted as failed:
            error = str(failed)
        took = asyncio.get_running_loop().time() - began
        delivery.note(
            Attempt(at=now(), status=status, error=error, took_ms=round(took * 1_000))
        )
