"""Form bodies: URL-encoded, or multipart/form-data with text in its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from attrs import define, field

from ._installing import install_hint

if TYPE_CHECKING:
    from collections.abc import Callable

#: The most fields of a form; no vendor's operation takes as many as fifty.
MOST_FIELDS: Final = 1_000

_MULTIPART = "multipart/form-data"
_DISPOSITION = b"content-disposition"


class MalformedForm(ValueError):
    """A body that is no form, or one of too many fields."""


def fields_of(body: bytes | str, content_type: str = "") -> list[tuple[str, str]]:
    """
    Names and values of a form, in order; files are left out.

    Args:
        body: As it came.
        content_type: The header; anything but `multipart/form-data` is URL-encoded.

    Raises:
        MalformedForm: It cannot be read.
        ImportError: It is multipart/form-data, and `python-multipart` is missing.
    """
    if content_type.partition(";")[0].strip().lower() == _MULTIPART:
        raw = body.encode(errors="replace") if isinstance(body, str) else body
        return _multipart(raw, content_type)
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise MalformedForm(f"more than {MOST_FIELDS} fields") from error


def _multipart(body: bytes, content_type: str) -> list[tuple[str, str]]:
    try:
        from python_multipart import MultipartParser
        from python_multipart.multipart import parse_options_header
    except ImportError as error:
        raise ImportError(
            "multipart/form-data needs the library python-multipart: "
            f"{install_hint('testing')}"
        ) from error
    parts = _Parts(parse_options_header)
    try:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
    except ValueError as error:  # the library's own, and a header beyond latin-1
        raise MalformedForm(str(error)) from error
    if not boundary or not parts.ended:
        raise MalformedForm("multipart/form-data without its last boundary")
    return parts.fields


@define
class _Parts:
    """
    The parts of a multipart form as a parser meets them.

    Attributes:
        fields: Names and texts of those that are no file.
        ended: Whether the last boundary was there.
    """

    _read_options: Callable[[bytes], tuple[bytes, dict[bytes, bytes]]]
    fields: list[tuple[str, str]] = field(factory=list)
    ended: bool = False
    _header: bytearray = field(factory=bytearray)
    _value: bytearray = field(factory=bytearray)
    _disposition: bytes = b""
    _data: bytearray = field(factory=bytearray)
    _count: int = 0

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """What the parser calls, by its own names."""
        return {
            "on_part_begin": self._begin,
            "on_header_begin": self._begin_header,
            "on_header_field": self._into(self._header),
            "on_header_value": self._into(self._value),
            "on_header_end": self._end_header,
            "on_part_data": self._into(self._data),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    @staticmethod
    def _into(buffer: bytearray) -> Callable[[bytes, int, int], None]:
        def take(data: bytes, start: int, end: int) -> None:
            buffer.extend(data[start:end])

        return take

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise MalformedForm(f"more than {MOST_FIELDS} fields")
        self._disposition = b""
        self._data.clear()

    def _begin_header(self) -> None:
        self._header.clear()
        self._value.clear()

    def _end_header(self) -> None:
        if bytes(self._header).lower() == _DISPOSITION:
            self._disposition = bytes(self._value)

    def _end(self) -> None:
        kind, options = self._read_options(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise MalformedForm("a part that is no named field")
        if b"filename" not in options:
            text = self._data.decode(errors="replace")
            self.fields.append((name.decode(errors="replace"), text))

    def _finish(self) -> None:
        self.ended = True
