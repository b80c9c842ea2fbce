"""What is not drawn, and what was copied around a text."""

from __future__ import annotations

import sys

import pytest
import regex
from hypothesis import given, strategies as st

from verify_core.characters import unwrapped, visible

EVERY = [chr(point) for point in range(sys.maxunicode + 1)]
IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")


def test_exactly_the_default_ignorable_code_points_and_nul_are_dropped() -> None:
    dropped = {character for character in EVERY if not visible(character)}

    assert dropped == {each for each in EVERY if IGNORABLE.match(each)} | {"\0"}
    assert len(dropped) == 4174 + 1


@given(st.text())
def test_what_is_visible_keeps_its_order(text: str) -> None:
    kept = visible(text)

    assert visible(kept) == kept
    assert kept == "".join(filter(visible, text))


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ("\u201ca\u201d", "a"),
        ("\u201ea\u201c", "a"),
        ("\u2018a\u2019", "a"),
        ("\u00aba\u00bb", "a"),
        ("\u00bba\u00ab", "a"),
        ("\u2039 a \u203a", "a"),
        ("\u300ca\u300d", "a"),
        ("<a>", "a"),
        ('""a""', "a"),
        ('"a",', "a"),
        ('"a;"\t', "a"),
        ("a\t", "a"),
        ("a,;\u060c\uff1b", "a"),
        ('"a', '"a'),
        ('a"', 'a"'),
        (",a", ",a"),
        ('"', '"'),
        ('""', ""),
        ("", ""),
        (" ", ""),
    ],
)
def test_what_was_copied_around_a_text_is_dropped(text: str, inner: str) -> None:
    assert unwrapped(text) == inner


@given(st.text("\"'<>,; \tab"))
def test_unwrapping_is_done_at_once(text: str) -> None:
    assert unwrapped(unwrapped(text)) == unwrapped(text)
