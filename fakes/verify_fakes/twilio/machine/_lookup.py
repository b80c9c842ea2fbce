"""What a lookup says about a number: Twilio's words over libphonenumber's knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden, hidden_address
from ._numbers import Trait, country_of, is_phone

if TYPE_CHECKING:
    from phonenumbers import NumberParseException, PhoneNumber

# Source of the words: Twilio, API description of Lookup v2 (line_type_intelligence),
# 2026-02-05. A number that may be either is called mobile: that is what most are.
LANDLINE = "landline"
_WORDS = {
    "FIXED_LINE": LANDLINE,
    "MOBILE": "mobile",
    "FIXED_LINE_OR_MOBILE": "mobile",
    "TOLL_FREE": "tollFree",
    "PREMIUM_RATE": "premium",
    "SHARED_COST": "sharedCost",
    "VOIP": "nonFixedVoip",
    "PERSONAL_NUMBER": "personal",
    "PAGER": "pager",
    "UAN": "uan",
    "VOICEMAIL": "voicemail",
}


@frozen(kw_only=True)
class LookedUp:
    """
    What is known of a number; None where it is not valid, or where that is not known.

    Attributes:
        number: As E.164 where it could be read, else as it was asked for.
        valid: Whether the number is taken for a real one.
        errors: Twilio's words for what is wrong with it; empty where it is valid.
        calling_code: Such as `44`.
        country: ISO 3166 code.
        line_type: Twilio's word.
        reachable: Whether messages to it arrive.
        blocked: Whether Fraud Guard blocks it.
    """

    _number: Hidden[str] = field(converter=hidden_address)
    valid: bool
    errors: tuple[str, ...] = ()
    calling_code: str | None = None
    country: str | None = None
    _national_format: Hidden[str | None] = field(default=None, converter=hidden)
    line_type: str | None = None
    reachable: bool = True
    blocked: bool = False

    number = Revealed[str]()
    national_format = Revealed[str | None]()


def line_type(to: str, trait: Trait | None = None) -> str:
    """Twilio's word for the kind of line; an unknown kind counts as mobile."""
    if trait is Trait.LANDLINE:
        return LANDLINE
    import phonenumbers as pn

    kind = pn.number_type(pn.parse(to))
    return _WORDS.get(pn.PhoneNumberType.to_string(kind), "mobile")


def look_up(
    text: str,
    *,
    country: str | None = None,
    strict: bool = False,
) -> LookedUp:
    """
    Look a number up: E.164, or the national format of a country (by default, the US's).

    With `strict`, numbers that cannot be in use count as invalid.
    """
    import phonenumbers as pn

    try:
        number = pn.parse(text, (country or "US").upper())
    except pn.NumberParseException as error:
        return LookedUp(number=text, valid=False, errors=(_parse_error(error),))
    e164 = pn.format_number(number, pn.PhoneNumberFormat.E164)
    wrong = _validation_error(number, e164, strict=strict)
    if wrong:
        return LookedUp(number=e164, valid=False, errors=(wrong,))
    return LookedUp(
        number=e164,
        valid=True,
        calling_code=str(number.country_code),
        country=country_of(e164),
        national_format=pn.format_number(number, pn.PhoneNumberFormat.NATIONAL),
        line_type=line_type(e164),
    )


def _validation_error(number: PhoneNumber, e164: str, *, strict: bool) -> str | None:
    import phonenumbers as pn

    reason = pn.is_possible_number_with_reason(number)
    if reason != pn.ValidationResult.IS_POSSIBLE:
        return _LENGTH_ERRORS.get(pn.ValidationResult.to_string(reason), "NOT_A_NUMBER")
    return None if is_phone(e164, strict=strict) else "INVALID_BUT_POSSIBLE"


_LENGTH_ERRORS = {
    "TOO_SHORT": "TOO_SHORT",
    "TOO_LONG": "TOO_LONG",
    "INVALID_LENGTH": "INVALID_LENGTH",
    "INVALID_COUNTRY_CODE": "INVALID_COUNTRY_CODE",
    "IS_POSSIBLE_LOCAL_ONLY": "TOO_SHORT",
}


# The numbers of libphonenumber's NumberParseException.
_PARSE_ERRORS = {0: "INVALID_COUNTRY_CODE", 2: "TOO_SHORT", 4: "TOO_LONG"}


def _parse_error(error: NumberParseException) -> str:
    return _PARSE_ERRORS.get(error.error_type, "NOT_A_NUMBER")
