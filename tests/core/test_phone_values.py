"""Numbers, policies and refusals as values: shape, masking, mistakes of developers."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
import sys
import traceback

import phonenumbers
import pytest
from hypothesis import given

from verify_core import InvalidPhoneNumber, PhonePolicy, read_phone
from verify_core.channels import IdentifierKind
from verify_core.errors import InputError, InvalidSetting, PhoneReason
from verify_core.phone import NumberType, PhoneNumber, Provenance
from verify_core.testing.strategies import NearMiss, near_misses, phone_numbers


def number(**changed: object) -> PhoneNumber:
    fields = {
        "e164": "+15553231234",
        "calling_code": 1,
        "region": "US",
        "provenance": Provenance.EXPLICIT,
    }
    return PhoneNumber(**(fields | changed))


def test_a_number_is_rebuilt_from_its_four_fields() -> None:
    found = read_phone("1(555)323-1234")

    again = number(provenance="separated")

    assert again == found
    assert again.provenance is found.provenance is Provenance.SEPARATED


def test_the_number_is_the_identity_however_it_was_read() -> None:
    assert {read_phone("+15553231234"), read_phone("1(555)323-1234")} == {number()}
    assert number() != number(e164="+15553231235")


def test_a_number_is_a_phone_identifier() -> None:
    assert number().kind is IdentifierKind.PHONE
    assert number().value == "+15553231234"


@given(phone_numbers())
def test_a_number_shows_its_calling_code_and_two_digits(found: PhoneNumber) -> None:
    middle = found.e164[len(str(found.calling_code)) + 1 : -2]

    for shown in (str(found), repr(found), f"{found}", f"{[found]}"):
        assert f"+{found.calling_code}{'*' * len(middle)}{found.e164[-2:]}" in shown
        assert not any(character.isdigit() for character in shown.split("*")[1])


def test_a_number_stays_masked_in_a_log_record(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("application").warning("to %s, %r", number(), {"to": number()})

    assert "555" not in caplog.text


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda it: it])
def test_a_number_and_a_refusal_survive_copy_and_pickle(again: object) -> None:
    refusal = InvalidPhoneNumber(PhoneReason.LETTERS)

    for value in (again(number()), pickle.loads(pickle.dumps(number()))):
        assert (value, value.provenance) == (number(), number().provenance)
    for error in (again(refusal), pickle.loads(pickle.dumps(refusal))):
        assert (error.reason, str(error)) == (refusal.reason, str(refusal))


@pytest.mark.parametrize(
    "e164",
    [
        *(
            "",
            "+",
            "15553231234",
            "+0123456",
            "+1",
            "+1234567890123456",
            "+1555 3231234",
        ),
        *(
            "+15553231234\n",
            "+1\u0665\u0665\u0665",
            "+1555x",
            " +15553231234",
            15553231234,
        ),
    ],
)
def test_only_canonical_ascii_is_a_number(e164: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        number(e164=e164)

    assert caught.value.setting == "e164"
    assert "555" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"), [("calling_code", 44), ("region", "us"), ("region", "USA")]
)
def test_the_fields_of_a_number_agree(field: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=field):
        number(**{field: value})


def test_an_unknown_provenance_is_refused() -> None:
    with pytest.raises(ValueError, match="takes one of explicit"):
        number(provenance="guessed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("default_region", "UK"),
        ("default_region", "ZZ"),
        ("default_region", "001"),
        ("default_region", 1),
        ("allowed_regions", "US"),
        ("allowed_regions", ["US", "XX"]),
        ("allowed_regions", 5),
        ("allowed_calling_codes", 1),
        ("allowed_calling_codes", [999]),
        ("allowed_calling_codes", ["1"]),
        ("allowed_calling_codes", [True]),
        ("denied_types", "mobile"),
        ("denied_types", ["landline"]),
        ("denied_types", None),
        ("require_valid", "yes"),
        ("allow_non_geographic", 1),
        ("strict", None),
    ],
)
def test_a_policy_refuses_what_does_not_exist_by_name(
    field: str, value: object
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        PhonePolicy(**{field: value})

    assert caught.value.setting == field
    assert isinstance(caught.value, ValueError)


def test_a_policy_reads_what_configurations_write() -> None:
    policy = PhonePolicy(
        default_region="us",
        allowed_regions=["us", "GB"],
        allowed_calling_codes=(1, 44),
        denied_types={"voip", NumberType.PAGER},
    )

    assert policy.default_region == "US"
    assert policy.allowed_regions == {"US", "GB"}
    assert policy.allowed_calling_codes == {1, 44}
    assert policy.denied_types == {NumberType.VOIP, NumberType.PAGER}
    assert hash(policy) == hash(copy.copy(policy))


def test_premium_rate_shared_cost_and_pager_are_denied_unasked() -> None:
    assert PhonePolicy().denied_types == {
        NumberType.PREMIUM_RATE,
        NumberType.SHARED_COST,
        NumberType.PAGER,
    }


def test_every_number_type_of_the_library_has_its_member() -> None:
    kinds = phonenumbers.PhoneNumberType
    theirs = {phonenumbers.PhoneNumberType.to_string(kind) for kind in kinds.values()}

    assert {member.name for member in NumberType} == theirs


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = [reason.sentence for reason in PhoneReason]

    assert len(set(sentences)) == len(PhoneReason)
    assert all(sentence.endswith(".") for sentence in sentences)


@given(near_misses())
def test_a_refusal_keeps_nothing_of_the_text(miss: NearMiss) -> None:
    text, reason = miss
    with pytest.raises(InvalidPhoneNumber) as caught:
        read_phone(text)
    error = caught.value

    assert isinstance(error, InputError)
    assert str(error) == reason.sentence
    assert error.args == (reason, reason.sentence)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_refusal_prints_without_the_number() -> None:
    with pytest.raises(InvalidPhoneNumber) as caught:
        read_phone("+1 323 98765")

    assert "98765" not in "".join(traceback.format_exception_only(caught.value))


def test_reading_loads_the_library_when_first_needed() -> None:
    code = (
        "import sys\n"
        "from verify_core.phone import PhonePolicy, read_phone\n"
        "PhonePolicy(strict=True)\n"
        "assert 'phonenumbers' not in sys.modules\n"
        "read_phone('+15553231234')\n"
        "assert 'phonenumbers' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
