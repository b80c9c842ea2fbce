"""Each vendor's calls over real sockets, cancelled at every step and every turn."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from attrs import Factory, define, field, frozen

from tests.support.loopback import (
    ACCOUNT,
    NUMBER,
    SERVICE,
    TOKEN,
    Answer,
    Loopback,
    Received,
    Reply,
    TinyVerify,
)
from tests.vonage.tiny import KEY, SECRET, Clock, TinyVonage
from verify_core.errors import Ambiguous, VerifyError
from verify_core.verification import (
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)
from verify_providers.conversations import LateAnswer
from verify_providers.twilio import AsyncTwilioVerify
from verify_providers.vonage import AsyncVonageVerify

Tiny = TinyVerify | TinyVonage
Provider = AsyncTwilioVerify | AsyncVonageVerify

REQUEST = StartRequest(identifier=NUMBER, fallback_channels=("call",))
CLOCK = Clock()


@define
class Vendor:
    """One vendor behind the server, and what was heard of late answers."""

    name: str
    url: str
    tiny: Tiny
    late: list[LateAnswer] = Factory(list)

    def provider(self) -> Provider:
        on_late = self.late.append
        if self.name == "twilio":
            return AsyncTwilioVerify(
                account_sid=ACCOUNT,
                auth_token=TOKEN,
                service_sid=SERVICE,
                base_url=self.url,
                on_late=on_late,
            )
        return AsyncVonageVerify(
            brand="Acme",
            api_key=KEY,
            api_secret=SECRET,
            base_url=self.url,
            clock=CLOCK.now,
            on_late=on_late,
        )

    def code_of(self, ref: VerificationRef) -> str:
        if isinstance(self.tiny, TinyVerify):
            return self.tiny.code
        return self.tiny.code_of(ref.vendor_id)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    server.run()
    yield server
    server.stop()


@pytest.fixture
def clock() -> Iterator[Clock]:
    noon = CLOCK.moment
    yield CLOCK
    CLOCK.moment = noon


def vendor_of(name: str, loopback: Loopback) -> Vendor:
    tiny = TinyVerify() if name == "twilio" else TinyVonage(now=CLOCK.now)
    return Vendor(name=name, url=loopback.url, tiny=tiny)


@define
class Held:
    """
    Answers, and holds one answer back until it is let through.

    Attributes:
        answer: The vendor's.
        at: Which request's answer is held back, counted from 0.
        lost: Which answer before that one is cut off, or None.
        arrived: That request is here, and obeyed.
        let_through: Its answer may go.
    """

    answer: Callable[[Received], bytes]
    at: int
    lost: int | None = None
    arrived: threading.Event = field(factory=threading.Event)
    let_through: threading.Event = field(factory=threading.Event)
    _places: Iterator[int] = field(factory=itertools.count)

    def __call__(self, request: Received) -> Reply | bytes:
        place, raw = next(self._places), self.answer(request)
        if place == self.at:
            self.arrived.set()
            self.let_through.wait(10)
        return Reply(raw=raw, cut_at=0) if place == self.lost else raw


@frozen
class Step:
    """
    Where a start waits when it is cancelled.

    Attributes:
        vendor: Whose start it is.
        at: Which of its requests waits for its answer, counted from 0.
        lost: Which answer before is lost.
        resend_after_s: Seconds after a first start of which this is a resend.
        request: What is asked for.
    """

    vendor: str
    at: int = 0
    lost: int | None = None
    resend_after_s: int | None = None
    request: StartRequest = REQUEST


STEPS = {
    "twilio, the answer": Step("twilio"),
    "twilio, the look after a lost answer": Step("twilio", at=1, lost=0),
    "twilio, a resend": Step("twilio", resend_after_s=0),
    "vonage, the answer": Step("vonage"),
    "vonage, the second start after a lost answer": Step("vonage", at=1, lost=0),
    "vonage, the next step": Step("vonage", resend_after_s=40),
    "vonage, the cancel before a new start": Step(
        "vonage", at=1, resend_after_s=40, request=StartRequest(identifier=NUMBER)
    ),
    "vonage, the start after the cancel": Step(
        "vonage", at=2, resend_after_s=40, request=StartRequest(identifier=NUMBER)
    ),
}


@define
class Case:
    """A start that waits at its step."""

    vendor: Vendor
    provider: Provider
    held: Held
    before: int
    task: asyncio.Task[Started]

    @property
    def sent(self) -> int:
        """Messages that this start sent."""
        return len(self.vendor.tiny.messages) - self.before


async def waiting(step: Step, loopback: Loopback, clock: Clock) -> Case:
    vendor = vendor_of(step.vendor, loopback)
    provider, previous = vendor.provider(), None
    loopback.answer = vendor.tiny.answer
    if step.resend_after_s is not None:
        previous = (await provider.start(step.request)).ref
        clock.move(seconds=step.resend_after_s)
    before = len(vendor.tiny.messages)
    loopback.answer = held = Held(vendor.tiny.answer, step.at, step.lost)
    task = asyncio.create_task(provider.start(step.request, previous=previous))
    assert await asyncio.to_thread(held.arrived.wait, 10)
    return Case(vendor, provider, held, before, task)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_caller_ends_at_once_and_on_late_hears_of_the_message(
    step: Step, loopback: Loopback, clock: Clock
) -> None:
    """The conversation runs on: what it sent can be checked."""

    async def scenario() -> None:
        case = await waiting(step, loopback, clock)
        case.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await case.task
        assert case.vendor.late == []  # the answer is still held back
        closing = asyncio.create_task(case.provider.aclose())
        for _turn in range(20):
            await asyncio.sleep(0)
        assert not closing.done()
        case.held.let_through.set()
        await closing

        (late,) = case.vendor.late
        assert isinstance(late.answer, Started)
        assert late.answer.delivery is Delivery.SENT
        assert case.sent == 1
        loopback.answer = case.vendor.tiny.answer
        async with case.provider as provider:
            ref = late.answer.ref
            found = await provider.check(ref, case.vendor.code_of(ref))
        assert found.verdict is Verdict.APPROVED

    asyncio.run(scenario())


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_loop_that_closes_reports_what_is_known(
    step: Step, loopback: Loopback, clock: Clock
) -> None:
    """`asyncio.run` cancels every task; the answer under way counts as lost."""

    async def until_the_end(case: Case) -> None:
        async with case.provider:
            await asyncio.Event().wait()

    async def scenario() -> tuple[Case, asyncio.Task[None]]:
        case = await waiting(step, loopback, clock)
        end = asyncio.create_task(until_the_end(case))
        await asyncio.sleep(0)
        return case, end

    case, _end = asyncio.run(scenario())

    case.held.let_through.set()
    (late,) = case.vendor.late
    assert case.sent <= 1
    if isinstance(late.answer, Started):
        assert late.answer.delivery is Delivery.MAYBE_SENT
    elif case.sent:
        assert isinstance(late.error, Ambiguous)
    else:
        assert isinstance(late.error, VerifyError)


@pytest.mark.parametrize("name", ["twilio", "vonage"])
def test_verdict_of_a_check_that_was_cancelled_is_kept(
    name: str, loopback: Loopback
) -> None:
    async def scenario() -> Vendor:
        vendor = vendor_of(name, loopback)
        loopback.answer = vendor.tiny.answer
        async with vendor.provider() as provider:
            ref = (await provider.start(REQUEST)).ref
            code = vendor.code_of(ref)
            loopback.answer = held = Held(vendor.tiny.answer, at=0)
            task = asyncio.create_task(provider.check(ref, code))
            assert await asyncio.to_thread(held.arrived.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            held.let_through.set()
        return vendor

    (late,) = asyncio.run(scenario()).late

    assert late.answer == CheckResult(verdict=Verdict.APPROVED)


TURNS = [*range(12), 15, 20, 30, 50]
POINTS = [(arrived, turns) for arrived in (False, True) for turns in TURNS]
"""Whether the request has arrived, and how many turns of the loop later."""


def sound(tiny: Tiny) -> Answer:
    return tiny.answer


def cut_in_the_body(tiny: Tiny) -> Answer:
    """The first answer is lost, and recovered."""
    return Held(tiny.answer, at=-1, lost=0)


def lost(tiny: Tiny) -> Answer:
    return lambda request: Reply(raw=tiny.answer(request), cut_at=0)


@pytest.mark.parametrize("behaviour", [sound, cut_in_the_body, lost])
@pytest.mark.parametrize("name", ["twilio", "vonage"])
def test_message_that_left_is_known_whenever_its_task_is_cancelled(
    name: str, behaviour: Callable[[Tiny], Answer], loopback: Loopback
) -> None:
    async def cancelled(turns: int, *, arrived: bool) -> tuple[Tiny, list[object]]:
        vendor = vendor_of(name, loopback)
        tiny, known = vendor.tiny, list[object]()
        loopback.answer = behaviour(tiny)
        async with vendor.provider() as provider:
            task = asyncio.create_task(provider.start(REQUEST))
            while arrived and not (tiny.messages or task.done()):  # noqa: ASYNC110
                await asyncio.sleep(0)
            for _turn in range(turns):
                await asyncio.sleep(0)
            if not task.cancel():
                return tiny, [task.exception() or task.result()]
            with suppress(asyncio.CancelledError, VerifyError):
                known.append(await task)
        known += [late.answer or late.error for late in vendor.late]
        return tiny, known

    for arrived, turns in POINTS:
        tiny, known = asyncio.run(cancelled(turns, arrived=arrived))
        assert len(tiny.messages) <= 1, f"sent twice after {turns} turns"
        assert len(known) <= 1
        if tiny.messages:
            (found,) = known
            assert isinstance(found, Started | VerifyError)
            if behaviour is sound:
                assert isinstance(found, Started)
        else:
            assert not arrived
