"""
Any history of starts, resends, checks and faults, and three laws that hold in all.

Never two messages for one start, never a check at the wrong vendor, never more guesses
than one vendor allows. What is held against the failover is what the two
vendors saw themselves: messages that left, and checks that arrived.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import ClassVar

from attrs import define
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.failover import MAIL, UK, US, World, request
from verify_core.errors import Ambiguous, VerifyError
from verify_core.identifiers import Identifier
from verify_core.verification import CancelOutcome, Verdict, VerificationRef
from verify_fakes import VendorProfile
from verify_fakes.memory import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    CHECK_BY_IDENTIFIER,
    NEW_CODE,
    NO_CANCEL,
    ONE_AT_A_TIME,
    TWILIO_LIKE,
)
from verify_fakes.twilio import Break, Limits, Reason
from verify_providers.failover import CircuitPolicy, FailoverPolicy

Effect = Break | Reason | None
Counts = tuple[int, int]

ALLOWED = Limits().checks
PROFILES = st.sampled_from(
    [
        TWILIO_LIKE,
        CANCEL_WINDOW,
        CHECK_BY_ID,
        CHECK_BY_IDENTIFIER,
        NEW_CODE,
        NO_CANCEL,
        ONE_AT_A_TIME,
    ]
)
START_FAULTS = st.sampled_from(
    [
        *(None, None, None),
        *(Break.REFUSED, Break.REFUSED, Reason.TOO_MANY_REQUESTS),
        *(Reason.MAX_SENDS, Reason.PREFIX_BLOCKED, Reason.INVALID_TO),
        *(Break.ANSWER_LOST, Break.ANSWER_LOST, Break.HANG_UP),
    ]
)
CHECK_FAULTS = st.sampled_from(
    [None, None, None, Break.REFUSED, Break.ANSWER_LOST, Reason.TOO_MANY_REQUESTS]
)
PEOPLE = st.sampled_from([US, US, US, UK, MAIL])
SENDERS = -1
"""The newest code of the vendor that sent the message."""

AGES = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 4])
"""How many references ago; mostly the newest."""


@define
class Handed:
    """
    A reference that the failover handed out.

    Attributes:
        ref: The reference, read back from JSON.
        vendor: The one that sent a message for it, or may have.
        guesses: Codes that the vendor held against its own because of it.
        is_replaced: Whether a later start came in its place.
    """

    ref: VerificationRef
    vendor: int
    guesses: int = 0
    is_replaced: bool = False


class AnyHistory(RuleBasedStateMachine):
    """
    A failover over two vendors of any kind.

    Attributes:
        visits: How often what is worth seeing was seen, over all runs.
    """

    visits: ClassVar[Counter[str]]

    @initialize(
        one=PROFILES,
        two=PROFILES,
        resends=st.sampled_from([None, None, 0, 1, 2]),
        failures=st.sampled_from([1, 2, 5]),
        is_awaited=st.booleans(),
    )
    def open(
        self,
        one: VendorProfile,
        two: VendorProfile,
        resends: int | None,
        failures: int,
        is_awaited: bool,  # noqa: FBT001 - drawn by name
    ) -> None:
        policy = FailoverPolicy(
            resends_per_child=resends,
            circuit=CircuitPolicy(failures=failures, pause=timedelta(seconds=30)),
        )
        names = ("vendor-0", "vendor-1")
        self.world = World(policy, one, two, is_awaited=is_awaited, names=names)
        self.visits[f"awaited: {is_awaited}"] += 1
        self.vendors = (self.world.one, self.world.two)
        self.handed: list[Handed] = []

    @rule(to=PEOPLE, one=START_FAULTS, two=START_FAULTS)
    def start(self, to: Identifier, one: Effect, two: Effect) -> None:
        self._start(to, (one, two), None)

    @precondition(lambda self: self.handed)
    @rule(age=AGES, one=START_FAULTS, two=START_FAULTS)
    def resend(self, age: int, one: Effect, two: Effect) -> None:
        """Send again; mostly for the newest reference, now and then for a stale one."""
        previous = self._handed(age)
        self._start(previous.ref.identifier, (one, two), previous)

    @precondition(lambda self: self.handed)
    @rule(
        age=AGES,
        whose=st.sampled_from([SENDERS, SENDERS, 0, 1, None]),
        fault=CHECK_FAULTS,
        times=st.sampled_from([1, 1, 3, 6, 6]),
    )
    def check(self, age: int, whose: int | None, fault: Effect, times: int) -> None:
        """Try the newest code of either vendor, or one that is nobody's."""
        handed = self._handed(age)
        whose = handed.vendor if whose == SENDERS else whose
        self._arm("check", (fault, fault))
        for _ in range(times):
            self._check(handed, self._code(handed, whose))
        self._disarm()

    @precondition(lambda self: self.handed)
    @rule(age=AGES)
    def cancel(self, age: int) -> None:
        handed = self._handed(age)
        before = self._counts("cancel")
        outcome = self.world.failover.cancel(handed.ref)

        asked = _grown(before, self._counts("cancel"))
        sender = {handed.vendor}
        assert asked <= sender, "a cancel went to a vendor that sent nothing"
        assert outcome is not CancelOutcome.CANCELED or asked == sender
        self.visits[f"cancel: {outcome}"] += 1

    @rule(seconds=st.sampled_from([1, 29, 30, 31, 300, 601]))
    def wait(self, seconds: int) -> None:
        self.world.pause(seconds)

    @rule()
    def restart(self) -> None:
        """Another process: what no vendor canceled, nobody remembers now."""
        self.world.failover = self.world.again()
        for handed in self.handed:
            handed.is_replaced = False

    def _start(
        self, to: Identifier, planned: tuple[Effect, Effect], previous: Handed | None
    ) -> None:
        self._arm("start", planned)
        before, doubts_before = self.world.messages, self._doubts()
        old = None if previous is None else previous.ref
        ref: VerificationRef | None
        try:
            started = self.world.failover.start(request(to), previous=old)
        except VerifyError as error:
            ref = error.ref if isinstance(error, Ambiguous) else None
            result = type(error).__name__
        else:
            ref, result = started.ref, started.delivery.value
        self._disarm()

        self._judge_messages(before)
        count = sum(self.world.messages) - sum(before)
        self.visits[f"start: {result}, {count} messages"] += 1
        if ref is not None:
            sent = _grown(before, self.world.messages)
            lost = _grown(doubts_before, self._doubts())
            self._hand_out(ref, sent | lost, previous)

    def _judge_messages(self, before: Counts) -> None:
        """Law one: never two messages for one start, from whichever vendor."""
        assert sum(self.world.messages) - sum(before) <= 1, "two messages for one start"

    def _hand_out(
        self, ref: VerificationRef, senders: frozenset[int], previous: Handed | None
    ) -> None:
        assert len(senders) == 1, "a reference that is not of one message"
        (vendor,) = senders
        kept = VerificationRef.from_json(json.loads(json.dumps(ref.to_json())))
        for handed in self.handed:
            if handed.ref.identifier.value == ref.identifier.value:
                handed.guesses = 0  # a message, a new allowance
        if previous is not None and previous.vendor != vendor:
            previous.is_replaced = True
            self.visits["replaced"] += 1
        self.handed.append(Handed(kept, vendor))

    def _check(self, handed: Handed, code: str) -> None:
        asked_before, tried_before = self._counts("check"), self._guesses()
        verdict: Verdict | None
        try:
            verdict = self.world.failover.check(handed.ref, code).verdict
        except VerifyError:
            verdict = None

        asked = _grown(asked_before, self._counts("check"))
        handed.guesses += self._guesses() - tried_before
        self.visits[f"check: {verdict}"] += 1
        self._judge_whom(handed, asked)
        assert handed.guesses <= ALLOWED, "more guesses than one vendor allows"
        if verdict is Verdict.APPROVED:
            mine = {self._newest(place, handed) for place in asked}
            assert code in mine, "approved by a code that nobody sent for it"

    def _judge_whom(self, handed: Handed, asked: frozenset[int]) -> None:
        """Law two: never a check at the wrong vendor."""
        assert asked <= {handed.vendor}, "a check went to a vendor that sent nothing"
        assert not (handed.is_replaced and asked), "a replaced reference was used"
        for place in asked:
            _, ref = self.world.seen[place].calls[-1]
            assert ref is not None
            assert ref.provider == f"vendor-{place}", "a vendor under another's name"
            ids = {message.verification_sid for message in self.vendors[place].outbox}
            assert ref.vendor_id in {*ids, ""}, "a vendor was asked for another's id"

    def _code(self, handed: Handed, whose: int | None) -> str:
        to = handed.ref.identifier.value
        codes = {m.code for each in self.vendors for m in each.outbox if m.to == to}
        if whose is not None and any(m.to == to for m in self.vendors[whose].outbox):
            return self._newest(whose, handed)
        return next(
            code for code in ("111111", "222222", "333333") if code not in codes
        )

    def _newest(self, place: int, handed: Handed) -> str:
        to = handed.ref.identifier.value
        codes = [m.code for m in self.vendors[place].outbox if m.to == to]
        return codes[-1] if codes else ""

    def _handed(self, age: int) -> Handed:
        return self.handed[-1 - min(age, len(self.handed) - 1)]

    def _counts(self, call: str) -> Counts:
        one, two = self.world.seen
        return one.count(call), two.count(call)

    def _doubts(self) -> Counts:
        one, two = self.world.seen
        return one.in_doubt, two.in_doubt

    def _guesses(self) -> int:
        return sum(each.guesses for each in self.world.seen)

    def _arm(self, operation: str, planned: tuple[Effect, Effect]) -> None:
        for vendor, effect in zip(self.vendors, planned, strict=True):
            if effect is not None:
                vendor.faults.arm(operation, effect, last=1)

    def _disarm(self) -> None:
        for vendor in self.vendors:
            vendor.faults.clear()


def _grown(then: Counts, now: Counts) -> frozenset[int]:
    return frozenset(place for place in (0, 1) if now[place] > then[place])


def test_the_laws_hold_in_any_history() -> None:
    machine = type("AnyHistoryOfThese", (AnyHistory,), {"visits": Counter()})

    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=150, stateful_step_count=25, deadline=None),
    )

    visits = machine.visits  # type: ignore[attr-defined]
    for seen in (
        *("start: sent, 1 messages", "start: maybe_sent, 1 messages"),
        *("start: TooSoon, 0 messages", "start: Refused, 0 messages"),
        *("check: wrong_code", "check: approved", "check: gone", "check: exhausted"),
        *("start: Unavailable, 0 messages", "cancel: canceled", "replaced"),
        *("awaited: True", "awaited: False"),
    ):
        assert visits[seen], f"never seen: {seen}; seen were {dict(visits)}"
