"""
What a column of numbers holds, record by record: the pure half of `read-numbers`.

Damage is named and never mended by a guess: a record that is not what it was gets a
reason and no number.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import NamedTuple

from attrs import define, field, frozen

from ..errors import InvalidPhoneNumber, PhoneReason
from ..phone import PhonePolicy, Provenance, read_phone
from ._csv_records import MAX_RECORD, Chunk, fields_of, records

COLUMNS = ("line", "e164", "region", "provenance", "reason", "damage")
"""What stands before the columns of the file."""

# The plain cell, which most are; anything else is looked at for damage.
_PLAIN = re.compile(r"\+[0-9 ()-]*")
_DAMAGES = {
    "exponent": re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}"),
    # Other decimals may be a group of the number's digits, as in +1555323.1234.
    "fraction": re.compile(r"[+-]?[0-9]{7,}[.,](?:[0-9]{1,2}|0+)"),
    # Without a comma they are read: groups between dots or spaces lose no digit.
    "thousands": re.compile(
        r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{2,3})+,[0-9]{3}(?:\.[0-9]+)?"
        r"|(?:[. '\u00a0\u2019\u202f][0-9]{3}){2,},[0-9]+)"
    ),
    "negative": re.compile(r"[-\u2212][0-9]{7,}"),
    "formula": re.compile(r"=.*", re.DOTALL),
    "error_value": re.compile(r"#+|#(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!)"),
}
_UNREADABLE = frozenset({"exponent", "fraction", "thousands", "negative"})
# Of a line that is no record; a spreadsheet's cell takes no more, nor do CSV readers.
_MAX_SHOWN = 32_000
_LOST_PLUS = re.compile("[1-9][0-9]*")


@frozen(kw_only=True)
class Shape:
    """
    How the records of a file are built.

    Attributes:
        delimiter: One ASCII character.
        position: Which field holds the number, from 0.
        width: How many fields a record has.
        line_break: What ends a line of the output.
    """

    delimiter: str
    position: int
    width: int
    line_break: str


class Found(NamedTuple):
    """What one cell holds, as text for the output; an empty text for nothing."""

    e164: str = ""
    region: str = ""
    provenance: str = ""
    reason: str = ""
    damage: str = ""


@define
class Tally:
    """
    Counts over many records.

    Attributes:
        lines: Records, the header apart.
        first: For each reason and kind of damage, the line where it is met first.
    """

    lines: int = 0
    provenances: Counter[str] = field(factory=Counter, converter=Counter)
    regions: Counter[str] = field(factory=Counter, converter=Counter)
    reasons: Counter[str] = field(factory=Counter, converter=Counter)
    damages: Counter[str] = field(factory=Counter, converter=Counter)
    first: dict[str, int] = field(factory=dict)

    def add(self, found: Found, line: int) -> None:
        """Count one record."""
        self.lines += 1
        if found.reason:
            self.reasons[found.reason] += 1
            self.first.setdefault(found.reason, line)
        else:
            self.provenances[found.provenance] += 1
            if found.region:
                self.regions[found.region] += 1
        if found.damage:
            self.damages[found.damage] += 1
            self.first.setdefault(found.damage, line)

    def merge(self, later: Tally) -> None:
        """Add the counts of records further on in the file."""
        self.lines += later.lines
        self.provenances += later.provenances
        self.regions += later.regions
        self.reasons += later.reasons
        self.damages += later.damages
        self.first = {**later.first, **self.first}

    @property
    def refused(self) -> int:
        """How many records gave no number."""
        return self.reasons.total()


def read_chunk(chunk: Chunk, shape: Shape, policy: PhonePolicy) -> tuple[bytes, Tally]:
    """The lines of the output for a chunk's records, and their counts."""
    tally, lines = Tally(), []
    mark = shape.delimiter
    for raw, line, is_whole in records(chunk, mark):
        found, text = _read_record(raw, shape, policy, is_whole=is_whole)
        tally.add(found, line)
        lines.append(f"{line}{mark}{mark.join(found)}{mark}{text}{shape.line_break}")
    return "".join(lines).encode(), tally


def read_cell(cell: str, policy: PhonePolicy) -> Found:
    """What a cell holds; damage that a spreadsheet has done is named."""
    damage = "" if _PLAIN.fullmatch(cell) else _damage_of(cell)
    if damage in _UNREADABLE:
        return Found(reason=PhoneReason.DECIMAL, damage=damage)
    try:
        number = read_phone(cell, policy)
    except InvalidPhoneNumber as refused:
        return Found(reason=refused.reason, damage=damage)
    if number.provenance is Provenance.BARE and _LOST_PLUS.fullmatch(cell.strip()):
        damage = "lost_plus"
    return Found(number.e164, number.region or "", number.provenance, "", damage)


def quoted(text: str) -> str:
    """A text as one field of a record."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _read_record(
    raw: bytes, shape: Shape, policy: PhonePolicy, *, is_whole: bool
) -> tuple[Found, str]:
    """What a record's cell holds, and the record as text, fit for a line of output."""
    mark = shape.delimiter
    padding = mark * (shape.width - 1)
    try:
        text, damage = raw.decode(), ""
    except UnicodeDecodeError:
        text, damage = raw.decode(errors="backslashreplace"), "encoding"
    if "\0" in text:
        text, damage = text.replace("\0", r"\x00"), "encoding"
    if not text:
        return Found(reason=PhoneReason.EMPTY), padding
    fields = _fields(text, mark) if is_whole else []
    if not fields:
        damage = damage or _damage_of_record(raw)
        shown = quoted(text[:_MAX_SHOWN])
        return Found(reason=damage, damage=damage), shown + padding
    if len(fields) != shape.width:
        damage = damage or "columns"
        text += mark * max(shape.width - len(fields), 0)
    if damage:
        return Found(reason=damage, damage=damage), text
    return read_cell(fields[shape.position], policy), text


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        # A carriage return at the end would end the line of the output, too.
        return [] if text.endswith("\r") else fields_of(text, delimiter)
    except csv.Error:
        return []


def _damage_of_record(raw: bytes) -> str:
    if len(raw) >= MAX_RECORD:
        return "line_length"
    return "quotes" if b'"' in raw else "line_break"


def _damage_of(cell: str) -> str:
    text = cell.strip()
    marked = text.removeprefix("'")
    for name, pattern in _DAMAGES.items():
        if pattern.fullmatch(marked):
            return name
    return "apostrophe" if marked != text else ""
