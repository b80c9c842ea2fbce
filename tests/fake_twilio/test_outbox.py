"""What people would have received, the codes in it, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from verify_fakes import FakeClock, FakeTwilio
from verify_fakes.twilio import Keep, Switches
from verify_fakes.twilio.machine._commands import CheckCommand, StartCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"
EMAIL = "ann@example.org"


def test_an_sms_reads_as_a_person_gets_it(line: Line, twilio: FakeTwilio) -> None:
    _, started = line.start()

    message = twilio.outbox[-1]
    assert message.body == f"Your Demo verification code is: {message.code}"
    assert (message.to, message.channel, message.subject) == (PHONE, "sms", "")
    assert message.at == twilio.clock.now()
    assert message.verification_sid == started["sid"]
    assert message.service_sid == started["service_sid"]


def test_an_sms_ends_with_a_warning_where_the_service_wants_it(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(do_not_share_warning_enabled=True))
    line.start()
    line.start(Channel="whatsapp")

    sms, whatsapp = (message.body for message in line.twilio.outbox)
    assert sms.endswith(
        "share this code with anyone; our employees will never ask for the code"
    )
    assert whatsapp.endswith(line.code())


def test_an_app_hash_ends_the_sms(line: Line, twilio: FakeTwilio) -> None:
    """`<#> Your AppName verification code is: 1234 He42w354ol9`: Twilio's example."""
    line.start(AppHash="He42w354ol9")
    line.start()  # a resend says for itself

    first, second = (message.body for message in twilio.outbox)
    code = line.code()
    assert first == f"<#> Your Demo verification code is: {code} He42w354ol9"
    assert second == f"Your Demo verification code is: {code}"


def test_an_app_hash_comes_last_whatever_the_text(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(do_not_share_warning_enabled=True))
    template = line.twilio.store.templates.add("Mine", "{{code}} is yours")

    line.start(AppHash="He42w354o/+")
    line.start(AppHash="He42w354o/+", TemplateSid=template.sid)

    for message in line.twilio.outbox:
        assert message.body.startswith("<#> ")
        assert message.body.endswith(" He42w354o/+")


def test_a_call_speaks_digit_by_digit(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(dtmf_input_required=False))
    line.start(Channel="call")

    spoken = ", ".join(line.code())
    body = line.twilio.outbox[-1].body
    assert body.startswith(f"Your Demo verification code is: {spoken}. ")
    assert body.count(spoken) == 2


def test_a_call_wants_a_key_pressed_first_by_default(line: Line) -> None:
    line.start(Channel="call")

    assert line.twilio.outbox[-1].body.startswith("Press any key")


def test_an_email_has_a_subject_without_the_code(line: Line) -> None:
    line.start(EMAIL)

    message = line.twilio.outbox[-1]
    assert message.subject == "Your Demo verification code"
    assert message.code in message.body


def test_a_message_names_who_it_is_from(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(friendly_name="Shop"))
    line.start()
    line.start(CustomFriendlyName="Till 4")

    shop, till = (message.body for message in line.twilio.outbox)
    assert shop.startswith("Your Shop verification code")
    assert till.startswith("Your Till 4 verification code")


def test_a_payment_stands_in_the_message(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(psd2_enabled=True))
    line.start(Amount="39.99", Payee="Acme")

    assert "to pay 39.99 to Acme is: " in line.twilio.outbox[-1].body


def test_the_outbox_is_a_ring(line_with: Callable[..., Line]) -> None:
    line = line_with(keep=Keep(messages=3))
    for number in range(5):
        line.start(f"+1555555010{number}")

    outbox = line.twilio.outbox
    assert [message.to[-1] for message in outbox] == ["2", "3", "4"]
    assert [message.to[-1] for message in outbox[1:]] == ["3", "4"]
    assert len(outbox) == 3


