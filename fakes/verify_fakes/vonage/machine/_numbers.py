"""Addresses: which Vonage takes, their traits, languages and codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

import phonenumbers

from ...kit._hiding import Hidden
from ...kit._machine import DrawnCodes, FixedCodes, stream

_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
#: As much of an e-mail address as a fake need look at: two parts, no space, no control.
_EMAIL = re.compile(
    r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)+"
)
_LONGEST_EMAIL = 254


class Trait(StrEnum):
    """What becomes of a message to an address."""

    UNREACHABLE = "unreachable"  # accepted, and nothing ever arrives
    INVALID = "invalid"  # accepted, and the step fails at once
    BLOCKED = "blocked"  # accepted, and the workflow is blocked at once


class Traits:
    """What a test says of addresses, with or without a plus sign."""

    def __init__(self) -> None:
        self._of: Hidden[dict[str, Trait]] = Hidden({})

    def unreachable(self, to: str) -> None:
        """Let nothing arrive there, without telling the sender."""
        self.give(to, Trait.UNREACHABLE)

    def invalid(self, to: str) -> None:
        """Let every step there fail at once, as for a number that does not exist."""
        self.give(to, Trait.INVALID)

    def block(self, to: str) -> None:
        """Let Vonage block what goes there, as by velocity rules."""
        self.give(to, Trait.BLOCKED)

    def give(self, to: str, trait: Trait) -> None:
        self._of.reveal()[plain(to)] = trait

    def release(self, to: str) -> None:
        """Let an address be an ordinary one again."""
        self._of.reveal().pop(plain(to), None)

    def of(self, to: str) -> Trait | None:
        return self._of.reveal().get(to)


def plain(to: str) -> str:
    """An address as Vonage writes it: a number has no plus sign."""
    return to.removeprefix("+")


def is_number(to: str, *, strict: bool) -> bool:
    """
    Whether Vonage takes a phone number.

    Args:
        to: Digits, beginning with the calling code; a plus sign or 00 is refused.
        strict: Also refuse numbers that cannot be in use, such as fiction's.
    """
    if not _DIGITS.fullmatch(to):
        return False
    try:
        number = phonenumbers.parse(f"+{to}")
    except phonenumbers.NumberParseException:
        return False
    if strict:
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_possible_number(number)


def is_email(to: str) -> bool:
    return len(to) <= _LONGEST_EMAIL and bool(_EMAIL.fullmatch(to))


class VonageRandomSource:
    """
    Codes and identifiers, from a stream each, the same again for the same seed.

    Args:
        seed: Any number; None is unpredictable.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.code = DrawnCodes(seed)
        self._ids = stream(seed, "ids")

    def uuid(self) -> str:
        return str(UUID(int=self._ids.getrandbits(128), version=4))


def fixed_codes(source: VonageRandomSource) -> FixedCodes:
    """Codes of 4 to 10 letters and digits, set per address."""
    return FixedCodes(
        source.code,
        form=re.compile(r"[A-Za-z0-9]{4,10}"),
        takes="4 to 10 letters and digits",
        plain=plain,
    )


# Vonage, "Verify Languages", read 2026-11-28: a start without `locale` has the language
# of its number's prefix, or else `en-gb`. The page does not say which. Here it is a
# language that has a text of Vonage's own there and the country in its tag; of several
# the one that most people speak in that country.
FALLBACK = "en-gb"
_BY_CALLING_CODE: Mapping[int, str] = {
    1: "en-us",
    7: "ru-ru",
    30: "el-gr",
    31: "nl-nl",
    33: "fr-fr",
    34: "es-es",
    36: "hu-hu",
    39: "it-it",
    40: "ro-ro",
    44: "en-gb",
    45: "da-dk",
    46: "sv-se",
    47: "nb-no",
    48: "pl-pl",
    49: "de-de",
    52: "es-mx",
    55: "pt-br",
    61: "en-au",
    62: "id-id",
    63: "fil-ph",
    66: "th-th",
    81: "ja-jp",
    82: "ko-kr",
    84: "vi-vn",
    86: "zh-cn",
    90: "tr-tr",
    91: "en-in",
    351: "pt-pt",
    354: "is-is",
    358: "fi-fi",
    420: "cs-cz",
    852: "zh-hk",
    886: "zh-tw",
}


def spoken_at(addresses: Iterable[str]) -> str:
    """The language of the first phone number among a workflow's addresses."""
    number = next((each for each in addresses if "@" not in each), None)
    if number is None:
        return FALLBACK
    calling_code = phonenumbers.parse(f"+{number}").country_code
    return _BY_CALLING_CODE.get(calling_code or 0, FALLBACK)
