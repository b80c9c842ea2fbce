"""
Two verifications behind one reference, where two messages may have been sent.

Both codes work, and the person does not know which message is which. So a code is tried
at the newer vendor and, if it is none of that vendor's, at the older one. Each such
trial spends one guess of an allowance that both share and that is no larger than the
smaller vendor's. The count lives in this process; elsewhere and after a restart the
newer vendor's own limit bounds the codes that can be tried, for each goes there first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from verify_core.errors import VerifyError
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Status,
    Verdict,
    VerificationState,
)

from .memory import Memory
from .references import Link, Pin

_VERDICTS: Final = (
    Verdict.EXHAUSTED,
    Verdict.WRONG_CODE,
    Verdict.NOT_CHECKABLE,
    Verdict.EXPIRED,
    Verdict.GONE,
)
"""Of two verdicts the one that counts is the earlier here."""

_OUTCOMES: Final = (
    CancelOutcome.TOO_LATE,
    CancelOutcome.NOT_SUPPORTED,
    CancelOutcome.CANCELED,
    CancelOutcome.GONE,
)
"""Of two outcomes the one that counts is the earlier here."""


def check_pair(
    pin: Pin,
    *,
    allowance: int,
    memory: Memory,
    check: Callable[[Link], CheckResult],
    end: Callable[[Link], None],
) -> CheckResult:
    """
    Try a code at the newer verification, then at the older one.

    Args:
        pin: The two.
        allowance: Guesses that they share.
        memory: Counts them.
        check: Asks one of them.
        end: Ends the other one once the code is approved.

    Returns:
        `EXHAUSTED` without asking anybody where the allowance is spent.

    Raises:
        VerifyError: As `check` did; the other one is then not asked.
    """
    serial = pin.newest.serial
    found: list[CheckResult] = []
    for link in pin.links:
        if not memory.spend(serial, allowance):
            break
        try:
            result = check(link)
        except VerifyError as error:
            if not error.maybe_sent:
                memory.give_back(serial)
            raise
        if result.verdict is Verdict.APPROVED:
            return _approved(pin, link, result, memory, end)
        found.append(result)
        if result.verdict is Verdict.EXHAUSTED:
            break
    return _summary(found, left=memory.left(serial, allowance))


def _approved(
    pin: Pin,
    link: Link,
    result: CheckResult,
    memory: Memory,
    end: Callable[[Link], None],
) -> CheckResult:
    # Two codes work, and two threads may bring one each: one approval is all there is.
    if not memory.bury(pin.newest.serial):
        return CheckResult(verdict=Verdict.GONE)
    for other in pin.links:
        if other is not link:
            end(other)
    return result


def _summary(found: Sequence[CheckResult], *, left: int) -> CheckResult:
    verdicts = [each.verdict for each in found] or [Verdict.EXHAUSTED]
    verdict = min(verdicts, key=_VERDICTS.index)
    return CheckResult(
        verdict=verdict,
        # A code may take two guesses of what is left.
        attempts_remaining=0 if verdict is Verdict.EXHAUSTED else (left + 1) // 2,
        retry_allowed=left > 0
        and any(each.retry_allowed for each in found)
        and verdict is not Verdict.EXHAUSTED,
    )


def joined_state(states: Sequence[VerificationState]) -> VerificationState:
    """
    Where one or two verifications stand together.

    Args:
        states: The newest first.

    Returns:
        Approved if one is; else the newest's state, with the messages of all.
    """
    approved = [each for each in states if each.status is Status.APPROVED]
    told = approved[0] if approved else states[0]
    return VerificationState(
        status=told.status,
        reason=told.reason,
        deliveries=tuple(
            message for each in reversed(states) for message in each.deliveries
        ),
    )


def worst_outcome(outcomes: Sequence[CancelOutcome]) -> CancelOutcome:
    """What of a wish to cancel one or two verifications must not be overlooked."""
    return min(outcomes, key=_OUTCOMES.index)
