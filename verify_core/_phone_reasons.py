"""`PhoneReason`, which `verify_core.errors` offers."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from .messages import text_of


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

    @cached_property
    def sentence(self) -> str:
        """For the person who typed it; repeats nothing of what was typed."""
        return text_of(f"error.phone.{self}")
