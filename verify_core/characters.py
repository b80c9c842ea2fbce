"""What people cannot see in a text, and the digits of every script."""

from __future__ import annotations

import unicodedata
from typing import Final

_VARIATION_SELECTORS: Final = (
    frozenset("\u180b\u180c\u180d\u180f")
    | frozenset(map(chr, range(0xFE00, 0xFE10)))
    | frozenset(map(chr, range(0xE0100, 0xE01F0)))
)


def is_unseen(character: str, category: str) -> bool:
    """
    Whether nobody sees the character: bidi marks, joiners, soft hyphens, NUL.

    Args:
        character: One character.
        category: Its general category; source: Unicode Standard Annex 44, table 12.
    """
    return category == "Cf" or character == "\0" or character in _VARIATION_SELECTORS


def ascii_digit(character: str) -> str:
    """The ASCII digit of a decimal digit (category Nd) of any script."""
    return str(unicodedata.decimal(character))


def ascii_digits(text: str) -> str:
    """The text with ASCII digits for the decimal digits of every script."""
    if text.isascii():
        return text
    return "".join(
        ascii_digit(each) if unicodedata.category(each) == "Nd" else each
        for each in text
    )
