"""
Addresses: which are accepted, what is true of them, their languages and codes.

phonenumbers is imported on first use: it loads slowly, and e-mail does without it.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from attrs import define, field

from ...kit._hiding import Hidden, Revealed, hidden
from ...kit._machine import CodeSource, DrawnCodes, FixedCodes, stream
from ._state import TwilioChannel

# ASCII digits only: \d would let other scripts through.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST_EMAIL = 254
_LONGEST_CALLING_CODE = 3


def accepts(to: str, channel: TwilioChannel, *, strict: bool = False) -> bool:
    """
    Whether Twilio would take the address for this channel.

    With `strict`, numbers that cannot be in use are refused, too. Real Twilio refuses
    at least some of those, such as Ofcom's range for drama; examples need them.
    """
    if channel is TwilioChannel.EMAIL:
        return is_email(to)
    return is_phone(to, strict=strict)


def is_email(to: str) -> bool:
    """Whether the address has the shape of an e-mail address."""
    return len(to) <= _LONGEST_EMAIL and _EMAIL.fullmatch(to) is not None


def is_phone(to: str, *, strict: bool = False) -> bool:
    """Whether it is E.164 and strictly possible; with `strict`, valid as well."""
    if _E164.fullmatch(to) is None:
        return False
    digits = to[1:]
    for length in range(1, _LONGEST_CALLING_CODE + 1):
        verdict = _possible(int(digits[:length]), len(digits) - length)
        if verdict is not None:
            return verdict and (not strict or _valid(to))
    return False


# What is possible depends on calling code and length alone, so a million new numbers
# cost a few thousand questions to the library.
@lru_cache(maxsize=8192)
def _possible(calling_code: int, length: int) -> bool | None:
    """Whether a national number of this length is possible; None: no calling code."""
    import phonenumbers as pn

    if calling_code not in pn.COUNTRY_CODE_TO_REGION_CODE:
        return None
    number = pn.PhoneNumber(country_code=calling_code, national_number=10**length // 9)
    reason = pn.is_possible_number_with_reason(number)
    return bool(reason == pn.ValidationResult.IS_POSSIBLE)


def _valid(to: str) -> bool:
    import phonenumbers as pn

    return bool(pn.is_valid_number(pn.parse(to)))


def country_of(to: str) -> str | None:
    """The ISO 3166 code of the country that a number belongs to, where one is known."""
    import phonenumbers as pn

    try:
        number = pn.parse(to)
    except pn.NumberParseException:
        return None
    if not number.country_code:
        return None
    # Fiction ranges belong to no region by their digits; their calling code has one.
    region = pn.region_code_for_number(number)
    return region or pn.region_code_for_country_code(number.country_code)


def is_country(code: str) -> bool:
    """Whether it is the code, in upper case, of a country that has phone numbers."""
    import phonenumbers as pn

    return code in pn.SUPPORTED_REGIONS


def _one_address(text: str) -> str:
    """The address as requests carry it; a trait of any other would have no effect."""
    if is_email(text):
        return text
    number = re.sub(r"[\s().\-]", "", text)
    if not is_phone(number):
        raise ValueError(
            "a number is E.164, such as +15555550100: a plus sign and all digits"
        )
    return number


class Trait(StrEnum):
    """What can be true of one number."""

    LANDLINE = "landline"
    UNREACHABLE = "unreachable"  # Twilio accepts, nothing arrives


@define
class Traits:
    """
    What is true of numbers; all of it can be changed at any time.

    Its methods take E.164, spaces and brackets aside, and raise ValueError otherwise.

    Attributes:
        numbers: The trait of single numbers (E.164).
        blocked_prefixes: Beginnings of numbers, plus sign first, under Fraud Guard.
        blocked_countries: ISO 3166 codes that Geo Permissions refuse.
        verified: Numbers that the account has verified; counts on trial accounts.
    """

    _numbers: Hidden[dict[str, Trait]] = field(factory=dict, converter=hidden)
    _blocked_prefixes: Hidden[set[str]] = field(factory=set, converter=hidden)
    blocked_countries: set[str] = field(factory=set)
    _verified: Hidden[set[str]] = field(factory=set, converter=hidden)

    numbers = Revealed[dict[str, Trait]]()
    blocked_prefixes = Revealed[set[str]]()
    verified = Revealed[set[str]]()

    def verify(self, to: str) -> None:
        """Let a number count as verified on the account."""
        self.verified.add(_one_address(to))

    def landline(self, to: str) -> None:
        """Make a number a landline."""
        self.numbers[_one_address(to)] = Trait.LANDLINE

    def unreachable(self, to: str) -> None:
        """Let messages to a number or an e-mail address vanish."""
        self.numbers[_one_address(to)] = Trait.UNREACHABLE

    def block_prefix(self, prefix: str) -> None:
        """Block all numbers that begin like this, as Fraud Guard does."""
        if not re.fullmatch(r"\+[0-9]{1,15}", prefix):
            raise ValueError("a prefix is a plus sign and digits, such as +4479")
        self.blocked_prefixes.add(prefix)

    def block_country(self, country: str) -> None:
        """Block a country (ISO 3166 code), as Geo Permissions do."""
        if not is_country(country.upper()):
            raise ValueError("a country is an ISO 3166 code of two letters, such as GB")
        self.blocked_countries.add(country.upper())

    def blocked_prefix_of(self, to: str) -> str | None:
        """The shortest blocked prefix that the number has, if any."""
        if not self.blocked_prefixes:
            return None
        beginnings = (to[:end] for end in range(2, len(to) + 1))
        return next(
            (each for each in beginnings if each in self.blocked_prefixes), None
        )

    def blocked_country_of(self, to: str) -> str | None:
        """The number's country, if it is blocked."""
        if not self.blocked_countries:
            return None
        country = country_of(to)
        return country if country in self.blocked_countries else None


