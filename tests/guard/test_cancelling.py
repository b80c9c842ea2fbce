"""A call cancelled or closed at any step: what it had reserved, and what it sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from attrs import define, field

from tests.guard.worlds import CODE, HOUR, PEPPER, Store, Vendor, asking
from tests.support.each import require_each
from tests.support.kinds import (
    KINDS_OF_CHILD,
    Awaited,
    AwaitedStorage,
    Child,
    Points,
    next_turn,
)
from verify_core.errors import Ambiguous, Unavailable, VerifyError
from verify_core.masking import Secret
from verify_core.verification import Started, Verdict
from verify_fakes._clock import FakeClock
from verify_providers.conversations import Call, LateAnswer, run
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    ClockedMemory,
    CoolDown,
    GuardPolicy,
    Per,
    WrongCodes,
)
from verify_providers.guard._conversations import GuardConversations
from verify_providers.guard._counters import AnyStorage

POLICY = GuardPolicy(
    cool_down=CoolDown(),
    budgets=[Budget(per=per, starts=99, window=HOUR) for per in Per],
    wrong_codes=WrongCodes(limit=1),
)
STEPS = 80
"""More than there are points in any call."""

EACH_CHILD = pytest.mark.parametrize("child", KINDS_OF_CHILD)


@define
class Cancelling:
    """
    A guard whose calls are cancelled; every wait of vendor and storage is a point.

    Attributes:
        points: Where it stops.
        child: Makes the guarded provider of the vendor.
        store: The counters.
        late: What came of calls after they were cancelled.
    """

    points: Points
    child: Child
    clock: FakeClock = field(factory=FakeClock)
    late: list[LateAnswer] = field(factory=list)
    vendor: Vendor = field(init=False)
    store: Store = field(init=False)
    guard: AsyncGuardProvider = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.vendor, self.store = Vendor(self.clock), Store(self.clock)
        self.guard = self.through(self.points)

    def through(
        self, turn: Callable[[], Coroutine[Any, Any, object]]
    ) -> AsyncGuardProvider:
        """A guard on the same counters; of another machine, as it were."""
        return AsyncGuardProvider(
            self.child(Awaited(self.vendor, turn)),
            POLICY,
            storage=AwaitedStorage(self.store, turn),
            pepper=PEPPER,
            clock=self.clock,
            on_late=self.late.append,
        )

    async def reaches(self, call: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Begin the call, and come back where it stops, or when it has ended."""
        task = asyncio.create_task(call)
        reached = asyncio.create_task(self.points.reached.wait())
        await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        return task

    async def cancels(self, call: Coroutine[Any, Any, object]) -> bool:
        """Cancel the call where it stops; False where it never came there."""
        task = await self.reaches(call)
        if not self.points.reached.is_set():
            with suppress(VerifyError):
                await task
            return False
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not self.points.let_through.is_set(), "the caller ends at once"
        self.points.let_through.set()
        await self.guard.aclose()
        return True


def each_point(scenario: Callable[[int], Coroutine[Any, Any, bool]]) -> None:
    """Run it for every point of a call; one of them is none any more."""
    reached = [asyncio.run(scenario(at)) for at in range(STEPS)]
    assert 4 < sum(reached) < STEPS
    assert reached == sorted(reached, reverse=True)


@EACH_CHILD
def test_start_cancelled_at_any_point_waits_for_its_message_or_not_at_all(
    child: Child,
) -> None:
    """Whatever was asked of the storage, and whether or not it had answered."""

    async def scenario(at: int) -> bool:
        it = Cancelling(Points(at=at), child)
        was_cancelled = await it.cancels(it.guard.start(asking()))
        elsewhere = it.through(next_turn)
        if not it.vendor.starts:
            assert it.late == []
            await elsewhere.start(asking())  # no wait is kept
            return was_cancelled
        assert len(it.vendor.starts) == 1
        if was_cancelled:
            (late,) = it.late
            assert isinstance(late.answer, Started)
        it.clock.advance(timedelta(seconds=30))
        await elsewhere.start(asking())
        it.clock.advance(timedelta(seconds=59))
        with pytest.raises(VerifyError):  # the first message was noted, too
            await elsewhere.start(asking())
        return was_cancelled

    each_point(scenario)


@EACH_CHILD
@pytest.mark.parametrize("kind", [Ambiguous, Unavailable])
def test_start_cancelled_and_failed_gives_back_what_did_not_leave(
    kind: type[VerifyError], child: Child
) -> None:
    async def scenario(at: int) -> bool:
        it = Cancelling(Points(at=at), child)
        it.vendor.errors = [kind("lost")]
        was_cancelled = await it.cancels(it.guard.start(asking()))
        asked = len(it.vendor.starts)
        elsewhere = it.through(next_turn)
        if asked and kind is Ambiguous:
            with pytest.raises(VerifyError):
                await elsewhere.start(asking())
        else:
            it.vendor.errors = []
            await elsewhere.start(asking())
        assert len(it.late) == (was_cancelled and asked == 1)
        return was_cancelled

    each_point(scenario)


