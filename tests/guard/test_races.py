"""What happens when another start comes in between, at the worst moment each time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest

from tests.guard.worlds import HOUR, UK, US, Faulty, Store, World, asking, drive
from tests.support.kinds import AWAITED, AwaitedStorage
from verify_core.errors import NotSent, Throttled, TooSoon
from verify_fakes._clock import FakeClock
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    ClockedMemory,
    CoolDown,
    GuardEventKind,
    GuardPolicy,
    OnLost,
    Per,
)
from verify_providers.guard._counters import Counters, CountersLost
from verify_providers.guard._memory import CounterUpdate, Rule

pytestmark = pytest.mark.usefixtures("kind")

BLOCKED_S = 0.05
UPDATE = CounterUpdate("all", 60, 1, 1, Rule(name="everyone", error=Throttled))


class Interrupted(list[CounterUpdate]):
    """Updates that let another one in after they were read, before they are made."""

    def __init__(self, memory: ClockedMemory) -> None:
        super().__init__([UPDATE])
        self.taken: list[CounterUpdate | None] = []
        self.other = Thread(target=lambda: self.taken.append(memory.take([UPDATE])))
        self.reads = 0

    def __iter__(self) -> Iterator[CounterUpdate]:
        self.reads += 1
        if self.reads == 2:
            self.other.start()
            self.other.join(BLOCKED_S)
        return super().__iter__()


def test_no_start_comes_between_reading_and_raising_in_memory() -> None:
    memory = ClockedMemory(FakeClock())
    updates = Interrupted(memory)

    mine = memory.take(updates)
    updates.other.join()

    assert updates.reads == 2
    assert [mine, *updates.taken] == [None, UPDATE]
    assert memory.get("all") == 1


def rival(policy: GuardPolicy, before: str) -> World:
    """A world in which a rival takes a place just before a counter is raised."""
    clock = FakeClock()
    store = Store(clock)
    it = World(policy, storage=store, clock=clock)

    def step_in(key: str) -> None:
        if key.startswith(before):
            store.before = lambda _key: None
            store.kept.incr(key, 10)

    store.before = step_in
    return it


def test_last_place_in_a_store_is_given_once() -> None:
    policy = GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=1, window=HOUR)])
    it = rival(policy, "everyone")

    with pytest.raises(Throttled):
        it.start()

    assert it.sent == 0


def test_wait_is_given_back_to_whoever_lost_the_last_place() -> None:
    policy = GuardPolicy(
        cool_down=CoolDown(),
        budgets=[Budget(per=Per.EVERYONE, starts=1, window=timedelta(seconds=10))],
    )
    it = rival(policy, "everyone")
    assert not it.passes(US)
    it.pause(10)

    assert it.passes(US)


def test_wait_of_the_one_who_won_is_left_alone() -> None:
    policy = GuardPolicy(
        cool_down=CoolDown(),
        budgets=[Budget(per=Per.EVERYONE, starts=5, window=HOUR)],
    )
    it = rival(policy, "waiting")

    with pytest.raises(TooSoon):
        it.start()
    with pytest.raises(TooSoon):
        it.start()

    assert it.passes(UK)


def test_narrower_budgets_stay_taken_by_whoever_lost_a_wider_place() -> None:
    """Rather a place too few than one too many."""
    policy = GuardPolicy(
        budgets=[
            Budget(per=Per.IDENTIFIER, starts=1, window=HOUR),
            Budget(per=Per.EVERYONE, starts=1, window=timedelta(seconds=10)),
        ]
    )
    it = rival(policy, "everyone")
    assert not it.passes(US)
    it.pause(10)

    assert not it.passes(US)
    assert it.passes(UK)


def test_clock_that_is_set_back_keeps_no_counters_lost() -> None:
    """They are let be for a second; by a clock that lost an hour that is over, too."""
    moment = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    store = Store(lambda: moment[0])
    kinds: list[GuardEventKind] = []
    counters = Counters(
        storage=AwaitedStorage(store) if AWAITED.get() else store,
        clock=lambda: moment[0],
        report=lambda kind, **_facts: kinds.append(kind),
    )

    def gone(_key: str) -> None:
        raise OSError

    store.before = gone
    with pytest.raises(CountersLost):
        drive(counters.add("all", 3600))
    store.before = lambda _key: None
    with pytest.raises(CountersLost):
        drive(counters.add("all", 3600))
    moment[0] -= HOUR

    assert drive(counters.add("all", 3600)) == 1
    assert kinds == [GuardEventKind.COUNTERS_LOST, GuardEventKind.COUNTERS_BACK]


def passing(guard: AsyncGuardProvider, calls: int) -> int:
    """How many of so many starts pass that are under way together, in one loop."""

    async def passes() -> bool:
        try:
            await guard.start(asking())
        except NotSent:
            return False
        return True

    async def together() -> int:
        return sum(await asyncio.gather(*(passes() for _ in range(calls))))

    return asyncio.run(together())


@pytest.mark.parametrize("kind_of_store", ["memory", "store"])
@pytest.mark.parametrize(
    ("policy", "most"),
    [
        (GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=37, window=HOUR)]), 37),
        (GuardPolicy(cool_down=CoolDown()), 1),
    ],
    ids=["budget", "cool-down"],
)
def test_tasks_of_one_loop_share_what_there_is(
    kind_of_store: str, policy: GuardPolicy, most: int
) -> None:
    clock = FakeClock()
    storage = Store(clock) if kind_of_store == "store" else None
    it = World(policy, storage=storage, clock=clock)

    assert passing(it.awaited_guard(), 300) == it.sent == most


def test_storage_that_is_lost_and_back_is_reported_once_by_many_tasks() -> None:
    clock = FakeClock()
    faulty = Faulty(Store(clock))
    policy = GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=99, window=HOUR)])
    it = World(policy, storage=faulty, clock=clock)
    guard = it.awaited_guard()
    faulty.lose(0, applied=False)
    assert passing(guard, 20) == 0
    faulty.mend()
    it.pause(1)

    assert passing(guard, 20) == 20
    kinds = it.kinds()
    assert kinds.count(GuardEventKind.COUNTERS_LOST) == 1
    assert kinds.count(GuardEventKind.NOT_COUNTED) == 20
    assert kinds.count(GuardEventKind.COUNTERS_BACK) == 1


class EasternClock(FakeClock):
    """A clock five hours west of Greenwich."""

    def __call__(self) -> datetime:
        return super().__call__().astimezone(timezone(timedelta(hours=-5)))


def test_events_are_dated_in_utc_whatever_the_zone_of_the_clock() -> None:
    clock = EasternClock()
    faulty = Faulty(Store(clock))
    policy = GuardPolicy(cool_down=CoolDown(), on_lost=OnLost.OPEN)
    it = World(policy, storage=faulty, clock=clock)
    faulty.lose(0, applied=False)
    it.start()
    faulty.mend()
    it.pause(1)
    it.start()

    assert {GuardEventKind.COUNTERS_LOST, GuardEventKind.COUNTERS_BACK} < {*it.kinds()}
    assert {event.at.tzinfo for event in it.events} == {UTC}
