"""
Any history of starts, resends, guesses, cancels and pauses, held against a small model.

The model is written from the documents: what a person may expect, not how it is stored.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from attrs import define, evolve, field
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.kinds import KINDS
from tests.support.own_world import PHONE, World, wrong
from verify_core.errors import Throttled, TooSoon
from verify_core.phone import read_phone
from verify_core.verification import (
    CancelOutcome,
    Started,
    StartRequest,
    Status,
    Verdict,
)
from verify_providers.own import CodePolicy

PEOPLE = (PHONE, read_phone("+44 7700 900123"))
COOL_DOWNS = (30, 60)
TRIES, FAILURES = 3, 5
LIFETIME, LOCKED, REMEMBERED = 600, 7200, 3600
POLICY = CodePolicy(
    lifetime=timedelta(seconds=LIFETIME),
    tries=TRIES,
    cool_downs=tuple(timedelta(seconds=each) for each in COOL_DOWNS),
    most_failures=FAILURES,
    locked_for=timedelta(seconds=LOCKED),
)
# Mostly at once, or when the next message may leave.
_pauses = st.sampled_from(
    [0] * 12 + [60] * 6 + [1, 29, 30, 59, 300, 599, 600, 4200, 7200]
)


@define
class Person:
    """What is counted over all codes of one person."""

    messages: int = 0
    failures: int = 0
    ready_at: float = 0
    seen_at: float = 0

    def at(self, now: float) -> Person:
        """As it is remembered."""
        return self if now < self.seen_at + LOCKED else Person()


@define
class Verification:
    """One verification; its newest code alone counts."""

    person: int
    codes: list[str] = field(factory=list)
    refs: list[Started] = field(factory=list)
    tries: int = 0
    expires_at: float = 0
    ended: str = ""

    def state(self, now: float) -> str:
        if now >= self.expires_at + REMEMBERED:
            return "missing"
        if self.ended:
            return self.ended
        if now >= self.expires_at:
            return "expired"
        return "exhausted" if self.tries >= TRIES else "pending"


STATUSES = {
    "missing": Status.UNKNOWN,
    "pending": Status.PENDING,
    "exhausted": Status.FAILED,
    "expired": Status.EXPIRED,
    "approved": Status.APPROVED,
    "canceled": Status.CANCELED,
}
ENDS = {"exhausted": Verdict.EXHAUSTED, "expired": Verdict.EXPIRED}


class History(RuleBasedStateMachine):
    """
    The machine.

    Attributes:
        visits: How often each answer was due, over all runs.
    """

    kind: ClassVar[str]
    resend: ClassVar[str]
    visits: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.kind)
        self.same_code = self.resend == "same_code"
        policy = evolve(POLICY, resend=self.resend)
        self.provider: Any = self.world.provider(policy)
        self.began: datetime = self.world.clock.now()
        self.people = [Person(), Person()]
        self.known: list[Verification] = []

    @property
    def now(self) -> float:
        return (self.world.clock.now() - self.began).total_seconds()

    def due(self, what: object) -> None:
        type(self).visits[f"{what}"] += 1

    @rule(number=st.integers(0, 1), resend=st.booleans(), pause=_pauses)
    def start(self, number: int, resend: bool, pause: int) -> None:  # noqa: FBT001 - drawn
        self.world.pause(pause)
        theirs = [each for each in self.known if each.person == number]
        before = theirs[-1] if theirs and resend else None
        person = self.people[number].at(self.now)
        request = StartRequest(identifier=PEOPLE[number])
        count = len(self.world.sender.outbox)
        previous = before and before.refs[-1].ref
        error = None
        if person.failures >= FAILURES:
            error, wait = Throttled, person.seen_at + LOCKED - self.now
        elif person.ready_at > self.now:
            error, wait = TooSoon, person.ready_at - self.now
        if error is not None:
            self.due(error.__name__)
            with pytest.raises(error) as caught:
                self.provider.start(request, previous=previous)
            assert caught.value.retry_after == timedelta(seconds=wait)
            assert len(self.world.sender.outbox) == count
            return
        started = self.provider.start(request, previous=previous)
        assert len(self.world.sender.outbox) == count + 1
        self._note_start(before or Verification(number), started, person)

    def _note_start(self, it: Verification, started: Started, person: Person) -> None:
        again = bool(it.codes) and it.state(self.now) == "pending"
        self.due("resend" if again else "fresh start")
        if self.same_code and again:
            assert self.world.code == it.codes[-1]
        else:
            it.tries, it.ended, it.expires_at = 0, "", self.now + LIFETIME
        cool_down = COOL_DOWNS[min(person.messages, len(COOL_DOWNS) - 1)]
        assert started.ref.sends == len(it.refs) + 1
        assert started.resend_after == timedelta(seconds=cool_down)
        assert (started.expires_at or self.began) - self.began == timedelta(
            seconds=it.expires_at
        )
        it.codes.append(self.world.code)
        it.refs.append(started)
        if it not in self.known:
            self.known.append(it)
        self.people[it.person] = evolve(
            person,
            messages=person.messages + 1,
            ready_at=self.now + cool_down,
            seen_at=self.now,
        )

    @precondition(lambda self: self.known)
    @rule(
        age=st.integers(0, 2),
        guess=st.sampled_from(["right", "wrong", "old"]),
        times=st.sampled_from([1, 1, 3]),
        pause=_pauses,
    )
    def check(self, age: int, guess: str, times: int, pause: int) -> None:
        self.world.pause(pause)
        it = self.known[-1 - min(age, len(self.known) - 1)]
        right = it.codes[-1]
        code = {"right": right, "wrong": wrong(right), "old": it.codes[0]}[guess]
        for _ in range(times):
            person, left = self.people[it.person].at(self.now), None
            state = it.state(self.now)
            if state != "pending":
                verdict = ENDS.get(state, Verdict.GONE)
            elif person.failures >= FAILURES:
                verdict = Verdict.EXHAUSTED
            elif code == right:
                verdict, it.ended = Verdict.APPROVED, "approved"
                self.people[it.person] = Person()
            else:
                it.tries += 1
                verdict, left = Verdict.WRONG_CODE, TRIES - it.tries
                self.people[it.person] = evolve(
                    person, failures=person.failures + 1, seen_at=self.now
                )
            self.due(verdict)
            result = self.provider.check(it.refs[-1].ref, code)
            assert (result.verdict, result.attempts_remaining) == (verdict, left)

    @precondition(lambda self: self.known)
    @rule(age=st.integers(0, 1))
    def come_in(self, age: int) -> None:
        """Check the right code, and look at what that made of it."""
        self.check(age=age, guess="right", times=1, pause=0)
        self.fetch(age=age, pause=0)

    @precondition(lambda self: self.known)
    @rule(guess=st.sampled_from(["right", "wrong"]))
    def wear_out(self, guess: str) -> None:
        """Guess wrongly until nothing counts any more, look, and try once more."""
        self.check(age=0, guess="wrong", times=TRIES, pause=0)
        self.fetch(age=0, pause=0)
        self.check(age=0, guess=guess, times=1, pause=0)
        self.start(number=self.known[-1].person, resend=True, pause=60)

    @precondition(lambda self: self.known)
    @rule(age=st.integers(0, 2), pause=_pauses)
    def cancel(self, age: int, pause: int) -> None:
        self.world.pause(pause)
        it = self.known[-1 - min(age, len(self.known) - 1)]
        due = CancelOutcome.GONE
        if it.state(self.now) == "pending":
            it.ended, due = "canceled", CancelOutcome.CANCELED
        self.due(due)
        assert self.provider.cancel(it.refs[0].ref) is due

    @precondition(lambda self: self.known)
    @rule(age=st.integers(0, 3), pause=_pauses)
    def fetch(self, age: int, pause: int) -> None:
        self.world.pause(pause)
        it = self.known[-1 - min(age, len(self.known) - 1)]
        due = STATUSES[it.state(self.now)]
        self.due(f"is {due}")
        assert self.provider.fetch(it.refs[-1].ref).status is due


IMPORTANT = {
    *("fresh start", "resend", "TooSoon", "Throttled", "canceled"),
    *(Verdict.APPROVED, Verdict.WRONG_CODE, Verdict.EXHAUSTED, Verdict.EXPIRED),
    Verdict.GONE,
    *(f"is {status}" for status in STATUSES.values()),
}


@pytest.mark.parametrize("resend", ["new_code", "same_code"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_the_model_agrees(kind: str, resend: str) -> None:
    body = {"kind": kind, "resend": resend, "visits": Counter()}
    machine = type("HistoryOfThese", (History,), body)

    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=settings().max_examples, stateful_step_count=30),
    )

    unseen = IMPORTANT - set(machine.visits)
    assert not unseen, f"the run never came to {unseen}"
