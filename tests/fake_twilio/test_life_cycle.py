"""Every row of Twilio's life cycle, played over the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from verify_fakes import FakeTwilio
from verify_fakes.twilio import Limits, Reason, Switches
from verify_fakes.twilio.machine._state import LIFE_CYCLE, Event, TwilioStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"


def errors(answer: tuple[int, dict[str, Any]]) -> tuple[int, int]:
    status, body = answer
    return status, body["code"]


def wrong_checks(line: Line, count: int) -> None:
    for _ in range(count):
        line.check(line.wrong(), To=PHONE)


def test_a_first_start_is_pending_with_one_attempt(line: Line) -> None:
    status, body = line.start()

    assert status == 201
    assert (body["status"], body["valid"]) == ("pending", False)
    assert len(body["send_code_attempts"]) == 1


@pytest.mark.parametrize("channel", ["sms", "call", "whatsapp"])
def test_a_resend_keeps_sid_and_code_whatever_the_channel(
    line: Line, twilio: FakeTwilio, channel: str
) -> None:
    _, first = line.start()

    twilio.clock.advance(timedelta(seconds=30))
    status, second = line.start(Channel=channel)

    assert status == 201
    assert second["sid"] == first["sid"]
    assert second["channel"] == channel
    assert [a["channel"] for a in second["send_code_attempts"]] == ["sms", channel]
    assert second["date_updated"] > first["date_updated"] == second["date_created"]
    assert twilio.outbox[0].code == twilio.outbox[1].code


def test_the_sixth_send_is_refused_and_nothing_is_sent(
    line: Line, twilio: FakeTwilio
) -> None:
    for _ in range(5):
        assert line.start()[0] == 201

    assert errors(line.start()) == (429, 60203)
    assert len(twilio.outbox) == 5


def test_a_wrong_code_is_an_answer_and_not_an_error(line: Line) -> None:
    line.start()

    for _ in range(5):
        status, body = line.check(line.wrong(), To=PHONE)
        assert (status, body["status"], body["valid"]) == (200, "pending", False)


def test_the_sixth_check_is_refused_and_ends_the_verification(line: Line) -> None:
    _, started = line.start()
    wrong_checks(line, 5)

    assert errors(line.check(line.wrong(), To=PHONE)) == (429, 60202)
    assert line.fetch(started["sid"])[1]["status"] == "max_attempts_reached"


def test_not_even_the_right_code_is_approved_after_five_checks(line: Line) -> None:
    line.start()
    wrong_checks(line, 5)

    assert errors(line.check(line.code(), To=PHONE)) == (429, 60202)
    assert errors(line.check(line.code(), To=PHONE)) == (429, 60202)


def test_the_right_code_is_approved_even_at_the_fifth_check(line: Line) -> None:
    line.start()
    wrong_checks(line, 4)

    status, body = line.check(line.code(), To=PHONE)

    assert (status, body["status"], body["valid"]) == (200, "approved", True)


def test_a_resend_does_not_give_checks_back(line: Line) -> None:
    line.start()
    wrong_checks(line, 5)
    line.start()

    assert errors(line.check(line.code(), To=PHONE)) == (429, 60202)


def test_an_approved_verification_is_gone(line: Line) -> None:
    _, started = line.start()
    code = line.code()
    line.check(code, VerificationSid=started["sid"])

    assert errors(line.check(code, VerificationSid=started["sid"])) == (404, 20404)
    assert errors(line.check(code, To=PHONE)) == (404, 20404)
    assert errors(line.fetch(started["sid"])) == (404, 20404)
    assert errors(line.update(started["sid"], "canceled")) == (404, 20404)


def test_an_expired_verification_is_gone(line: Line, twilio: FakeTwilio) -> None:
    _, started = line.start()
    twilio.clock.advance(timedelta(minutes=10))

    assert errors(line.check(line.code(), To=PHONE)) == (404, 20404)
    assert errors(line.fetch(started["sid"])) == (404, 20404)
    assert errors(line.update(PHONE, "approved")) == (404, 20404)


def test_a_verification_lives_to_its_last_instant(
    line: Line, twilio: FakeTwilio
) -> None:
    line.start()
    twilio.clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))

    assert line.check(line.code(), To=PHONE)[1]["status"] == "approved"


def test_a_resend_does_not_extend_the_life(line: Line, twilio: FakeTwilio) -> None:
    line.start()
    twilio.clock.advance(timedelta(minutes=9))
    line.start()
    twilio.clock.advance(timedelta(minutes=1))

    assert errors(line.check(line.code(), To=PHONE)) == (404, 20404)


def test_a_number_never_used_is_not_found(line: Line) -> None:
    assert errors(line.check("123456", To=PHONE)) == (404, 20404)
    assert errors(line.fetch(PHONE)) == (404, 20404)
    assert errors(line.fetch("VE" + "0" * 32)) == (404, 20404)


def test_a_canceled_verification_is_shown_but_not_checked(line: Line) -> None:
    _, started = line.start()

    status, body = line.update(started["sid"], "canceled")

    assert (status, body["status"], body["valid"]) == (200, "canceled", False)
    assert line.fetch(started["sid"])[1]["status"] == "canceled"
    assert errors(line.check(line.code(), To=PHONE)) == (404, 20404)


def test_a_start_after_a_cancel_is_another_verification_with_its_own_sends(
    line: Line,
) -> None:
    _, first = line.start()
    for _ in range(4):
        line.start()
    line.update(PHONE, "canceled")

    for _ in range(5):
        status, second = line.start()
        assert status == 201
    assert second["sid"] != first["sid"]


def test_feedback_approves(line: Line) -> None:
    _, started = line.start()

    status, body = line.update(PHONE, "approved")

    assert (status, body["status"], body["valid"]) == (200, "approved", True)
    assert errors(line.fetch(started["sid"])) == (404, 20404)


@pytest.mark.parametrize("status", ["canceled", "approved"])
def test_only_a_pending_verification_can_be_updated(line: Line, status: str) -> None:
    _, started = line.start()
    wrong_checks(line, 6)

    assert errors(line.update(started["sid"], status)) == (404, 20404)


def test_out_of_checks_no_message_is_sent_until_the_verification_expires(
    line: Line, twilio: FakeTwilio
) -> None:
    _, first = line.start()
    wrong_checks(line, 6)

    assert errors(line.start()) == (429, 60202)
    assert len(twilio.outbox) == 1

    twilio.clock.advance(timedelta(minutes=10))
    status, second = line.start()
    assert status == 201
    assert second["sid"] != first["sid"]


@pytest.mark.parametrize("code", ["", "123", "12345678901"])
def test_a_code_outside_four_to_ten_characters_is_refused_and_not_counted(
    line: Line, code: str
) -> None:
    line.start()

    for _ in range(6):
        status, body = line.check(code, To=PHONE)
        assert (status, body["code"]) == (400, 60200)
        assert body["message"] == "Invalid parameter: Code"
    assert line.check(line.code(), To=PHONE)[1]["status"] == "approved"


def test_a_check_needs_an_address_or_a_sid(line: Line) -> None:
    line.start()

    assert errors(line.check(line.code())) == (400, 60221)


def test_fetching_more_than_sixty_times_a_minute_is_refused(
    line: Line, twilio: FakeTwilio
) -> None:
    _, started = line.start()
    for _ in range(60):
        assert line.fetch(started["sid"])[0] == 200

    assert errors(line.fetch(started["sid"])) == (429, 20429)
    twilio.clock.advance(timedelta(minutes=1))
    assert line.fetch(started["sid"])[0] == 200


def test_fetching_is_limited_by_the_hour_and_by_the_day_too(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(limits=Limits(time_to_live=timedelta(days=2)))
    clock = line.twilio.clock
    line.start()

    answers = []
    for _ in range(200):
        clock.advance(timedelta(seconds=10))
        answers.append(line.fetch(PHONE)[0])
    assert answers.count(200) == 180
    clock.advance(timedelta(hours=1))
    for _ in range(100):
        clock.advance(timedelta(seconds=10))
        answers.append(line.fetch(PHONE)[0])
    assert answers.count(200) == 250


def test_polling_limits_can_be_switched_off(line_with: Callable[..., Line]) -> None:
    line = line_with(limits=Limits(polls={}))
    line.start()

    assert {line.fetch(PHONE)[0] for _ in range(300)} == {200}


@pytest.mark.parametrize("code", ["271828", "123", "12345678901"])
def test_a_custom_code_is_refused_unless_the_service_allows_it(
    line: Line, code: str
) -> None:
    """Of whatever length: what is not allowed is looked at before how it is."""
    assert errors(line.start(CustomCode=code)) == (403, 60204)
    assert not line.twilio.outbox


def test_a_resend_may_not_bring_a_code_either(line: Line) -> None:
    line.start()

    assert errors(line.start(CustomCode="271828")) == (403, 60204)


def test_a_custom_name_is_refused_where_the_account_has_no_access(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(custom_friendly_name_enabled=False))

    assert errors(line.start(CustomFriendlyName="Shop")) == (403, 60204)
    assert line.start()[0] == 201


def test_a_custom_code_is_sent_where_the_service_allows_it(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(custom_code_enabled=True))

    line.start(CustomCode="2718281828")

    assert line.code() == "2718281828"
    assert line.check("2718281828", To=PHONE)[1]["valid"] is True


@pytest.mark.parametrize("code", ["123", "12345678901"])
def test_a_custom_code_has_four_to_ten_characters(
    line_with: Callable[..., Line], code: str
) -> None:
    line = line_with(switches=Switches(custom_code_enabled=True))

    status, body = line.start(CustomCode=code)

    assert (status, body["code"]) == (400, 60200)
    assert body["message"] == "Invalid parameter: CustomCode"


def test_email_needs_a_mailer(line: Line, line_with: Callable[..., Line]) -> None:
    assert line.start("ann@example.org")[0] == 201

    without = line_with(switches=Switches(mailer=False))
    assert errors(without.start("ann@example.org")) == (400, 60217)


@pytest.mark.parametrize("channel", ["auto", "sna", "rcs", "SMS", "pigeon", ""])
def test_a_channel_without_access_is_an_invalid_parameter(
    line: Line, channel: str
) -> None:
    status, body = line.start(Channel=channel)

    assert (status, body["code"]) == (400, 60200)
    assert body["message"] == "Invalid parameter: Channel"


def test_a_payment_needs_amount_and_payee_and_allows_no_call(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(psd2_enabled=True))
    payment = {"Amount": "39.99", "Payee": "Acme"}

    assert errors(line.start()) == (400, 60206)
    assert errors(line.start(Amount="39.99")) == (400, 60206)
    assert errors(line.start(Channel="call", **payment)) == (400, 60214)
    status, body = line.start(**payment)
    assert status == 201
    assert (body["amount"], body["payee"]) == ("39.99", "Acme")


def test_a_check_must_repeat_amount_and_payee(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(psd2_enabled=True))
    line.start(Amount="39.99", Payee="Acme")

    assert errors(line.check(line.code(), To=PHONE)) == (400, 60206)
    _, other = line.check(line.code(), To=PHONE, Amount="40.00", Payee="Acme")
    assert other["status"] == "pending"
    _, same = line.check(line.code(), To=PHONE, Amount="39.99", Payee="Acme")
    assert same["status"] == "approved"


def test_a_landline_gets_no_sms_where_the_service_looks_numbers_up(
    line_with: Callable[..., Line],
) -> None:
    switches = Switches(lookup_enabled=True, skip_sms_to_landlines=True)
    line = line_with(switches=switches)
    line.twilio.traits.landline(PHONE)

    assert errors(line.start()) == (403, 60205)
    status, body = line.start(Channel="call")
    assert status == 201
    assert body["lookup"]["carrier"]["type"] == "landline"


def test_a_check_by_sid_ignores_the_address(line: Line) -> None:
    _, started = line.start()

    _, body = line.check(line.code(), VerificationSid=started["sid"], To="+15555550199")

    assert body["status"] == "approved"


def test_services_do_not_see_each_others_verifications(
    line: Line, twilio: FakeTwilio
) -> None:
    _, started = line.start()
    line.service = "VA" + "2" * 32

    assert errors(line.fetch(started["sid"])) == (404, 20404)
    assert errors(line.check(line.code(), To=PHONE)) == (404, 20404)
    _, other = line.start()
    assert other["sid"] != started["sid"]


def test_the_table_has_a_rule_for_every_status_and_event() -> None:
    assert set(LIFE_CYCLE) == set(TwilioStatus)
    assert all(set(rules) == set(Event) for rules in LIFE_CYCLE.values())


def test_the_table_leads_out_of_an_end_only_by_a_new_start() -> None:
    ends = {
        TwilioStatus.ABSENT,
        TwilioStatus.APPROVED,
        TwilioStatus.CANCELED,
        TwilioStatus.EXPIRED,
    }
    for status in ends:
        for event, rule in LIFE_CYCLE[status].items():
            begins = event in {Event.SEND, Event.SEND_TOO_MANY}
            assert rule.becomes is (TwilioStatus.PENDING if begins else status)


def test_the_table_approves_only_what_is_pending() -> None:
    for status, rules in LIFE_CYCLE.items():
        approving = {e for e, r in rules.items() if r.becomes is TwilioStatus.APPROVED}
        if status is TwilioStatus.PENDING:
            assert approving == {Event.CHECK_RIGHT, Event.APPROVE}
        elif status is not TwilioStatus.APPROVED:
            assert not approving


def test_a_refusal_says_inside_what_the_wire_never_does(
    twilio: FakeTwilio, line: Line
) -> None:
    """Approved, expired, canceled and never begun differ in `was` alone."""
    store, service = twilio.store, line.service
    line.start()
    line.check(line.code(), To=PHONE)

    refused = store.fetch(service, PHONE)

    assert refused.reason is Reason.NOT_FOUND
    assert refused.was is TwilioStatus.APPROVED
    assert store.fetch(service, "+15555550101").was is TwilioStatus.ABSENT


def test_two_fakes_share_nothing() -> None:
    one, two = FakeTwilio(seed=1), FakeTwilio(seed=1)

    one.clock.advance(timedelta(hours=1))
    one.traits.landline(PHONE)

    assert two.clock.now() < one.clock.now()
    assert not two.traits.numbers
