"""Reading what a request to the side door holds, or refusing it by the field's name."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from starlette.requests import Request

from ._operations import MOST, OPERATIONS, Json

_LARGEST: Final = 10**9
_LONGEST_NUMBER: Final = 15
_LONGEST_TEXT, _LONGEST_URL = 320, 2_048


Query = Mapping[str, str]
"""Query parameters; the first of each name."""


class BadRequest(ValueError):
    """A request that cannot be used; names the field and says what it takes."""

    def __init__(self, name: str, takes: str) -> None:
        super().__init__(f"{name}: {takes}")
        self.field = name
        self.takes = takes


_BODIES: Final = {row.name: row.body for row in OPERATIONS}


async def read_body(request: Request, operation: str) -> Json:
    """
    The JSON body of an operation; no body is an empty object.

    Raises:
        BadRequest: It is no object, or has a member that is unknown.
    """
    return await read_object(request, _BODIES[operation])


async def read_object(request: Request, known: Collection[str]) -> Json:
    """
    The JSON object in a body; no body is an empty one.

    Args:
        request: Whose body.
        known: The members that it may have.

    Raises:
        BadRequest: It is no object, or has a member that is unknown.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("body", "takes a JSON object") from None
    if not isinstance(body, dict):
        raise BadRequest("body", "takes a JSON object")
    unknown = sorted(set(body) - set(known))
    if unknown:
        there_are = ", ".join(known) or "none"
        raise BadRequest(str(unknown[0])[:40], f"unknown; there are {there_are}")
    return body


def window(query: Query) -> tuple[int, int]:
    """After which cursor, and at most how many."""
    after = whole_number(query, "after", 0, 0, None) or 0
    return after, whole_number(query, "limit", MOST, 1, MOST) or MOST


def whole_number(
    query: Query,
    name: str,
    default: int | None,
    least: int,
    most: int | None,
) -> int | None:
    """A whole number in a query, from `least` to `most`."""
    text = query.get(name)
    if text in {None, ""}:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise BadRequest(name, "takes a whole number")
    value = int(text)
    if value < least or (most is not None and value > most):
        raise BadRequest(name, f"takes {least} to {most or 'any number'}")
    return value


def number(query: Query, name: str, default: float, least: float, most: float) -> float:
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
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not 0 <= value <= most:
        raise BadRequest(name, f"takes a number from 0 to {most}")
    return float(value)


def count(body: Json, name: str, default: int) -> int:
    """A whole number in a body, at least 1."""
    value = body.get(name, default)
    fits = isinstance(value, int) and not isinstance(value, bool)
    if not fits or not 1 <= value <= _LARGEST:
        raise BadRequest(name, f"takes a whole number from 1 to {_LARGEST}")
    return int(value)


def within(name: str, things: str, there_are: int, most: int) -> None:
    """
    See whether one more may be kept.

    Raises:
        BadRequest: There are as many as may be; names the field.
    """
    if there_are >= most:
        raise BadRequest(
            name, f"there are {most:,} {things} already; reset forgets them"
        )


def text(body: Json, name: str) -> str:
    """A text in a body, not empty."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_URL:
        raise BadRequest(name, f"takes a text of at most {_LONGEST_URL:,} characters")
    return value


def texts(body: Json, name: str) -> list[str]:
    """A list of texts in a body."""
    value = body[name]
    if not isinstance(value, list) or not all(
        isinstance(v, str) and len(v) <= _LONGEST_TEXT for v in value
    ):
        raise BadRequest(
            name, f"takes a list of texts of at most {_LONGEST_TEXT} characters"
        )
    return value


def instant(body: Json, name: str) -> datetime:
    """An instant in a body."""
    try:
        return datetime.fromisoformat(text(body, name))
    except ValueError:
        raise BadRequest(
            name, "takes an instant such as 2030-01-01T12:00:00Z"
        ) from None


def span(body: Json) -> tuple[int, int | None]:
    """The first and the last call that a fault hits; None is no end."""
    first = count(body, "first", 1)
    if body.get("last", first) is None:
        return first, None
    last = count(body, "last", first)
    if last < first:
        raise BadRequest("last", "takes first or more, or null for no end")
    return first, last
