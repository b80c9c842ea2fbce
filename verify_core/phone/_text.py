"""
What a person wrote where a phone number was asked for: its digits and their layout.

Nothing here knows a country. Digits of every script become ASCII, what cannot be seen
is dropped, separators part the digits into groups, and anything else is refused with
the reason that helps most. One pass over the text, no pattern that could backtrack.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from attrs import define, field, frozen

from ..characters import ascii_digit, unwrapped, visible
from ..errors import InvalidPhoneNumber, PhoneReason
from ._links import text_of_link

MAX_CHARACTERS: Final = 250
"""Longer texts are refused unread; libphonenumber draws the same line."""

# A subscriber number without any area code has seven digits in most of the world, so
# two halves of at least seven are two numbers, and fewer after a whole one extend it.
_WHOLE_NUMBER: Final = 7
# "+49 2303/123456" parts area code from subscriber; "+49 30 123456/57" is two numbers.
_BEFORE_SLASH: Final = 8
_AFTER_SLASH: Final = 4
# Layouts of dots part pairs of digits at least; a fraction is often a single zero.
_SHORTEST_DOTTED = 2
_EXPONENT_DIGITS = 2

_PLUS: Final = frozenset("+\uff0b")
_OPENING: Final = frozenset("([\uff08\uff3b")
_DOTS = frozenset(".\uff0e")
_SLASHES: Final = frozenset("/\uff0f")
_LINE_BREAKS: Final = frozenset("\n\r\v\f\u0085\u2028\u2029")
_LISTING: Final = frozenset(",;|&\u060c\u061b\u3001\uff0c\uff1b")
_NUMBER_SIGNS: Final = frozenset("#\uff03")
# Dashes are recognised by category (Pd); these three look like one and have another:
# minus sign, the vowel sign that Japanese keyboards offer for a dash, hyphen bullet.
_SEPARATORS: Final = frozenset(")]\uff09\uff3d\t\u2212\u30fc\uff70\u2043")
# What announces an extension, as libphonenumber knows it and as offices write it.
_EXTENSION_WORDS: Final = frozenset(
    {
        *(
            "x",
            "xt",
            "xtn",
            "ex",
            "ext",
            "exts",
            "extn",
            "extens",
            "extension",
            "extensión",
        ),
        *(
            "extensão",
            "anexo",
            "int",
            "interno",
            "interne",
            "poste",
            "ramal",
            "toestel",
        ),
        *("durchwahl", "dw", "nebenstelle", "klappe", "wewn", "wew", "linka", "dahili"),
        *("доб", "добавочный", "внутр", "вн", "εσωτ", "שלוחה", "تحويلة", "داخلی"),
        *("内线", "內線", "内線", "分机", "分機", "내선"),
    }
)

_PLAIN = re.compile(r"(\+?[ ()\[\]\t-]*+)[0-9][0-9 ()\[\]\t-]*+")
_DIGITS = re.compile("[0-9]+")


@frozen(kw_only=True)
class Written:
    """
    The digits of one number as they were laid out.

    Attributes:
        has_plus: A plus sign stands before the digits.
        opens_with_bracket: A bracket opens before the first digit, with no plus.
        groups: Runs of ASCII digits, in order, at least one and none empty.
        final_zeros: How many zeros make up the last group where a dot parts it; they
            may be a fraction that a spreadsheet wrote.
    """

    has_plus: bool
    opens_with_bracket: bool
    groups: tuple[str, ...]
    final_zeros: int = 0

    @property
    def digits(self) -> str:
        """All digits, the groups joined."""
        return "".join(self.groups)

    @property
    def is_spelled_out(self) -> bool:
        """Whether every digit stands alone, so that no border means anything."""
        first = self.groups[0]
        return len(first) == 1 and all(len(group) == 1 for group in self.groups)

    def run(self, begin: int) -> str:
        """The digits from a position on, as far as they are written together."""
        for group in self.groups:
            if begin < len(group):
                return group[begin:]
            begin -= len(group)
        return ""


@define
class _Scan:
    """What one pass has seen; positions count the digits before a mark."""

    pluses: list[int] = field(factory=list)
    opened: bool = False
    seen: bool = False
    groups: list[str] = field(factory=list)
    parted: bool = True
    count: int = 0
    zeros: int = 0
    words: list[tuple[int, str]] = field(factory=list)
    in_word: bool = False
    slashes: list[int] = field(factory=list)
    dots: list[int] = field(factory=list)
    line_breaks: list[int] = field(factory=list)
    listings: list[int] = field(factory=list)
    number_signs: list[int] = field(factory=list)
    strange: bool = False

    def add_digit(self, digit: str) -> None:
        if self.parted:
            self.groups.append(digit)
        else:
            self.groups[-1] += digit
        self.parted = False
        if digit == "0" and self.zeros == self.count:
            self.zeros += 1
        self.count += 1

    def add_letter(self, letter: str) -> None:
        if self.in_word:
            position, word = self.words[-1]
            self.words[-1] = (position, word + letter)
        else:
            self.words.append((self.count, letter))


def read_plain(text: str) -> Written | None:
    """
    Read a plain text such as `1(555)323-1234` like `read_written`, but faster.

    Most texts are plain: ASCII digits, blanks, brackets and hyphens, and perhaps a plus
    sign in front.

    Returns:
        None where `read_written` must look.
    """
    found = _PLAIN.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if found is None:
        return None
    begin = found[1]
    has_plus = begin.startswith("+")
    return Written(
        has_plus=has_plus,
        opens_with_bracket=not has_plus and ("(" in begin or "[" in begin),
        groups=tuple(_DIGITS.findall(text)),
    )


def read_written(text: str) -> Written:
    """
    The digits of a text and their layout.

    Args:
        text: Anything a person typed or pasted.

    Raises:
        InvalidPhoneNumber: It is not the text of one number without an extension.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidPhoneNumber(PhoneReason.TOO_LONG)
    scan = _Scan()
    for character in _inner(text_of_link(_inner(text))):
        _take(scan, character)
    reason = next(_objections(scan), None)
    if reason is not None:
        raise InvalidPhoneNumber(reason)
    is_decimal = _is_decimal(scan)
    return Written(
        has_plus=bool(scan.pluses),
        opens_with_bracket=scan.opened and not scan.pluses,
        groups=tuple(scan.groups[:1] if is_decimal else scan.groups),
        final_zeros=0 if is_decimal else _final_zeros(scan),
    )


