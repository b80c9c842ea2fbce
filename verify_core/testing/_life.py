"""
What must be true after each step of any history of calls.

A small model follows two people through starts, guesses, cancels and time; where
vendors differ, it claims nothing. `replay` takes one history, `_histories` looks for
one that breaks a law.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from attrs import define, field

from verify_core.errors import Ambiguous, NotSent, NotSupported
from verify_core.identifiers import Identifier
from verify_core.provider import CancelSupport, LookupKey
from verify_core.verification import (
    CancelOutcome,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
)

from ._bench import Bench, CaseFailed, CaseInconclusive, Harness, fail, require
from ._case import quoting
from ._troubles import Call
from ._watching import Seen
from .cases._acting import ENDED, ask, wrong

NONE = timedelta(0)


class LifeStage(StrEnum):
    """Where one person's newest verification stands, as the caller knows it."""

    NOTHING = "nothing"
    IN_DOUBT = "in doubt"
    """A start's answer was lost, and there is no reference."""
    RUNNING = "running"
    APPROVED = "approved"
    EXHAUSTED = "exhausted"
    CANCELED = "canceled"
    EXPIRED = "expired"


_OPEN = frozenset({LifeStage.RUNNING, LifeStage.EXHAUSTED, LifeStage.IN_DOUBT})
OVER = frozenset({LifeStage.APPROVED, LifeStage.CANCELED, LifeStage.EXPIRED})
"""After these a new start begins from nothing at every vendor."""


@define
class Person:
    """One person, and what the caller knows of their newest verification."""

    identifier: Identifier
    stage: LifeStage = LifeStage.NOTHING
    ref: VerificationRef | None = None
    code: str = ""
    # Guesses that may have counted since there was surely nothing; and those that
    # surely counted since the newest message.
    spent: int = 0
    counted: int = 0
    # When it may have begun, since the world was opened; when its newest message left,
    # and how many did since there was surely nothing.
    began: timedelta = NONE
    sent: timedelta = NONE
    sends: int = 0
    # References and codes of verifications that are over.
    past: list[tuple[VerificationRef, str]] = field(factory=list)


