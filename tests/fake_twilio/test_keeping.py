"""What the machine remembers, and when it forgets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from verify_fakes import FakeClock
from verify_fakes.twilio import Keep, Reason
from verify_fakes.twilio._store import VerifyStore
from verify_fakes.twilio.machine._commands import CheckCommand, StartCommand
from verify_fakes.twilio.machine._state import TwilioStatus

SERVICE = "VA" + "0" * 32
PHONE = "+15555550100"


def store_with(**keep: Any) -> tuple[VerifyStore, FakeClock]:  # noqa: ANN401  Keep's
    clock = FakeClock()
    return VerifyStore(clock=clock, seed=1, keep=Keep(**keep)), clock


def canceled(store: VerifyStore, to: str = PHONE) -> str:
    """The sid of a new verification that is canceled at once."""
    sid: str = store.start(SERVICE, StartCommand(to=to)).sid
    store.update(SERVICE, sid, TwilioStatus.CANCELED)
    return sid


def test_an_ended_verification_is_forgotten_after_its_time() -> None:
    store, clock = store_with(ended_for=timedelta(hours=1))
    sid = canceled(store)

    clock.advance(timedelta(hours=1))
    assert store.fetch(SERVICE, sid).status is TwilioStatus.CANCELED
    clock.advance(timedelta(seconds=1))
    assert store.fetch(SERVICE, sid).was is TwilioStatus.ABSENT
    assert store.fetch(SERVICE, PHONE).was is TwilioStatus.ABSENT
    assert len(store) == 0


def test_the_oldest_ended_ones_are_forgotten_first() -> None:
    store, _ = store_with(ended=2)
    sids = [canceled(store, f"+1555555010{number}") for number in range(4)]
    store.fetch(SERVICE, PHONE)

    known = [store.fetch(SERVICE, sid) for sid in sids]
    assert [getattr(each, "status", None) for each in known] == [
        None,
        None,
        TwilioStatus.CANCELED,
        TwilioStatus.CANCELED,
    ]


def test_forgetting_an_old_verification_does_not_hide_the_new_one() -> None:
    store, _ = store_with(ended=1)
    canceled(store)
    new = store.start(SERVICE, StartCommand(to=PHONE))
    for number in range(1, 5):
        canceled(store, f"+1555555010{number}")

    assert store.fetch(SERVICE, PHONE).sid == new.sid


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    store, clock = store_with(ended_for=timedelta(hours=1))
    for number in range(50):
        sid = canceled(store, f"+155555501{number:02d}")
        store.fetch(SERVICE, sid)
    clock.advance(timedelta(hours=2))
    for _ in range(50):
        store.fetch(SERVICE, PHONE)

    held = store._held  # noqa: SLF001  what is left behind cannot be seen from outside
    assert not held._live  # noqa: SLF001
    assert not held._ended  # noqa: SLF001
    assert not held._polls  # noqa: SLF001
    assert not any(held._newest.reveal().values())  # noqa: SLF001


@pytest.mark.parametrize("pending", [1, 200])
def test_a_live_verification_outlasts_any_number_of_ended_ones(pending: int) -> None:
    store, _ = store_with(ended=3)
    live = [
        store.start(SERVICE, StartCommand(to=f"+1555555{number:04d}")).sid
        for number in range(pending)
    ]
    for number in range(20):
        canceled(store, f"+1555556{number:04d}")

    assert {store.fetch(SERVICE, sid).status for sid in live} == {TwilioStatus.PENDING}


def test_one_out_of_checks_is_kept_until_it_expires() -> None:
    """It bars its number, so it must not leave with the ended ones."""
    store, clock = store_with(ended=0)
    store.start(SERVICE, StartCommand(to=PHONE))
    for _ in range(6):
        store.check(SERVICE, CheckCommand(code="00000000", to=PHONE))
    for number in range(20):
        canceled(store, f"+1555556{number:04d}")

    assert store.start(SERVICE, StartCommand(to=PHONE)).reason is Reason.MAX_CHECKS
    clock.advance(timedelta(minutes=10))
    assert store.start(SERVICE, StartCommand(to=PHONE)).status is TwilioStatus.PENDING
