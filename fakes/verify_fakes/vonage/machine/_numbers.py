"""What is true of addresses: which of them the vendor takes, and what tests say."""

from __future__ import annotations

import re
from enum import StrEnum

import phonenumbers

_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
#: An e-mail address as far as a fake need look: two parts, no space, no control.
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
    """What a test says of addresses; every other one is an ordinary one."""

    def __init__(self) -> None:
        self._of: dict[str, Trait] = {}

    def unreachable(self, to: str) -> None:
        """Let nothing arrive there, without telling the sender."""
        self.give(to, Trait.UNREACHABLE)

    def invalid(self, to: str) -> None:
        """Let every step there fail at once, as for a number that is none."""
        self.give(to, Trait.INVALID)

    def block(self, to: str) -> None:
        """Let Vonage block what goes there, as by velocity rules."""
        self.give(to, Trait.BLOCKED)

    def give(self, to: str, trait: Trait) -> None:
        """
        Say what is true of an address.

        Args:
            to: A phone number, with or without its plus sign, or an e-mail address.
            trait: What.
        """
        self._of[plain(to)] = trait

    def release(self, to: str) -> None:
        """Let an address be an ordinary one again."""
        self._of.pop(plain(to), None)

    def of(self, to: str) -> Trait | None:
        """What is true of an address."""
        return self._of.get(to)


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
    """Whether Vonage takes an e-mail address."""
    return len(to) <= _LONGEST_EMAIL and bool(_EMAIL.fullmatch(to))
