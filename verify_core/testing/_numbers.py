"""
Numbers drawn from the world's numbering plans.

libphonenumber describes each plan by patterns over digits. They are walked here from
left to right, and the caller picks at every fork: a seeded generator in a benchmark,
Hypothesis in a test, which then also shrinks its example. Each branch of a fork is as
likely as the next. Were each *number* as likely, a plan's longest numbers would crowd
out all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

import phonenumbers

Pick: TypeAlias = Callable[[int], int]
"""Chooses one of so many: 0 to the number given, less 1."""

Draw: TypeAlias = Callable[[Pick], str]
"""Draws one string of digits."""

_TOKEN = re.compile(r"\\d|\[[0-9-]+\]|\(\?:|[0-9()|?]|\{[0-9]+(?:,[0-9]+)?\}")
_DIGITS = "0123456789"


def regions_with_mobiles(kind: str = "mobile") -> list[str]:
    """ISO 3166-1 alpha-2 codes of all regions that have mobile numbers, in order."""
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    return [region for region in regions if _pattern(region, kind) is not None]


def draw_mobile(
    region: str, pick: Pick, kind: str = "mobile"
) -> phonenumbers.PhoneNumber | None:
    """
    A mobile number of a region's numbering plan, or None where the plan excludes it.

    `kind` names another range of the plan, as libphonenumber does: `fixed_line`.

    Raises:
        ValueError: The region has no such numbers of its own, or does not exist.
    """
    pattern = _pattern(region, kind)
    if pattern is None:
        raise ValueError(f"region: {region!r} has no {kind} numbers of its own")
    digits = digits_of(pattern)(pick)
    zeros = len(digits) - len(digits.lstrip("0"))
    number = phonenumbers.PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region),
        national_number=int(digits),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )
    return number if phonenumbers.is_valid_number_for_region(number, region) else None


@cache
def digits_of(pattern: str) -> Draw:
    """
    A function that draws the strings that a pattern of digits matches.

    It reads digits, digit classes, groups, alternatives and bounded repetition, and
    raises `ValueError` for anything else.
    """
    tokens: list[str] = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError("pattern: only digits, classes, groups and bounded repetition")
    tokens.reverse()
    return _alternatives(tokens)


@cache
def _pattern(region: str, kind: str) -> str | None:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    found = None if metadata is None else getattr(metadata, kind)
    return None if found is None else found.national_number_pattern


# The tokens lie in reverse, so that the next one is the last.


def _alternatives(tokens: list[str]) -> Draw:
    choices = [_sequence(tokens)]
    while tokens and tokens[-1] == "|":
        tokens.pop()
        choices.append(_sequence(tokens))
    return _one_of(choices)


def _sequence(tokens: list[str]) -> Draw:
    parts = []
    while tokens and tokens[-1] not in {"|", ")"}:
        part = _atom(tokens)
        parts.append(_one_of([_joined([part] * count) for count in _counts(tokens)]))
    return _joined(parts)


def _atom(tokens: list[str]) -> Draw:
    mark = tokens.pop()
    if mark in {"(?:", "("}:
        inside = _alternatives(tokens)
        tokens.pop()
        return inside
    return _character([digit for digit in _DIGITS if re.match(mark, digit)])


def _counts(tokens: list[str]) -> range:
    mark = tokens[-1] if tokens else ""
    if mark == "?":
        tokens.pop()
        return range(2)
    if not mark.startswith("{"):
        return range(1, 2)
    low, _, high = tokens.pop().strip("{}").partition(",")
    return range(int(low), int(high or low) + 1)


def _character(characters: Sequence[str]) -> Draw:
    return lambda pick: characters[pick(len(characters))]


def _joined(parts: Sequence[Draw]) -> Draw:
    return lambda pick: "".join(part(pick) for part in parts)


def _one_of(choices: Sequence[Draw]) -> Draw:
    if len(choices) == 1:
        return choices[0]
    return lambda pick: choices[pick(len(choices))](pick)
