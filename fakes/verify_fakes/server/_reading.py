"""Reading what a request to the side door holds, or refusing it by the field's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from starlette.requests import Request

Json: TypeAlias = dict[str, Any]
WordT = TypeVar("WordT", bound=StrEnum)

_LARGEST = 10**9
_LONGEST_MS = 600_000
_LONGEST_NUMBER = 15
_LONGEST_TEXT, _LONGEST_URL = 320, 2_048


class BadRequest(ValueError):
    """A request that cannot be used; names the field and says what it takes."""

    def __init__(self, name: str, takes: str) -> None:
        super().__init__(f"{name}: {takes}")
        self.field = name
        self.takes = takes


async def read_body(request: Request, known: Mapping[str, str]) -> Json:
    """The JSON object in a body; without a body it is empty."""
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("body", "takes a JSON object") from None
    if not isinstance(body, dict):
        raise BadRequest("body", "takes a JSON object")
    unknown = sorted(set(body) - set(known))
    if unknown:
        there_are = ", ".join(known) or "no members"
        raise BadRequest(unknown[0][:40], f"unknown; there are {there_are}")
    return body


def whole_number(
    query: Mapping[str, str],
    name: str,
    default: int,
    least: int = 0,
    most: int | None = None,
) -> int:
    """A whole number in a query, from `least` to `most`."""
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise BadRequest(name, "takes a whole number")
    value = int(text)
    if value < least or (most is not None and value > most):
        raise BadRequest(name, f"takes {least} to {most or 'any number'}")
    return value


def whole_numbers(query: Mapping[str, str], name: str) -> frozenset[int] | None:
    """Whole numbers in a query, with commas between them; None where it is missing."""
    texts = query.get(name, "").split(",") if query.get(name) else None
    if texts is None:
        return None
    return frozenset(whole_number({name: each}, name, 0) for each in texts)


def number(
    query: Mapping[str, str], name: str, default: float, least: float, most: float
) -> float:
    """A number in a query, from `least` to `most`."""
    try:
        value = float(query.get(name) or default)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise BadRequest(name, f"takes {least:g} to {most:g}")
    return value


def seconds(body: Json, name: str, most: int = _LARGEST) -> float:
    """A number of seconds (or of their thousandths) in a body, not negative."""
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = -1
    if not 0 <= value <= most:
        raise BadRequest(name, f"takes a number from 0 to {most}")
    return float(value)


def _count(body: Json, name: str, default: int) -> int:
    value = body.get(name, default)
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not 1 <= value <= _LARGEST:
        raise BadRequest(name, f"takes a whole number from 1 to {_LARGEST}")
    return int(value)


def truth(body: Json, name: str, default: bool | None = None) -> bool:  # noqa: FBT001
    """True or false in a body."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadRequest(name, "takes true or false")
    return value


def text(body: Json, name: str) -> str:
    """A text in a body, not empty."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_URL:
        raise BadRequest(name, f"takes a text of at most {_LONGEST_URL:,} characters")
    return value


def word_of(kind: type[WordT], body: Json, name: str) -> WordT:
    """A word of an enumeration in a body."""
    try:
        return kind(text(body, name))
    except BadRequest:
        raise
    except ValueError:
        raise BadRequest(name, f"takes one of {', '.join(kind)}") from None


def texts(body: Json, name: str) -> list[str]:
    value = body[name]
    if not isinstance(value, list) or not all(
        isinstance(v, str) and len(v) <= _LONGEST_TEXT for v in value
    ):
        raise BadRequest(
            name, f"takes a list of texts of at most {_LONGEST_TEXT} characters"
        )
    return value


def instant(body: Json, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text(body, name))
    except ValueError:
        raise BadRequest(
            name, "takes an instant such as 2030-01-01T12:00:00Z"
        ) from None


def fault_of(body: Json) -> dict[str, Any]:
    """Which calls a fault hits, and when a refused one may come again."""
    first = _count(body, "first", 1)
    last = None
    if body.get("last", first) is not None:
        last = _count(body, "last", first)
        if last < first:
            raise BadRequest("last", "takes first or more, or null for no end")
    retry_after = None
    if "retry_after_s" in body:
        if "error" not in body:
            raise BadRequest("retry_after_s", "goes with an error only")
        retry_after = timedelta(seconds=seconds(body, "retry_after_s"))
    to = text(body, "to") if "to" in body else None
    return {"first": first, "last": last, "to": to, "retry_after": retry_after}


def effect_of(body: Json) -> str:
    """Which of its members says how the calls fail."""
    effects = [name for name in ("error", "connection", "delay_ms") if name in body]
    if len(effects) != 1:
        raise BadRequest("error", "give one of error, connection and delay_ms")
    return effects[0]


def delay(body: Json) -> timedelta:
    """How long an answer waits."""
    return timedelta(milliseconds=seconds(body, "delay_ms", _LONGEST_MS))


def require_room(name: str, things: str, there_are: int, most: int) -> None:
    """Refuse one more where there are as many as may be kept."""
    if there_are >= most:
        raise BadRequest(
            name, f"there are {most:,} {things} already; reset forgets them"
        )