# Calling codes, and where the page has one the area code behind it, by language.
# Source: Twilio, "Default Languages for Phone Number Country Codes", as archived in
# 2026, whose list was read down to Spain. Its code of Romania (226) is another
# country's; 40 is meant.
_SPOKEN: Mapping[str, str] = {
    "es": "34 51 52 53 54 56 57 502 503 504 505 506 507 591 593 595 1809",
    "ar": "20 965 966 968",
    "de": "43 49 352",
    "fr": "32 33 377",
    "it": "39 378",
    "pt": "55 351",
    "af": "27",
    "el": "357",
    "et": "372",
    "id": "62",
    "ja": "81",
    "lt": "370",
    "pl": "48",
    "ro": "40",
    "sk": "421",
    "zh-CN": "86",
}
_BY_CODE = {
    code: language for language, codes in _SPOKEN.items() for code in codes.split()
}
_LONGEST = max(map(len, _BY_CODE))


def spoken_at(to: str) -> str | None:
    """The language of a number's country, where it is known and not English."""
    beginnings = (to[1:end] for end in range(2, _LONGEST + 2))
    return next((_BY_CODE[each] for each in beginnings if each in _BY_CODE), None)


class TwilioRandomSource:
    """
    Codes and identifiers, the same again for the same seed; None is unpredictable.

    Codes, sids and secrets come from streams of their own.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.code = DrawnCodes(seed)
        self._sids = stream(seed, "sids")
        self._secrets = stream(seed, "secrets")

    def sid(self, prefix: str) -> str:
        """`prefix` and 32 random hexadecimal digits."""
        return f"{prefix}{self._sids.getrandbits(128):032x}"

    def secret(self) -> str:
        """The secret of a TOTP factor: 160 bits in base 32, as RFC 4226 advises."""
        return b32encode(self._secrets.getrandbits(160).to_bytes(20)).decode()


def fixed_codes(otherwise: CodeSource) -> FixedCodes:
    """Codes of 4 to 10 digits, set per address."""
    digits = re.compile(r"[0-9]{4,10}")
    return FixedCodes(otherwise, form=digits, takes="4 to 10 ASCII digits")
