"""A failover's call cancelled at any point of its children's calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from attrs import define, field

from tests.support.around import Around
from tests.support.failover import deaf, down, request
from tests.support.kinds import (
    KINDS_OF_CHILD,
    Awaited,
    Child as MakeChild,
    Points,
    next_turn,
    of_conversations,
)
from verify_core.errors import Ambiguous
from verify_core.verification import (
    Delivery,
    Started,
    StartRequest,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes._clock import FakeClock
from verify_providers._wrapping import AsyncWrapping, WrappingConversations
from verify_providers.conversations import LateAnswer
from verify_providers.failover import (
    AsyncFailoverProvider,
    Child,
    CircuitPolicy,
    FailoverPolicy,
)

POINTS = 16
"""More than there are in any call."""

Turn = Callable[[], Coroutine[Any, Any, None]]

EACH_CHILD = pytest.mark.parametrize("child", KINDS_OF_CHILD)


@define
class Cancelling:
    """
    A failover over two fakes; every wait of a child is a point.

    Attributes:
        points: Where a call stops.
        child: MakeChilds a child of an awaited provider.
        late: What came of calls after they were cancelled.
    """

    points: Points
    child: MakeChild
    late: list[LateAnswer] = field(factory=list)
    clock: FakeClock = field(factory=FakeClock)
    one: FakeVerifyProvider = field(init=False)
    two: FakeVerifyProvider = field(init=False)
    failover: AsyncFailoverProvider = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.one = FakeVerifyProvider(seed=1, clock=self.clock)
        self.two = FakeVerifyProvider(seed=2, clock=self.clock)
        self.failover = self.through(self.points)

    def through(self, turn: Turn) -> AsyncFailoverProvider:
        """A failover over the same fakes."""
        return AsyncFailoverProvider(
            [
                Child(name="one", provider=self.child(Awaited(self.one, turn))),
                Child(name="two", provider=self.child(Awaited(self.two, turn))),
            ],
            FailoverPolicy(circuit=CircuitPolicy(failures=1)),
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
            await task
            return False
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not self.points.let_through.is_set(), "the caller ends at once"
        self.points.let_through.set()
        await self.failover.aclose()
        return True


@EACH_CHILD
@pytest.mark.parametrize("trouble", [None, down, deaf], ids=["sound", "down", "deaf"])
def test_start_cancelled_at_any_point_runs_on_and_its_answer_is_kept(
    trouble: Callable[[FakeVerifyProvider], None] | None, child: MakeChild
) -> None:
    """One message, from the child that the rules say, and a reference that works."""

    async def scenario(at: int) -> bool:
        it = Cancelling(Points(at=at), child)
        if trouble is not None:
            trouble(it.one)
        was_cancelled = await it.cancels(it.failover.start(request()))
        expected = (0, 1) if trouble is down else (1, 0)
        assert (len(it.one.outbox), len(it.two.outbox)) == expected
        if not was_cancelled:
            assert it.late == []
            return False
        (late,) = it.late
        assert isinstance(late.answer, Started)
        assert late.answer.delivery is (
            Delivery.MAYBE_SENT if trouble is deaf else Delivery.SENT
        )
        code = (it.one.outbox or it.two.outbox)[-1].code
        it.one.faults.clear()
        checked = await it.through(next_turn).check(late.answer.ref, code)
        assert checked.verdict == "approved"
        return True

    reached = [asyncio.run(scenario(at)) for at in range(POINTS)]
    assert 2 <= sum(reached) < POINTS


@EACH_CHILD
def test_cancelled_fetch_says_nothing_of_the_child(child: MakeChild) -> None:
    """Visitors who leave do not open a circuit."""

    async def scenario(at: int) -> bool:
        it = Cancelling(Points(at=at), child)
        ref = (await it.through(next_turn).start(request())).ref
        was_cancelled = await it.cancels(it.failover.fetch(ref))
        it.points.at = -1
        again = await it.failover.start(request())
        assert it.failover.child_of(again.ref) == "one"
        assert it.late == []
        return was_cancelled

    reached = [asyncio.run(scenario(at)) for at in range(POINTS)]
    assert 1 <= sum(reached) < POINTS


@EACH_CHILD
def test_loop_that_closes_at_any_point_reports_what_is_known(child: MakeChild) -> None:
    def ends(at: int) -> bool:
        it = Cancelling(Points(at=at), child)

        async def leaves() -> None:
            await it.reaches(it.failover.start(request()))

        asyncio.run(leaves())
        if not it.points.reached.is_set():
            return False
        (late,) = it.late
        assert late.answer or isinstance(late.error, Ambiguous)
        assert not it.two.outbox, "a lost answer sends no second message"
        return True

    reached = [ends(at) for at in range(POINTS)]
    assert 2 <= sum(reached) < POINTS


def test_child_runs_in_the_task_of_the_failover() -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def scenario() -> None:
        async def turn() -> None:
            tasks.append(asyncio.current_task())

        await Cancelling(Points(at=-1), of_conversations).through(turn).start(request())

    asyncio.run(scenario())
    assert len(set(tasks)) == 1


@define
class Impatient(Around):
    """An application's own provider, which stops to wait for an awaited one."""

    limit: asyncio.Timeout = field(factory=lambda: asyncio.timeout(None))

    async def start(  # type: ignore[override]
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        async with self.limit:
            return await self.inner.start(request, previous=previous)  # type: ignore[misc, no-any-return]


def test_child_behind_a_provider_with_a_timeout_runs_on_and_its_answer_is_kept() -> (
    None
):
    late: list[LateAnswer] = []

    async def scenario() -> None:
        points = Points(at=1)  # the message has left, and its answer is not there yet
        vendor = Awaited(FakeVerifyProvider(seed=1), points)
        inner = AsyncWrapping(
            vendor, WrappingConversations(vendor), on_late=late.append
        )
        child = Impatient(inner)  # type: ignore[arg-type]
        failover = AsyncFailoverProvider([Child(name="one", provider=child)])
        task = asyncio.create_task(failover.start(request()))
        await points.reached.wait()
        child.limit.reschedule(asyncio.get_running_loop().time())
        with pytest.raises(TimeoutError):
            await task
        points.let_through.set()
        await inner.aclose()

    asyncio.run(scenario())

    assert [type(each.answer) for each in late] == [Started]


def test_child_that_is_closed_waits_for_the_call_of_the_failover() -> None:
    async def scenario() -> None:
        points = Points(at=0)
        child = of_conversations(Awaited(FakeVerifyProvider(seed=1), points))
        assert isinstance(child, AsyncWrapping)
        failover = AsyncFailoverProvider([Child(name="one", provider=child)])
        start = asyncio.create_task(failover.start(request()))
        await points.reached.wait()

        closing = asyncio.create_task(child.aclose())
        for _turn in range(5):
            await next_turn()
        assert not closing.done()
        points.let_through.set()
        await closing

        assert (await start).delivery is Delivery.SENT

    asyncio.run(scenario())
