"""Checks that values and settings share."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from attrs import field, frozen
from attrs.validators import optional
from hypothesis import given, strategies as st

from verify_core import validation
from verify_core.errors import InvalidSetting
from verify_core.validation import Validator

SECOND = timedelta(seconds=1)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def judge(validator: Validator, value: object) -> str | None:
    """What the validator says of a value, or None if it passes."""

    @frozen
    class Holder:
        _held: Any = field(validator=validator)

    try:
        Holder(value)
    except InvalidSetting as error:
        return f"{error}"
    return None


@pytest.mark.parametrize(
    ("validator", "good", "bad", "message"),
    [
        (validation.flag, [True, False], [0, 1, None, "true"], "takes True or False"),
        (
            validation.any_text,
            ["", "a", "\N{SNOWMAN}"],
            [None, 1, b"a", "\ud800"],
            None,
        ),
        (validation.filled_text, ["a"], ["", None, "\udfff"], None),
        (
            validation.whole(1),
            [1, 10**9],
            [0, -1, 10**9 + 1, True, 1.0, None, "1"],
            "takes a whole number from 1 on",
        ),
        (
            validation.whole(0, 0),
            [0],
            [1, -1, False],
            "takes a whole number from 0 to 0",
        ),
        (
            validation.whole(4, 10),
            [4, 10],
            [3, 11],
            "takes a whole number from 4 to 10",
        ),
        (
            validation.positive_duration,
            [timedelta(microseconds=1), timedelta.max],
            [timedelta(0), -SECOND, 1, None],
            "takes a duration above zero",
        ),
        (
            validation.whole_seconds,
            [SECOND, timedelta(days=366)],
            [timedelta(0), timedelta(days=366) + SECOND, 1.5 * SECOND, 1, None],
            "takes whole seconds, from one on, at most a year",
        ),
        (
            validation.ip_address,
            ["192.0.2.1", "2001:db8::1"],
            ["192.0.2", "", "192.0.2.1/24", 1, b"\x7f\x00\x00\x01", None],
            "takes an IPv4 or IPv6 address",
        ),
        (
            validation.matching("[a-z]+", "takes letters"),
            ["a"],
            ["", "a1", "a\n", None, 1],
            "takes letters",
        ),
        (
            validation.instance_of(int, str),
            [1, "a"],
            [True, None, 1.5],
            "takes a int or str, not",
        ),
        (validation.instance_of(bool), [True], [1, None], "takes a bool, not"),
        (
            validation.instance_or_none(int),
            [1, None],
            [True, "1"],
            "takes a int, not",
        ),
        (optional(validation.flag), [None, True], [0], "takes True or False"),
    ],
)
def test_a_validator_passes_what_it_names_and_nothing_else(
    validator: Validator, good: list[object], bad: list[object], message: str | None
) -> None:
    assert [judge(validator, value) for value in good] == [None] * len(good)
    for value in bad:
        said = judge(validator, value)
        assert said is not None, value
        assert said.startswith(f"held: {message or ''}")


def test_a_member_is_read_by_its_value_and_the_others_are_listed() -> None:
    assert validation.read_member(Colour, "colour", "red") is Colour.RED
    assert validation.read_member(Colour, "colour", Colour.BLUE) is Colour.BLUE
    for other in ("green", None, 3, ["red"]):
        with pytest.raises(InvalidSetting) as caught:
            validation.read_member(Colour, "colour", other)
        assert str(caught.value) == "colour: takes one of red, blue"


@given(st.text() | st.integers() | st.none())
def test_what_cannot_be_read_is_never_chained(value: object) -> None:
    """Python's own error quotes the value."""
    with pytest.raises(InvalidSetting) as caught:
        validation.read_member(Colour, "colour", value)

    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_only_what_is_named_is_caught() -> None:
    error = InvalidSetting("x", "takes y")

    def fail(_value: object) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        validation.read_or(fail, 1, error)
    with pytest.raises(InvalidSetting) as caught:
        validation.read_or(fail, 1, error, catching=(KeyError, TypeError))
    assert caught.value is error
    assert validation.read_or(int, "7", error) == 7


def test_a_collection_is_copied_and_its_members_are_judged() -> None:
    assert validation.require_all("x", iter([1, 2]), int) == (1, 2)
    for other in ("12", b"12", 3, None, [1, "2"]):
        with pytest.raises(InvalidSetting, match=r"^x: takes a"):
            validation.require_all("x", other, int)


def test_a_mapping_of_texts_is_copied() -> None:
    given = {"a": "b"}

    copied = validation.require_texts("x", given)

    assert copied == given
    assert copied is not given
    for other in (None, [("a", "b")], {"a": 1}, {1: "a"}, {"a": "\ud800"}):
        with pytest.raises(InvalidSetting, match=r"^x: "):
            validation.require_texts("x", other)


def test_a_function_that_requires_makes_a_validator() -> None:
    def require_even(setting: str, value: int) -> int:
        if value % 2:
            raise InvalidSetting(setting, "takes an even number")
        return value

    assert judge(validation.checked(require_even), 2) is None
    assert judge(validation.checked(require_even), 3) == "held: takes an even number"