def _inner(text: str) -> str:
    # A single apostrophe is how spreadsheets mark a text; exports keep it.
    return unwrapped(visible(text)).removeprefix("'")


def _take(scan: _Scan, character: str) -> None:
    category = unicodedata.category(character)
    scan.seen = scan.seen or not _is_blank(character, category)
    if category == "Nd":
        scan.add_digit(ascii_digit(character))
        scan.in_word = False
        return
    is_letter = category[0] == "L" and character not in _SEPARATORS
    if is_letter:
        scan.add_letter(character)
    else:
        _take_mark(scan, character, category)
    # Combining marks stay inside the word that they are written on.
    scan.in_word = is_letter or (scan.in_word and category[0] == "M")
    scan.parted = True


def _take_mark(scan: _Scan, character: str, category: str) -> None:
    if character in _PLUS:
        scan.pluses.append(scan.count)
    elif character in _OPENING:
        scan.opened = scan.opened or scan.count == 0
    elif character in _DOTS:
        scan.dots.append(scan.count)
    elif character in _SLASHES:
        scan.slashes.append(scan.count)
    elif character in _LINE_BREAKS:
        scan.line_breaks.append(scan.count)
    elif character in _LISTING:
        scan.listings.append(scan.count)
    elif character in _NUMBER_SIGNS:
        scan.number_signs.append(scan.count)
    elif category not in {"Zs", "Pd"} and character not in _SEPARATORS:
        scan.strange = True


