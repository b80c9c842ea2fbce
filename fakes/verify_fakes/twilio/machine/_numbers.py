"""
Addresses: which are accepted, what is true of them, and the magic ones.

phonenumbers is imported on first use: it loads slowly, and e-mail does without it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from attrs import define, field, frozen

from ...kit._faults import Break
from ...kit._hiding import Hidden, Revealed, hidden
from ._commands import TwilioOperation
from ._reasons import Reason
from ._state import TwilioChannel

# ASCII digits only: \d would let other scripts through.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST_EMAIL = 254
_LONGEST_CALLING_CODE = 3


def accepts(to: str, channel: TwilioChannel, *, strict: bool = False) -> bool:
    """
    Whether Twilio would take the address for this channel.

    Args:
        to: The address as it was sent.
        channel: How a message would travel.
        strict: Refuse numbers that cannot be in use too. Real Twilio refuses at least
            some of those, such as Ofcom's range for drama; examples need them.
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
    """The address as requests carry it; a trait of any other would never show."""
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
        """
        Let a number count as verified on the account.

        Raises:
            ValueError: It is not E.164, spaces and brackets aside.
        """
        self.verified.add(_one_address(to))

    def landline(self, to: str) -> None:
        """
        Make a number a landline.

        Raises:
            ValueError: It is not E.164, spaces and brackets aside.
        """
        self.numbers[_one_address(to)] = Trait.LANDLINE

    def unreachable(self, to: str) -> None:
        """
        Let messages to a number or an e-mail address vanish.

        Raises:
            ValueError: It is neither.
        """
        self.numbers[_one_address(to)] = Trait.UNREACHABLE

    def block_prefix(self, prefix: str) -> None:
        """
        Block all numbers that begin like this, as Fraud Guard does.

        Raises:
            ValueError: It is not a plus sign and digits.
        """
        if not re.fullmatch(r"\+[0-9]{1,15}", prefix):
            raise ValueError("a prefix is a plus sign and digits, such as +4479")
        self.blocked_prefixes.add(prefix)

    def block_country(self, country: str) -> None:
        """
        Block a country, as Geo Permissions do.

        Raises:
            ValueError: It is not the ISO 3166 code of a country with phone numbers.
        """
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


@frozen(kw_only=True)
class MagicNumber:
    """
    A number that always has the same fate.

    Attributes:
        number: The number (E.164).
        meaning: Its fate in words.
        operation: The operation that meets it.
        error: Why that operation is refused, if it is.
        broken: How the connection breaks, if it does.
        trait: What is true of the number, if that is its fate.
        channels: The channels that meet it; None is all of them.
    """

    number: str
    meaning: str
    operation: TwilioOperation = TwilioOperation.START
    error: Reason | None = None
    broken: Break | None = None
    trait: Trait | None = None
    channels: frozenset[TwilioChannel] | None = None

    def meets(self, operation: TwilioOperation, channel: TwilioChannel | None) -> bool:
        """Whether this operation meets the number's fate."""
        if operation is not self.operation:
            return False
        return self.channels is None or channel in self.channels

    @property
    def retry_after(self) -> None:
        """Fate names no hour."""


# 500 555 0000 to 0199 is not given to subscribers, and 0001 to 0009 are where Twilio
# keeps the magic numbers of its messaging test credentials; where one of their effects
# exists here, it has the same number. Verify itself has none (see LIMITS.md).
# Source: Twilio, "Test credentials", read 2026-11-22.
_MAGIC_ROWS = (
    MagicNumber(
        number="+15005550001", meaning="not a valid number", error=Reason.INVALID_TO
    ),
    MagicNumber(
        number="+15005550002",
        meaning="accepted, but nothing ever arrives",
        trait=Trait.UNREACHABLE,
    ),
    MagicNumber(
        number="+15005550003",
        meaning="in a country blocked by Geo Permissions",
        error=Reason.COUNTRY_BLOCKED,
    ),
    MagicNumber(
        number="+15005550004",
        meaning="under a prefix blocked by Fraud Guard",
        error=Reason.PREFIX_BLOCKED,
    ),
    MagicNumber(
        number="+15005550005",
        meaning="has had its five messages already",
        error=Reason.MAX_SENDS,
    ),
    MagicNumber(number="+15005550006", meaning="works like any other number"),
    MagicNumber(
        number="+15005550007",
        meaning="its channel is switched off in the service",
        error=Reason.CHANNEL_DISABLED,
    ),
    MagicNumber(
        number="+15005550008",
        meaning="many starts at once",
        error=Reason.CONCURRENT,
    ),
    MagicNumber(
        number="+15005550009",
        meaning="a landline that refuses SMS, whatever the service's switches",
        error=Reason.LANDLINE,
        trait=Trait.LANDLINE,
        channels=frozenset({TwilioChannel.SMS}),
    ),
    MagicNumber(
        number="+15005550010",
        meaning="over a rate limit of the service",
        error=Reason.TOO_MANY_REQUESTS,
    ),
    MagicNumber(
        number="+15005550011",
        meaning="Twilio is unavailable (503)",
        error=Reason.UNAVAILABLE,
    ),
    MagicNumber(
        number="+15005550012",
        meaning="not verified on a trial account",
        error=Reason.UNVERIFIED_ON_TRIAL,
    ),
    MagicNumber(
        number="+15005550013",
        meaning="the credentials are refused",
        error=Reason.UNAUTHENTICATED,
    ),
    MagicNumber(
        number="+15005550014",
        meaning="Twilio fails inside (500)",
        error=Reason.INTERNAL,
    ),
    MagicNumber(
        number="+15005550015",
        meaning="blocked until Twilio has reviewed the account",
        error=Reason.ATTEMPT_BLOCKED,
    ),
    MagicNumber(
        number="+15005550016",
        meaning="the message is sent, and the answer lost",
        broken=Break.ANSWER_LOST,
    ),
    MagicNumber(
        number="+15005550017",
        meaning="the connection closes before anything is sent",
        broken=Break.HANG_UP,
    ),
    MagicNumber(
        number="+15005550018",
        meaning="starts, and every check finds the checks used up",
        operation=TwilioOperation.CHECK,
        error=Reason.MAX_CHECKS,
    ),
    MagicNumber(
        number="+15005550019",
        meaning="starts, and every check finds nothing",
        operation=TwilioOperation.CHECK,
        error=Reason.NOT_FOUND,
    ),
)

#: The magic numbers, by number.
MAGIC_NUMBERS: Final = {row.number: row for row in _MAGIC_ROWS}
