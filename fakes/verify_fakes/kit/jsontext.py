"""JSON as it goes over a wire: bytes, without spaces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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
