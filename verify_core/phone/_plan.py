"""
The world's numbering plans, as libphonenumber knows them.

The only module of the core that imports phonenumbers. It is itself imported where it is
first needed, since the library costs more to import than the whole core.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeAlias

import phonenumbers

from ._number import NumberType

Parsed: TypeAlias = phonenumbers.PhoneNumber
"""A number as the library understands it; opaque elsewhere."""

MAX_E164_DIGITS = 15
# The library refuses more than 17 digits after the calling code, but its patterns would
# be tried on all of them first.
_MAX_PARSED = len("+") + 3 + 17
MAX_CALLING_CODE_DIGITS = 3

# Mexico gave up 1 (from abroad) and 01, 044 and 045 (at home) on 2019-08-03. People
# still write them, WhatsApp does from abroad, and they reach the same subscriber.
# Source: Instituto Federal de Telecomunicaciones, numbering plan of that day;
# libphonenumber dropped them in the same month (8.10.17).
_RETIRED_PREFIXES = {52: re.compile("(?:1|01|044|045)([2-9][0-9]{9})")}

_WITHOUT_PLUS = phonenumbers.CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN

_TYPES = {
    getattr(phonenumbers.PhoneNumberType, member.name): member for member in NumberType
}


CALLING_CODES = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
"""The country calling codes that are assigned, to a country or worldwide."""

WORLDWIDE_CODES = frozenset(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
"""The calling codes that belong to no country, as 800 and 870 do."""


def is_region(code: str) -> bool:
    """Whether this is the ISO 3166-1 alpha-2 code of a region with a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS


def begins_with_calling_code(digits: str) -> bool:
    """Whether these digits begin with an assigned calling code; none begins with 0."""
    sizes = range(1, min(len(digits), MAX_CALLING_CODE_DIGITS) + 1)
    heads = {int(digits[:size]) for size in sizes}
    return not digits.startswith("0") and not heads.isdisjoint(CALLING_CODES)


@cache
def international_prefix(region: str) -> str:
    """A pattern of what is dialled in this region before a country code."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (metadata.international_prefix if metadata else None) or "00"


@cache
def has_trunk_zero(calling_code: int) -> bool:
    """Whether numbers at home begin with an extra 0, as in 067 for +380 67."""
    region = phonenumbers.region_code_for_country_code(calling_code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return metadata is not None and metadata.national_prefix == "0"


@cache
def possible_lengths(calling_code: int) -> frozenset[int]:
    """How many digits a mobile or fixed line has after the code; none local-only."""
    types = [
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
    ]
    if calling_code in WORLDWIDE_CODES:
        types = [phonenumbers.PhoneNumberType.UNKNOWN]  # by its length, of any type

    def is_possible(length: int, number_type: int) -> bool:
        number = phonenumbers.PhoneNumber(calling_code, int("1" * length))
        judged = phonenumbers.is_possible_number_for_type_with_reason(
            number, number_type
        )
        return judged == phonenumbers.ValidationResult.IS_POSSIBLE

    # Germany's plan knows longer ones, but they are not E.164.
    longest = MAX_E164_DIGITS - len(str(calling_code))
    lengths = range(1, longest + 1)
    return frozenset(n for n in lengths if any(is_possible(n, kind) for kind in types))


def national_length(number: Parsed) -> int:
    """Digits after the calling code, leading zeros included."""
    return len(phonenumbers.national_significant_number(number))


def parse(text: str) -> Parsed | None:
    """
    The number that these digits are, or None where they are not a number.

    Args:
        text: A plus sign, then ASCII digits that begin with a calling code.
    """
    if len(text) > _MAX_PARSED:
        return None
    # None instead of an error, so that no chained exception leads back to the text.
    try:
        return _current(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return None


def parse_national(digits: str, region: str) -> tuple[Parsed, bool] | None:
    """
    The number that these digits are at home, or None where they are not a number.

    Args:
        digits: ASCII digits, without an international prefix.
        region: Whose number it is.

    Returns:
        The number, and whether the digits begin with the region's calling code.
    """
    if len(digits) > _MAX_PARSED:
        return None
    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    has_code = number.country_code_source == _WITHOUT_PLUS
    # A 1 in front means North America as well, unless Mexico's code stands before it.
    return (_current(number) if has_code or digits[0] == "0" else number), has_code


def _current(number: Parsed) -> Parsed:
    """The number without a prefix that its country has given up."""
    retired = _RETIRED_PREFIXES.get(number.country_code or 0)
    if retired is None:
        return number
    found = retired.fullmatch(phonenumbers.national_significant_number(number))
    if found is None:
        return number
    return phonenumbers.PhoneNumber(number.country_code, int(found[1]))


def format_e164(number: Parsed) -> str:
    """The number as plus sign and digits, without trunk prefix and extension."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def reads_back(e164: str) -> bool:
    """Whether the library, given this form, comes to the same form again."""
    number = parse(e164)
    return number is not None and format_e164(number) == e164


def is_valid(number: Parsed) -> bool:
    """Whether the number is in a range that its numbering plan lists."""
    return phonenumbers.is_valid_number(number)


def region_and_type(number: Parsed) -> tuple[str | None, NumberType]:
    """
    Where a number is at home and what it is used for.

    Returns:
        Its region, or None where its calling code is no country's; and its type,
        unknown exactly when it is not valid. A number of no listed range is given the
        main region of its calling code.
    """
    code = number.country_code or 0
    region = phonenumbers.region_code_for_number(number)
    if region is None:  # then no type is worth a second search through all regions
        return phonenumbers.region_code_for_country_code(code), NumberType.UNKNOWN
    number_type = _TYPES[phonenumbers.number_type(number)]
    return None if code in WORLDWIDE_CODES else region, number_type


def examples(regions: Iterable[str]) -> Iterator[str]:
    """Numbers to show as examples: libphonenumber's, of these regions, mobile first."""
    types = phonenumbers.PhoneNumberType
    for region in regions:
        for kind in (types.MOBILE, types.FIXED_LINE):
            found = phonenumbers.example_number_for_type(region, kind)
            if found is not None:
                yield format_e164(found)


def main_region(calling_code: int) -> str:
    """The main region of a calling code."""
    return phonenumbers.region_code_for_country_code(calling_code)
