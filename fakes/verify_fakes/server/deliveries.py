"""
Events and webhook calls on their way to people's servers: queue, retries, log.

Each receiver of an account has a task of its own, which ends when nothing waits, so a
slow receiver holds up nobody else, and first tries keep their order. Retries are due by
the account's clock: it runs with the machine's, so they come by themselves, and a test
that moves it need not wait.

Source of the rules: Twilio, "Event delivery retries and event duplication", read
2026-11-23: no connection, no answer in time, 429 and 5xx are tried again, ever more
slowly, for four hours; any other answer is the last. Twilio's steps vary at random;
these double. Twilio does not say what becomes of a webhook's failed call; it is treated
like an event's.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from attrs import Factory, define, field, frozen

from ..twilio.events import HookCall, Told
from .destinations import NotAllowed, read_destination
from .envelopes import sealed
from .posting import NotPosted, post

LOGGED: Final = 1_000
"""Deliveries that an account's log keeps."""

MOST_WAITING: Final = 1_000
"""Deliveries of one account that wait at a time; one more is dropped, and logged."""

_MOST_WAITING_IN_ALL: Final = 10_000
_AT_ONCE: Final = 64
_FIRST_STEP: Final = timedelta(seconds=1)
_TRIED_FOR: Final = timedelta(hours=4)
_SINK_ANSWER_S: Final = 5.0
_WEBHOOK_ANSWER_S: Final = 15.0
_SOON_S: Final = 0.01
_LOOK_EVERY_S: Final = 1.0
_TOO_MANY: Final = 429


class Standing(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"


@frozen(kw_only=True)
class Attempt:
    """
    One try.

    Attributes:
        at: When, by the account's clock.
        status: The HTTP status of the answer; None where none came.
        error: Why none came.
        took_ms: Milliseconds of real time.
    """

    at: datetime
    status: int | None = None
    error: str | None = None
    took_ms: int

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx

    @property
    def is_worth_another(self) -> bool:
        """Whether Twilio would try again."""
        return self.status is None or self.status == _TOO_MANY or self.status >= 500  # noqa: PLR2004 - 5xx

    @property
    def why(self) -> str | None:
        """What was wrong, for people."""
        if self.succeeded:
            return None
        return self.error or f"the receiver answered {self.status}"


@define(eq=False, kw_only=True)
class Delivery:
    """
    One event or call on its way to one receiver.

    Attributes:
        cursor: Its place among all that happens on the server.
        told: What is delivered.
        url: Where to, as it was configured.
        at: When it was told, by the account's clock.
        standing: How it stands.
        reason: Why it stands so, where it was not delivered.
        attempts: So far.
        due: When it is tried again, by the account's clock.
    """

    cursor: int
    told: Told
    url: str = field(repr=False)
    at: datetime
    secret: str | None = field(repr=False)
    standing: Standing = Standing.WAITING
    reason: str | None = None
    attempts: list[Attempt] = Factory(list)
    due: datetime | None = None

    def note(self, attempt: Attempt) -> None:
        """Add an attempt, and what follows from it."""
        self.attempts.append(attempt)
        self.due, self.reason = None, attempt.why
        if attempt.succeeded:
            self.standing = Standing.DELIVERED
            return
        due = attempt.at + _FIRST_STEP * 2 ** (len(self.attempts) - 1)
        if attempt.is_worth_another and due <= self.at + _TRIED_FOR:
            self.due = due
        else:
            self.standing = Standing.FAILED

    def end(self, standing: Standing, reason: str) -> None:
        """Let it end without an attempt."""
        self.standing, self.reason = standing, reason


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


@define(eq=False)
class Courier:
    """
    What all accounts of a server share: whom it may call, and how much at once.

    Attributes:
        allowed: Hosts besides this machine that may be called.
        next_cursor: Gives places among all that happens.
        tell: Hears of every change of a delivery, with its account's sid.
        settle: Lets expire what is due, so that it is told without a request.
        is_open: Whether anything is delivered; not while a journal is played again.
        waiting: Deliveries that wait, of all accounts.
    """

    allowed: frozenset[str] = frozenset()
    next_cursor: Callable[[], int] = field(default=lambda: 0)
    tell: Callable[[str, Delivery], None] = field(default=lambda _sid, _delivery: None)
    settle: Callable[[], None] = field(default=lambda: None)
    is_open: bool = False
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
        if delivery.secret is None:
            why = "the account's token is not known before its first request"
            delivery.end(Standing.REFUSED, why)
            return
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

    @property
    def waiting(self) -> int:
        """How many have not ended."""
        return sum(map(len, self._lanes.values()))

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or due; what is to be tried later may wait."""
        now = self._now()
        return not any(lane.busy or lane.has_due(now) for lane in self._lanes.values())

    def put(self, told: Told, url: str, secret: str | None) -> None:
        """
        Let something be delivered, soon; nothing is awaited.

        Args:
            told: What.
            url: Where to.
            secret: The account's token, if it is known.
        """
        if not self._courier.is_open:
            return
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
        for lane in self._lanes.values():
            self._courier.waiting -= len(lane)
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
                self._courier.waiting -= 1
            self._courier.tell(self._account_sid, delivery)
        del self._lanes[url]
