"""What the two nodes keep in node state besides the outcome's own writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import frozen

from ..errors import InputError, InvalidSetting, VerifyError
from ..messages import text_of
from ..validation import aware_utc
from ..verification import VerificationRef
from ._action import Action
from ._callbacks import MessageType, TextOutputCallback
from ._outcomes import (
    ERROR_RECORD_KEY,
    REFERENCE_KEY,
    RESEND_KEY,
    SENT_AT_KEY,
    WRONG_CODES_KEY,
    StateWrites,
    went_wrong,
)
from ._state import NodeState


def apply(state: NodeState, writes: StateWrites) -> None:
    """Carry out an outcome's writes, so that what is written is what will be read."""
    for key in writes.removed:
        state.remove(key)
    state.merge_shared(writes.put)


def remove(state: NodeState, *keys: str) -> None:
    """Remove keys from every store."""
    for key in keys:
        state.remove(key)


def fail(
    state: NodeState,
    error: InputError | InvalidSetting | VerifyError,
    *,
    ping_compatible: bool,
) -> Action:
    """Write what went wrong and move on by `Error`."""
    result = went_wrong(error, ping_compatible=ping_compatible)
    apply(state, result.writes)
    # Frames of a login hold what the person typed.
    return Action.go_to(result, cause=error.with_traceback(None))


def reference(state: NodeState) -> VerificationRef | None:
    """
    The reference of the running verification, or None.

    Raises:
        InvalidSetting: The state holds something that is no reference.
    """
    data = state.get(REFERENCE_KEY)
    return None if data is None else VerificationRef.from_json(data)


def wants_resend(state: NodeState) -> bool:
    """Whether the Collector asked for a resend."""
    return state.get(RESEND_KEY) is True


def sent_at(state: NodeState) -> datetime | None:
    """When the last message was sent; None where the state has no readable time."""
    text = state.get(SENT_AT_KEY)
    try:
        return (
            aware_utc(datetime.fromisoformat(text)) if isinstance(text, str) else None
        )
    except ValueError:
        return None


_MOST_WRONG = 10**9


def count_wrong_code(state: NodeState) -> None:
    """Count one more wrong code."""
    so_far = state.get(WRONG_CODES_KEY)
    count = so_far if type(so_far) is int and 0 <= so_far < _MOST_WRONG else 0
    state.merge_shared({WRONG_CODES_KEY: count + 1})


@frozen(kw_only=True)
class LastError:
    """What stands in state as the last error: its reason and its text for people."""

    reason: str
    text: str

    def notice(self) -> TextOutputCallback:
        """A callback that shows the text as an error."""
        return TextOutputCallback(self.text, MessageType.ERROR)


def last_error(state: NodeState, locales: Iterable[str]) -> LastError | None:
    """The error that one of our nodes left in state, in the person's language."""
    record = state.get(ERROR_RECORD_KEY)
    if not isinstance(record, Mapping):
        return None
    reason, key = record.get("reason"), record.get("message_key")
    if not isinstance(reason, str) or not isinstance(key, str):
        return None
    try:
        return LastError(reason=reason, text=text_of(key, locales))
    except KeyError:
        return None
