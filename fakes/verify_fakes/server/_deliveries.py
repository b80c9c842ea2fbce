"""
Events and webhook calls that wait for people's servers: queues and log.

Each receiver of an account has a task of its own, which ends when nothing waits, so a
slow receiver holds up nobody else, and first tries keep their order. Retries are due by
the account's clock: it runs with the machine's, so they come by themselves, and a test
that moves it need not wait.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import Factory, define

from ..twilio.resources._events import TwilioNotification
from ._courier import Courier
from ._delivery import Delivery, Standing

LOGGED: Final = 1_000
"""Deliveries that an account's log keeps."""

MOST_WAITING: Final = 10_000
"""Deliveries of one account that wait at a time; one more is dropped, and logged."""

_MOST_WAITING_IN_ALL: Final = 20_000
_SOON_S: Final = 0.01


@define(eq=False)
class _Lane:
    """What waits for one receiver; those to try again are sorted by when."""

    fresh: deque[Delivery] = Factory(deque)
    again: list[tuple[datetime, int, Delivery]] = Factory(list)
    busy: bool = False
    woken: asyncio.Event = Factory(asyncio.Event)
    task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self.fresh) + len(self.again) + self.busy

    def add(self, delivery: Delivery) -> None:
        if delivery.due is None:
            self.fresh.append(delivery)
        else:
            heapq.heappush(self.again, (delivery.due, delivery.cursor, delivery))
        self.woken.set()

    def has_due(self, now: datetime) -> bool:
        return bool(self.fresh) or (bool(self.again) and self.again[0][0] <= now)

    def take(self, now: datetime) -> Delivery | None:
        if self.again and self.again[0][0] <= now:
            return heapq.heappop(self.again)[2]
        return self.fresh.popleft() if self.fresh else None

    async def wait(self, now: datetime) -> None:
        """Until something is added, the clock was moved, or the next one is due."""
        self.woken.clear()
        left = (self.again[0][0] - now).total_seconds()
        try:
            async with asyncio.timeout(max(left, _SOON_S)):
                await self.woken.wait()
        except TimeoutError:
            return


class Deliveries:
    """
    The deliveries of one account; lives in one event loop.

    Args:
        account_sid: Whose.
        now: The account's clock.
        courier: What the server's accounts share.

    Attributes:
        log: The latest, oldest first.
    """

    def __init__(
        self, account_sid: str, now: Callable[[], datetime], courier: Courier
    ) -> None:
        self.log: deque[Delivery] = deque(maxlen=LOGGED)
        self._account_sid = account_sid
        self._now = now
        self._courier = courier
        self._lanes: dict[str, _Lane] = {}
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many have not ended."""
        return self._waiting

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or due; what is to be tried later may wait."""
        now = self._now()
        return not any(lane.busy or lane.has_due(now) for lane in self._lanes.values())

    def put(self, told: TwilioNotification, url: str, secret: str) -> None:
        """
        Let something be delivered, soon; nothing is awaited.

        Args:
            told: What.
            url: Where to.
            secret: The account's token, which signs it.
        """
        delivery = Delivery(
            cursor=self._courier.next_cursor(),
            told=told,
            url=url,
            at=self._now(),
            secret=secret,
        )
        self.log.append(delivery)
        full = self._courier.waiting >= _MOST_WAITING_IN_ALL
        if full or self.waiting >= MOST_WAITING:
            delivery.end(Standing.DROPPED, "too many deliveries wait already")
        else:
            self._waiting += 1
            self._courier.waiting += 1
            self._courier.watch()
            self._enqueue(delivery)
        self._courier.tell(self._account_sid, delivery)

    def hurry(self) -> None:
        """The account's clock was moved: see what is due now."""
        for lane in self._lanes.values():
            lane.woken.set()

    def clear(self) -> None:
        """Forget all of them; what waits is not delivered any more."""
        self._courier.waiting -= self._waiting
        self._waiting = 0
        for lane in self._lanes.values():
            if lane.task is not None:
                lane.task.cancel()
        self._lanes.clear()
        self.log.clear()

    def _enqueue(self, delivery: Delivery) -> None:
        lane = self._lanes.get(delivery.url)
        if lane is None:
            lane = self._lanes[delivery.url] = _Lane()
            running = asyncio.get_running_loop()
            lane.task = running.create_task(self._run(delivery.url, lane))
        lane.add(delivery)

    async def _run(self, url: str, lane: _Lane) -> None:
        while len(lane):
            delivery = lane.take(self._now())
            if delivery is None:
                await lane.wait(self._now())
                continue
            lane.busy = True
            async with self._courier.turns:
                await self._courier.attempt(delivery, self._now)
            lane.busy = False
            if delivery.standing is Standing.WAITING:
                lane.add(delivery)
            else:
                self._waiting -= 1
                self._courier.waiting -= 1
            self._courier.tell(self._account_sid, delivery)
        del self._lanes[url]
