"""Laws of the machine, for whatever history; and the oracle that it is held against."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import Phase, given, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from verify_fakes import FakeClock, FakeTwilio
from verify_fakes.twilio import Keep, Limits, Switches
from verify_fakes.twilio._store import VerifyStore
from verify_fakes.twilio.machine import _state as machine
from verify_fakes.twilio.machine._commands import (
    CheckCommand,
    StartCommand,
    TwilioRefusal,
)
from verify_fakes.twilio.machine._errors import ERRORS
from verify_fakes.twilio.machine._state import (
    SentCode,
    TwilioChannel,
    TwilioStatus,
    TwilioVerification,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fake_twilio.conftest import Line
    from verify_fakes.twilio.machine._commands import TwilioAnswer

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
LIMITS = Limits()
SERVICE = "VA" + "0" * 32
PEOPLE = ("+15555550100", "+447700900123", "ann@example.org")

channels = st.sampled_from(TwilioChannel)
pauses = st.integers(min_value=0, max_value=700).map(lambda s: timedelta(seconds=s))
events = st.one_of(
    st.tuples(st.just("send"), channels),
    st.tuples(st.just("check"), st.booleans()),
    st.tuples(st.just("fetch"), st.none()),
    st.tuples(st.just("cancel"), st.none()),
    st.tuples(st.just("approve"), st.none()),
)
histories = st.lists(st.tuples(pauses, events), max_size=30)


def begun() -> TwilioVerification:
    return TwilioVerification(
        sid="VE" + "0" * 32,
        service_sid=SERVICE,
        account_sid="AC" + "0" * 32,
        to=PEOPLE[0],
        code="314159",
        sends=(SentCode(NOON, TwilioChannel.SMS),),
        updated_at=NOON,
    )


def played(history: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Each step: the time, the event, the value before and after, and the refusal."""
    now, value = NOON, begun()
    for pause, (event, detail) in history:
        now += pause
        before = machine.timed(value, limits=LIMITS, now=now)
        if event == "send":
            if machine.begins_anew(before):
                return
            after, refused = machine.resend(before, detail, limits=LIMITS, now=now)
        elif event == "check":
            after, refused = machine.check(
                before, matches=detail, limits=LIMITS, now=now
            )
        elif event == "fetch":
            after, refused = machine.fetch(before)
        else:
            change = machine.cancel if event == "cancel" else machine.approve
            after, refused = change(before, now=now)
        yield now, event, before, after, refused
        value = after


@given(histories)
def test_sid_code_address_and_birth_never_change(history: list[Any]) -> None:
    """Law 1: whatever happens to it, a verification keeps who it is."""
    for _, _, _, after, _ in played(history):
        first = begun()
        assert (after.sid, after.code, after.to) == (first.sid, first.code, first.to)
        assert after.created_at == NOON


@given(histories)
def test_no_more_than_five_sends_and_five_checks_are_counted(
    history: list[Any],
) -> None:
    """Law 2."""
    for *_, after, _ in played(history):
        assert len(after.sends) <= 5
        assert after.checks <= 5


@given(histories)
def test_at_most_one_check_is_approved(history: list[Any]) -> None:
    """Law 3."""
    approvals = [
        after
        for _, event, _, after, refused in played(history)
        if event == "check" and refused is None and after.valid
    ]
    assert len(approvals) <= 1


@given(histories)
def test_nothing_lives_longer_than_ten_minutes(history: list[Any]) -> None:
    """Law 4: no later answer shows it pending, however often it was sent."""
    for now, _, _, after, refused in played(history):
        if now - NOON >= timedelta(minutes=10):
            assert refused is not None or after.status is TwilioStatus.CANCELED


@given(histories)
def test_an_end_is_an_end(history: list[Any]) -> None:
    """Law 5: from approved, canceled and expired nothing leads away."""
    ends = {TwilioStatus.APPROVED, TwilioStatus.CANCELED, TwilioStatus.EXPIRED}
    for _, _, before, after, _ in played(history):
        if before.status in ends:
            assert after.status is before.status


@given(histories)
def test_a_refused_command_changes_no_more_than_status_and_time(
    history: list[Any],
) -> None:
    for *_, before, after, refused in played(history):
        if refused is not None:
            same = evolve(after, status=before.status, updated_at=before.updated_at)
            assert same == before


@given(seed=st.integers(), count=st.integers(min_value=1, max_value=20))
def test_the_same_seed_and_calls_give_the_same_codes_and_sids(
    seed: int, count: int
) -> None:
    def run() -> list[tuple[str, str]]:
        store = VerifyStore(clock=FakeClock(), seed=seed)
        for number in range(count):
            store.start(SERVICE, StartCommand(to=f"+1555555{number:04d}"))
        return [(m.code, m.verification_sid) for m in store.outbox]

    assert run() == run()


