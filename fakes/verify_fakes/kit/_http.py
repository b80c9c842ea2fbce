"""HTTP as every vendor's fake reads and writes it: forms, JSON, headers, answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import floor
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from ._hiding import Hidden, Revealed, hidden
from ._installing import install_hint

RefusalT = TypeVar("RefusalT")
Json: TypeAlias = dict[str, object]

#: The most fields of a form; no vendor's operation takes as many as fifty.
MOST_FIELDS = 1_000

_AS_IT_IS = frozenset({"", "identity"})


@frozen(kw_only=True)
class VendorResponse(Generic[RefusalT]):
    """
    One HTTP answer.

    Attributes:
        headers: Without Content-Length, which is the transport's.
        body: JSON, or nothing.
        refused: The refusal it reports, for logs and inboxes; never on the wire.
    """

    status: int
    _headers: Hidden[Mapping[str, str]] = field(converter=hidden)
    _body: Hidden[bytes] = field(converter=hidden)
    refused: RefusalT | None = None
    headers = Revealed[Mapping[str, str]]()
    body = Revealed[bytes]()


def header_of(headers: Mapping[str, str], name: str) -> str:
    """
    A header's value, or nothing where it is missing.

    Args:
        headers: Names in any case; some HTTP libraries have bytes for values.
        name: In lower case.
    """
    found: str | bytes | None = headers.get(name)
    if found is None:
        named = (each for key, each in headers.items() if key.lower() == name)
        found = next(named, "")
    return found.decode("latin-1") if isinstance(found, bytes) else found


def is_packed(content_encoding: str) -> bool:
    """Whether a body with this Content-Encoding is compressed."""
    return content_encoding.strip().lower() not in _AS_IT_IS


def whole_seconds(wait: timedelta) -> str:
    """A Retry-After: whole seconds, never too early."""
    return str(-int(-wait.total_seconds() // 1))


def plainly(content: object) -> bytes:
    """JSON without spaces, written by Python's own library."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")  # half a character has no place in UTF-8


def _encoder() -> Callable[[object], bytes]:
    try:
        import orjson
    except ImportError:  # it comes with the extra `server`, where speed counts
        return plainly

    def fast(content: object) -> bytes:
        try:
            return orjson.dumps(content)
        except orjson.JSONEncodeError:  # half a character, or a very large number
            return plainly(content)

    return fast


encoded = _encoder()


def seconds(instant: datetime) -> str:
    """An instant of a resource, in whole seconds."""
    # With a fraction here, PyPI twilio 9.13.0 hands out a string and not a datetime.
    return f"{_to_the_second(floor(instant.timestamp()))}Z"


def milliseconds(instant: datetime) -> str:
    """An instant of a message or an event, to the millisecond."""
    second = _to_the_second(floor(instant.timestamp()))
    return f"{second}.{instant.microsecond // 1000:03d}Z"


@lru_cache(maxsize=64)  # writing one takes a while, and most are of the same moment
def _to_the_second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None).isoformat()


class MalformedForm(ValueError):
    """A body that cannot be read as a form, or has too many fields."""


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
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
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


class _Parts:
    """
    The parts of a multipart form as a parser meets them; prints none of them.

    Attributes:
        fields: Names and texts of the parts that are not files.
        ended: Whether the last boundary was there.
    """

    def __init__(
        self, read_options: Callable[[bytes], tuple[bytes, dict[bytes, bytes]]]
    ) -> None:
        self.fields: list[tuple[str, str]] = []
        self.ended = False
        self._read_options = read_options
        self._header, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._disposition = b""
        self._count = 0

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
        return lambda data, start, end: buffer.extend(data[start:end])

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
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)

    def _end(self) -> None:
        kind, options = self._read_options(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise MalformedForm("a part without a field name")
        if b"filename" not in options:
            text = self._data.decode(errors="replace")
            self.fields.append((name.decode(errors="replace"), text))

    def _finish(self) -> None:
        self.ended = True


def is_web_address(text: str) -> bool:
    """Whether it is an absolute http or https URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
