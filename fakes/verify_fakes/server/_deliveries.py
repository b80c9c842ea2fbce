"""
What a vendor posts to its customers' servers: what waits, the attempts, and the log.

Each receiver of an account has a task of its own, which ends when nothing waits, so a
slow receiver holds up no other one, and first tries keep their order. Retries are due
by the account's clock, so a test that moves it need not wait.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import Factory, define, field, frozen

from ..kit._hiding import Hidden, Revealed, hidden_text
from ..kit._http import Json, milliseconds
from ._events import Broadcast
from ._posting import NotAllowed, NotPosted, post, read_destination, without_password

LOGGED = 1_000
"""Deliveries that an account's log keeps."""

MOST_WAITING = 10_000
"""Deliveries of one account that wait at a time; one more is dropped, and logged."""

_MOST_WAITING_IN_ALL = 20_000
_AT_ONCE = 64
_LOOK_EVERY_S = 1.0
_SOON_S = 0.01
#: The longest wait is reached long before; more doublings would leave the calendar.
_MOST_DOUBLINGS = 20


class Standing(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"
    KEPT = "kept"


@frozen(kw_only=True)
class Retries:
    """
    When a vendor tries again; where no answer came, always.

    Attributes:
        after: Whether an answer with this status is followed by another attempt.
        first: How long after the first attempt; each wait is twice as long as the last.
        longest: No wait is longer.
        within: How long after the beginning the last attempt may come.
    """

    after: Callable[[int], bool]
    first: timedelta
    longest: timedelta
    within: timedelta

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        factor = 1 << min(attempts - 1, _MOST_DOUBLINGS)
        return min(self.first * factor, self.longest)


class Outgoing(Protocol):
    """
    What a vendor posts.

    Attributes:
        type: The vendor's name for the kind.
        answer_s: Seconds that a receiver has for its answer.
        retries: When it is tried again.
    """

    @property
    def type(self) -> str: ...
    @property
    def answer_s(self) -> float: ...
    @property
    def retries(self) -> Retries: ...

    def signed_for(self, url: str) -> tuple[str, Mapping[str, str], bytes]:
        """The URL, headers and body of a request to a receiver, signed now."""
        ...

    def shown(self) -> Json:
        """What the log shows of it: `kind`, `type`, `id`, `body` and more."""
        ...


@frozen(kw_only=True)
class PostAttempt:
    """One try, by the account's clock: the HTTP status, or why no answer came."""

    at: datetime
    status: int | None = None
    error: str | None = None
    took_ms: int

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def why(self) -> str | None:
        """What was wrong, for people."""
        if self.succeeded:
            return None
        return self.error or f"the receiver answered {self.status}"

    def shown(self) -> Json:
        return {
            "at": milliseconds(self.at),
            "status": self.status,
            "error": self.error,
            "took_ms": self.took_ms,
        }


@define(eq=False, kw_only=True)
class WebhookDelivery:
    """
    Something on its way to one receiver.

    Attributes:
        cursor: Its place among all that happens on the server.
        whose: The account's name, as answers carry it.
        at: When it happened, by the account's clock.
        url: Where it goes; empty where it is kept only.
        reason: Why it was not delivered.
        due: When it is tried again, by the account's clock.
    """

    cursor: int
    whose: Mapping[str, object]
    outgoing: Outgoing
    _url: Hidden[str] = field(converter=hidden_text)
    at: datetime
    standing: Standing = Standing.WAITING
    reason: str | None = None
    attempts: list[PostAttempt] = Factory(list)
    due: datetime | None = None

    url = Revealed[str]()

    def note(self, attempt: PostAttempt) -> None:
        """Add an attempt, and what follows from it."""
        self.attempts.append(attempt)
        self.due, self.reason = None, attempt.why
        if attempt.succeeded:
            self.standing = Standing.DELIVERED
            return
        retries = self.outgoing.retries
        due = attempt.at + retries.wait(len(self.attempts))
        again = attempt.status is None or retries.after(attempt.status)
        if again and due <= self.at + retries.within:
            self.due = due
        else:
            self.standing = Standing.FAILED

    def end(self, standing: Standing, reason: str) -> None:
        """Let it end without an attempt."""
        self.standing, self.reason = standing, reason

    def shown(self) -> Json:
        """The delivery as the page of deliveries and tests read it."""
        return {
            "cursor": self.cursor,
            **self.whose,
            "url": without_password(self.url) or None,
            "at": milliseconds(self.at),
            "status": self.standing.value,
            "reason": self.reason,
            "attempts": [attempt.shown() for attempt in self.attempts],
            "next_attempt_at": None if self.due is None else milliseconds(self.due),
            **self.outgoing.shown(),
        }


@define(eq=False)
class Courier:
    """
    What all accounts of a server share: whom it may call, and how much at once.

    Attributes:
        broadcast: Passes on each change of a delivery.
        allowed: Hosts besides this machine that may be called.
        waiting: Deliveries that wait, of all accounts.
    """

    broadcast: Broadcast
    allowed: frozenset[str] = frozenset()
    waiting: int = 0
    turns: asyncio.Semaphore = Factory(lambda: asyncio.Semaphore(_AT_ONCE))
    _watch: asyncio.Task[None] | None = None

    def watch(self, settle: Callable[[], None]) -> None:
        """From now on, notice what expires without a request: `settle` does so."""
        running = asyncio.get_running_loop()
        self._watch = running.create_task(_again_and_again(settle))

    def changed(self, account: str, delivery: WebhookDelivery) -> None:
        """Pass on that a delivery of an account stands otherwise than before."""
        if self.broadcast.has_listeners:
            self.broadcast.publish("delivery", account, delivery.shown())

    async def attempt(
        self, delivery: WebhookDelivery, now: Callable[[], datetime]
    ) -> None:
        """Try once, and write down what came of it."""
        try:
            destination = read_destination(delivery.url, self.allowed)
        except NotAllowed as refused:
            delivery.end(Standing.REFUSED, str(refused))
            return
        outgoing = delivery.outgoing
        began, status, error = asyncio.get_running_loop().time(), None, None
        try:
            signed = outgoing.signed_for(destination.url)
            status = await post(destination, *signed, answer_s=outgoing.answer_s)
        except NotPosted as failed:
            error = str(failed)
        took = asyncio.get_running_loop().time() - began
        delivery.note(
            PostAttempt(
                at=now(), status=status, error=error, took_ms=round(took * 1_000)
            )
        )


async def _again_and_again(settle: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        settle()


@define(eq=False)
class _Lane:
    """What waits for one receiver, sorted by when it is tried next."""

    waiting: list[tuple[datetime, int, WebhookDelivery]] = Factory(list)
    busy: bool = False
    woken: asyncio.Event = Factory(asyncio.Event)
    task: asyncio.Task[None] | None = None

    def add(self, delivery: WebhookDelivery) -> None:
        row = (delivery.due or delivery.at, delivery.cursor, delivery)
        heapq.heappush(self.waiting, row)
        self.woken.set()

    def is_due(self, now: datetime) -> bool:
        return bool(self.waiting) and self.waiting[0][0] <= now

    async def wait(self, now: datetime) -> None:
        """Until something is added, the clock was moved, or the next one is due."""
        self.woken.clear()
        left = (self.waiting[0][0] - now).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(left, _SOON_S)):
                await self.woken.wait()


class Deliveries:
    """
    The deliveries of one account; lives in one event loop.

    Attributes:
        log: The latest, oldest first.
        waiting: How many have not ended.
    """

    def __init__(
        self,
        account: str,
        whose: Mapping[str, object],
        now: Callable[[], datetime],
        courier: Courier,
    ) -> None:
        self.log: deque[WebhookDelivery] = deque(maxlen=LOGGED)
        self.waiting = 0
        self._account = account
        self._whose = whose
        self._now = now
        self._courier = courier
        self._lanes: dict[str, _Lane] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or due; what is to be tried later may wait."""
        now = self._now()
        return not any(lane.busy or lane.is_due(now) for lane in self._lanes.values())

    def put(self, outgoing: Outgoing, url: str) -> None:
        """Let something be delivered soon."""
        delivery = self._logged(outgoing, url)
        full = self._courier.waiting >= _MOST_WAITING_IN_ALL
        if full or self.waiting >= MOST_WAITING:
            delivery.end(Standing.DROPPED, "too many deliveries wait already")
        else:
            self._count(1)
            self._enqueue(delivery)
        self._courier.changed(self._account, delivery)

    def keep(self, outgoing: Outgoing, reason: str) -> None:
        """Log something that goes nowhere, and why."""
        delivery = self._logged(outgoing, "")
        delivery.end(Standing.KEPT, reason)
        self._courier.changed(self._account, delivery)

    def _logged(self, outgoing: Outgoing, url: str) -> WebhookDelivery:
        delivery = WebhookDelivery(
            cursor=self._courier.broadcast.next_cursor(),
            whose=self._whose,
            outgoing=outgoing,
            url=url,
            at=self._now(),
        )
        self.log.append(delivery)
        return delivery

    def hurry(self) -> None:
        """The account's clock was moved: see what is due now."""
        for lane in self._lanes.values():
            lane.woken.set()

    def clear(self) -> None:
        """Forget all of them; what waits is not delivered any more."""
        self._count(-self.waiting)
        for lane in self._lanes.values():
            if lane.task is not None:
                lane.task.cancel()
        self._lanes.clear()
        self.log.clear()

    def _count(self, more: int) -> None:
        self.waiting += more
        self._courier.waiting += more

    def _enqueue(self, delivery: WebhookDelivery) -> None:
        lane = self._lanes.get(delivery.url)
        if lane is None:
            lane = self._lanes[delivery.url] = _Lane()
            running = asyncio.get_running_loop()
            lane.task = running.create_task(self._run(delivery.url, lane))
        lane.add(delivery)

    async def _run(self, url: str, lane: _Lane) -> None:
        while lane.waiting:
            if not lane.is_due(self._now()):
                await lane.wait(self._now())
                continue
            delivery = heapq.heappop(lane.waiting)[2]
            lane.busy = True
            async with self._courier.turns:
                await self._courier.attempt(delivery, self._now)
            lane.busy = False
            if delivery.standing is Standing.WAITING:
                lane.add(delivery)
            else:
                self._count(-1)
            self._courier.changed(self._account, delivery)
        del self._lanes[url]