@define
class Life:
    """
    A world in which things happen, one step after the other.

    Attributes:
        bench: The provider and its side door.
        visits: How often each change of stage was seen, such as `running -> approved`.
    """

    bench: Bench
    visits: Counter[str] = field(factory=Counter)
    _now: timedelta = NONE
    _pause: timedelta = NONE
    _people: list[Person] = field(init=False)

    def __attrs_post_init__(self) -> None:
        people = [self.bench.identifier(other=other) for other in (False, True)]
        self._people = [Person(person) for person in people]

    def take(self, step: str) -> None:
        """Take one step: what is done, and for which person: `start 0`, `right 1`."""
        verb, _, number = step.partition(" ")
        person = self._people[int(number)]
        try:
            getattr(self, f"_{verb}")(person)
        except CaseFailed as failure:
            (seen := Seen()).take_stock(self.bench)
            raise CaseFailed(quoting(failure, seen)) from failure
        except CaseInconclusive:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a provider throws
            # The name alone: somebody else's error may hold what it should not.
            fail(f"{verb} raised {type(error).__name__} where an answer was due")

    def _start(self, person: Person) -> None:
        self._send(person, None)

    def _resend(self, person: Person) -> None:
        if person.ref is not None:
            self._let_pass(self._pause)
            self._send(person, person.ref)

    def _lose(self, person: Person) -> None:
        # Only where the vendor cannot refuse, or the fault would hit a later start.
        can_lose = self.bench.lose_next or self.bench.lose_next_start
        if can_lose and person.stage is LifeStage.NOTHING:
            self.bench.lose(Call.START)
            self._send(person, None)

    def _right(self, person: Person) -> None:
        if person.ref is None:
            return
        verdict = self._guess(person, person.ref, person.code)
        if self._is_sure(person):
            require(verdict is Verdict.APPROVED, f"the right code is {verdict}")
        if verdict is not Verdict.APPROVED:
            person.spent += 1
            return
        running = person.stage is LifeStage.RUNNING
        require(running, f"approved, though it is {person.stage}")
        self._become(person, LifeStage.APPROVED)

    def _wrong(self, person: Person) -> None:
        if person.ref is not None:
            self._miss(person, wrong(person.code), counts=True)

    def _odd(self, person: Person) -> None:
        if person.ref is not None:
            self._miss(person, person.code[:2] + "x", counts=False)

    def _wear(self, person: Person) -> None:
        for _ in range(self.bench.guesses or 0):
            self._wrong(person)
        self._right(person)

    def _old(self, person: Person) -> None:
        for ref, code in person.past[-1:]:
            if code != person.code:
                verdict = self._guess(person, ref, code)
                require(verdict is not Verdict.APPROVED, "what is over was approved")
                person.spent += 1

    def _cancel(self, person: Person) -> None:
        if person.ref is None:
            return
        sure = self._is_sure(person)
        outcome = self.bench.provider.cancel(person.ref)
        support = self.bench.provider.capabilities.cancel
        cannot = outcome is CancelOutcome.NOT_SUPPORTED
        require(cannot is (support is CancelSupport.NO), f"cancel says {outcome}")
        if sure and support is CancelSupport.YES:
            require(outcome is CancelOutcome.CANCELED, f"cancel says {outcome}")
        if outcome is CancelOutcome.CANCELED and person.stage is LifeStage.RUNNING:
            self._become(person, LifeStage.CANCELED)

    def _fetch(self, person: Person) -> None:
        if person.ref is None:
            return
        if self.bench.provider.capabilities.fetch is LookupKey.NONE:
            try:
                self.bench.provider.fetch(person.ref)
            except NotSupported:
                return
            fail("fetch is not declared and says something")
        status = self.bench.provider.fetch(person.ref).status
        if self._is_sure(person):
            require(status is Status.PENDING, f"a running verification is {status}")
        if person.stage in OVER:
            require(status is not Status.PENDING, f"pending, though {person.stage}")
        approved = person.stage is LifeStage.APPROVED
        require(approved or status is not Status.APPROVED, "approved without a code")

    def _wait(self, _person: Person) -> None:
        self._let_pass((self.bench.lifetime or NONE) / 10)

    def _expire(self, person: Person) -> None:
        self._let_pass((self.bench.lifetime or NONE) * max(1, person.sends))

    def _send(self, person: Person, previous: VerificationRef | None) -> None:
        before = len(self.bench.inbox(person.identifier))
        channel = self.bench.channel
        request = StartRequest(identifier=person.identifier, channel=channel)
        started: Started | None = None
        try:
            started = self.bench.provider.start(request, previous=previous)
        except NotSent as error:
            self._require_messages(person, before)
            begun = person.stage is not LifeStage.NOTHING
            require(begun, f"the first start raised {type(error).__name__}")
            self.visits[f"start refused while {person.stage}"] += 1
            return
        except Ambiguous as error:
            if error.ref is not None:
                started = Started(ref=error.ref, delivery=Delivery.MAYBE_SENT)
        self._require_messages(person, before + 1)
        self._remember(person, started)

    def _require_messages(self, person: Person, due: int) -> None:
        found = len(self.bench.inbox(person.identifier))
        require(found == due, f"{found} messages have arrived, not {due}")

    def _remember(self, person: Person, started: Started | None) -> None:
        if person.stage in OVER and person.ref is not None:
            person.past.append((person.ref, person.code))
        if person.stage in OVER | {LifeStage.NOTHING}:
            person.spent, person.sends, person.began = 0, 0, self._now
        person.sends += 1
        person.counted, person.sent = 0, self._now
        person.code = self.bench.latest_code(person.identifier)
        person.ref = None if started is None else started.ref
        self._pause = (started and started.resend_after) or NONE
        self._become(person, LifeStage.RUNNING if started else LifeStage.IN_DOUBT)

    def _miss(self, person: Person, code: str, *, counts: bool) -> None:
        assert person.ref is not None  # noqa: S101 - for the type checker
        sure = self._is_sure(person)
        verdict = self._guess(person, person.ref, code)
        require(verdict is not Verdict.APPROVED, "a wrong code was approved")
        person.spent += 1
        last = self.bench.guesses is not None and person.spent >= self.bench.guesses
        if sure and not last:
            require(verdict is Verdict.WRONG_CODE, f"a wrong code is {verdict}")
        person.counted += counts and verdict not in ENDED - {Verdict.EXHAUSTED}
        used_up = self.bench.guesses and person.counted >= self.bench.guesses
        if used_up and person.stage is LifeStage.RUNNING:
            self._become(person, LifeStage.EXHAUSTED)

    def _guess(self, person: Person, ref: VerificationRef, code: str) -> Verdict:
        verdict = ask(self.bench, ref, code).verdict
        self.visits[f"check says {verdict} while {person.stage}"] += 1
        return verdict

    def _let_pass(self, duration: timedelta) -> None:
        if self.bench.advance is None or self.bench.lifetime is None:
            return
        self.bench.wait(duration)
        self._now += duration
        for person in self._people:
            # Some vendors give each further message the time of one more.
            longest = self.bench.lifetime * person.sends
            if person.stage in _OPEN and self._now - person.sent >= longest:
                self._become(person, LifeStage.EXPIRED)

    def _is_sure(self, person: Person) -> bool:
        """Whether the right code must be approved now at every vendor."""
        guesses, lifetime = self.bench.guesses or 1, self.bench.lifetime
        age = self._now - person.began
        young = age < lifetime if lifetime else not age
        return person.stage is LifeStage.RUNNING and person.spent < guesses and young

    def _become(self, person: Person, stage: LifeStage) -> None:
        self.visits[f"{person.stage} -> {stage}"] += 1
        person.stage = stage


VERBS = (
    *("start", "resend", "lose", "right", "wrong", "odd"),
    *("wear", "old", "cancel", "fetch", "wait", "expire"),
)
STEPS = tuple(f"{verb} {number}" for verb in VERBS for number in (0, 1))
"""All steps: what is done, and for which of two people."""


def meant(bench: Bench) -> frozenset[str]:
    """The changes of stage without which a search has proved little on this bench."""
    timed = bench.advance is not None and bench.lifetime is not None
    cancels = bench.provider.capabilities.cancel
    # A window may open only some time after the start.
    cancel = timed if cancels is CancelSupport.WINDOW else cancels is CancelSupport.YES
    known = {
        "nothing -> running": True,
        "running -> running": True,
        "running -> approved": True,
        "approved -> running": True,
        "running -> exhausted": bench.guesses is not None,
        "running -> expired": timed,
        "expired -> running": timed,
        "exhausted -> expired": timed and bench.guesses is not None,
        "running -> canceled": cancel,
        "canceled -> running": cancel,
    }
    return frozenset(change for change, is_meant in known.items() if is_meant)


def replay(harness: Harness, steps: Iterable[str]) -> None:
    """
    Take these steps in a fresh world; the test that a failed search prints calls this.

    Args:
        harness: How the provider is set up.
        steps: Such as `start 0`, `wrong 0`, `right 0`; see `STEPS`.

    Raises:
        CaseFailed: The provider breaks a law on the way.
    """
    with harness.open() as bench:
        life = Life(bench)
        for step in steps:
            life.take(step)
