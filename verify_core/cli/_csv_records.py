"""
The records of a CSV file, cut from a stream in bounded memory, damaged ones included.

RFC 4180, besides any delimiter, and quotation marks inside a field that begins without
one. What is no such record ends with its line: an open quotation mark must not swallow
the rest of a file. Bytes throughout, in UTF-8 or damaged.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from functools import cache

from attrs import frozen

CHUNK = 1 << 18
"""Bytes that one worker is given at a time, about."""

MAX_RECORD = 1 << 17
"""Bytes of the longest record that is read; also what the csv module takes a field."""

Read = Callable[[int], bytes]


@frozen(kw_only=True)
class Chunk:
    """
    Whole records of a file, or a piece of one that is too long.

    Attributes:
        data: The bytes, the last line break included.
        line: Number of the first line, from 1.
        is_piece: Whether this is a piece of a line that is too long.
    """

    data: bytes
    line: int
    is_piece: bool = False


def chunks(read: Read, delimiter: str, line: int = 1) -> Iterator[Chunk]:
    """Cut what `read` gives; the same input is always cut in the same places."""
    held, ended, is_piece = b"", False, False
    while True:
        while not ended and len(held) < CHUNK + MAX_RECORD:
            more = read(CHUNK)
            ended = not more
            held += more
        if ended and held and not held.endswith(b"\n"):
            held += b"\n"
        if not held:
            return
        window = held[: CHUNK + MAX_RECORD]
        target = len(held) if ended and len(held) == len(window) else CHUNK
        end = window.find(b"\n") + 1 if is_piece else _cut(window, delimiter, target)
        goes_on = end == 0
        data = window[: end or CHUNK]
        yield Chunk(data=data, line=line, is_piece=is_piece or goes_on)
        line += data.count(b"\n")
        held, is_piece = held[len(data) :], goes_on


def records(chunk: Chunk, delimiter: str) -> Iterator[tuple[bytes, int, bool]]:
    """Each record without its line break, the number of its line, if well-formed."""
    data, line = chunk.data, chunk.line
    if chunk.is_piece:
        yield data.rstrip(b"\r\n"), line, False
    elif b'"' not in data:
        for raw in data.split(b"\n")[:-1]:
            yield raw.removesuffix(b"\r"), line, len(raw) < MAX_RECORD
            line += 1
    else:
        begin = 0
        while begin < len(data):
            end, is_whole = _end_of_record(data, begin, delimiter)
            raw = data[begin:end]
            yield raw.removesuffix(b"\n").removesuffix(b"\r"), line, is_whole
            line += raw.count(b"\n")
            begin = end


def fields_of(text: str, delimiter: str) -> list[str]:
    """
    The fields of a well-formed record.

    Raises:
        csv.Error: Something stands behind a closing quotation mark, or a line ends in a
            field without them.
    """
    if '"' not in text and "\r" not in text:
        return text.split(delimiter)
    return next(csv.reader([text], delimiter=delimiter, strict=True), [""])


def header_of(head: bytes, delimiter: str) -> bytes | None:
    """The first record, its line break included; None where it is damaged."""
    found = _record(delimiter).match(head, 0, MAX_RECORD)
    return found and found[0]


def as_utf8(read: Read, encoding: str) -> Read:
    """The same text in UTF-8; what cannot be decoded is no UTF-8 afterwards either."""
    codecs.register_error("verify_core.damaged", _mark_damage)
    decoder = codecs.getincrementaldecoder(encoding)(errors="verify_core.damaged")

    def decoded(size: int) -> bytes:
        while more := read(size):
            text = decoder.decode(more)
            if text:
                return text.encode(errors="surrogatepass")
        return decoder.decode(b"", final=True).encode(errors="surrogatepass")

    return decoded


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


def _cut(held: bytes, delimiter: str, target: int) -> int:
    """Where the record about a place ends; 0 where the first line has no end."""
    if held.find(b'"', 0, target + MAX_RECORD) < 0:
        return held.rfind(b"\n", 0, target) + 1 or held.find(b"\n") + 1
    end = 0
    while end < target:
        begin = max(end, held.rfind(b"\n", end, _quote(held, end, target)) + 1)
        if begin >= target:
            return begin
        found, _is_whole = _end_of_record(held, begin, delimiter)
        if found == 0:
            return begin
        end = found
    return end


def _quote(held: bytes, begin: int, end: int) -> int:
    # Lines without quotation marks end where they end.
    found = held.find(b'"', begin, end)
    return end if found < 0 else found


def _end_of_record(data: bytes, begin: int, delimiter: str) -> tuple[int, bool]:
    found = _record(delimiter).match(data, begin, begin + MAX_RECORD)
    if found:
        return found.end(), True
    return data.find(b"\n", begin) + 1, False


@cache
def _record(delimiter: str) -> re.Pattern[bytes]:
    # Unrolled, so that each byte is looked at once or twice, whatever stands there.
    mark = re.escape(delimiter)
    field = rf'(?:"[^"]*(?:""[^"]*)*"|[^"\n{mark}][^\n{mark}]*)?'
    return re.compile(rf"{field}(?:{mark}{field})*\r?\n".encode())
