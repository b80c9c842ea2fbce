"""
What a person wrote where a phone number was asked for: its digits and their layout.

Nothing here knows a country. Digits of every script become ASCII, what cannot be seen
is dropped, separators part the digits into groups, and anything else is refused with
the reason that helps most. One pass over the text, no pattern that could backtrack.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote

from attrs import define, field, frozen

from ..characters import ascii_digit, unwrapped, visible
from ..errors import InvalidPhoneNumber, PhoneReason

_MAX_CHARACTERS = 250
"""Longer texts are refused unread; libphonenumber draws the same line."""

# A subscriber number without any area code has seven digits in most of the world, so
# two halves of at least seven are two numbers, and fewer after a whole one extend it.
_WHOLE_NUMBER = 7
# "+49 2303/123456" parts area code from subscriber; "+49 30 123456/57" is two numbers.
_BEFORE_SLASH = 8
_AFTER_SLASH = 4
# Layouts of dots part pairs of digits at least; a fraction is often a single zero.
_SHORTEST_DOTTED = 2
_EXPONENT_DIGITS = 2

_MARKS = {
    character: kind
    for kind, characters in {
        "plus": "+\uff0b",
        "opening": "([\uff08\uff3b",
        "dot": ".\uff0e",
        "slash": "/\uff0f",
        "line break": "\n\r\v\f\u0085\u2028\u2029",
        "listing": ",;|&\u060c\u061b\u3001\uff0c\uff1b",
        "number sign": "#\uff03",
        # Dashes are recognised by category (Pd); the last three look like one and have
        # another: minus sign, the vowel sign that Japanese keyboards offer for a dash,
        # hyphen bullet.
        "separator": ")]\uff09\uff3d\t\u2212\u30fc\uff70\u2043",
    }.items()
    for character in characters
}

# What announces an extension, as libphonenumber knows it and as offices write it.
_EXTENSION_WORDS = frozenset(
    """
    x xt xtn ex ext exts extn extens extension extensión extensão anexo
    int interno interne poste ramal toestel durchwahl dw nebenstelle
    klappe wewn wew linka dahili доб добавочный внутр вн εσωτ שלוחה تحويلة
    داخلی 内线 內線 内線 分机 分機 내선
    """.split()  # noqa: SIM905 - a list would take forty lines
)

_SCHEME = "tel:"
_OTHER_SCHEME = re.compile("(sips?|callto|skype|xmpp|mailto|https?):", re.IGNORECASE)
# Extension and ISDN subaddress lead past the number; `postd` is what RFC 2806 called
# digits to dial afterwards.
_PAST_THE_NUMBER = frozenset({"ext", "isub", "postd"})
_CONTEXT = "phone-context"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
# "MUST NOT use the URI if it contains unknown mandatory parameters" (section 5.4).
_MANDATORY = "m-"

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


def _places() -> defaultdict[str, list[int]]:
    return defaultdict(list)


@define
class _Scan:
    """
    What one pass has seen.

    Attributes:
        count: How many digits.
        zeros: How many of them are the zeros in front.
        words: Letters written together, and how many digits stand before them.
        marks: For each kind of mark, how many digits stand before each.
    """

    groups: list[str] = field(factory=list)
    count: int = 0
    zeros: int = 0
    words: list[tuple[int, str]] = field(factory=list)
    marks: defaultdict[str, list[int]] = field(factory=_places)
    parted: bool = True
    in_word: bool = False

    def take(self, character: str) -> None:
        """Note the next character."""
        category = unicodedata.category(character)
        if category == "Nd":
            self._add_digit(ascii_digit(character))
            self.in_word = False
            return
        kind = _MARKS.get(character)
        is_letter = category[0] == "L" and kind is None
        if is_letter:
            self._add_letter(character)
        elif kind or category not in {"Zs", "Pd"}:
            self.marks[kind or "strange"].append(self.count)
        # Combining marks stay inside the word that they are written on.
        self.in_word = is_letter or (self.in_word and category[0] == "M")
        self.parted = True

    def _add_digit(self, digit: str) -> None:
        if self.parted:
            self.groups.append("")
        self.groups[-1] += digit
        self.parted = False
        if digit == "0" and self.zeros == self.count:
            self.zeros += 1
        self.count += 1

    def _add_letter(self, letter: str) -> None:
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
    found = _PLAIN.fullmatch(text) if len(text) <= _MAX_CHARACTERS else None
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

    Raises:
        InvalidPhoneNumber: It is not the text of one number without an extension.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidPhoneNumber(PhoneReason.TOO_LONG)
    inner = _inner(_text_of_link(_inner(text)))
    if not inner:
        raise InvalidPhoneNumber(PhoneReason.EMPTY)
    scan = _Scan()
    for character in inner:
        scan.take(character)
    reason = next(_objections(scan), None)
    if reason is not None:
        raise InvalidPhoneNumber(reason)
    is_decimal = _is_decimal(scan)
    return Written(
        has_plus=bool(scan.marks["plus"]),
        opens_with_bracket=0 in scan.marks["opening"] and not scan.marks["plus"],
        groups=tuple(scan.groups[:1] if is_decimal else scan.groups),
        final_zeros=0 if is_decimal else _final_zeros(scan),
    )


def _inner(text: str) -> str:
    # A single apostrophe is how spreadsheets mark a text; exports keep it.
    return unwrapped(visible(text)).removeprefix("'")


def _text_of_link(text: str) -> str:
    """
    What a `tel:` link says, as a person would write it; any other text as it is.

    A local number is put behind its context where that is the beginning of a number, as
    in `tel:7042;phone-context=+1-914-555`; a context may also be a private network's
    domain. Source: RFC 3966, sections 3 and 5.
    """
    if _OTHER_SCHEME.match(text):
        raise InvalidPhoneNumber(PhoneReason.LETTERS)  # an address, not a number
    if text[: len(_SCHEME)].lower() != _SCHEME:
        return text
    number, *parameters = text[len(_SCHEME) :].split(";")
    contexts = []
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        kind = name.strip().lower()
        if kind in _PAST_THE_NUMBER:
            raise InvalidPhoneNumber(PhoneReason.EXTENSION)
        if kind == _CONTEXT:
            contexts.append(value)
        elif not _NAME.fullmatch(kind) or kind.startswith(_MANDATORY):
            raise InvalidPhoneNumber(PhoneReason.UNEXPECTED_CHARACTER)
    # A border between the two keeps the calling code in one piece, or shows it cut.
    return unquote(" ".join([*map(_prefix, contexts), number]))


def _prefix(context: str) -> str:
    prefix = unquote(context).strip()
    if not prefix.startswith("+"):
        raise InvalidPhoneNumber(PhoneReason.MISSING_COUNTRY_CODE)
    return prefix


def _objections(scan: _Scan) -> Iterator[PhoneReason]:
    """Every reason against the text, the most helpful first."""
    marks = scan.marks
    if _has_extension(scan):
        yield PhoneReason.EXTENSION
    if _has_exponent(scan):
        yield PhoneReason.DECIMAL
    if _has_several_numbers(scan):
        yield PhoneReason.SEVERAL_NUMBERS
    if scan.words:
        yield PhoneReason.LETTERS
    if marks["strange"] or marks["listing"] or marks["number sign"]:
        yield PhoneReason.UNEXPECTED_CHARACTER
    if scan.count == 0:
        yield PhoneReason.NO_DIGITS
    if any(position > 0 for position in marks["plus"]):
        yield PhoneReason.UNEXPECTED_CHARACTER
    if _may_be_a_fraction(scan):
        yield PhoneReason.DECIMAL


def _has_extension(scan: _Scan) -> bool:
    if any(before and _announces_extension(word) for before, word in scan.words):
        return True
    if any(0 < before < scan.count for before in scan.marks["number sign"]):
        return True
    # A comma or semicolon before a few digits is a dialling pause.
    return any(
        before >= _WHOLE_NUMBER and 0 < scan.count - before < _WHOLE_NUMBER
        for before in scan.marks["listing"]
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
    is_after_dot = scan.count - len(last) in scan.marks["dot"]
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
    is_dotted = any(0 < dot < scan.count - zeros for dot in scan.marks["dot"])
    return not is_dotted or zeros < max(len(scan.groups[-2]), _SHORTEST_DOTTED)


def _has_several_numbers(scan: _Scan) -> bool:
    if len(scan.marks["plus"]) > 1:
        return True
    marks = scan.marks
    words = (before for before, _ in scan.words)
    borders = (*words, *marks["listing"], *marks["line break"])
    if any(_parts_two_numbers(scan, before) for before in borders):
        return True
    return any(
        _parts_two_numbers(scan, before) or not _parts_area_code(scan, before)
        for before in scan.marks["slash"]
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