@EACH_CHILD
@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.WRONG_CODE])
def test_check_cancelled_at_any_point_counts_what_the_vendor_calls_wrong(
    verdict: Verdict, child: Child
) -> None:
    async def scenario(at: int) -> bool:
        it = Cancelling(Points(at=at), child)
        ref = (await it.through(next_turn).start(asking())).ref
        it.vendor.answers = [verdict]
        was_cancelled = await it.cancels(it.guard.check(ref, CODE))
        asked = len(it.vendor.checks)
        it.vendor.answers = []
        found = await it.through(next_turn).check(ref, CODE)
        is_locked = verdict is Verdict.WRONG_CODE and asked == 1
        assert (found.verdict is Verdict.EXHAUSTED) is is_locked
        assert len(it.late) == (was_cancelled and asked == 1)
        return was_cancelled

    each_point(scenario)


@EACH_CHILD
def test_loop_that_closes_at_any_point_reports_or_gives_back(child: Child) -> None:
    """`asyncio.run` cancels all tasks; the vendor may have been asked, or was not."""

    def ends(at: int) -> bool:
        it = Cancelling(Points(at=at), child)

        async def leaves() -> None:
            await it.reaches(it.guard.start(asking()))

        asyncio.run(leaves())
        elsewhere = it.through(next_turn)
        if not it.points.reached.is_set():
            return False
        if it.late:
            assert all(
                isinstance(late.error, Ambiguous) or late.answer for late in it.late
            )
            with pytest.raises(VerifyError):
                asyncio.run(elsewhere.start(asking()))
        else:
            assert not it.vendor.starts
            asyncio.run(elsewhere.start(asking()))
        return True

    reached = [ends(at) for at in range(STEPS)]
    assert 4 < sum(reached) < STEPS


def conversations(
    storage: AnyStorage, vendor: Vendor, clock: FakeClock
) -> GuardConversations:
    return GuardConversations(
        vendor,
        POLICY,
        storage=storage,
        pepper=PEPPER,
        clock=clock,
        on_event=None,
    )


class Interrupted(BaseException):
    """What a driver may be interrupted by: a signal, a time-out of a greenlet."""


@define
class Interrupts:
    """
    Makes the calls of a conversation and is interrupted at one of them.

    Attributes:
        at: At which call, counted from 0.
        applied: Whether that one was made.
        made: How many calls there were.
        has_asked: Whether the vendor's was among them.
    """

    at: int
    applied: bool
    made: int = 0
    has_asked: bool = False

    def __call__(self, step: Call) -> object:
        here, self.made = self.made, self.made + 1
        self.has_asked = self.has_asked or step.has_effect
        if here != self.at:
            return reply_of(step)
        if self.applied:
            reply_of(step)
        raise Interrupted

    @property
    def was_interrupted(self) -> bool:
        return self.made > self.at


def reply_of(step: Call) -> object:
    reply = step.make()
    return asyncio.run(reply) if asyncio.iscoroutine(reply) else reply


KEPT: dict[str, Callable[[FakeClock], AnyStorage]] = {
    "memory": ClockedMemory,
    "blocking": Store,
    "awaited": lambda clock: AwaitedStorage(Store(clock)),
}


@pytest.fixture(params=KEPT)
def kept(request: pytest.FixtureRequest) -> Callable[[FakeClock], AnyStorage]:
    return KEPT[request.param]


CLOSED = list(product(range(25), (False, True)))
"""At which step a conversation is closed, and whether that step was done."""


def test_start_closed_at_any_step_gives_back_what_it_reserved_before_it_was_sent(
    kept: Callable[[FakeClock], AnyStorage],
) -> None:
    """And nothing afterwards."""
    drivers = [Interrupts(*case) for case in CLOSED]

    def closed(driver: Interrupts) -> None:
        clock = FakeClock()
        guard = conversations(kept(clock), Vendor(clock), clock)
        with suppress(Interrupted):
            run(guard.start(asking(), None), driver)
        with pytest.raises(VerifyError) if driver.has_asked else nullcontext():
            run(guard.start(asking(), None), reply_of)

    require_each(drivers, closed)
    assert {driver.was_interrupted for driver in drivers} == {True, False}


def test_check_closed_at_any_step_counts_no_right_code(
    kept: Callable[[FakeClock], AnyStorage],
) -> None:
    drivers = [Interrupts(*case) for case in CLOSED]

    def closed(driver: Interrupts) -> None:
        clock = FakeClock()
        guard = conversations(kept(clock), Vendor(clock), clock)
        ref = run(guard.start(asking(), None), reply_of).ref
        with suppress(Interrupted):
            run(guard.check(ref, Secret(CODE)), driver)
        found = run(guard.check(ref, Secret(CODE)), reply_of)
        assert found.verdict is Verdict.APPROVED

    require_each(drivers, closed)
    assert {driver.was_interrupted for driver in drivers} == {True, False}
