"""Why a text is not read as a phone number: a closed list, each with its sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ..inputs import InputError


class PhoneReason(StrEnum):
    """Why a text was not read as a phone number, or the number was not allowed."""

    EMPTY = "empty"
    NO_DIGITS = "no_digits"
    UNEXPECTED_CHARACTER = "unexpected_character"
    LETTERS = "letters"
    EXTENSION = "extension"
    SEVERAL_NUMBERS = "several_numbers"
    DECIMAL = "decimal"
    TOO_LONG = "too_long"
    MISSING_COUNTRY_CODE = "missing_country_code"
    UNKNOWN_COUNTRY_CODE = "unknown_country_code"
    IMPOSSIBLE_LENGTH = "impossible_length"
    AMBIGUOUS = "ambiguous"
    NOT_ALLOWED_CALLING_CODE = "not_allowed_calling_code"
    NOT_ALLOWED_REGION = "not_allowed_region"
    NOT_ALLOWED_NUMBER_TYPE = "not_allowed_number_type"
    NOT_CANONICAL = "not_canonical"
    NOT_VALID = "not_valid"

    @property
    def sentence(self) -> str:
        """What to tell the person who typed it; holds no part of what was typed."""
        return _SENTENCES[self]


_SENTENCES: Final[dict[PhoneReason, str]] = {
    PhoneReason.EMPTY: "Enter a phone number.",
    PhoneReason.NO_DIGITS: "A phone number has digits; this has none.",
    PhoneReason.UNEXPECTED_CHARACTER: (
        "This has a character that does not belong in a phone number."
        " Use digits, spaces, dashes, dots and brackets, with one plus sign in front."
    ),
    PhoneReason.LETTERS: "Write the phone number in digits, without letters.",
    PhoneReason.EXTENSION: (
        "A code cannot be sent to an extension. Enter the number without it."
    ),
    PhoneReason.SEVERAL_NUMBERS: (
        "Enter one phone number only, with at most one plus sign."
    ),
    PhoneReason.DECIMAL: (
        "This looks like a number from a spreadsheet, which may have lost digits."
        " Enter the phone number without decimals."
    ),
    PhoneReason.TOO_LONG: "This is too long to be a phone number.",
    PhoneReason.MISSING_COUNTRY_CODE: (
        "Enter the phone number with a plus sign and its country code,"
        " such as +1 555 323 1234."
    ),
    PhoneReason.UNKNOWN_COUNTRY_CODE: "This number begins with the code of no country.",
    PhoneReason.IMPOSSIBLE_LENGTH: (
        "This phone number has too few or too many digits for its country."
    ),
    PhoneReason.AMBIGUOUS: (
        "This could be a number of more than one country."
        " Write it with a plus sign and its country code."
    ),
    PhoneReason.NOT_ALLOWED_CALLING_CODE: "Codes cannot be sent to this country code.",
    PhoneReason.NOT_ALLOWED_REGION: "Codes cannot be sent to this country.",
    PhoneReason.NOT_ALLOWED_NUMBER_TYPE: "Codes cannot be sent to this kind of number.",
    PhoneReason.NOT_CANONICAL: (
        "This phone number is written in an unclear way."
        " Write the country code, then the number without leading zeros."
    ),
    PhoneReason.NOT_VALID: "This phone number does not exist. Check its digits.",
}


class InvalidPhoneNumber(InputError):
    """
    The text is not a phone number that may be used; neither text nor digits are kept.

    Attributes:
        reason: Why, as a `PhoneReason`; its `sentence` is the message.
    """

    reason: PhoneReason

    def __init__(self, reason: PhoneReason) -> None:
        super().__init__(reason, reason.sentence)

    def __reduce__(self) -> tuple[type[InvalidPhoneNumber], tuple[PhoneReason]]:
        return type(self), (self.reason,)
