"""How much is kept, and what time and threads do to it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from verify_fakes import FakeClock, FakeVonage
from verify_fakes.vonage import Keep
from verify_fakes.vonage._store import VonageStore
from verify_fakes.vonage.machine._commands import VonageStart
from verify_fakes.vonage.machine._workflow import VonageChannel, WorkflowStep

if TYPE_CHECKING:
    from tests.fake_vonage.conftest import Line


def number(n: int) -> str:
    return f"44770090{n:04d}"


def sms(n: int) -> dict[str, str]:
    return {"channel": "sms", "to": number(n)}


def sms_step(n: int) -> WorkflowStep:
    return WorkflowStep(channel=VonageChannel.SMS, to=number(n))


def test_beyond_the_bound_a_start_is_refused(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(live=2))
    first = line.started(sms(0))
    line.started(sms(1))

    assert line.start(sms(2))[0] == 429
    line.check(first, line.vonage.outbox[0].code)
    assert line.start(sms(2))[0] == 202


def test_ended_ones_are_forgotten_oldest_first(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(ended=2))
    for n in range(5):
        line.check(line.started(sms(n)), line.code())

    assert len(line.vonage.store) == 2


def test_ended_ones_are_forgotten_after_a_day(line: Line) -> None:
    line.check(line.started(sms(0)), line.code())
    line.vonage.clock.advance(timedelta(days=1, seconds=1))
    line.check(line.started(sms(1)), line.code())

    assert len(line.vonage.store) == 1


def test_a_terminated_one_that_is_forgotten_is_not_found(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(keep=Keep(ended=1))
    request_id = line.started(sms(0))
    for _ in range(3):
        line.check(request_id, line.wrong())
    before = line.check(request_id, "1234")[0]
    line.check(line.started(sms(1)), line.code())

    assert (before, line.check(request_id, "1234")[0]) == (410, 404)


def test_only_the_newest_messages_are_kept(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(messages=2))
    for n in range(3):
        line.started(sms(n))

    assert [m.to for m in line.vonage.outbox] == [number(1), number(2)]
    assert line.vonage.outbox.added == 3


def test_deadlines_of_what_has_ended_do_not_pile_up() -> None:
    """A clock that stands still would otherwise keep one entry for each start."""
    store = VonageStore(clock=FakeClock(), seed=1)
    for _ in range(2_000):
        started = store.start(VonageStart(brand="ACME", steps=(sms_step(0),)))
        store.check(started.request_id, store.outbox[-1].code)

    assert len(store._held._due) < 200  # noqa: SLF001 - the bound is the point


def calls_of_a_life(running: int) -> int:
    """Python functions that a start and its check call while so many others run."""
    store = VonageStore(clock=FakeClock(), seed=1)
    for n in range(running):
        store.start(VonageStart(brand="ACME", steps=(sms_step(n),)))
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    gc.collect()
    gc.disable()  # it would call what other tests left behind
    sys.setprofile(count)
    try:
        started = store.start(VonageStart(brand="ACME", steps=(sms_step(running),)))
        store.check(started.request_id, store.outbox[-1].code)
    finally:
        sys.setprofile(before)
        gc.enable()
    return calls


def test_a_command_costs_the_same_however_many_run() -> None:
    """All but the same: a library may look something up in one of the two."""
    assert abs(calls_of_a_life(500) - calls_of_a_life(20)) < 20


def test_many_that_are_due_at_once_happen_in_order(line: Line) -> None:
    for n in range(50):
        line.started(sms(n), {**sms(n), "channel": "voice"})
        line.vonage.clock.advance(timedelta(seconds=1))
    line.vonage.clock.advance(timedelta(hours=1))

    instants = [message.at for message in line.vonage.outbox]

    assert len(instants) == 100
    assert instants == sorted(instants)


def test_of_those_due_at_one_instant_the_oldest_goes_first(line: Line) -> None:
    ids = [line.started(sms(n), {**sms(n), "channel": "voice"}) for n in range(20)]
    line.vonage.clock.advance(timedelta(hours=1))

    assert [message.request_id for message in line.vonage.outbox] == ids * 2


def test_two_fakes_share_nothing(line: Line) -> None:
    other = FakeVonage(seed=7)
    line.started(sms(0))

    assert not other.outbox
    assert not other.requests


def test_of_many_starts_at_once_one_wins(line: Line) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: line.start(sms(0))[0], range(64)))

    assert sorted(statuses) == [202, *[409] * 63]
    assert len(line.vonage.outbox) == 1


@pytest.mark.parametrize("right", [True, False])
def test_of_many_checks_at_once_no_more_count_than_may(
    line: Line,
    right: bool,  # noqa: FBT001 - a parameter
) -> None:
    request_id = line.started(sms(0))
    code = line.code() if right else line.wrong()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: line.check(request_id, code)[0], range(64)))

    counted = {True: (200, 1), False: (400, 2)}[right]
    assert statuses.count(counted[0]) == counted[1]