@given(st.integers(min_value=4, max_value=10), st.integers())
def test_a_drawn_code_has_the_services_length(length: int, seed: int) -> None:
    store = VerifyStore(
        clock=FakeClock(), seed=seed, switches=Switches(code_length=length)
    )
    store.start(SERVICE, StartCommand(to=PEOPLE[0]))

    code = store.outbox[-1].code
    assert len(code) == length
    assert code.isdecimal()


def test_no_code_opens_everything() -> None:
    """A thousand verifications, and no code that is right for two in a hundred."""
    store = VerifyStore(clock=FakeClock(), seed=3)
    for number in range(1000):
        store.start(SERVICE, StartCommand(to=f"+1555{number:07d}"))
    approved = 0
    for number in range(1000):
        check = CheckCommand(code="123456", to=f"+1555{number:07d}")
        approved += store.check(SERVICE, check).valid
    assert approved <= 2


class LockStep(RuleBasedStateMachine):
    """The oracle, the store, and the wire over another store, in step."""

    def __init__(self, oracle: type) -> None:
        super().__init__()
        self.model = oracle()
        # The oracle knows no polling limits.
        unlimited = Limits(polls={})
        self.clock = FakeClock()
        self.store = VerifyStore(clock=self.clock, seed=1, limits=unlimited)
        self.wire = FakeTwilio(clock=self.clock, seed=2, limits=unlimited)
        self.born = {}  # party and generation: sid and code

    @rule(to=st.sampled_from(PEOPLE), channel=channels, times=st.integers(1, 6))
    def start(self, to: str, channel: TwilioChannel, times: int) -> None:
        for _ in range(times):
            self.start_once(to, channel)

    def start_once(self, to: str, channel: TwilioChannel) -> None:
        if ("@" in to) is not (channel is TwilioChannel.EMAIL):
            channel = TwilioChannel.EMAIL if "@" in to else TwilioChannel.SMS
        expected = self.model.start(to)

        got = self.store.start(SERVICE, StartCommand(to=to, channel=channel))
        form = {"To": to, "Channel": channel.value}
        status, body = self.post("/Verifications", form)

        if isinstance(expected, int):
            assert ERRORS[got.reason].code == body["code"] == expected
            return
        assert status == 201
        assert got.status is TwilioStatus.PENDING
        for party, sid, box in (
            ("store", got.sid, self.store.outbox),
            ("wire", body["sid"], self.wire.outbox),
        ):
            same = (sid, box[-1].code)
            assert self.born.setdefault((party, expected[1]), same) == same
        sids = {sid for sid, _ in self.born.values()}
        assert len(sids) == len(self.born)

    @rule(to=st.sampled_from(PEOPLE), right=st.booleans(), by_sid=st.booleans())
    def check(self, to: str, *, right: bool, by_sid: bool) -> None:
        self.check_once(to, right=right, by_sid=by_sid)

    @rule(to=st.sampled_from(PEOPLE), by_sid=st.booleans(), times=st.integers(2, 6))
    def guess(self, to: str, *, by_sid: bool, times: int) -> None:
        for _ in range(times):
            self.check_once(to, right=False, by_sid=by_sid)

    def check_once(self, to: str, *, right: bool, by_sid: bool) -> None:
        expected = self.model.check(to, right=right)
        answers = {}
        for party, box in (("store", self.store.outbox), ("wire", self.wire.outbox)):
            sent = box.to(to)
            code = sent[-1].code if sent else "123456"
            if not right:
                code = ("9" if code[0] != "9" else "8") + code[1:]
            sid = sent[-1].verification_sid if sent and by_sid else None
            answers[party] = getattr(self, f"check_{party}")(code, sid, to)
        assert answers == {"store": expected, "wire": expected}

    def check_store(self, code: str, sid: str | None, to: str) -> int | str:
        return self.said(
            self.store.check(SERVICE, CheckCommand(code=code, sid=sid, to=to))
        )

    def check_wire(self, code: str, sid: str | None, to: str) -> int | str:
        form = {"Code": code, "To": to}
        if sid:
            form = {"Code": code, "VerificationSid": sid}
        _, body = self.post("/VerificationCheck", form)
        if "code" in body:
            return body["code"]
        assert body["valid"] is (body["status"] == "approved")
        return body["status"]

    @rule(to=st.sampled_from(PEOPLE))
    def fetch(self, to: str) -> None:
        expected = self.model.fetch(to)
        assert self.said(self.store.fetch(SERVICE, to)) == expected
        assert self.heard("GET", to, {}) == expected

    @rule(to=st.sampled_from(PEOPLE), status=st.sampled_from(["canceled", "approved"]))
    def update(self, to: str, status: str) -> None:
        expected = self.model.update(to, status)
        assert (
            self.said(self.store.update(SERVICE, to, TwilioStatus(status))) == expected
        )
        assert self.heard("POST", to, {"Status": status}) == expected

    @rule(seconds=st.sampled_from([0, 1, 60, 299, 300, 599, 600, 3600]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.model.advance(seconds)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert len(self.store) <= self.model.generations

    def said(self, answer: TwilioAnswer) -> int | str:
        if isinstance(answer, TwilioRefusal):
            return ERRORS[answer.reason].code
        return answer.status.value

    def heard(self, method: str, to: str, form: dict[str, str]) -> int | str:
        path = f"/v2/Services/{SERVICE}/Verifications/{to}"
        _, body = self.line.call(method, path, form)
        return body.get("code", body.get("status"))

    def post(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        return self.line.call("POST", f"/v2/Services/{SERVICE}{path}", form)


def in_step(
    oracle: type, line_with: Callable[..., Line], limits: Limits | None = None
) -> LockStep:
    """A new machine, its store with other limits where some are given."""
    machine = LockStep(oracle)
    machine.line = line_with()
    machine.line.twilio = machine.wire
    if limits is not None:
        other = evolve(limits, polls={})
        machine.store = VerifyStore(clock=machine.clock, seed=1, limits=other)
    return machine


def test_store_and_wire_do_what_the_documents_say(
    oracle: type, line_with: Callable[..., Line]
) -> None:
    run_state_machine_as_test(
        lambda: in_step(oracle, line_with),
        settings=settings(max_examples=100, stateful_step_count=40),
    )


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Limits(checks=6), id="a sixth check is counted"),
        pytest.param(Limits(checks=4), id="a fifth check is not counted"),
        pytest.param(Limits(sends=6), id="a sixth message is sent"),
        pytest.param(
            Limits(time_to_live=timedelta(minutes=11)), id="it lives too long"
        ),
    ],
)
def test_the_oracle_notices_a_fake_that_is_wrong(
    oracle: type, line_with: Callable[..., Line], broken: Limits
) -> None:
    """An oracle that was never seen to object proves nothing."""
    look = settings(
        max_examples=300,
        stateful_step_count=40,
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        phases=[Phase.generate],
    )
    with pytest.raises((AssertionError, AttributeError)):
        run_state_machine_as_test(
            lambda: in_step(oracle, line_with, broken), settings=look
        )


