"""Codes as people type and paste them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from verify_core.codes import read_code
from verify_core.errors import EmptyCode, InvalidSetting, NotACode
from verify_core.testing.strategies import UNSEEN, codes

_AROUND = st.text("\"'`.,;:!?()[]<>*#\u201e\u201c\u201d\u2019\u00ab\u00bb\u3002 \n\t")


@given(
    st.text("0123456789ABCxyz", min_size=1),
    st.lists(st.sampled_from(["-", "\u2013", "\u2014", "\u2212", *UNSEEN])),
)
def test_dashes_and_unseen_marks_never_change_a_code(
    code: str, noise: list[str]
) -> None:
    typed = "".join(
        a + b for a, b in zip(code, [*noise, *[""] * len(code)], strict=False)
    )

    assert read_code("".join(noise) + typed).reveal() == code


@given(codes(), st.lists(st.sampled_from(" \u00a0\u2009\u202f\u3000\t\n")))
def test_spaces_never_change_a_code_of_digits(code: str, noise: list[str]) -> None:
    typed = "".join(
        a + b for a, b in zip(code, [*noise, *[""] * len(code)], strict=False)
    )

    assert read_code("".join(noise) + typed).reveal() == code


@given(_AROUND, codes(), _AROUND)
def test_quotes_and_punctuation_around_a_code_are_dropped(
    before: str, code: str, after: str
) -> None:
    assert read_code(before + code + after).reveal() == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("\u200e123456\u200f", "123456"),
        ("\u202a123\u202c456", "123456"),
        ("\u2066123 456\u2069", "123456"),
        ("123\u3164456", "123456"),
        ("\U000e0041123456", "123456"),
        ("\uff11\uff12\uff13\uff14", "1234"),
        ("\u0661\u0662\u0663\u0664", "1234"),
        ("\u06f1\u06f2\u06f3\u06f4", "1234"),
        ("12\ufe0f34", "1234"),
        ("12\u221234", "1234"),
        ("AB-12\u00adcd", "AB12cd"),
        ("A 1 B 2", "A1B2"),
        ("ABCDEF", "ABCDEF"),
        ("123456.", "123456"),
        ("*123 456*", "123456"),
        ("\u201e123456\u201c.", "123456"),
        ("#123456", "123456"),
    ],
)
def test_a_pasted_code_is_read_like_a_pasted_number(typed: str, code: str) -> None:
    assert read_code(typed).reveal() == code


@pytest.mark.parametrize("text", [None, "", "  ", "-", " - \u2013 ", "\u200e", "..."])
def test_what_has_no_letter_or_digit_is_empty(text: str | None) -> None:
    with pytest.raises(EmptyCode):
        read_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "Code: 123456",
        "Code 123456",
        "my 123456",
        "code=123456",
        "123456 is your code",
        "123456 ist Ihr Code.",
        "\u043a\u043e\u0434 123456",
        "\u043a\u043e\u0434",
        "not yet",
        "my code is one two three",
        "12.34",
        "123456.0",
        "123,456",
        "1.23E+5",
        "123/456",
        "$123456",
        "12\u00b2345",
        "123456 \U0001f44d",
        "1234e\u0301",
        "\ud800123456",
    ],
)
def test_words_and_signs_are_not_a_code(text: str) -> None:
    with pytest.raises(NotACode) as caught:
        read_code(text)

    assert "123" not in f"{caught.value} {caught.value!r}"


def test_a_number_is_not_the_text_of_a_code() -> None:
    """It has lost its leading zeros before anybody could say so."""
    with pytest.raises(InvalidSetting, match="code"):
        read_code(123456)  # type: ignore[arg-type]
