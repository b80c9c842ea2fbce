"""JSON as it goes over a wire: bytes without spaces, instants in ISO 8601."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Json: TypeAlias = dict[str, object]


def plainly(content: object) -> bytes:
    """Without any library but Python's own."""
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