def test_memory_is_bounded_under_an_endless_stream_of_starts() -> None:
    clock = FakeClock()
    keep = Keep(ended=50, messages=20)
    store = VerifyStore(clock=clock, seed=1, keep=keep)
    held = []
    for number in range(5_000):
        clock.advance(timedelta(seconds=1))
        store.start(SERVICE, StartCommand(to=f"+1555{number:07d}"))
        held.append(len(store))

    # 600 live in ten minutes, 50 ended ones, and what one sweep may leave behind.
    assert max(held) <= 660
    assert len(store.outbox) == 20


def test_a_backlog_of_expired_verifications_goes_a_few_at_a_time() -> None:
    clock = FakeClock()
    store = VerifyStore(clock=clock, seed=1, keep=Keep(ended=0))
    for number in range(100):
        store.start(SERVICE, StartCommand(to=f"+1555{number:07d}"))
    clock.advance(timedelta(hours=1))

    held = []
    for number in range(100, 200):
        store.start(SERVICE, StartCommand(to=f"+1555{number:07d}"))
        held.append(len(store))

    assert held[0] > 90
    assert held[-1] <= 101


def test_beyond_the_bound_a_start_is_refused_and_a_resend_is_not() -> None:
    clock = FakeClock()
    store = VerifyStore(clock=clock, seed=1, keep=Keep(live=2))
    for number in range(2):
        store.start(SERVICE, StartCommand(to=f"+1555{number:07d}"))

    refused = store.start(SERVICE, StartCommand(to="+15559999999"))
    assert ERRORS[refused.reason].code == 20429
    assert (
        store.start(SERVICE, StartCommand(to="+15550000001")).status
        is TwilioStatus.PENDING
    )
    clock.advance(timedelta(minutes=10))
    assert (
        store.start(SERVICE, StartCommand(to="+15559999999")).status
        is TwilioStatus.PENDING
    )
