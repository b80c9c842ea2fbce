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

The table `LIFE_CYCLE` has a rule for every status and event. The code below only names
the event, looks the rule up, and writes down what happened. Everything here is pure:
a frozen value and the present in; a new value and a refusal, or none, out.

Sources: Vonage, OpenAPI documents of Verify v2, 0.0.18 (2023-02-08) and 1.0.1 (archived
2026-10-08); fixtures of Vonage's Python SDK, 2026-01-30. Where these are silent, the
most cautious reading, marked [guess].
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from attrs import evolve

from ...kit import _machine as life_cycle
from ._reasons import Reason
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


#: One row of the life cycle.
_Row: TypeAlias = life_cycle.LifeCycleRow[VonageStatus, Reason]


_CHECKS = (
    Event.CHECK_RIGHT,
    Event.CHECK_WRONG,
    Event.CHECK_LAST_WRONG,
    Event.CHECK_WITHOUT_CODE,
)


def _over(status: VonageStatus, why: str) -> dict[Event, _Row]:
    """The rules of an end: everything finds nothing."""
    gone = _Row(becomes=status, refuses=Reason.NOT_FOUND, why=why)
    return dict.fromkeys(Event, gone)


def _running(
    why: str,
    refuses: Reason | None = None,
    becomes: VonageStatus = VonageStatus.RUNNING,
) -> _Row:
    return _Row(becomes=becomes, refuses=refuses, why=why)


_STILL_TERMINATED = _Row(
    becomes=VonageStatus.TERMINATED,
    refuses=Reason.WRONG_CODE_TOO_OFTEN,
    why="410 again: the workflow is terminated [guess]; 404 would be as likely",
)

LIFE_CYCLE: Final[Mapping[VonageStatus, Mapping[Event, _Row]]] = {
    VonageStatus.RUNNING: {
        Event.CHECK_RIGHT: _running(
            "200, status completed", becomes=VonageStatus.COMPLETED
        ),
        Event.CHECK_WRONG: _running("400, title Invalid Code", Reason.WRONG_CODE),
        Event.CHECK_LAST_WRONG: _running(
            "410: a code may be tried three times at most",
            Reason.WRONG_CODE_TOO_OFTEN,
            VonageStatus.TERMINATED,
        ),
        Event.CHECK_WITHOUT_CODE: _running(
            "409: the step does not support a code", Reason.STEP_TAKES_NO_CODE
        ),
        Event.NEXT: _running("200: the next step begins now"),
        Event.NEXT_WITHOUT_STEP: _running(
            "409: no more events left to trigger", Reason.NO_STEP_LEFT
        ),
        Event.CANCEL: _running("204", becomes=VonageStatus.CANCELED),
        Event.CANCEL_EARLY: _running(
            "only possible 30 seconds after the start", Reason.CANCEL_TOO_EARLY
        ),
        Event.CANCEL_LATE: _running(
            "only possible before the second event", Reason.CANCEL_TOO_LATE
        ),
        Event.SAID_YES: _running(
            "the person confirmed", becomes=VonageStatus.COMPLETED
        ),
        Event.SAID_NO: _running("the person refused", becomes=VonageStatus.REJECTED),
        Event.STEP_ENDED: _running("the next step begins"),
        Event.TIME_OUT: _running("no step is left", becomes=VonageStatus.EXPIRED),
        Event.FAIL: _running("no step is left to try", becomes=VonageStatus.FAILED),
        Event.BLOCK: _running("the number is blocked", becomes=VonageStatus.BLOCKED),
    },
    VonageStatus.COMPLETED: _over(
        VonageStatus.COMPLETED, "404: it has been verified already"
    ),
    VonageStatus.EXPIRED: _over(VonageStatus.EXPIRED, "404 [guess]"),
    VonageStatus.TERMINATED: _over(VonageStatus.TERMINATED, "404 [guess]")
    | dict.fromkeys(_CHECKS, _STILL_TERMINATED),
    VonageStatus.FAILED: _over(VonageStatus.FAILED, "404 [guess]"),
    VonageStatus.REJECTED: _over(VonageStatus.REJECTED, "404 [guess]"),
    VonageStatus.BLOCKED: _over(VonageStatus.BLOCKED, "404 [guess]"),
    VonageStatus.CANCELED: _over(VonageStatus.CANCELED, "404 [guess]"),
}


#: The verification to store, and why the command was refused (None: it was not).
Change: TypeAlias = tuple[VonageVerification, Reason | None]

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


def begun(verification: VonageVerification, *, now: datetime) -> VonageVerification:
    """A verification whose first step begins now."""
    return _step_set(verification, WorkflowStepStatus.RUNNING, began_at=now)


def check(
    verification: VonageVerification, *, matches: bool, limits: Limits, now: datetime
) -> Change:
    """
    Hold a code against the newest one sent.

    Args:
        verification: As time has left it.
        matches: Whether it is the right one.
        limits: The numbers to keep.
        now: The present.
    """
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
    """
    Begin the next step before the running one expires.

    Args:
        verification: As time has left it.
        code: A new one, for the case that the step needs it.
        now: The present.
    """
    if not verification.has_next:
        return _follow(verification, Event.NEXT_WITHOUT_STEP, now)
    # How a step that was left early is called, nobody says.
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
    if not verification.has_next:
        return _follow(verification, Event.TIME_OUT, at)[0]
    return _advance(
        verification, Event.STEP_ENDED, WorkflowStepStatus.EXPIRED, code, at
    )[0]


def failed(
    verification: VonageVerification, *, code: str, at: datetime
) -> VonageVerification:
    """The running step cannot reach anybody: the next one begins, or all is over."""
    if not verification.has_next:
        return _follow(verification, Event.FAIL, at)[0]
    return _advance(
        verification, Event.STEP_ENDED, WorkflowStepStatus.FAILED, code, at
    )[0]


def blocked(verification: VonageVerification, *, at: datetime) -> VonageVerification:
    """Vonage will not send to this address: all is over."""
    return _follow(verification, Event.BLOCK, at)[0]


def _follow(verification: VonageVerification, event: Event, now: datetime) -> Change:
    rule = LIFE_CYCLE[verification.status][event]
    if rule.becomes is verification.status:
        return verification, rule.refuses
    ended = _step_set(verification, _LAST_STEP[rule.becomes], ended_at=now)
    return evolve(ended, status=rule.becomes), rule.refuses


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
    step = evolve(
        verification.step,
        status=status,
        began_at=began_at or verification.step.began_at,
        ended_at=ended_at,
    )
    place = verification.place
    before, after = verification.steps[:place], verification.steps[place + 1 :]
    return evolve(verification, steps=(*before, step, *after))
