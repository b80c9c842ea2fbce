"""
The life of a verification, as one table: state x event -> next state and answer.

Laws. An approval happens once, and nothing but the right code of the newest message
brings it. What has ended stays so, until a start with its id begins anew. Neither
absence nor the end of time is consent: where no code is left, no code is right.

Time is not an event: `state_of` reads it from the record. What a holder may have
(`verify_core.codestore.StoreLimits`) can refuse a start or a resend: nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import TypeAlias

from verify_core.codestore import CodeRecord, CodeStatus, StartAnswer
from verify_core.verification import CancelOutcome, Status, Verdict


class State(StrEnum):
    """Where a verification stands, by its record and the time."""

    MISSING = "missing"
    PENDING = "pending"
    """It runs: not expired, and guesses are left."""
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    APPROVED = "approved"
    CANCELED = "canceled"


class LifeEvent(Enum):
    """What happens to a verification."""

    START = "a start with its id"
    RESEND = "a start with its newest message as `previous`"
    RIGHT = "a check of the right code"
    WRONG = "a check of another code"
    LAST = "a check of another code, with the last guess"
    CANCEL = "a cancel"


Answer: TypeAlias = StartAnswer | Verdict | CancelOutcome


def _over(state: State, verdict: Verdict) -> Mapping[LifeEvent, tuple[State, Answer]]:
    """What happens to a verification that has ended: nothing, until it starts anew."""
    return {
        LifeEvent.START: (State.PENDING, StartAnswer.KEPT),
        LifeEvent.RESEND: (state, StartAnswer.GONE),
        LifeEvent.RIGHT: (state, verdict),
        LifeEvent.WRONG: (state, verdict),
        LifeEvent.CANCEL: (state, CancelOutcome.GONE),
    }


LIFE: Mapping[State, Mapping[LifeEvent, tuple[State, Answer]]] = {
    State.MISSING: _over(State.MISSING, Verdict.GONE),
    State.PENDING: {
        LifeEvent.START: (State.PENDING, StartAnswer.REPEATED),
        # The message before is replaced: its code is a wrong one from now on.
        LifeEvent.RESEND: (State.PENDING, StartAnswer.KEPT),
        LifeEvent.RIGHT: (State.APPROVED, Verdict.APPROVED),
        LifeEvent.WRONG: (State.PENDING, Verdict.WRONG_CODE),
        LifeEvent.LAST: (State.EXHAUSTED, Verdict.WRONG_CODE),
        LifeEvent.CANCEL: (State.CANCELED, CancelOutcome.CANCELED),
    },
    State.EXHAUSTED: _over(State.EXHAUSTED, Verdict.EXHAUSTED),
    State.EXPIRED: _over(State.EXPIRED, Verdict.EXPIRED),
    State.APPROVED: _over(State.APPROVED, Verdict.GONE),
    State.CANCELED: _over(State.CANCELED, Verdict.GONE),
}

STATUSES: Mapping[State, Status] = {
    State.MISSING: Status.UNKNOWN,
    State.PENDING: Status.PENDING,
    State.EXHAUSTED: Status.FAILED,
    State.EXPIRED: Status.EXPIRED,
    State.APPROVED: Status.APPROVED,
    State.CANCELED: Status.CANCELED,
}
"""What `fetch` says of each state."""


def state_of(record: CodeRecord | None, now: datetime) -> State:
    """
    Where a record stands.

    Args:
        record: As it is stored, or None without one.
        now: The present, aware.
    """
    if record is None or record.forget_at <= now:
        return State.MISSING
    if record.status is not CodeStatus.PENDING:
        return State(record.status.value)
    # The end of time comes first, as in a store's `guess`.
    if record.expires_at <= now:
        return State.EXPIRED
    return State.PENDING if record.tries < record.most_tries else State.EXHAUSTED
