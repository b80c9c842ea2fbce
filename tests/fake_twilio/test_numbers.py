"""Addresses, traits and magic numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import phonenumbers
import pytest
from hypothesis import given, strategies as st

from tests.support.each import require_each
from verify_fakes import FakeTwilio
from verify_fakes.kit._faults import ConnectionBroken
from verify_fakes.twilio import MAGIC_NUMBERS, Break, Profile, Reason, Switches
from verify_fakes.twilio.machine._commands import TwilioCommand
from verify_fakes.twilio.machine._errors import ERRORS
from verify_fakes.twilio.machine._numbers import (
    Trait,
    Traits,
    accepts,
    is_email,
    is_phone,
)
from verify_fakes.twilio.machine._state import TwilioChannel

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

PHONE = "+15555550100"


@pytest.mark.parametrize(
    "to", [PHONE, "+447700900123", "+5553231234", "+390612345678", "+82600565418"]
)
def test_every_strictly_possible_number_is_accepted_by_default(to: str) -> None:
    assert is_phone(to)


@pytest.mark.parametrize("to", [PHONE, "+447700900123"])
def test_a_strict_profile_refuses_what_cannot_be_in_use(
    line_with: Callable[..., Line], to: str
) -> None:
    line = line_with(profile=Profile(strict_numbers=True))

    status, body = line.start(to)

    assert (status, body["code"]) == (400, 60200)
    assert body["message"] == f"Invalid parameter `To`: {to}"
    assert line.start("+14159929960")[0] == 201
    assert line_with().start(to)[0] == 201  # as by default


@pytest.mark.parametrize(
    "to",
    [
        *("", "+", "15555550100", "+1555555010", "+155555501000", "+0123456789"),
        *("+\N{ARABIC-INDIC DIGIT ONE}5555550100", PHONE + "\n", "+1-555-555-0100"),
        "+999123456789",
    ],
)
def test_what_is_not_a_possible_number_is_refused(to: str) -> None:
    assert not is_phone(to)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_example_numbers_of_every_region_are_accepted(region: str) -> None:
    example = phonenumbers.example_number(region)
    to = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)

    assert is_phone(to)
    assert is_phone(to, strict=True)


@given(st.text(alphabet="+0123456789", max_size=18))
def test_accepted_means_possible_to_libphonenumber(to: str) -> None:
    if is_phone(to):
        assert phonenumbers.is_possible_number(phonenumbers.parse(to))


@pytest.mark.parametrize("to", ["a@b.c", "first.last+tag@mail.example.org", "ü@ö.de"])
def test_email_addresses_are_known_by_their_shape(to: str) -> None:
    assert is_email(to)
    assert accepts(to, TwilioChannel.EMAIL)
    assert not accepts(to, TwilioChannel.SMS)


@pytest.mark.parametrize("to", ["", "@", "a@", "a@b", "a b@c.de", "a@@b.c", "a@b..c"])
def test_another_shape_is_not_an_address(to: str) -> None:
    assert not is_email(to)


def test_a_blocked_prefix_is_named(line: Line, twilio: FakeTwilio) -> None:
    twilio.traits.block_prefix("+15555")

    status, body = line.start()

    assert (status, body["code"]) == (403, 60410)
    assert body["message"].endswith("+15555 prefix is blocked for the SMS channel")
    assert line.start("+15554440100")[0] == 201


def test_a_blocked_country_is_named(line: Line, twilio: FakeTwilio) -> None:
    twilio.traits.block_country("gb")

    status, body = line.start("+447700900123", Channel="call")

    assert (status, body["code"]) == (403, 60605)
    assert "GB is blocked for call channel" in body["message"]
    assert line.start()[0] == 201


def test_without_risk_check_nothing_is_blocked(line: Line, twilio: FakeTwilio) -> None:
    twilio.traits.block_prefix("+1555")
    twilio.traits.block_country("US")

    assert line.start(RiskCheck="disable")[0] == 201


@pytest.mark.parametrize("prefix", ["", "+", "1555", "+15x"])
def test_a_prefix_is_plus_and_digits(prefix: str) -> None:
    with pytest.raises(ValueError, match="plus sign"):
        Traits().block_prefix(prefix)


@pytest.mark.parametrize("country", ["", "GBR", "44", "UK", "XX"])
def test_a_country_has_two_letters(country: str) -> None:
    with pytest.raises(ValueError, match="two letters"):
        Traits().block_country(country)


@pytest.mark.parametrize("to", ["555", "415 555 2111", "+1415", "", "+999123456789"])
def test_a_trait_of_what_is_no_number_is_refused(to: str) -> None:
    """It would never show, and a test that relies on it would test nothing."""
    for give in (Traits().landline, Traits().unreachable, Traits().verify):
        with pytest.raises(ValueError, match="plus sign"):
            give(to)


def test_a_trait_may_be_given_to_a_number_as_people_write_it() -> None:
    traits = Traits()

    traits.landline("+1 (415) 555-2111")
    traits.unreachable("p@example.org")

    assert set(traits.numbers) == {"+14155552111", "p@example.org"}


def test_nothing_arrives_at_an_unreachable_number(
    line: Line, twilio: FakeTwilio
) -> None:
    twilio.traits.unreachable(PHONE)

    assert line.start()[0] == 201
    assert not twilio.outbox


@pytest.mark.parametrize(("channel", "arrives"), [("sms", 0), ("call", 1)])
def test_a_landline_hears_calls_and_no_texts(
    line: Line, twilio: FakeTwilio, channel: str, arrives: int
) -> None:
    twilio.traits.landline(PHONE)

    assert line.start(Channel=channel)[0] == 201
    assert len(twilio.outbox) == arrives


def test_a_disabled_channel_is_named(line_with: Callable[..., Line]) -> None:
    line = line_with(switches=Switches(disabled_channels={TwilioChannel.WHATSAPP}))

    status, body = line.start(Channel="whatsapp")

    assert (status, body["code"]) == (400, 60223)
    assert body["message"] == "Delivery channel disabled: WHATSAPP"
    assert line.start()[0] == 201


MAGIC = list(MAGIC_NUMBERS.values())


@pytest.mark.parametrize("magic", MAGIC, ids=lambda magic: magic.number)
def test_a_magic_number_has_its_fate(line: Line, magic: object) -> None:
    row = MAGIC_NUMBERS[magic.number]  # type: ignore[attr-defined]

    def meet() -> tuple[int, dict[str, object]]:
        if row.operation is TwilioCommand.CHECK:
            assert line.start(row.number)[0] == 201
            return line.check(line.code(), To=row.number)
        return line.start(row.number)

    if row.broken is not None:
        with pytest.raises(ConnectionBroken) as caught:
            meet()
        assert caught.value.kind is row.broken
        lost = row.broken is Break.ANSWER_LOST
        assert len(line.twilio.outbox) == (1 if lost else 0)
        return
    status, body = meet()
    if row.error is not None:
        error = ERRORS[row.error]
        assert (status, body["code"]) == (error.status, error.code)
        assert "{" not in str(body["message"])
    else:
        assert status == 201
        assert len(line.twilio.outbox) == (row.trait is not Trait.UNREACHABLE)


def test_a_magic_landline_can_be_called(line: Line) -> None:
    assert line.start("+15005550009", Channel="call")[0] == 201


def test_magic_can_be_switched_off(line_with: Callable[..., Line]) -> None:
    line = line_with(profile=Profile(magic_numbers=False))

    assert {line.start(number)[0] for number in MAGIC_NUMBERS} == {201}


def test_magic_numbers_stand_in_one_documented_table() -> None:
    limits = Path("fakes/verify_fakes/twilio/LIMITS.md")
    text = (Path(__file__).parents[2] / limits).read_text(encoding="utf-8")

    for row in MAGIC:
        code = ERRORS[row.error].code if row.error else None
        line = next(line for line in text.splitlines() if f"`{row.number}`" in line)
        assert row.meaning in line
        assert code is None or str(code) in line


def test_magic_numbers_are_possible_numbers() -> None:
    assert all(is_phone(number) for number in MAGIC_NUMBERS)


def test_a_trait_set_by_a_test_wins_over_magic(twilio: FakeTwilio) -> None:
    twilio.traits.unreachable("+15005550009")

    assert twilio.store.trait_of("+15005550009") is Trait.UNREACHABLE


def test_every_reason_reads_on_the_wire(line_with: Callable[..., Line]) -> None:
    """Whatever reason is armed, the answer has its row's status and a whole text."""

    def reads(reason: Reason) -> None:
        line = line_with()
        line.twilio.faults.arm("start", reason)
        status, body = line.start()
        row = ERRORS[reason]
        assert (status, body["status"]) == (row.status, row.status)
        assert body["code"] == row.code
        assert body["message"]
        assert not set("{}") & set(body["message"])
        assert body["more_info"] == f"https://www.twilio.com/docs/errors/{row.code}"
        assert row.source

    require_each(Reason, reads)
