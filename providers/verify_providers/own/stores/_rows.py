"""Records and holders as rows of plain values, and back; instants in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import fields

from verify_core.channels import Channel
from verify_core.codestore import CodeHolder, CodeRecord, CodeStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Row = dict[str, str | int | None]

RECORD = tuple(each.name for each in fields(CodeRecord))
HOLDER = tuple(each.name for each in fields(CodeHolder))
INSTANTS = frozenset(
    {"created_at", "sent_at", "expires_at", "forget_at", "ready_at"},
)
NUMBERS = frozenset({"tries", "most_tries", "sends", "failures", "messages"})


def milliseconds(instant: datetime) -> int:
    """The instant in milliseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MILLISECOND


def instant(since_1970: int) -> datetime:
    """The instant so many milliseconds after 1970 began."""
    return _EPOCH + since_1970 * _MILLISECOND


def to_row(kept: CodeRecord | CodeHolder) -> Row:
    """The value's fields by name, as texts, numbers and milliseconds."""
    names = RECORD if isinstance(kept, CodeRecord) else HOLDER
    return {name: _plain(getattr(kept, name)) for name in names}


def _plain(field: Any) -> str | int | None:  # noqa: ANN401 - of a record or holder
    match field:
        case datetime():
            return milliseconds(field)
        case Channel() | CodeStatus():
            return field.value
    return field  # type: ignore[no-any-return]  # a text, a number or None


def record_of(row: Sequence[Any] | None) -> CodeRecord | None:
    """The record of a row whose values stand in the order of `RECORD`."""
    if row is None:
        return None
    found = _values(RECORD, row)
    found["channel"] = Channel(found["channel"])
    found["status"] = CodeStatus(found["status"])
    return CodeRecord(**found)


def holder_of(row: Sequence[Any] | None) -> CodeHolder | None:
    """The holder of a row whose values stand in the order of `HOLDER`."""
    return None if row is None else CodeHolder(**_values(HOLDER, row))


def _values(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {
        name: instant(value) if name in INSTANTS and value is not None else value
        for name, value in zip(names, row, strict=True)
    }
