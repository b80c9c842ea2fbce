"""Who sends again, and what becomes of the code that was sent before."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.support.around import Hooked
from tests.support.failover import UK, World, deaf, down, request
from verify_core.channels import Channel
from verify_core.errors import TooSoon, Unavailable
from verify_core.verification import AttemptReport, Delivery, Verdict
from verify_fakes.memory import CANCEL_WINDOW, LEAST, NO_CANCEL
from verify_fakes.twilio import Break
from verify_providers.failover import CircuitPolicy, FailoverPolicy

pytestmark = pytest.mark.usefixtures("kind")


def test_same_child_sends_again_for_as_long_as_it_works() -> None:
    world = World()
    ref = world.start().ref

    for sends in (2, 3, 4, 5):
        ref = world.start(previous=ref).ref
        assert ref.sends == sends

    assert world.messages == (5, 0)
    assert world.failover.check(ref, world.code(world.one)).verdict is Verdict.APPROVED


def test_next_child_sends_after_so_many_resends() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=2))
    first = world.start()
    old = world.start(previous=world.start(previous=first.ref).ref)
    old_code = world.code(world.one)
    assert world.messages == (3, 0)

    moved = world.start(previous=old.ref)

    assert world.messages == (3, 1)
    assert moved.attempts == (
        AttemptReport(provider="two", action="start", result="sent"),
        AttemptReport(provider="one", action="cancel", result="canceled"),
    )
    assert moved.ref.sends == 4
    assert moved.ref.attempt_id == first.ref.attempt_id
    for ref in (first.ref, old.ref):
        assert world.failover.check(ref, old_code).verdict is Verdict.GONE
    assert world.failover.check(moved.ref, old_code).verdict is Verdict.WRONG_CODE
    code = world.code(world.two)
    assert world.failover.check(moved.ref, code).verdict is Verdict.APPROVED


def test_after_the_last_child_the_first_one_is_next() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=0))
    ref = world.start().ref

    for _ in range(3):
        ref = world.start(previous=ref).ref

    assert world.messages == (2, 2)
    assert world.failover.child_of(ref) == "two"
    assert ref.sends == 4
    assert world.failover.check(ref, world.code(world.two)).verdict is Verdict.APPROVED


@pytest.mark.parametrize("profile", [NO_CANCEL, CANCEL_WINDOW])
def test_old_code_fails_though_its_vendor_cannot_cancel(profile: object) -> None:
    policy = FailoverPolicy(resends_per_child=0)
    world = World(policy, profile=profile)  # type: ignore[arg-type]
    old = world.start().ref
    code = world.code(world.one)

    new = world.start(previous=old).ref

    assert world.failover.check(old, code).verdict is Verdict.GONE
    assert world.failover.fetch(old).status == "unknown"
    assert world.failover.check(new, code).verdict is Verdict.WRONG_CODE
    assert world.seen[0].count("check") == 0


def test_cancel_that_fails_is_reported_and_stops_nothing() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=0))
    old = world.start().ref
    world.one.faults.arm("cancel", Break.REFUSED)

    moved = world.start(previous=old)

    report = AttemptReport(provider="one", action="cancel", result="Unavailable")
    assert moved.attempts[-1] == report
    assert world.failover.check(old, world.code(world.one)).verdict is Verdict.GONE


def test_bug_in_a_childs_cancel_loses_no_reference() -> None:
    def fail(call: str) -> None:
        if call == "cancel":
            raise KeyError("bug")

    world = World(policy=FailoverPolicy(resends_per_child=0))
    old = world.start().ref
    world.seen[0].inner = Hooked(world.one, before=fail)

    moved = world.start(previous=old)

    assert moved.attempts[-1].result == "KeyError"
    code = world.code(world.two)
    assert world.failover.check(moved.ref, code).verdict is Verdict.APPROVED


def test_next_child_sends_where_the_first_one_fails_to_send_again() -> None:
    world = World()
    old = world.start().ref
    down(world.one)

    moved = world.start(previous=old)

    assert world.messages == (1, 1)
    assert world.failover.child_of(moved.ref) == "two"
    assert world.failover.check(old, world.code(world.one)).verdict is Verdict.GONE


def test_next_child_sends_where_the_first_ones_circuit_is_open() -> None:
    world = World(policy=FailoverPolicy(circuit=CircuitPolicy(failures=1)))
    old = world.start().ref
    down(world.one, times=1)
    world.start()
    asked = world.seen[0].count("start")

    moved = world.start(previous=old)

    assert world.seen[0].count("start") == asked
    assert moved.attempts[0].result == "circuit_open"
    assert world.failover.child_of(moved.ref) == "two"


def test_child_that_sent_before_is_the_last_resort() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=0))
    ref = world.start().ref
    down(world.two)

    again = world.start(previous=ref)

    assert world.messages == (2, 0)
    assert world.failover.child_of(again.ref) == "one"
    assert again.ref.sends == 2


def test_old_reference_lives_where_no_child_could_send_again() -> None:
    world = World()
    ref = world.start().ref
    down(world.one)
    down(world.two)

    with pytest.raises(Unavailable):
        world.start(previous=ref)

    assert world.failover.check(ref, world.code(world.one)).verdict is Verdict.APPROVED


def test_wait_that_protects_a_person_is_not_sidestepped() -> None:
    """Five sends are one vendor's limit; the next vendor is no way around it."""
    world = World()
    ref = world.start().ref
    for _ in range(4):
        ref = world.start(previous=ref).ref

    with pytest.raises(TooSoon):
        world.start(previous=ref)

    assert world.messages == (5, 0)


def test_lost_resend_is_not_followed_by_another() -> None:
    world = World()
    ref = world.start().ref
    deaf(world.one)

    again = world.start(previous=ref)

    assert world.messages == (2, 0)
    assert again.delivery is Delivery.MAYBE_SENT
    code = world.code(world.one)
    assert world.failover.check(again.ref, code).verdict is Verdict.APPROVED


def test_another_persons_reference_is_no_previous() -> None:
    world = World(policy=FailoverPolicy(resends_per_child=0))
    ref = world.start().ref

    other = world.start(UK, previous=ref)

    assert world.failover.child_of(other.ref) == "one"
    assert other.ref.sends == 1
    assert other.ref.attempt_id != ref.attempt_id
    assert world.failover.check(ref, world.one.outbox[0].code).verdict == "approved"


def test_resend_by_a_channel_that_only_the_next_child_offers() -> None:
    world = World(profile=LEAST)
    ref = world.start().ref

    again = world.failover.start(evolve(request(), channel=Channel.CALL), previous=ref)

    assert world.failover.child_of(again.ref) == "two"
    assert again.channel is Channel.CALL


def test_dead_reference_starts_afresh() -> None:
    """A second press of the button, with the reference of before the first."""
    world = World(policy=FailoverPolicy(resends_per_child=0))
    old = world.start().ref
    world.start(previous=old)

    again = world.start(previous=old)

    assert again.ref.attempt_id == old.attempt_id
    assert again.ref.sends == 2
    assert world.failover.check(again.ref, world.code(world.one)).verdict == "approved"
