"""
Numbers drawn evenly from the world's numbering plans.

libphonenumber describes each plan by patterns over digits. A pattern is read here as a
finite list of digit strings, so that a number is a place in that list: chance, an
exhaustive loop and Hypothesis can all choose one, and none needs a regex engine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final

import phonenumbers
from attrs import field, frozen

_TOKEN: Final = re.compile(r"\\d|\[[0-9-]+\]|\(\?:|[0-9()|?]|\{[0-9]+(?:,[0-9]+)?\}")
_DIGITS: Final = "0123456789"


@frozen
class DigitStrings:
    """
    A finite list of digit strings, described rather than stored.

    Attributes:
        size: How many there are.
        at: The string at a place, 0 to `size - 1`.
    """

    size: int
    at: Callable[[int], str] = field(repr=False)


def mobile_digits(region: str) -> DigitStrings:
    """
    National significant numbers in the shape of a region's mobile numbers.

    Args:
        region: ISO 3166-1 alpha-2 code.

    Raises:
        ValueError: The region has no mobile numbers, or is none.
    """
    pattern = _mobile_pattern(region)
    if pattern is None:
        raise ValueError(f"region: {region!r} has no mobile numbers of its own")
    return digit_strings(pattern)


@cache
def digit_strings(pattern: str) -> DigitStrings:
    """
    The strings that a pattern of digits matches.

    Args:
        pattern: Digits, digit classes, groups, alternatives and bounded repetition.

    Raises:
        ValueError: The pattern has anything else.
    """
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError("pattern: only digits, classes, groups and bounded repetition")
    return _alternatives(_Tokens(tokens))


def regions_with_mobiles() -> list[str]:
    """ISO 3166-1 alpha-2 codes of all regions that have mobile numbers, in order."""
    return [
        region
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if _mobile_pattern(region) is not None
    ]


@cache
def _mobile_pattern(region: str) -> str | None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if metadata is None or metadata.mobile is None:
        return None
    return metadata.mobile.national_number_pattern


def mobile_number(region: str, place: int) -> phonenumbers.PhoneNumber | None:
    """
    The mobile number at a place, or None where the plan has no such number there.

    Args:
        region: ISO 3166-1 alpha-2 code.
        place: 0 to the size of `mobile_digits(region)`, less 1.
    """
    digits = mobile_digits(region).at(place)
    code = phonenumbers.country_code_for_region(region)
    zeros = len(digits) - len(digits.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(digits),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    is_its_own = phonenumbers.is_valid_number_for_region(number, region)
    return number if is_its_own else None


class _Tokens:
    """Tokens of a pattern, taken one by one."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._rest: Iterator[str] = iter(tokens)
        self.next: str | None = next(self._rest, None)

    def take(self) -> str:
        token = self.next
        if token is None:
            raise ValueError("pattern: ends in the middle")
        self.next = next(self._rest, None)
        return token


def _alternatives(tokens: _Tokens) -> DigitStrings:
    choices = [_sequence(tokens)]
    while tokens.next == "|":
        tokens.take()
        choices.append(_sequence(tokens))
    return _one_of(choices)


def _sequence(tokens: _Tokens) -> DigitStrings:
    parts = []
    while tokens.next not in {None, "|", ")"}:
        parts.append(_repeated(_atom(tokens), tokens))
    return _joined(parts)


def _atom(tokens: _Tokens) -> DigitStrings:
    mark = tokens.take()
    if mark in {"(?:", "("}:
        inside = _alternatives(tokens)
        tokens.take()
        return inside
    if mark == r"\d":
        return _characters(_DIGITS)
    if mark.startswith("["):
        return _characters([digit for digit in _DIGITS if re.match(mark, digit)])
    return _characters(mark)


def _repeated(part: DigitStrings, tokens: _Tokens) -> DigitStrings:
    mark = tokens.next or ""
    if mark != "?" and not mark.startswith("{"):
        return part
    tokens.take()
    low, _, high = ("0", "", "1") if mark == "?" else mark.strip("{}").partition(",")
    counts = range(int(low), int(high or low) + 1)
    return _one_of([_joined([part] * count) for count in counts])


def _characters(characters: Sequence[str]) -> DigitStrings:
    return DigitStrings(len(characters), characters.__getitem__)


def _joined(parts: Sequence[DigitStrings]) -> DigitStrings:
    def at(place: int) -> str:
        found = []
        for part in reversed(parts):
            place, here = divmod(place, part.size)
            found.append(part.at(here))
        return "".join(reversed(found))

    return DigitStrings(math.prod(part.size for part in parts), at)


def _one_of(choices: Sequence[DigitStrings]) -> DigitStrings:
    def at(place: int) -> str:
        for choice in choices:
            if place < choice.size:
                return choice.at(place)
            place -= choice.size
        raise IndexError(place)

    return DigitStrings(sum(choice.size for choice in choices), at)
