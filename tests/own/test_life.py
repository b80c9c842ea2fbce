"""The table of a verification's life, walked against a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from verify_core.channels import Channel
from verify_core.codestore import (
    CodeRecord,
    GuessAnswer,
    StartAnswer,
    StoreLimits,
)
from verify_core.verification import CancelOutcome, Status, Verdict
from verify_providers.own import MemoryStore
from verify_providers.own._life import (
    LIFE,
    STATUSES,
    Answer,
    LifeEvent as Event,
    State,
    state_of,
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
LIMITS = StoreLimits()
TRIES = 2
FRESH = CodeRecord(
    id="id",
    holder="holder",
    key_id="key",
    digest="right",
    channel=Channel.SMS,
    most_tries=TRIES,
    created_at=NOON,
    sent_at=NOON,
    expires_at=NOON + timedelta(minutes=10),
    forget_at=NOON + timedelta(minutes=20),
)


def store_in(state: State, event: Event) -> tuple[MemoryStore, datetime]:
    """A store whose verification stands there, and the present."""
    store, now = MemoryStore(), NOON
    if state is State.MISSING:
        return store, now
    store.start(FRESH, now=now, limits=LIMITS)
    if state is State.EXHAUSTED or event is Event.LAST:
        for _ in range(TRIES - (event is Event.LAST)):
            store.guess(FRESH.id, now=now, limits=LIMITS)
    elif state is State.EXPIRED:
        now = FRESH.expires_at
    elif state is State.APPROVED:
        store.approve(FRESH, now=now)
    elif state is State.CANCELED:
        store.cancel(FRESH.id, now=now)
    return store, now


def happen(store: MemoryStore, event: Event, now: datetime) -> Answer:
    """Let it happen, and read the store's answer as the provider does."""
    before = store.fetch(FRESH.id, now=now)
    match event:
        case Event.START | Event.RESEND:
            lifetime = timedelta(minutes=10)
            record = evolve(
                FRESH, digest="new", expires_at=now + lifetime, forget_at=now + lifetime
            )
            previous = None
            if event is Event.RESEND:
                record = evolve(record, sends=2)
                previous = before or FRESH
            return store.start(record, now=now, limits=LIMITS, previous=previous).answer
        case Event.CANCEL:
            return LIFE[state_of(store.cancel(FRESH.id, now=now), now)][event][1]
    guess = store.guess(FRESH.id, now=now, limits=LIMITS)
    if guess.answer is not GuessAnswer.COUNTED:
        return LIFE[state_of(guess.record, now)][event][1]
    assert guess.record is not None
    if event is Event.RIGHT:
        return Verdict.APPROVED if store.approve(FRESH, now=now) else Verdict.GONE
    return Verdict.WRONG_CODE


WALK = [(state, event) for state, row in LIFE.items() for event in row]


@pytest.mark.parametrize(("state", "event"), WALK)
def test_store_does_what_the_table_says(state: State, event: Event) -> None:
    store, now = store_in(state, event)
    assert state_of(store.fetch(FRESH.id, now=now), now) is state

    answer = happen(store, event, now)

    after = state_of(store.fetch(FRESH.id, now=now), now)
    assert (after, answer) == LIFE[state][event]


def test_every_event_is_answered_in_every_state() -> None:
    for state, row in LIFE.items():
        due = set(Event) if state is State.PENDING else {*Event} - {Event.LAST}
        assert set(row) == due
    assert set(STATUSES) == set(LIFE) == set(State)


def test_only_the_right_code_of_what_runs_is_approved() -> None:
    """Neither absence nor the end of time is consent."""
    approving = [
        (state, event)
        for state, row in LIFE.items()
        for event, (after, answer) in row.items()
        if answer is Verdict.APPROVED or (after is State.APPROVED is not state)
    ]

    assert approving == [(State.PENDING, Event.RIGHT)]


def test_only_what_runs_is_canceled_replaced_or_repeated() -> None:
    changing = {StartAnswer.REPEATED, CancelOutcome.CANCELED}
    for state, row in LIFE.items():
        answers = {answer for _after, answer in row.values()}
        assert bool(changing & answers) is (state is State.PENDING)
        assert (row[Event.RESEND][1] is StartAnswer.KEPT) is (state is State.PENDING)


def test_what_may_be_forgotten_is_missing_whatever_it_was() -> None:
    for state in State:
        store, _now = store_in(state, Event.START)
        record = store.fetch(FRESH.id, now=NOON)
        assert state_of(record, FRESH.forget_at) is State.MISSING


def test_each_state_has_a_status_of_its_own() -> None:
    assert STATUSES[State.MISSING] is Status.UNKNOWN
    assert len(set(STATUSES.values())) == len(State)
