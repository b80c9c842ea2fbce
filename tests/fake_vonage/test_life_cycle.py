"""The life of a verification: the machine against a second, tiny model, and by rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.fake_vonage.model import Model
from verify_fakes import FakeVonage
from verify_fakes.vonage import Limits, Reason
from verify_fakes.vonage._store import VonageStore
from verify_fakes.vonage.machine._commands import (
    VonageAnswer,
    VonageRefusal,
    VonageStart,
)
from verify_fakes.vonage.machine._state import LIFE_CYCLE, Event
from verify_fakes.vonage.machine._workflow import (
    VonageChannel,
    VonageStatus,
    VonageVerification,
    WorkflowStep,
)

if TYPE_CHECKING:
    from tests.fake_vonage.conftest import Line

NUMBER = "447700900000"
ADDRESSES = [f"44770090000{n}" for n in range(4)]
SMS = {"channel": "sms", "to": NUMBER}
ASK = {"channel": "whatsapp_interactive", "to": NUMBER}
CALL = {"channel": "voice", "to": NUMBER}
STATUSES = {
    Reason.WRONG_CODE: 400,
    Reason.NOT_FOUND: 404,
    Reason.CONCURRENT: 409,
    Reason.NO_STEP_LEFT: 409,
    Reason.CANCEL_TOO_EARLY: 409,
    Reason.CANCEL_TOO_LATE: 409,
    Reason.WRONG_CODE_TOO_OFTEN: 410,
}


def later(vonage: FakeVonage, seconds: float) -> None:
    vonage.clock.advance(timedelta(seconds=seconds))


def status_of(answer: VonageAnswer, success: int = 200) -> int:
    return STATUSES[answer.reason] if isinstance(answer, VonageRefusal) else success


class TwoModels(RuleBasedStateMachine):
    """The same calls to the machine and to the oracle."""

    verifications: Any = Bundle("verifications")

    @initialize()
    def set_up(self) -> None:
        self.vonage = FakeVonage(seed=3)
        self.store: VonageStore = self.vonage.store
        self.model = Model()
        self.ids: dict[int, str] = {}

    @rule(
        target=verifications,
        addresses=st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3),
        timeout=st.sampled_from([15, 29, 31, 180, 900]),
    )
    def start(self, addresses: list[str], timeout: int) -> int:
        steps = tuple(
            WorkflowStep(channel=VonageChannel.SMS, to=each) for each in addresses
        )
        # Ten characters, so that no two codes of a run are the same by chance.
        answer = self.store.start(
            VonageStart(
                brand="ACME",
                steps=steps,
                channel_timeout=timedelta(seconds=timeout),
                code_length=10,
            )
        )
        status, name = self.model.start(addresses, timeout)

        assert (status == 202) is isinstance(answer, VonageVerification)
        if isinstance(answer, VonageVerification):
            self.ids[name] = answer.request_id
        else:
            assert answer == VonageRefusal(
                reason=Reason.CONCURRENT, request_id=self.ids[name]
            )
        return int(name)

    @rule(name=verifications)
    def check_right(self, name: int) -> None:
        code = self.vonage.outbox[self.model.newest(name)].code
        answer = self.store.check(self.ids[name], code)

        assert status_of(answer) == self.model.check(name, right=True)

    @rule(name=verifications)
    def check_wrong(self, name: int) -> None:
        answer = self.store.check(self.ids[name], "wrong")

        assert status_of(answer) == self.model.check(name, right=False)

    @rule(name=verifications, which=st.integers(0, 50))
    def check_some_code_that_was_sent(self, name: int, which: int) -> None:
        place = which % len(self.model.messages)
        right = place == self.model.newest(name)
        answer = self.store.check(self.ids[name], self.vonage.outbox[place].code)

        assert status_of(answer) == self.model.check(name, right=right)

    @rule(name=verifications)
    def next_step(self, name: int) -> None:
        answer = self.store.next_step(self.ids[name])

        assert status_of(answer) == self.model.next(name)

    @rule(name=verifications)
    def cancel(self, name: int) -> None:
        answer = self.store.cancel(self.ids[name])

        assert status_of(answer, success=204) == self.model.cancel(name)

    @rule(seconds=st.sampled_from([1, 14, 30, 150, 900]))
    def advance(self, seconds: int) -> None:
        self.model.advance(seconds)
        later(self.vonage, seconds)

    @invariant()
    def as_many_messages_have_left(self) -> None:
        if hasattr(self, "model"):
            sent = [message.request_id for message in self.vonage.outbox]
            assert sent == [self.ids[name] for name in self.model.messages]

    @invariant()
    def one_verification_runs_per_address(self) -> None:
        if not hasattr(self, "model"):
            return
        held = [self.store.peek(each) for each in self.ids.values()]
        running = [
            step.to
            for each in held
            if each is not None and each.status is VonageStatus.RUNNING
            for step in {step.to: step for step in each.steps}.values()
        ]
        assert len(running) == len(set(running))

    @invariant()
    def each_end_is_summed_up_once(self) -> None:
        if not hasattr(self, "model"):
            return
        held = [self.store.peek(each) for each in self.ids.values()]
        ended = [
            each.request_id
            for each in held
            if each and each.status not in {VonageStatus.RUNNING, VonageStatus.CANCELED}
        ]
        events = self.store.events
        summed_up = [each.request_id for each in events if each.type == "summary"]
        assert sorted(summed_up) == sorted(ended)


def test_machine_and_model_agree() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        TwoModels,
        settings=settings(
            max_examples=max(100, settings.default.max_examples), stateful_step_count=40
        ),
    )


def test_every_status_has_a_rule_for_every_event() -> None:
    assert set(LIFE_CYCLE) == set(VonageStatus)
    for rules in LIFE_CYCLE.values():
        assert set(rules) == set(Event)


def test_there_is_no_way_back_from_an_end() -> None:
    for status, rules in LIFE_CYCLE.items():
        if status is not VonageStatus.RUNNING:
            assert {each.becomes for each in rules.values()} == {status}
            assert None not in {each.refuses for each in rules.values()}


class TestSteps:
    def test_a_step_that_expires_hands_on_to_the_next(self, line: Line) -> None:
        line.started(SMS, CALL)
        later(line.vonage, 179)
        assert len(line.vonage.outbox) == 1

        later(line.vonage, 1)

        channels = [message.channel for message in line.vonage.outbox]
        assert channels == ["sms", "voice"]

    def test_a_late_look_dates_messages_as_they_were_due(self, line: Line) -> None:
        line.started(SMS, CALL, {"channel": "email", "to": "ann@example.org"})
        later(line.vonage, 3600)

        ages = [m.at - line.vonage.outbox[0].at for m in line.vonage.outbox]

        assert ages == [timedelta(minutes=each) for each in (0, 3, 6)]

    def test_each_step_has_a_code_of_its_own_and_the_old_one_is_wrong(
        self, line: Line
    ) -> None:
        request_id = line.started(SMS, CALL, code_length=10)
        old = line.code()
        line.next(request_id)

        assert line.code() != old
        assert line.check(request_id, old)[0] == 400
        assert line.check(request_id, line.code())[0] == 200

    def test_a_step_can_reuse_the_code(self, line: Line) -> None:
        line.started(SMS, {**CALL, "reuse_code": True}, code_length=10)
        later(line.vonage, 180)

        first, second = line.vonage.outbox

        assert first.code == second.code

    def test_a_code_brought_along_is_in_every_step(self, line: Line) -> None:
        request_id = line.started(SMS, CALL, code="aBc123")
        line.next(request_id)

        assert [m.code for m in line.vonage.outbox] == ["aBc123", "aBc123"]
        assert line.check(request_id, "abc123")[0] == 400
        assert line.check(request_id, "aBc123")[0] == 200

    def test_the_last_step_takes_the_verification_with_it(self, line: Line) -> None:
        request_id = line.started(SMS)
        code = line.code()
        later(line.vonage, 180)

        assert line.check(request_id, code)[0] == 404

    def test_a_code_counts_until_the_last_instant(self, line: Line) -> None:
        request_id = line.started(SMS)
        later(line.vonage, 179.999)

        assert line.check(request_id, line.code())[0] == 200

    def test_the_next_step_starts_a_time_out_of_its_own(self, line: Line) -> None:
        request_id = line.started(SMS, CALL)
        later(line.vonage, 100)
        line.next(request_id)
        later(line.vonage, 179)

        assert line.check(request_id, line.code())[0] == 200

    def test_without_a_step_left_there_is_no_next(self, line: Line) -> None:
        status, body = line.next(line.started(SMS))

        assert status == 409
        assert body["detail"] == "There are no more events left to trigger."

    @pytest.mark.parametrize("seconds", [15, 60, 900])
    def test_the_channel_time_out_is_the_callers(
        self, line: Line, seconds: int
    ) -> None:
        line.started(SMS, CALL, channel_timeout=seconds)
        later(line.vonage, seconds - 1)
        before = len(line.vonage.outbox)
        later(line.vonage, 1)

        assert (before, len(line.vonage.outbox)) == (1, 2)

    def test_limits_set_the_default_time_out(
        self, line_with: Callable[..., Line]
    ) -> None:
        line = line_with(limits=Limits(channel_timeout=timedelta(seconds=300)))
        request_id = line.started(SMS)
        later(line.vonage, 299)

        assert line.check(request_id, line.code())[0] == 200


class TestChecks:
    def test_the_third_wrong_code_ends_it(self, line: Line) -> None:
        request_id = line.started(SMS)
        answers = [line.check(request_id, line.wrong())[0] for _ in range(3)]

        assert answers == [400, 400, 410]
        assert line.check(request_id, line.code())[0] == 410
        assert line.start()[0] == 202

    def test_wrong_codes_are_counted_over_all_steps(self, line: Line) -> None:
        request_id = line.started(SMS, CALL)
        line.check(request_id, line.wrong())
        line.check(request_id, line.wrong())
        line.next(request_id)

        assert line.check(request_id, line.wrong())[0] == 410

    def test_a_code_of_an_impossible_length_is_a_wrong_one(self, line: Line) -> None:
        request_id = line.started(SMS)

        assert line.check(request_id, "")[0] == 400
        assert line.check(request_id, "1" * 1000)[0] == 400
        assert line.check(request_id, "1")[0] == 410

    def test_a_completed_one_is_found_no_more(self, line: Line) -> None:
        request_id = line.started(SMS)

        assert line.check(request_id, line.code()) == (
            200,
            {"request_id": request_id, "status": "completed"},
        )
        assert line.check(request_id, line.code())[0] == 404

    def test_no_code_opens_another_verification(self, line: Line) -> None:
        first = line.started(SMS, code_length=10)
        code = line.code()
        line.started({"channel": "sms", "to": "447700900001"}, code_length=10)

        assert line.check(first, line.code())[0] == 400
        assert line.check(first, code)[0] == 200


class TestCancel:
    @pytest.mark.parametrize(
        ("age", "status"), [(0, 409), (29, 409), (30, 204), (179, 204), (180, 404)]
    )
    def test_it_takes_thirty_seconds(self, line: Line, age: int, status: int) -> None:
        request_id = line.started(SMS)
        later(line.vonage, age)

        assert line.cancel(request_id)[0] == status

    def test_the_second_event_is_too_late(self, line: Line) -> None:
        request_id = line.started(SMS, CALL)
        later(line.vonage, 180)

        assert line.cancel(request_id)[0] == 409
        assert line.vonage.requests[-1].reason is Reason.CANCEL_TOO_LATE
        assert line.check(request_id, line.code())[0] == 200

    def test_a_canceled_one_takes_no_code_and_frees_its_number(
        self, line: Line
    ) -> None:
        request_id = line.started(SMS)
        later(line.vonage, 30)
        line.cancel(request_id)

        assert line.check(request_id, line.code())[0] == 404
        assert line.cancel(request_id)[0] == 404
        assert line.start()[0] == 202


class TestOnePerNumber:
    def test_a_second_start_names_the_first(self, line: Line) -> None:
        request_id = line.started(SMS)

        status, body = line.start(CALL)

        assert (status, body["request_id"]) == (409, request_id)
        assert len(line.vonage.outbox) == 1

    def test_a_number_of_a_later_step_is_busy_as_well(self, line: Line) -> None:
        line.started({"channel": "email", "to": "ann@example.org"}, SMS)

        assert line.start(SMS)[0] == 409

    def test_an_address_is_busy_like_a_number(self, line: Line) -> None:
        mail = {"channel": "email", "to": "ann@example.org"}
        line.started(mail)

        assert line.start(mail)[0] == 409

    def test_it_is_free_again_when_the_first_has_expired(self, line: Line) -> None:
        line.started(SMS)
        later(line.vonage, 180)

        assert line.start(SMS)[0] == 202


class TestQuestions:
    def test_a_question_takes_no_code(self, line: Line) -> None:
        request_id = line.started(ASK)

        status, body = line.check(request_id, "1234")

        assert (status, line.code()) == (409, "")
        assert "does not support a code" in body["detail"]

    def test_yes_completes_it(self, line: Line) -> None:
        request_id = line.started(ASK)

        after = line.vonage.store.reply(request_id, yes=True)

        assert after.status is VonageStatus.COMPLETED

    def test_no_ends_it(self, line: Line) -> None:
        request_id = line.started(ASK, SMS)

        line.vonage.store.reply(request_id, yes=False)

        statuses = [(each.type, each.status) for each in line.vonage.events]
        assert statuses == [("event", "user_rejected"), ("summary", "failed")]

    def test_silence_leads_to_the_next_step_and_its_code(self, line: Line) -> None:
        request_id = line.started(ASK, {**SMS, "reuse_code": True})
        later(line.vonage, 180)

        assert len(line.code()) == 4
        assert line.check(request_id, line.code())[0] == 200

    def test_a_question_in_between_does_not_change_a_code_that_is_reused(
        self, line: Line
    ) -> None:
        request_id = line.started(
            SMS, ASK, {**CALL, "reuse_code": True}, code_length=10
        )
        line.next(request_id)
        line.next(request_id)

        first, question, last = line.vonage.outbox
        assert (first.code, question.code) == (last.code, "")

    def test_only_an_open_question_can_be_answered(self, line: Line) -> None:
        request_id = line.started(SMS)

        with pytest.raises(ValueError, match="no question"):
            line.vonage.store.reply(request_id, yes=True)


class TestAddresses:
    def test_nothing_arrives_at_an_unreachable_one(self, line: Line) -> None:
        line.vonage.traits.unreachable(f"+{NUMBER}")

        request_id = line.started(SMS)

        assert not line.vonage.outbox
        assert line.start(SMS)[1]["request_id"] == request_id

    def test_a_blocked_one_ends_the_workflow(self, line: Line) -> None:
        line.vonage.traits.block(NUMBER)

        request_id = line.started(SMS, {"channel": "email", "to": "ann@example.org"})

        assert not line.vonage.outbox
        assert [each.status for each in line.vonage.events] == ["blocked", "failed"]
        assert line.check(request_id, "1234")[0] == 404

    def test_an_invalid_one_fails_its_step_only(self, line: Line) -> None:
        line.vonage.traits.invalid(NUMBER)

        request_id = line.started(SMS, {"channel": "email", "to": "ann@example.org"})

        assert [m.to for m in line.vonage.outbox] == ["ann@example.org"]
        assert line.check(request_id, line.code())[0] == 200

    def test_where_no_step_is_left_all_fails(self, line: Line) -> None:
        line.vonage.traits.invalid(NUMBER)

        line.started(SMS, CALL)

        posted = [(each.type, each.status) for each in line.vonage.events]
        assert posted == [
            ("event", "failed"),
            ("event", "failed"),
            ("summary", "failed"),
        ]

    def test_a_trait_can_be_taken_back(self, line: Line) -> None:
        line.vonage.traits.block(NUMBER)
        line.vonage.traits.release(NUMBER)

        line.started(SMS)

        assert len(line.vonage.outbox) == 1
