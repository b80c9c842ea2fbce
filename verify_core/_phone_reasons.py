"""`PhoneReason`, which `verify_core.errors` offers."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class PhoneReason(StrEnum):
    """
    Why a text was not read as a phone number, or the number was not allowed.

    Attributes:
        sentence: For the person who typed it; repeats nothing of what was typed.
    """

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    EMPTY = "empty", "Enter a phone number."
    NO_DIGITS = "no_digits", "A phone number has digits; this has none."
    UNEXPECTED_CHARACTER = (
        "unexpected_character",
        (
            "This has a character that does not belong in a phone number."
            " Use digits, spaces, dashes, dots and brackets, with one plus in front."
        ),
    )
    LETTERS = "letters", "Write the phone number in digits, without letters."
    EXTENSION = (
        "extension",
        "A code cannot be sent to an extension. Enter the number without it.",
    )
    SEVERAL_NUMBERS = (
        "several_numbers",
        "Enter one phone number only, with at most one plus sign.",
    )
    DECIMAL = (
        "decimal",
        (
            "This looks like a number from a spreadsheet, which may have lost digits."
            " Enter the phone number without decimals."
        ),
    )
    TOO_LONG = "too_long", "This is too long to be a phone number."
    MISSING_COUNTRY_CODE = (
        "missing_country_code",
        (
            "Enter the phone number with a plus sign and its country code,"
            " such as +1 555 323 1234."
        ),
    )
    UNKNOWN_COUNTRY_CODE = (
        "unknown_country_code",
        "This number begins with the code of no country.",
    )
    IMPOSSIBLE_LENGTH = (
        "impossible_length",
        "This phone number has too few or too many digits for its country.",
    )
    AMBIGUOUS = (
        "ambiguous",
        (
            "This could be a number of more than one country."
            " Write it with a plus sign and its country code."
        ),
    )
    NOT_ALLOWED_CALLING_CODE = (
        "not_allowed_calling_code",
        "Codes cannot be sent to this country code.",
    )
    NOT_ALLOWED_REGION = "not_allowed_region", "Codes cannot be sent to this country."
    NOT_ALLOWED_NUMBER_TYPE = (
        "not_allowed_number_type",
        "Codes cannot be sent to this kind of number.",
    )
    NOT_CANONICAL = (
        "not_canonical",
        (
            "This phone number is written in an unclear way."
            " Write the country code, then the number without leading zeros."
        ),
    )
    NOT_VALID = "not_valid", "This phone number does not exist. Check its digits."
