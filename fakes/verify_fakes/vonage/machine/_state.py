"""
The life of one verification: laws, table, code.

Laws:
    1. A verification runs its steps in order, each once, and only one at a time.
    2. A step that is not answered within the channel time-out expires; the next one
       begins at that instant, and the last one takes the verification with it.
    3. Each step has a code of its own, unless it reuses the one before or the caller
       brought one; only the newest code counts.
    4. `Limits.wrong_codes` wrong codes end it, over all steps together; the last of
       them is answered as the end that it is.
    5. At most one check is ever answered `completed`.
    6. It can be canceled from `Limits.cancel_from` after its start on, and before its
       second step begins.
    7. From an end there is no way back.

The table `LIFE_CYCLE` has a row for every status and event. The code below names the
event, looks the row up, and writes down what happened. Everything is pure: a frozen
value and the present in; a new value and a refusal (or None) out.

Sources: Vonage, OpenAPI documents of Verify v2, 0.0.18 (2023-02-08) and 1.0.1 (archived
2026-10-08); fixtures of Vonage's Python SDK, 2026-01-30. Where these are silent, the
most cautious reading, marked [guess].
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from attrs import evolve

from ...kit._machine import LifeCycleRow
from ._commands import Reason
from ._workflow import Limits, VonageStatus, VonageVerification, WorkflowStepStatus


class Event(StrEnum):
    """What can happen to a verification."""

    CHECK_RIGHT = "check_right"
    CHECK_WRONG = "check_wrong"
    CHECK_LAST_WRONG = "check_last_wrong"
    CHECK_WITHOUT_CODE = "check_without_code"
    NEXT = "next"
    NEXT_WITHOUT_STEP = "next_without_step"
    CANCEL = "cancel"
    CANCEL_EARLY = "cancel_early"
    CANCEL_LATE = "cancel_late"
    SAID_YES = "said_yes"
    SAID_NO = "said_no"
    STEP_ENDED = "step_ended"
    TIME_OUT = "time_out"
    FAIL = "fail"
    BLOCK = "block"


_Row: TypeAlias = LifeCycleRow[VonageStatus, Reason]

#: How the running step ends when its verification does.
_LAST_STEP: Mapping[VonageStatus, WorkflowStepStatus] = {
    VonageStatus.COMPLETED: WorkflowStepStatus.COMPLETED,
    VonageStatus.EXPIRED: WorkflowStepStatus.EXPIRED,
    VonageStatus.TERMINATED: WorkflowStepStatus.FAILED,
    VonageStatus.FAILED: WorkflowStepStatus.FAILED,
    VonageStatus.REJECTED: WorkflowStepStatus.USER_REJECTED,
    VonageStatus.BLOCKED: WorkflowStepStatus.BLOCKED,
    VonageStatus.CANCELED: WorkflowStepStatus.FAILED,
}


def _goes_on(why: str, refuses: Reason | None = None) -> _Row:
    return _Row(becomes=VonageStatus.RUNNING, refuses=refuses, why=why)


def _ends(becomes: VonageStatus, why: str, refuses: Reason | None = None) -> _Row:
    return _Row(becomes=becomes, refuses=refuses, why=why)


def _over(status: VonageStatus) -> dict[Event, _Row]:
    """Whatever is asked of an end is not found; but for `completed`, [guess]."""
    why = "404: not found, or verified already"
    return dict.fromkeys(Event, _ends(status, why, Reason.NOT_FOUND))


_STILL_TERMINATED = _ends(
    VonageStatus.TERMINATED,
    "410 again: the workflow is terminated [guess]; 404 would be as likely",
    Reason.WRONG_CODE_TOO_OFTEN,
)

LIFE_CYCLE: Mapping[VonageStatus, Mapping[Event, _Row]] = {
    **{status: _over(status) for status in _LAST_STEP},
    VonageStatus.TERMINATED: {
        **_over(VonageStatus.TERMINATED),
        Event.CHECK_RIGHT: _STILL_TERMINATED,
        Event.CHECK_WRONG: _STILL_TERMINATED,
        Event.CHECK_LAST_WRONG: _STILL_TERMINATED,
        Event.CHECK_WITHOUT_CODE: _STILL_TERMINATED,
    },
    VonageStatus.RUNNING: {
        Event.CHECK_RIGHT: _ends(VonageStatus.COMPLETED, "200, status completed"),
        Event.CHECK_WRONG: _goes_on("400, title Invalid Code", Reason.WRONG_CODE),
        Event.CHECK_LAST_WRONG: _ends(
            VonageStatus.TERMINATED,
            "410: a code may be tried three times at most",
            Reason.WRONG_CODE_TOO_OFTEN,
        ),
        Event.CHECK_WITHOUT_CODE: _goes_on(
            "409: the step does not support a code", Reason.STEP_TAKES_NO_CODE
        ),
        Event.NEXT: _goes_on("200: the next step begins now"),
        Event.NEXT_WITHOUT_STEP: _goes_on(
            "409: no more events left to trigger", Reason.NO_STEP_LEFT
        ),
        Event.CANCEL: _ends(VonageStatus.CANCELED, "204"),
        Event.CANCEL_EARLY: _goes_on(
            "only possible 30 seconds after the start", Reason.CANCEL_TOO_EARLY
        ),
        Event.CANCEL_LATE: _goes_on(
            "only possible before the second event", Reason.CANCEL_TOO_LATE
        ),
        Event.SAID_YES: _ends(VonageStatus.COMPLETED, "the person confirmed"),
        Event.SAID_NO: _ends(VonageStatus.REJECTED, "the person refused"),
        Event.STEP_ENDED: _goes_on("the next step begins"),
        Event.TIME_OUT: _ends(VonageStatus.EXPIRED, "no step is left"),
        Event.FAIL: _ends(VonageStatus.FAILED, "no step is left to try"),
        Event.BLOCK: _ends(VonageStatus.BLOCKED, "the number is blocked"),
    },
}

#: The verification to store, and why the command was refused, if it was.
Change: TypeAlias = tuple[VonageVerification, Reason | None]


def begun(verification: VonageVerification, *, now: datetime) -> VonageVerification:
    """A verification whose first step begins now."""
    return _step_set(verification, WorkflowStepStatus.RUNNING, began_at=now)


def check(
    verification: VonageVerification, *, matches: bool, limits: Limits, now: datetime
) -> Change:
    """Hold a code against the newest one sent; `matches` is whether it is the same."""
    if not verification.step.takes_code:
        return _follow(verification, Event.CHECK_WITHOUT_CODE, now)
    if matches:
        return _follow(verification, Event.CHECK_RIGHT, now)
    last = verification.wrong_codes + 1 >= limits.wrong_codes
    event = Event.CHECK_LAST_WRONG if last else Event.CHECK_WRONG
    after, refused = _follow(verification, event, now)
    if verification.status is VonageStatus.RUNNING:
        after = evolve(after, wrong_codes=verification.wrong_codes + 1)
    return after, refused


def next_step(verification: VonageVerification, *, code: str, now: datetime) -> Change:
    """Begin the next step, with a new code if it needs one, before this one expires."""
    if not verification.has_next:
        return _follow(verification, Event.NEXT_WITHOUT_STEP, now)
    # No document says how a step that was left early is called.
    return _advance(verification, Event.NEXT, WorkflowStepStatus.EXPIRED, code, now)


def cancel(
    verification: VonageVerification, *, limits: Limits, now: datetime
) -> Change:
    """Call a running verification off, in the window where that is possible."""
    if verification.place > 0:
        return _follow(verification, Event.CANCEL_LATE, now)
    if now < verification.submitted_at + limits.cancel_from:
        return _follow(verification, Event.CANCEL_EARLY, now)
    return _follow(verification, Event.CANCEL, now)


def replied(verification: VonageVerification, *, yes: bool, now: datetime) -> Change:
    """The person answers the question of an interactive step."""
    return _follow(verification, Event.SAID_YES if yes else Event.SAID_NO, now)


def timed_out(
    verification: VonageVerification, *, code: str, at: datetime
) -> VonageVerification:
    """The running step expires: the next one begins, or all is over."""
    return _step_ended(verification, Event.TIME_OUT, code, at)


def failed(
    verification: VonageVerification, *, code: str, at: datetime
) -> VonageVerification:
    """The running step cannot reach the person: the next one begins, or all is over."""
    return _step_ended(verification, Event.FAIL, code, at)


def ended(
    verification: VonageVerification, status: VonageStatus, *, code: str, now: datetime
) -> Change:
    """
    A person at the inbox ends it: as completed, canceled, or its step as expired.

    Unlike a request to cancel, this is possible at any time.
    """
    if status is VonageStatus.EXPIRED:
        if verification.status is not VonageStatus.RUNNING:
            return verification, Reason.NOT_FOUND
        return timed_out(verification, code=code, at=now), None
    completes = status is VonageStatus.COMPLETED
    event = Event.CHECK_RIGHT if completes else Event.CANCEL
    return _follow(verification, event, now)


def blocked(verification: VonageVerification, *, at: datetime) -> VonageVerification:
    """Vonage will not send to this address: all is over."""
    return _follow(verification, Event.BLOCK, at)[0]


def _step_ended(
    verification: VonageVerification, last: Event, code: str, at: datetime
) -> VonageVerification:
    if not verification.has_next:
        return _follow(verification, last, at)[0]
    expired = last is Event.TIME_OUT
    ended_as = WorkflowStepStatus.EXPIRED if expired else WorkflowStepStatus.FAILED
    return _advance(verification, Event.STEP_ENDED, ended_as, code, at)[0]


def _follow(verification: VonageVerification, event: Event, now: datetime) -> Change:
    row = LIFE_CYCLE[verification.status][event]
    if row.becomes is verification.status:
        return verification, row.refuses
    ended = _step_set(verification, _LAST_STEP[row.becomes], ended_at=now)
    return evolve(ended, status=row.becomes), row.refuses


def _advance(
    verification: VonageVerification,
    event: Event,
    ended_as: WorkflowStepStatus,
    code: str,
    now: datetime,
) -> Change:
    after, refused = _follow(verification, event, now)
    if refused is not None:
        return after, refused
    moved = evolve(
        _step_set(after, ended_as, ended_at=now),
        place=after.place + 1,
        code=code if after.needs_new_code else after.code,
    )
    return _step_set(moved, WorkflowStepStatus.RUNNING, began_at=now), None


def _step_set(
    verification: VonageVerification,
    status: WorkflowStepStatus,
    *,
    began_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> VonageVerification:
    place = verification.place
    step = evolve(
        verification.step,
        status=status,
        began_at=began_at or verification.step.began_at,
        ended_at=ended_at,
    )
    before, after = verification.steps[:place], verification.steps[place + 1 :]
    return evolve(verification, steps=(*before, step, *after))
