"""Reading a passcode that a person typed or pasted."""

from __future__ import annotations

import itertools
import re
import unicodedata

from .characters import QUOTES, ascii_digits, visible
from .errors import EmptyCode, NotACode
from .frames import unframed
from .masking import Secret
from .validation import require_kind

# Dashes by look and not by category: minus sign and hyphen bullet.
_DASHES = frozenset("\u2212\u2043")
_SPACES = re.compile(r"\s+")


@unframed
def read_code(text: str | None) -> Secret:
    """
    A code as it was sent: ASCII digits and letters, without what was pasted with it.

    Spaces and dashes between groups, quotation marks and punctuation around, and
    characters that cannot be seen are dropped; digits of every script become ASCII.
    Letters stay as they are typed, since a code of the caller's own may have them.

    Raises:
        EmptyCode: Nothing is left.
        NotACode: Words stand beside the code, or signs stand inside of it.
        InvalidSetting: It is not a text; a number would have lost its leading zeros.
    """
    typed = "" if text is None else require_kind("code", text, str)
    words = _SPACES.split(_bare(ascii_digits(visible(typed))))
    groups = ["".join(itertools.filterfalse(_is_dash, word)) for word in words]
    code = "".join(groups)
    if not code:
        raise EmptyCode
    if not (code.isascii() and code.isalnum()) or _has_words(groups):
        raise NotACode
    return Secret(code)


def _bare(text: str) -> str:
    """The text without spaces, quotation marks and punctuation at its ends."""
    begin, end = 0, len(text)
    while begin < end and _is_around(text[begin]):
        begin += 1
    while begin < end and _is_around(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_around(character: str) -> bool:
    is_mark = unicodedata.category(character)[0] == "P" or character in QUOTES
    return is_mark or character.isspace()


def _is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character in _DASHES


def _has_words(groups: list[str]) -> bool:
    """Whether a word stands beside the code: letters alone, parted by a space."""
    return len(groups) > 1 and any(
        len(group) > 1 and group.isalpha() for group in groups
    )
