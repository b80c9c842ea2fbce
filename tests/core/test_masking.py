"""Nothing that could reach a stranger survives masking."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from tests.support.each import require_each
from verify_core.masking import (
    Revealed,
    Secret,
    hiding,
    mask_email,
    mask_phone,
    to_secret,
)


def test_a_number_keeps_its_calling_code_and_its_last_two_digits() -> None:
    assert mask_phone("+15553231234", 1) == "+1********34"
    assert mask_phone("+442079460018", 44) == "+44********18"


@given(st.integers(1, 999), st.text("0123456789", min_size=0, max_size=12))
def test_a_masked_number_keeps_its_length_and_two_digits_at_most(
    calling_code: int, rest: str
) -> None:
    masked = mask_phone(f"+{calling_code}{rest}", calling_code)

    assert len(masked) == len(f"+{calling_code}{rest}")
    assert len(re.findall("[0-9]", masked[len(f"+{calling_code}") :])) <= 2


def test_an_address_keeps_one_character_and_its_domain() -> None:
    assert mask_email("person@example.org") == "p***@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "Invalid parameter `To`: +447700900123",
        "The requested resource /v2/Services/x/Verifications/%2B447700900123 was gone",
        "number (770) 090-0123 is a landline",
        "write to person@example.org",
        "path /Verifications/person%40example.org",
        "code 123456 is wrong, and so is 4711",
        "+1\u2011770\u2011090\u20110123",  # hyphens that do not break a line
        "1\u00a0770\u00a0090\u00a00123",  # nor do these spaces
        "1_770_090_0123",
        "1%20770%20090%200123",
        "1%2D770%2D090%2D0123",
        "1&nbsp;770&nbsp;090&nbsp;0123",
        "&#43;17700900123",
        "1\u200b770\u2060090\u00ad0123",  # seen by nobody
        "1 - (770) - 090 - 0123",
        "1\uff0d770\ufe63090\u00b70123",
        "1,770,090,0123",
        "\uff0b\uff11\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff12\uff13",
        "رمز ٤٨٢٩١٣",
        "कोड ४८२९१३",
    ],
)
def test_a_vendors_text_echoes_no_number_code_or_address(text: str) -> None:
    masked = hiding().mask(text)

    assert "***" in masked
    assert not re.search(r"\d{3}|person", masked)


@pytest.mark.parametrize("word", ["person@example.org", "+17700900123"])
def test_a_word_that_a_long_text_cuts_in_two_goes_whole(word: str) -> None:
    """What comes before it is masked, and then so short that it would be shown."""

    def goes_whole(begins: int) -> None:
        before = f"{'482913 ' * 180:.{begins - 1}} "
        masked = hiding().mask(before + word, limit=300)
        assert not re.search("[0-9]{2}|p", masked)

    require_each(range(1185, 1202), goes_whole)


def test_a_masked_text_can_be_written_to_any_log() -> None:
    assert hiding().mask("no \ud800 such") == "no ? such"


@given(
    before=st.text(max_size=1500),
    digits=st.text("0123456789", min_size=4, max_size=15),
)
def test_no_run_of_four_digits_survives_wherever_it_stands(
    before: str, digits: str
) -> None:
    masked = hiding().mask(f"{before}{digits}")

    assert not re.search("[0-9]{4}", masked)
    assert len(masked) <= 300


def test_plain_words_stay_readable() -> None:
    assert hiding().mask("Max send attempts reached") == "Max send attempts reached"


@given(st.text(min_size=1))
def test_a_secret_shows_itself_only_when_asked(text: str) -> None:
    secret = Secret(text)

    assert (repr(secret), str(secret), f"{secret}") == ("Secret('***')", "***", "***")
    assert secret.reveal() == text
    assert to_secret(secret) is secret
    assert to_secret(text) == secret


def test_a_property_that_reveals_has_its_own_words_or_none() -> None:
    assert Revealed[str]("_code", "The code as typed.").__doc__ == "The code as typed."
    assert Revealed[str]("_code").__doc__ == ""
