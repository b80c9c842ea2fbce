"""What holds whatever comes: no budget is exceeded, nobody is refused without one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from threading import Barrier

import pytest
from attrs import define, field
from hypothesis import example, given, strategies as st

from tests.guard.worlds import ELSEWHERE, MAIL, NEIGHBOUR, UK, US, Store, World, asking
from verify_core.channels import IdentifierKind
from verify_core.errors import Unavailable
from verify_core.identifiers import Identifier
from verify_core.phone import PhoneNumber
from verify_fakes.clock import FakeClock
from verify_providers.guard import Budget, CoolDown, GuardPolicy, Per, Spend, SpendLimit

PEOPLE = (US, NEIGHBOUR, ELSEWHERE, UK, MAIL)
THREADS = 100


def whose(per: Per, to: Identifier) -> object:
    """Whom a start counts for, said once more and plainly."""
    if per is Per.EVERYONE:
        return "all"
    if per is Per.IDENTIFIER:
        return to
    if not isinstance(to, PhoneNumber):
        return None
    return to.e164[:-4] if per is Per.PREFIX else to.calling_code


@define
class Model:
    """Ten lines of what a policy of budgets means."""

    budgets: list[Budget]
    now: int = 0
    windows: dict[object, tuple[int, int]] = field(factory=dict)

    def start(self, to: Identifier) -> bool:
        keys = [
            (each, whose(each.per, to))
            for each in self.budgets
            if whose(each.per, to) is not None
        ]
        counts = [self.count(key) for key in keys]
        found = list(zip(keys, counts, strict=True))
        if any(count >= key[0].starts for key, (_, count) in found):
            return False
        for key, (since, count) in found:
            self.windows[key] = (since, count + 1)
        return True

    def count(self, key: tuple[Budget, object]) -> tuple[int, int]:
        since, count = self.windows.get(key, (self.now, 0))
        over = self.now >= since + int(key[0].window.total_seconds())
        return (self.now, 0) if over else (since, count)


budgets = st.builds(
    Budget,
    per=st.sampled_from([each for each in Per if each is not Per.CLIENT_ADDRESS]),
    starts=st.integers(1, 4),
    window=st.integers(1, 60).map(lambda seconds: timedelta(seconds=seconds)),
)
policies = st.lists(
    budgets, min_size=1, max_size=5, unique_by=lambda each: (each.per, each.window)
)
steps = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(PEOPLE), st.booleans()), max_size=60
)


@given(policy=policies, steps=steps, stored=st.booleans())
@example(  # what is refused by the wide one takes nothing from the narrow one
    policy=[
        Budget(per=Per.IDENTIFIER, starts=2, window=timedelta(seconds=60)),
        Budget(per=Per.EVERYONE, starts=1, window=timedelta(seconds=1)),
    ],
    steps=[(0, US, False), (0, US, False), (1, US, False)],
    stored=True,
)
def test_budgets_let_through_just_what_they_say(
    policy: list[Budget],
    steps: list[tuple[int, Identifier, bool]],
    stored: bool,  # noqa: FBT001 - drawn
) -> None:
    """Neither more nor less than the model, in memory or a store, and in outages."""
    clock = FakeClock()
    storage = Store(clock) if stored else None
    it = World(GuardPolicy(budgets=policy), storage=storage, clock=clock)
    model = Model(policy)

    for seconds, to, fails in steps:
        it.pause(seconds)
        model.now += seconds
        it.vendor.errors = [Unavailable("down")] if fails else []
        before = it.sent
        passed = it.passes(to)

        reached = it.sent > before
        assert reached is model.start(to)
        assert passed is (reached and not fails)


@given(
    waits=st.lists(st.integers(1, 50), min_size=1, max_size=4).map(sorted),
    pauses=st.lists(st.integers(0, 60), max_size=40),
)
def test_messages_are_never_closer_than_their_wait(
    waits: list[int], pauses: list[int]
) -> None:
    cool_down = CoolDown(steps=tuple(timedelta(seconds=each) for each in waits))
    it = World(GuardPolicy(cool_down=cool_down))
    now = 0
    sent_at: list[int] = []

    for pause in pauses:
        it.pause(pause)
        now += pause
        if it.passes():
            sent_at.append(now)

    for place, (one, next_one) in enumerate(pairwise(sent_at)):
        assert next_one - one >= waits[min(place, len(waits) - 1)]


@given(
    amount=st.integers(0, 500),
    costs=st.lists(st.integers(0, 200), min_size=2, max_size=2),
    who=st.lists(st.sampled_from([US, UK]), max_size=30),
)
def test_no_more_is_spent_than_there_is(
    amount: int, costs: list[int], who: list[PhoneNumber]
) -> None:
    cents = [Decimal(each) / 100 for each in costs]
    table = Spend(
        limits=(SpendLimit(amount=Decimal(amount) / 100, window=timedelta(hours=1)),),
        default=Decimal(9),
        costs={"1": cents[0], "44": cents[1]},
    )
    it = World(GuardPolicy(spend=table))

    spent = Decimal(0)
    for to in who:
        cost = table.cost(asking(to))
        if it.passes(to):
            spent += cost
        else:
            assert spent + cost > table.limits[0].amount

    assert spent <= table.limits[0].amount


def together(call: Callable[[int], bool], *, calls: int) -> int:
    """How many of the calls say yes, made by a hundred threads at once."""
    barrier = Barrier(THREADS)

    def run(thread: int) -> int:
        barrier.wait()
        return sum(call(place) for place in range(thread, calls, THREADS))

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # as often as can be, so that a gap would be found
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(run, range(THREADS)))
    finally:
        sys.setswitchinterval(usual)


@pytest.mark.parametrize("per", [Per.IDENTIFIER, Per.PREFIX, Per.EVERYONE])
def test_hundred_threads_share_a_budget(per: Per) -> None:
    it = World(
        GuardPolicy(budgets=[Budget(per=per, starts=37, window=timedelta(hours=1))])
    )

    passed = together(lambda _place: it.passes(), calls=400)

    assert passed == it.sent == 37


def test_hundred_threads_exceed_none_of_several_budgets() -> None:
    policy = GuardPolicy(
        budgets=[
            Budget(per=Per.IDENTIFIER, starts=9, window=timedelta(hours=1)),
            Budget(per=Per.CALLING_CODE, starts=17, window=timedelta(hours=1)),
            Budget(per=Per.EVERYONE, starts=30, window=timedelta(hours=1)),
        ],
        spend=Spend(
            limits=(SpendLimit(amount=Decimal("2.5"), window=timedelta(hours=1)),),
            default=Decimal("0.1"),
        ),
    )
    it = World(policy)

    together(lambda place: it.passes(PEOPLE[place % len(PEOPLE)]), calls=400)

    whom = [request.identifier for request in it.vendor.starts]
    codes = [each.calling_code for each in whom if each.kind is IdentifierKind.PHONE]
    assert max(map(whom.count, PEOPLE)) <= 9
    assert max(map(codes.count, (1, 44))) <= 17
    assert len(whom) <= 25


def test_hundred_threads_send_one_message_to_one_person() -> None:
    it = World(GuardPolicy(cool_down=CoolDown()))

    assert together(lambda _place: it.passes(), calls=300) == 1