def test_the_outbox_finds_an_addresss_messages(line: Line) -> None:
    line.start()
    line.start(EMAIL)
    line.start(Channel="call")

    outbox = line.twilio.outbox
    assert [message.channel for message in outbox.to(PHONE)] == ["sms", "call"]
    outbox.clear()
    assert not outbox


def test_no_repr_shows_a_number_an_address_or_a_code(
    line: Line, twilio: FakeTwilio
) -> None:
    shown = [repr(twilio.store), repr(twilio)]
    for to in (PHONE, EMAIL):
        start = StartCommand(to=to, custom_code="271828", amount="39.99", payee="Acme")
        shown.append(repr(start))
        line.start(to)
        code = line.code()
        shown.append(repr(twilio.store.fetch(line.service, to)))
        check = CheckCommand(code=code, to=to)
        shown.append(repr(check))
        shown.append(repr(twilio.store.check(line.service, check)))
        shown += [repr(twilio.outbox), repr(twilio.outbox[-1]), repr(twilio.requests)]
    shown.append(repr(twilio.store.start(line.service, StartCommand(to="5555550100"))))
    shown.append(repr(twilio.store.look_up(PHONE)))

    for text in shown:
        assert PHONE not in text
        assert PHONE[1:] not in text
        assert "ann@" not in text
        assert "271828" not in text
        for message in twilio.outbox:
            assert f"'{message.code}'" not in text


class TestCodes:
    def test_can_be_fixed_for_one_address(self, line: Line, twilio: FakeTwilio) -> None:
        twilio.codes.fix(PHONE, "271828")
        line.start()
        line.start("+15555550101")

        assert twilio.outbox[0].code == "271828"
        assert twilio.outbox[1].code != "271828"

    def test_can_be_released(self, line: Line, twilio: FakeTwilio) -> None:
        twilio.codes.fix(PHONE, "271828")
        twilio.codes.release(PHONE)
        line.start()

        assert line.code() != "271828"

    @pytest.mark.parametrize("code", ["", "123", "12345678901", "12a4"])
    def test_need_four_to_ten_digits(self, twilio: FakeTwilio, code: str) -> None:
        with pytest.raises(ValueError, match="4 to 10"):
            twilio.codes.fix(PHONE, code)

    def test_differ_without_a_seed(self) -> None:
        drawn = set()
        for _ in range(5):
            twilio = FakeTwilio()
            twilio.store.start("VA" + "0" * 32, StartCommand(to=PHONE))
            drawn.add(twilio.outbox[-1].verification_sid)
        assert len(drawn) == 5


class TestClock:
    def test_stands_still(self) -> None:
        clock = FakeClock()

        assert clock() == clock.now() == clock()
        assert clock.now().tzinfo is UTC

    def test_moves_when_asked(self) -> None:
        clock = FakeClock()
        start = clock.now()

        clock.advance(timedelta(minutes=3))
        assert clock.now() - start == timedelta(minutes=3)
        clock.set(start + timedelta(hours=1))
        assert clock.now() - start == timedelta(hours=1)

    def test_takes_any_zone_and_gives_utc(self) -> None:
        noon = datetime(2026, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))

        assert FakeClock(noon).now().isoformat() == "2026-07-01T12:00:00+00:00"

    def test_never_goes_back(self) -> None:
        clock = FakeClock()

        with pytest.raises(ValueError, match="cannot go back"):
            clock.advance(timedelta(seconds=-1))
        with pytest.raises(ValueError, match="cannot go back"):
            clock.set(clock.now() - timedelta(seconds=1))

    def test_needs_a_zone(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            FakeClock(datetime(2026, 1, 1))  # noqa: DTZ001  the point of the test
        with pytest.raises(ValueError, match="aware"):
            FakeClock().set(datetime(2027, 1, 1))  # noqa: DTZ001  likewise

    def test_shows_its_instant(self) -> None:
        assert repr(FakeClock()) == "FakeClock(2026-01-15T12:00:00+00:00)"
