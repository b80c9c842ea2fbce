"""A child that fails is left alone for a while, and tried by real starts alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from tests.support.failover import (
    MAIL,
    UK,
    US,
    World,
    deaf,
    down,
    pair_of,
    request as plain,
    scripted,
)
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.phone import PhoneNumber, read_phone
from verify_fakes._clock import FakeClock
from verify_fakes.memory import CHECK_BY_ID
from verify_fakes.twilio import Break
from verify_providers.failover import CircuitPolicy, FailoverEventKind, FailoverPolicy
from verify_providers.failover._circuits import Circuits

pytestmark = pytest.mark.usefixtures("kind")

LINE = ("one", 44)
THREE = FailoverPolicy(circuit=CircuitPolicy(failures=3))


def circuits(clock: FakeClock, failures: int = 2) -> Circuits:
    policy = CircuitPolicy(failures=failures, pause=timedelta(seconds=30))
    return Circuits(policy, clock)


def people(count: int) -> list[PhoneNumber]:
    """So many of one country, for a vendor sends a person but few messages."""
    return [read_phone(f"+1 555 323 {1000 + n}") for n in range(count)]


def opened(clock: FakeClock) -> Circuits:
    made = circuits(clock)
    assert [made.failed(LINE), made.failed(LINE)] == [False, True]
    return made


def test_failures_in_a_row_open_it() -> None:
    world = World(policy=THREE)
    down(world.one)

    for _ in range(5):
        world.start()

    assert world.seen[0].count("start") == 3
    assert world.messages == (0, 5)


@pytest.mark.parametrize("profile", [None, CHECK_BY_ID])
def test_lost_answers_open_it(profile: object) -> None:
    """Whether the child gives a reference for them or raises."""
    given = {} if profile is None else {"profile": profile}
    world = World(policy=THREE, **given)  # type: ignore[arg-type]
    deaf(world.one)
    for _ in range(3):
        try:
            world.start()
        except VerifyError as error:
            assert error.maybe_sent  # noqa: PT017 - either is right

    world.start()

    assert world.messages == (3, 1)


def test_lost_checks_count_too() -> None:
    world = World(policy=THREE)
    ref = world.start().ref
    world.one.faults.arm("check", Break.REFUSED)
    for _ in range(3):
        with pytest.raises(Unavailable):
            world.failover.check(ref, "123456")

    world.start()

    assert world.messages == (1, 1)


def test_success_in_between_starts_the_count_again() -> None:
    world = World(policy=THREE)
    for _ in range(2):
        down(world.one, times=2)
        for _ in range(3):
            world.start()
        world.one.faults.clear()

    assert world.seen[0].count("start") == 6


def test_circuit_is_one_calling_codes() -> None:
    world = World(policy=THREE)
    world.one.faults.arm("start", Break.REFUSED, to=US.value)
    for _ in range(4):
        world.start()
    asked = world.seen[0].count("start")

    world.start(UK)
    world.start(MAIL)

    assert world.seen[0].count("start") == asked + 2


def test_where_all_circuits_are_open_no_child_is_called() -> None:
    world = World(policy=THREE)
    down(world.one)
    down(world.two)
    for _ in range(3):
        with pytest.raises(Unavailable):
            world.start()
    world.pause(10)

    with pytest.raises(Unavailable, match="circuit is open") as raised:
        world.start()

    assert world.seen[0].count("start") == world.seen[1].count("start") == 3
    assert raised.value.retry_after == timedelta(seconds=20)
    assert raised.value.provider == "failover"


def test_after_the_pause_one_real_start_tries() -> None:
    world = World(policy=THREE)
    down(world.one, times=3)
    for _ in range(3):
        world.start()
    world.pause(30)

    world.start()
    world.start()

    assert world.messages == (2, 3)
    closings = [
        each for each in world.events if each.kind is FailoverEventKind.CIRCUIT_CLOSED
    ]
    assert [(each.child, each.calling_code) for each in closings] == [("one", 1)]


def test_trial_that_fails_opens_it_for_another_pause() -> None:
    world = World(policy=THREE)
    down(world.one)
    for _ in range(3):
        world.start()
    world.pause(30)
    world.start()
    world.pause(29)

    world.start()

    assert world.seen[0].count("start") == 4
    openings = [
        each for each in world.events if each.kind is FailoverEventKind.CIRCUIT_OPENED
    ]
    assert [each.child for each in openings] == ["one", "one"]


@pytest.mark.parametrize(
    ("error", "closes"),
    [
        (InvalidIdentifier, True),
        (Refused, True),
        (TooSoon, True),
        (Throttled, False),
        (Misconfigured, False),
        (UnsupportedChannel, False),
    ],
)
def test_only_an_answer_about_the_person_shows_that_the_vendor_works(
    error: type[VerifyError], *, closes: bool
) -> None:
    one = scripted(*[Unavailable("no")] * 2, error("no"), *[Unavailable("no")] * 2)
    policy = FailoverPolicy(circuit=CircuitPolicy(failures=3))
    failover = pair_of(one, scripted(seed=2), policy)
    for to in people(5):
        try:
            failover.start(plain(to))
        except VerifyError as raised:
            assert type(raised) is error  # noqa: PT017 - some raise, some go on

    failover.start(plain())

    assert len(one.requests) == (6 if closes else 4)


def test_trial_that_shows_nothing_leaves_the_next_start_to_try() -> None:
    world_clock = FakeClock()
    made = opened(world_clock)
    world_clock.advance(timedelta(seconds=30))

    assert made.enter(LINE)
    assert not made.enter(LINE)
    made.showed_nothing(LINE)

    assert made.enter(LINE)


def test_bug_of_a_child_does_not_block_its_circuit_for_ever() -> None:
    one = scripted(Unavailable("no"), KeyError("bug"))
    policy = FailoverPolicy(
        circuit=CircuitPolicy(failures=1, pause=timedelta(microseconds=1))
    )
    failover = pair_of(one, scripted(seed=2), policy)
    failover.start(plain())
    with pytest.raises(KeyError):
        failover.start(plain())

    failover.start(plain())

    assert len(one.requests) == 3


def test_late_failure_does_not_lengthen_the_pause() -> None:
    clock = FakeClock()
    made = opened(clock)
    clock.advance(timedelta(seconds=20))

    assert not made.failed(LINE)

    assert made.wait(LINE) == timedelta(seconds=10)


def test_clock_that_is_set_back_does_not_keep_it_open() -> None:
    now = [datetime.fromisoformat("2026-01-15T12:00:00+00:00")]
    made = Circuits(CircuitPolicy(failures=1), lambda: now[0])
    made.failed(LINE)
    now[0] -= timedelta(hours=1)

    assert made.enter(LINE)


def test_success_forgets_everything() -> None:
    made = opened(FakeClock())

    assert made.worked(LINE)
    assert not made.worked(LINE)
    assert len(made) == 0


def test_memory_is_bounded_and_what_failed_longest_ago_is_forgotten() -> None:
    made = circuits(FakeClock(), failures=1)
    for code in range(5_000):
        made.failed(("one", code))

    assert len(made) < 5_000
    assert made.enter(("one", 0))
    assert not made.enter(("one", 4_999))


def test_of_many_threads_one_tries() -> None:
    for _ in range(50):
        clock = FakeClock()
        made = opened(clock)
        clock.advance(timedelta(seconds=30))
        barrier = Barrier(8)

        def enter(made: Circuits = made, barrier: Barrier = barrier) -> bool:
            barrier.wait(10)
            return made.enter(LINE)

        with ThreadPoolExecutor(8) as pool:
            futures = [pool.submit(enter) for _ in range(8)]
            entered = [future.result() for future in futures]

        assert sum(entered) == 1


def test_many_threads_through_one_failover() -> None:
    world = World(policy=THREE)
    down(world.one, times=40)

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(world.start, people(60)))

    assert sum(world.messages) == len(started) == 60


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("failures", 0),
        ("failures", True),
        ("failures", 1.5),
        ("pause", timedelta(0)),
        ("pause", 30),
    ],
)
def test_policy_refuses_what_has_not_its_shape(setting: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=setting):
        CircuitPolicy(**{setting: value})  # type: ignore[arg-type]
