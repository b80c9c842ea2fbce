"""
Events and webhook calls: what waits for their receivers, the attempts, and the log.

Each receiver of an account has a task of its own, which ends when nothing waits, so a
slow receiver holds up no other one, and first tries keep their order. Retries are due
by the account's clock, so a test that moves it need not wait.

Sources: Twilio, "Event delivery retries and event duplication", "Webhooks security",
"Verify Push Webhooks" and "Event Streams: webhook quickstart", read 2026-11-23. No
connection, no answer in time, 429 and 5xx are tried again, ever more slowly, for four
hours; any other answer is the last. Twilio's steps vary at random; these double. Twilio
does not say what becomes of a webhook's failed call; it is treated like an event's.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from urllib.parse import urlencode
from uuid import UUID

from attrs import Factory, define, field, frozen

from ...kit._hiding import Hidden, Revealed, hidden_text
from ...twilio.resources._events import HookCall, TwilioNotification
from ...twilio.resources._signing import HEADER, form_signature, signed_json
from ._posting import NotAllowed, NotPosted, post, read_destination

LOGGED = 1_000
"""Deliveries that an account's log keeps."""

MOST_WAITING = 10_000
"""Deliveries of one account that wait at a time; one more is dropped, and logged."""

_MOST_WAITING_IN_ALL = 20_000
_AT_ONCE = 64
_SINK_ANSWER_S, _WEBHOOK_ANSWER_S = 5.0, 15.0
_LOOK_EVERY_S = 1.0
_SOON_S = 0.01
_FIRST_STEP, _TRIED_FOR = timedelta(seconds=1), timedelta(hours=4)


class Standing(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    DROPPED = "dropped"


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
    def is_worth_another(self) -> bool:
        return self.status is None or self.status == 429 or self.status >= 500  # noqa: PLR2004

    @property
    def why(self) -> str | None:
        """What was wrong, for people."""
        if self.succeeded:
            return None
        return self.error or f"the receiver answered {self.status}"


@define(eq=False, kw_only=True)
class WebhookDelivery:
    """
    One event or webhook call on its way to one receiver.

    Attributes:
        cursor: Its place among all that happens on the server.
        at: When it happened, by the account's clock.
        secret: The account's token, which signs it.
        reason: Why it was not delivered.
        due: When it is tried again, by the account's clock.
    """

    cursor: int
    notification: TwilioNotification
    _url: Hidden[str] = field(converter=hidden_text)
    at: datetime
    _secret: Hidden[str] = field(converter=hidden_text)
    standing: Standing = Standing.WAITING
    reason: str | None = None
    attempts: list[PostAttempt] = Factory(list)
    due: datetime | None = None

    url = Revealed[str]()
    secret = Revealed[str]()

    def note(self, attempt: PostAttempt) -> None:
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

    def sealed(self, url: str) -> tuple[str, dict[str, str], bytes]:
        """
        The URL, headers and body that Twilio would send, signed.

        An event goes as a JSON array of one, with its hash in the URL's query; a
        webhook's call as a form. The other headers are as receivers have logged them.
        """
        if isinstance(self.notification, HookCall):
            kind = "application/x-www-form-urlencoded; charset=UTF-8"
            body = urlencode(self.notification.form).encode()
            signature = form_signature(self.secret, url, self.notification.form)
        else:
            kind = "application/json"
            body = json.dumps([self.notification.body], ensure_ascii=False).encode()
            url, signature = signed_json(self.secret, url, body)
        headers = {
            "Content-Type": kind,
            "Accept": "*/*",
            "User-Agent": "TwilioProxy/1.1",
            "Connection": "close",
            HEADER: signature,
            # The same in every attempt, so that a receiver can tell a second one.
            "I-Twilio-Idempotency-Token": str(UUID(self.notification.id)),
        }
        return url, headers, body


@define(eq=False)
class Courier:
    """
    What all accounts of a server share: whom it may call, and how much at once.

    Attributes:
        allowed: Hosts besides this machine that may be called.
        next_cursor: Gives places among all that happens.
        changed: Hears of every change of a delivery, with its account's sid.
        settle: Lets expire what is due, so that it is noticed without a request.
        waiting: Deliveries that wait, of all accounts.
    """

    allowed: frozenset[str] = frozenset()
    next_cursor: Callable[[], int] = Factory(lambda: count(1).__next__)
    changed: Callable[[str, WebhookDelivery], None] = field(
        default=lambda _sid, _delivery: None
    )
    settle: Callable[[], None] = field(default=lambda: None)
    waiting: int = 0
    turns: asyncio.Semaphore = Factory(lambda: asyncio.Semaphore(_AT_ONCE))
    _watch: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """From now on, notice what expires without a request."""
        if self._watch is None:
            running = asyncio.get_running_loop()
            self._watch = running.create_task(self._settle_again_and_again())

    async def _settle_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.settle()

    async def attempt(
        self, delivery: WebhookDelivery, now: Callable[[], datetime]
    ) -> None:
        """Try once, and write down what came of it."""
        try:
            destination = read_destination(delivery.url, self.allowed)
        except NotAllowed as refused:
            delivery.end(Standing.REFUSED, str(refused))
            return
        webhook = isinstance(delivery.notification, HookCall)
        answer_s = _WEBHOOK_ANSWER_S if webhook else _SINK_ANSWER_S
        began, status, error = asyncio.get_running_loop().time(), None, None
        try:
            sealed = delivery.sealed(destination.url)
            status = await post(destination, *sealed, answer_s=answer_s)
        except NotPosted as failed:
            error = str(failed)
        took = asyncio.get_running_loop().time() - began
        delivery.note(
            PostAttempt(
                at=now(), status=status, error=error, took_ms=round(took * 1_000)
            )
        )


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
        self, account_sid: str, now: Callable[[], datetime], courier: Courier
    ) -> None:
        self.log: deque[WebhookDelivery] = deque(maxlen=LOGGED)
        self.waiting = 0
        self._account_sid = account_sid
        self._now = now
        self._courier = courier
        self._lanes: dict[str, _Lane] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or due; what is to be tried later may wait."""
        now = self._now()
        return not any(lane.busy or lane.is_due(now) for lane in self._lanes.values())

    def put(self, notification: TwilioNotification, url: str, secret: str) -> None:
        """Let something be delivered soon, signed with the account's token."""
        delivery = WebhookDelivery(
            cursor=self._courier.next_cursor(),
            notification=notification,
            url=url,
            at=self._now(),
            secret=secret,
        )
        self.log.append(delivery)
        full = self._courier.waiting >= _MOST_WAITING_IN_ALL
        if full or self.waiting >= MOST_WAITING:
            delivery.end(Standing.DROPPED, "too many deliveries wait already")
        else:
            self._count(1)
            self._courier.watch()
            self._enqueue(delivery)
        self._courier.changed(self._account_sid, delivery)

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
            self._courier.changed(self._account_sid, delivery)
        del self._lanes[url]
