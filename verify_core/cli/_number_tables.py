"""A CSV file whose encoding, delimiter and column are known before it is read."""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from attrs import frozen

from ..errors import InvalidSetting
from ._csv_records import (
    MAX_RECORD,
    Chunk,
    Read,
    as_utf8,
    chunks,
    fields_of,
    header_of,
)
from ._number_columns import COLUMNS, Shape

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

# UTF-32's begins with UTF-16's, so that it is looked for first.
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEP = b"sep="


@frozen(kw_only=True)
class Table:
    """
    A file whose header is read.

    Attributes:
        digest: SHA-256 of a whole file; None for a pipe.
        size: Of a file in bytes; None for a pipe.
        encoding: As declared by a byte order mark or by the caller, or UTF-8.
        shape: How its records are built.
        head: The names of its columns as they stand there; empty without a header.
        line: Number of the line after the header.
        read: Gives the bytes after the header, in UTF-8.
        place: Gives how many bytes of a file are read; 0 for a pipe.
    """

    digest: str | None
    size: int | None
    encoding: str
    shape: Shape
    head: str
    line: int
    read: Read
    place: Callable[[], int]

    def chunks(self) -> Iterator[Chunk]:
        """The records after the header."""
        return chunks(self.read, self.shape.delimiter, self.line)

    def header(self) -> bytes:
        """The first line of the output."""
        mark, names = self.shape.delimiter, self.head.split(self.shape.delimiter)
        own = [name + "_" * names.count(name) for name in COLUMNS]
        columns = [*own, self.head] if self.head else own
        return f"{mark.join(columns)}{self.shape.line_break}".encode()


def open_table(
    stream: BinaryIO,
    *,
    encoding: str | None,
    column: str | None,
    delimiter: str | None,
    has_header: bool,
) -> Table:
    """
    Read the beginning of a file.

    Args:
        stream: The file, or a pipe, in binary.
        encoding: Of its text; None takes its byte order mark's, or UTF-8.
        column: Name of the column, or its number from 1 where there is no header; None
            where there is just one.
        delimiter: None takes the one by which the header has that column.
        has_header: Whether the first record holds the names.

    Raises:
        InvalidSetting: The column cannot be found, or the beginning is no text.
    """
    size = digest = None
    if stat.S_ISREG((status := os.fstat(stream.fileno())).st_mode):
        size = status.st_size
        digest = _digest(stream)
        stream.seek(0)
    name, read = _decoded(stream.read, encoding)
    head, line = _taken(read, MAX_RECORD).removeprefix(codecs.BOM_UTF8), 1
    if b"\n" not in head and b"\r" in head:  # as the first Macintosh ended its lines
        head, read = head.replace(b"\r", b"\n"), _with_line_feeds(read)
    if head[: len(_SEP)].lower() == _SEP:  # Excel's, which is no record
        announced, _, head = head.partition(b"\n")
        delimiter = delimiter or announced[len(_SEP) :].decode(errors="replace")[:1]
        line = 2
    if b"\0" in head.partition(b"\n")[0]:
        raise InvalidSetting(
            "FILE", "is UTF-16 without a byte order mark, or no text: pass --encoding"
        )
    if has_header:
        names, shape = _by_header(head, column, delimiter)
    else:
        names, shape = b"", _by_number(head, column, delimiter)
    return Table(
        digest=digest,
        size=size,
        encoding=name,
        shape=shape,
        head=names.decode().rstrip("\r\n"),
        line=line + names.count(b"\n"),
        read=_rejoined(head[len(names) :], read),
        place=(lambda: 0) if size is None else stream.tell,
    )


def _digest(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    while data := stream.read(1 << 20):
        found.update(data)
    return found.hexdigest()


def _decoded(read: Read, encoding: str | None) -> tuple[str, Read]:
    begin = _taken(read, len(codecs.BOM_UTF32_LE))
    again = _rejoined(begin, read)
    if encoding is None:
        marks = _BYTE_ORDER_MARKS.items()
        encoding = next((name for mark, name in marks if begin.startswith(mark)), "")
    try:
        known = codecs.lookup(encoding or "utf-8")
        "".encode(known.name)  # refuses codecs of bytes, such as zlib's
    except LookupError:
        raise InvalidSetting(
            "--encoding",
            "takes the name of an encoding, such as latin-1",
        ) from None
    if known.name in {"utf-8", "utf-8-sig", "ascii"}:
        return known.name, again
    return known.name, as_utf8(again, known.name)


def _by_header(
    head: bytes, column: str | None, delimiter: str | None
) -> tuple[bytes, Shape]:
    """The header as it stands there, and the shape that it gives the file."""
    seen: list[str] = []
    for mark in [delimiter] if delimiter else DELIMITERS.values():
        found = header_of(head if head.endswith(b"\n") else head + b"\n", mark)
        names = _names(found, mark)
        wanted = names[0] if column is None and len(names) == 1 else column
        if found is None or names.count(wanted or "") != 1:
            seen = max(seen, names, key=len)
            continue
        if column is None and any(each in names[0] for each in DELIMITERS.values()):
            continue
        shape = _shape(names.index(wanted or ""), len(names), mark, found)
        return found[: len(head)], shape
    if not any(seen):
        raise InvalidSetting("FILE", "begins with no header that can be read")
    shown = ", ".join(map(repr, seen[:20]))
    if column is None:
        fault = f"is needed; the file has {shown}"
    elif times := seen.count(column):
        fault = f"{times} columns are named {column!r}; give each a name of its own"
    else:
        fault = f"is not in the header; it has {shown}"
    raise InvalidSetting("--column", fault)


def _names(header: bytes | None, delimiter: str) -> list[str]:
    if header is None:
        return []
    try:
        text = header.decode().rstrip("\r\n")
        return [name.strip() for name in fields_of(text, delimiter)]
    except UnicodeDecodeError:
        raise InvalidSetting(
            "FILE", "has a header that is not UTF-8: pass --encoding, such as latin-1"
        ) from None
    except csv.Error:
        return []


def _by_number(head: bytes, column: str | None, delimiter: str | None) -> Shape:
    mark = delimiter or ","
    first = header_of(head if head.endswith(b"\n") else head + b"\n", mark)
    width = len(_names(first, mark))
    number = int(column) if column and re.fullmatch("[0-9]{1,4}", column) else 0
    if column is None and width == 1:
        number = 1
    if first is None or not 1 <= number <= width:
        raise InvalidSetting(
            "--column",
            f"takes a number with --no-header, from 1 to {width}",
        )
    return _shape(number - 1, width, mark, first)


def _shape(position: int, width: int, delimiter: str, first: bytes) -> Shape:
    return Shape(
        delimiter=delimiter,
        position=position,
        width=width,
        line_break="\r\n" if first.endswith(b"\r\n") else "\n",
    )


def _taken(read: Read, size: int) -> bytes:
    """The next bytes, as many as asked for or all."""
    found = b""
    while len(found) < size and (more := read(size - len(found))):
        found += more
    return found


def _rejoined(held: bytes, read: Read) -> Read:
    parts = chain([held] if held else [], iter(lambda: None, 0))
    return lambda size: next(parts) or read(size)


def _with_line_feeds(read: Read) -> Read:
    return lambda size: read(size).replace(b"\r", b"\n")
