"""
The world's numbering plans, as libphonenumber knows them.

The only module that imports phonenumbers. It does so in the functions that need it: the
library costs more to import than the whole core.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from ._phone_number import NumberType

if TYPE_CHECKING:
    import phonenumbers

Parsed: TypeAlias = "phonenumbers.PhoneNumber"
"""A number as the library understands it; opaque elsewhere."""

MAX_E164_DIGITS: Final = 15
MAX_CALLING_CODE_DIGITS: Final = 3


def is_region(code: str) -> bool:
    """Whether this is the ISO 3166-1 alpha-2 code of a region with a numbering plan."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def is_calling_code(number: int) -> bool:
    """Whether this country calling code is assigned, to a country or worldwide."""
    import phonenumbers

    return number in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def is_worldwide(calling_code: int) -> bool:
    """Whether this calling code belongs to no country, as 800 and 870 do."""
    import phonenumbers

    return calling_code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS


def leading_calling_code(digits: str) -> int | None:
    """The assigned calling code that these digits begin with; there is at most one."""
    if digits.startswith("0"):
        return None
    sizes = range(1, min(len(digits), MAX_CALLING_CODE_DIGITS) + 1)
    heads = (int(digits[:size]) for size in sizes)
    return next(filter(is_calling_code, heads), None)


@cache
def international_prefix(region: str) -> str:
    """A pattern of what is dialled in this region before a country code."""
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (metadata.international_prefix if metadata else None) or "00"


@cache
def possible_lengths(calling_code: int) -> frozenset[int]:
    """How many digits a mobile or fixed line has after the code; none local-only."""
    import phonenumbers

    types = [
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
    ]
    if calling_code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
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
    import phonenumbers

    return len(phonenumbers.national_significant_number(number))


def parse(text: str, region: str | None) -> Parsed | None:
    """
    The number that these digits are, or None where they are none.

    Args:
        text: ASCII digits; after a plus sign, they begin with a calling code.
        region: Whose national number it is, without a plus sign.
    """
    import phonenumbers

    # None instead of an error, so that no chained exception leads back to the text.

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def format_e164(number: Parsed) -> str:
    """The number as plus sign and digits, without trunk prefix and extension."""
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def reads_back(e164: str) -> bool:
    """Whether the library, given this form, comes to the same form again."""
    number = parse(e164, None)
    return number is not None and format_e164(number) == e164


def region_of(number: Parsed, calling_code: int) -> str:
    """The region whose range this is; of no range, the calling code's main region."""
    import phonenumbers

    region = phonenumbers.region_code_for_number(number)
    return region or phonenumbers.region_code_for_country_code(calling_code)


def type_of(number: Parsed) -> NumberType:
    """The number's type; unknown exactly when the number is not valid."""
    import phonenumbers

    return _types()[phonenumbers.number_type(number)]


@cache
def _types() -> dict[int, NumberType]:
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    return {getattr(kinds, member.name): member for member in NumberType}