def _is_blank(character: str, category: str) -> bool:
    return category == "Zs" or character == "\t" or character in _LINE_BREAKS


def _objections(scan: _Scan) -> Iterator[PhoneReason]:
    """Every reason against the text, the most helpful first."""
    if not scan.seen:
        yield PhoneReason.EMPTY
    if _has_extension(scan):
        yield PhoneReason.EXTENSION
    if _has_exponent(scan):
        yield PhoneReason.DECIMAL
    if _has_several_numbers(scan):
        yield PhoneReason.SEVERAL_NUMBERS
    if scan.words:
        yield PhoneReason.LETTERS
    if scan.strange or scan.listings or scan.number_signs:
        yield PhoneReason.UNEXPECTED_CHARACTER
    if scan.count == 0:
        yield PhoneReason.NO_DIGITS
    if any(position > 0 for position in scan.pluses):
        yield PhoneReason.UNEXPECTED_CHARACTER
    if _may_be_a_fraction(scan):
        yield PhoneReason.DECIMAL


def _has_extension(scan: _Scan) -> bool:
    if any(before and _announces_extension(word) for before, word in scan.words):
        return True
    if any(0 < before < scan.count for before in scan.number_signs):
        return True
    # A comma or semicolon before a few digits is a dialling pause.
    return any(
        before >= _WHOLE_NUMBER and 0 < scan.count - before < _WHOLE_NUMBER
        for before in scan.listings
    )


def _announces_extension(word: str) -> bool:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return unicodedata.normalize("NFC", plain) in _EXTENSION_WORDS


def _has_exponent(scan: _Scan) -> bool:
    """Whether this is 1.5553E+10, as spreadsheets show a long number."""
    if len(scan.words) != 1:
        return False
    before, word = scan.words[0]
    is_behind = before > 0 and 0 < scan.count - before <= _EXPONENT_DIGITS
    return word.casefold() == "e" and is_behind


def _final_zeros(scan: _Scan) -> int:
    """How many zeros make up the last group, where a dot parts it from another."""
    last = scan.groups[-1]
    is_after_dot = 0 < scan.count - len(last) in scan.dots
    return len(last) if is_after_dot and not last.strip("0") else 0


def _is_decimal(scan: _Scan) -> bool:
    """Whether this is 4930123456.0: no border but a point, and nothing behind it."""
    _integer, *others = scan.groups
    return len(others) == 1 and _final_zeros(scan) > 0


def _may_be_a_fraction(scan: _Scan) -> bool:
    """
    Whether the last zeros may be a fraction of a number with further borders.

    Dots that part other groups, too, may part one of zeros, as in `+33.6.12.34.56.00`,
    unless it is shorter than the group before it.
    """
    zeros = _final_zeros(scan) if scan.groups else 0
    if zeros == 0 or _is_decimal(scan):
        return False
    is_dotted = any(0 < dot < scan.count - zeros for dot in scan.dots)
    return not is_dotted or zeros < max(len(scan.groups[-2]), _SHORTEST_DOTTED)


def _has_several_numbers(scan: _Scan) -> bool:
    if len(scan.pluses) > 1:
        return True
    borders = [before for before, _ in scan.words] + scan.listings + scan.line_breaks
    if any(_parts_two_numbers(scan, before) for before in borders):
        return True
    return any(
        _parts_two_numbers(scan, before) or not _parts_area_code(scan, before)
        for before in scan.slashes
        if 0 < before < scan.count
    )


def _parts_two_numbers(scan: _Scan, before: int) -> bool:
    enough_before = _significant(scan, before) >= _WHOLE_NUMBER
    return enough_before and scan.count - before >= _WHOLE_NUMBER


def _parts_area_code(scan: _Scan, before: int) -> bool:
    little_before = _significant(scan, before) <= _BEFORE_SLASH
    return little_before and scan.count - before >= _AFTER_SLASH


def _significant(scan: _Scan, before: int) -> int:
    """Digits before a mark, less the zeros in front: 0049 170/1234567 is one number."""
    return max(before - scan.zeros, 0)
