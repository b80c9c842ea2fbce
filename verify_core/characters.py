"""Characters that cannot be seen, marks around pasted text, digits of every script."""

from __future__ import annotations

import re
import unicodedata

# Unicode's property Default_Ignorable_Code_Point, which `unicodedata` does not have:
# 4,174 code points in DerivedCoreProperties.txt of Unicode 17.0.0, the same since
# 14.0.0. Generated from that property; a test compares it with another copy.
_DEFAULT_IGNORABLE = (
    *("\u00ad", "\u034f", "\u061c", "\u115f-\u1160", "\u17b4-\u17b5", "\u180b-\u180f"),
    *("\u200b-\u200f", "\u202a-\u202e", "\u2060-\u206f", "\u3164", "\ufe00-\ufe0f"),
    *("\ufeff", "\uffa0", "\ufff0-\ufff8", "\U0001bca0-\U0001bca3"),
    *("\U0001d173-\U0001d17a", "\U000e0000-\U000e0fff"),
)
# No text has a NUL of its own; it comes from fields of a fixed width.
_UNSEEN = re.compile(f"[\\0{''.join(_DEFAULT_IGNORABLE)}]+")

QUOTES = frozenset("\"'`<>\u00ab\u00bb\u2039\u203a\uff02\uff07") | frozenset(
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u300c\u300d\u300e\u300f"
)
"""What word processors, tables and RFC 3986 (appendix C) put around another text."""

# What parts the cells of a table or the items of a list, left at the end of one.
_LIST_ENDS = frozenset(",;\u060c\u061b\u3001\uff0c\uff1b")


def visible(text: str) -> str:
    """
    The text without the characters that are not drawn.

    Those are direction marks, joiners, variation selectors, fillers, soft hyphens and
    the like: Unicode's Default_Ignorable_Code_Point (UAX 44, Unicode 17.0.0), and NUL.
    Numbers, e-mail addresses and codes are all read through this function.
    """
    return _UNSEEN.sub("", text)


def unwrapped(text: str) -> str:
    """
    The text without what was copied around it.

    White space goes at both ends, quotation marks where one stands at each end, and
    commas and semicolons at the end, however deep they are nested.
    """
    begin, end = 0, len(text)
    while begin < end:
        first, last = text[begin], text[end - 1]
        if first.isspace():
            begin += 1
        elif last.isspace() or last in _LIST_ENDS:
            end -= 1
        elif end - begin > 1 and first in QUOTES and last in QUOTES:
            begin, end = begin + 1, end - 1
        else:
            break
    return text[begin:end]


def is_encodable(text: str) -> bool:
    """
    Whether the text has no lone surrogates, and so can be encoded as UTF-8.

    Python makes lone surrogates of bytes that are not UTF-8, in arguments and in
    environment variables, and of escapes in JSON.
    """
    if text.isascii():  # fast path: almost every text
        return True
    return not any("\ud800" <= character <= "\udfff" for character in text)


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
