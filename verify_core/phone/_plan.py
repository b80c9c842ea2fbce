"""
The world's numbering plans, as libphonenumber knows them.

The only module of the core that imports phonenumbers. It is itself imported where it is
first needed, since the library costs more to import than the whole core.

Where a plan answers a question by patterns alone, they are joined and compiled once for
each region and length: the library's own functions look for them anew in each call.
`benchmarks/plan_equality.py` holds both against each other.
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
_MIN_NATIONAL, _MAX_NATIONAL = 2, 17
_MAX_PARSED = len("+") + 3 + _MAX_NATIONAL
MAX_CALLING_CODE_DIGITS = 3

# Mexico gave up 1 (from abroad) and 01, 044 and 045 (at home) on 2019-08-03. People
# still write them, WhatsApp does from abroad, and they reach the same subscriber.
# Source: Instituto Federal de Telecomunicaciones, numbering plan of that day;
# libphonenumber dropped them in the same month (8.10.17).
_RETIRED_PREFIXES = {52: re.compile("(?:1|01|044|045)([2-9][0-9]{9})")}

_UNKNOWN = NumberType.UNKNOWN
_WITHOUT_PLUS = phonenumbers.CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN

CALLING_CODES = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
"""The country calling codes that are assigned, to a country or worldwide."""

_CALLING_CODE = re.compile("|".join(map(str, CALLING_CODES)))  # none begins another

WORLDWIDE_CODES = frozenset(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
"""The calling codes that belong to no country, as 800 and 870 do."""


def is_region(code: str) -> bool:
    """Whether this is the ISO 3166-1 alpha-2 code of a region with a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS


def begins_with_calling_code(digits: str) -> bool:
    """Whether these digits begin with an assigned calling code."""
    return _CALLING_CODE.match(digits) is not None


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


def _national(number: Parsed) -> str:
    zeros = (number.number_of_leading_zeros or 1) if number.italian_leading_zero else 0
    return "0" * zeros + str(number.national_number)


def parse(text: str) -> Parsed | None:
    """
    The number that these digits are, or None where they are not a number.

    Args:
        text: A plus sign, then ASCII digits that begin with a calling code.
    """
    if len(text) > _MAX_PARSED:
        return None
    number = _parse_without_trunk_prefix(text)
    if number is not None:
        return _current(number)
    # None instead of an error, so that no chained exception leads back to the text.
    try:
        return _current(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return None


def _parse_without_trunk_prefix(text: str) -> Parsed | None:
    """The number, where no digits of it have to be dropped; else None."""
    begin = _CALLING_CODE.match(text, 1)
    if begin is None:
        return None
    code, national = int(begin[0]), text[begin.end() :]
    if not _MIN_NATIONAL <= len(national) <= _MAX_NATIONAL:
        return None
    trunk_prefix = _trunk_prefix(code)
    if trunk_prefix is not None and trunk_prefix.match(national):
        return None
    if national[0] != "0":
        return phonenumbers.PhoneNumber(code, int(national))
    zeros = min(len(national) - len(national.lstrip("0")), len(national) - 1)
    return phonenumbers.PhoneNumber(
        code,
        int(national),
        italian_leading_zero=True,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


@cache
def _trunk_prefix(calling_code: int) -> re.Pattern[str] | None:
    region = phonenumbers.region_code_for_country_code(calling_code)
    pattern = _metadata(calling_code, region).national_prefix_for_parsing
    return re.compile(pattern) if pattern else None


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
    found = retired.fullmatch(_national(number))
    if found is None:
        return number
    return phonenumbers.PhoneNumber(number.country_code, int(found[1]))


def format_e164(number: Parsed) -> str:
    """The number as plus sign and digits, without trunk prefix and extension."""
    if number.national_number == 0:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"+{number.country_code}{_national(number)}"


def reads_back(e164: str) -> bool:
    """Whether the library, given this form, comes to the same form again."""
    number = parse(e164)
    return number is not None and format_e164(number) == e164


def is_valid(number: Parsed) -> bool:
    """Whether the number is in a range that its numbering plan lists."""
    return region_and_type(number)[1] is not _UNKNOWN


def region_and_type(number: Parsed) -> tuple[str | None, NumberType]:
    """
    Where a number is at home and what it is used for.

    Returns:
        Its region, or None where its calling code is worldwide; and its type, unknown
        exactly when it is not valid. A number outside of all listed ranges is given the
        main region of its calling code.
    """
    code, national = number.country_code or 0, _national(number)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    for region in regions:
        # The first that has the number by its leading digits, or else by type.
        leading = _leading_digits(code, region) if len(regions) > 1 else None
        if leading is not None and not leading.match(national):
            continue
        pattern = _types_by_pattern(code, region, len(national))
        found = pattern.fullmatch(national) if pattern else None
        if found or leading or len(regions) == 1:
            number_type = NumberType[found.lastgroup or ""] if found else _UNKNOWN
            return None if code in WORLDWIDE_CODES else region, number_type
    return phonenumbers.region_code_for_country_code(code), _UNKNOWN


@cache
def _leading_digits(code: int, region: str) -> re.Pattern[str] | None:
    pattern = _metadata(code, region).leading_digits
    return None if pattern is None else re.compile(pattern)


# In the library's order: the first that matches is the type.
_SPECIAL_TYPES = (
    *(NumberType.PREMIUM_RATE, NumberType.TOLL_FREE, NumberType.SHARED_COST),
    *(NumberType.VOIP, NumberType.PERSONAL_NUMBER, NumberType.PAGER),
    *(NumberType.UAN, NumberType.VOICEMAIL),
)


@cache
def _types_by_pattern(code: int, region: str, length: int) -> re.Pattern[str] | None:
    """A pattern with a group for each type, named by it; None where none can match."""
    plan = _metadata(code, region)
    general = _pattern(plan.general_desc, length)
    fixed, mobile = (_pattern(each, length) for each in (plan.fixed_line, plan.mobile))
    ranges = [(each, _pattern(getattr(plan, each), length)) for each in _SPECIAL_TYPES]
    if plan.same_mobile_and_fixed_line_pattern:
        ranges.append((NumberType.FIXED_LINE_OR_MOBILE, fixed))
    else:
        both = rf"(?=(?:{mobile})\Z)(?:{fixed})" if fixed and mobile else None
        ranges.append((NumberType.FIXED_LINE_OR_MOBILE, both))
        ranges += [(NumberType.FIXED_LINE, fixed), (NumberType.MOBILE, mobile)]
    groups = [f"(?P<{kind.name}>{pattern})" for kind, pattern in ranges if pattern]
    if not (general and groups):
        return None
    return re.compile(rf"(?=(?:{general})\Z)(?:{'|'.join(groups)})")


def _pattern(desc: phonenumbers.PhoneNumberDesc | None, length: int) -> str | None:
    if desc is None or (desc.possible_length and length not in desc.possible_length):
        return None
    return desc.national_number_pattern or None


def _metadata(code: int, region: str) -> phonenumbers.PhoneMetadata:
    found = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if found is None:
        raise LookupError(region)
    return found


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
