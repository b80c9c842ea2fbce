"""What every vendor's answer may hold: a JSON object, and a time to wait. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from verify_core.validation import aware_utc

from ._messages import HttpAnswer


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is doubled")
    return found


# Made once, since json.loads() would make one for each text.
_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles)


def json_object(body: bytes | None) -> Mapping[str, Any]:
    """
    The JSON object in a body; empty if the body is anything else or repeats a member.

    Of two members of one name, readers differ in which counts (RFC 8259, section 4), so
    an answer could name one verification to a gateway and another one to us.

    >>> json_object(b'{"id": "bird-1"}'), json_object(b"<html>")
    ({'id': 'bird-1'}, {})
    >>> json_object(b'{"id": "bird-1", "id": "bird-2"}')
    {}
    """
    return read_object(body) or {}


def read_object(body: bytes | None) -> Mapping[str, Any] | None:
    """As `json_object`, but None for a body that is anything else than an object."""
    if not body:  # none came, or it could not be read whole
        return None
    try:
        found = _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def retry_after(answer: HttpAnswer, now: datetime) -> timedelta | None:
    """
    How long `Retry-After` asks to wait, never negative; None without a readable one.

    It is a number of seconds or a date: RFC 9110, section 10.2.3. A date counts from
    the answer's own `Date`, else from `now`.

    >>> now = datetime(2026, 11, 28, tzinfo=UTC)
    >>> retry_after(HttpAnswer(status=429, headers={"retry-after": "7"}), now)
    datetime.timedelta(seconds=7)
    >>> date = {"retry-after": "Sat, 28 Nov 2026 00:01:00 GMT"}
    >>> retry_after(HttpAnswer(status=503, headers=date), now)
    datetime.timedelta(seconds=60)
    """
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return timedelta(seconds=int(text))
    until = http_date(text)
    if until is None:
        return None
    return max(until - (http_date(answer.headers.get("date", "")) or now), timedelta())


def whole_number(value: object, *, most: int) -> int | None:
    """
    Return a member of an answer, if it is a number from 0 to `most`; else None.

    >>> whole_number(600, most=3600), whole_number(10**30, most=3600)
    (600, None)
    >>> whole_number(True, most=3600), whole_number("600", most=3600)
    (None, None)
    """
    return value if type(value) is int and 0 <= value <= most else None


def http_date(text: str) -> datetime | None:
    """An HTTP date as an aware instant, or None."""
    from email.utils import parsedate_to_datetime  # loads sockets, and much more

    with suppress(ValueError, TypeError, IndexError, OverflowError):
        found = parsedate_to_datetime(text)
        return aware_utc(found if found.tzinfo else found.replace(tzinfo=UTC))
    return None


def iso_instant(value: object) -> datetime | None:
    """What a vendor wrote as an ISO 8601 instant, or None for anything else."""
    try:
        found = datetime.fromisoformat(str(value))
        return aware_utc(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
