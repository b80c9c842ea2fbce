"""Check, fetch and cancel where the vendor fails: no verdict without an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Thread

from attrs import evolve

from verify_core.errors import Unavailable, VerifyError
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Status,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import FAILED_INSIDE, Call, Garbage
from . import _needs as needs
from ._answering import REFUSING
from ._checking import ENDED, expect, wrong

#: After these a document is there that can be read, if not believed.
_READABLE = frozenset({Garbage.NUMBERS, Garbage.KINDS, Garbage.NO_MEMBERS})


@case(needs.lost_next)
def lost_right_code_is_no_verdict(bench: Bench) -> None:
    """A check whose answer is lost says that the guess may have counted; no verdict."""
    ref, code = _begun(bench)
    bench.lose(Call.CHECK)

    _require_open(lambda: bench.provider.check(ref, code))


@case(needs.lost_next, needs.known_guesses)
def lost_check_is_not_repeated(bench: Bench) -> None:
    """A check whose answer is lost is not put again: it spends one guess, not two."""
    ref, code = _begun(bench)
    bench.lose(Call.CHECK)
    _require_open(lambda: bench.provider.check(ref, wrong(code)))
    for _ in range((bench.guesses or 1) - 2):
        expect(bench, ref, wrong(code), Verdict.WRONG_CODE)

    verdict = bench.provider.check(ref, code).verdict

    spent = "the lost check spent more than one guess; do not repeat it"
    require(verdict is Verdict.APPROVED, spent)


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_at_a_check_is_no_verdict(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a guess may have counted; there is no verdict."""
    ref, code = _begun(bench)
    bench.arrange(bench.fail_next, status, Call.CHECK)

    _require_open(lambda: bench.provider.check(ref, code))


@case(needs.failed, each=sorted(REFUSING))
def refusing_status_at_a_check_is_no_verdict(bench: Bench, status: int) -> None:
    """401, 402, 429 and 503 say nothing of the code, which still works."""
    ref, code = _begun(bench)
    bench.arrange(bench.fail_next, status, Call.CHECK)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError as error:
        kinds = REFUSING[status]
        due = " or ".join(kind.__name__ for kind in kinds)
        require(isinstance(error, kinds), f"raised {type(error).__name__}, not {due}")
    else:
        fail(f"the verdict is {verdict} though the vendor did not look at the code")
    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_check_is_no_verdict(bench: Bench, garbage: Garbage) -> None:
    """A success that cannot be read approves nothing, and is no wrong code either."""
    ref, code = _begun(bench)
    bench.arrange(bench.garble_next, garbage, Call.CHECK)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError:
        return
    # Numbers beyond all bounds are beside what the vendor says of the code.
    believed = verdict is Verdict.APPROVED and garbage is not Garbage.NUMBERS
    require(not believed, "approved by an answer that cannot be read")
    require(garbage in _READABLE, f"the verdict is {verdict} by an unreadable answer")


@case(needs.redirected)
def redirected_check_is_no_verdict(bench: Bench) -> None:
    """A redirected check is not put elsewhere: no code goes there, no guess counts."""
    ref, code = _begun(bench)
    bench.arrange(bench.redirect_next, Call.CHECK)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError:
        expect(bench, ref, code, Verdict.APPROVED)
    else:
        fail(f"the verdict is {verdict} after a redirect; do not follow one")


@case(needs.refused_connections)
def unreachable_vendor_says_nothing_of_a_code(bench: Bench) -> None:
    """An unreachable vendor makes a check `Unavailable`: no guess has counted."""
    ref, code = _begun(bench)
    bench.arrange(bench.refuse_connections)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except Unavailable:
        return
    except VerifyError as error:
        fail(f"raised {type(error).__name__}, not Unavailable")
    fail(f"the verdict is {verdict} though the vendor could not be reached")


@case(needs.refused_connections, needs.fetch)
def unreachable_vendor_says_nothing_of_a_state(bench: Bench) -> None:
    """With the vendor out of reach, a fetch raises, or says what was known before."""
    ref, _code = _begun(bench)
    before = bench.provider.fetch(ref).status
    bench.arrange(bench.refuse_connections)

    _expect_state(bench, ref, before)


@case(needs.refused_connections)
def unreachable_vendor_cancels_nothing(bench: Bench) -> None:
    """Where the vendor is out of reach, a cancel raises or had nothing to do."""
    ref, _code = _begun(bench)
    bench.arrange(bench.refuse_connections)

    _expect_not_canceled(bench, ref)


@case(needs.lost_next, needs.fetch)
def lost_fetch_invents_no_state(bench: Bench) -> None:
    """A fetch whose answer is lost raises, or says what is so."""
    ref, code = _begun(bench)
    before = bench.provider.fetch(ref).status
    bench.lose(Call.FETCH)

    _expect_state(bench, ref, before)
    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.failed, needs.fetch, each=sorted({*FAILED_INSIDE, *REFUSING}))
def failing_fetch_invents_no_state(bench: Bench, status: int) -> None:
    """A fetch that the vendor does not answer raises, or says what is so."""
    ref, code = _begun(bench)
    before = bench.provider.fetch(ref).status
    bench.arrange(bench.fail_next, status, Call.FETCH)

    _expect_state(bench, ref, before)
    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.garbled, needs.fetch, each=Garbage)
def unreadable_answer_to_a_fetch_is_no_state(bench: Bench, garbage: Garbage) -> None:
    """A state that cannot be read is unknown, or the fetch raises."""
    ref, _code = _begun(bench)
    before = bench.provider.fetch(ref).status
    bench.arrange(bench.garble_next, garbage, Call.FETCH)

    _expect_state(bench, ref, before, Status.UNKNOWN)


@case(needs.lost_next)
def lost_cancel_is_called_what_it_is(bench: Bench) -> None:
    """A cancel whose answer is lost raises, or its outcome is what happened."""
    ref, code = _begun(bench)
    bench.lose(Call.CANCEL)

    try:
        outcome = bench.provider.cancel(ref)
    except VerifyError:
        return
    _require_true(bench, ref, code, outcome)


@case(needs.failed, each=sorted({*FAILED_INSIDE, *REFUSING}))
def failing_cancel_is_called_what_it_is(bench: Bench, status: int) -> None:
    """A cancel that the vendor does not answer raises, or says what happened."""
    ref, code = _begun(bench)
    bench.arrange(bench.fail_next, status, Call.CANCEL)

    try:
        outcome = bench.provider.cancel(ref)
    except VerifyError:
        return
    _require_true(bench, ref, code, outcome)


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_cancel_is_survived(bench: Bench, garbage: Garbage) -> None:
    """A cancel whose answer cannot be read raises, or says what happened."""
    ref, code = _begun(bench)
    bench.arrange(bench.garble_next, garbage, Call.CANCEL)

    try:
        outcome = bench.provider.cancel(ref)
    except VerifyError:
        return
    _require_true(bench, ref, code, outcome)


@case(needs.stalling)
def stalled_vendor_is_given_up_in_time(bench: Bench) -> None:
    """Where the vendor never answers, no call takes longer than its deadline."""
    _require_in_time(bench, bench.stall)


@case(needs.trickling)
def trickling_vendor_is_given_up_in_time(bench: Bench) -> None:
    """Where answers come byte by byte for ever, no call outlasts its deadline."""
    _require_in_time(bench, bench.trickle)


def _begun(bench: Bench) -> tuple[VerificationRef, str]:
    request = bench.request()
    ref = bench.provider.start(request).ref
    return ref, bench.latest_code(request.identifier)


def _require_open(check: Callable[[], CheckResult]) -> None:
    try:
        verdict = check().verdict
    except VerifyError as error:
        name = type(error).__name__
        require(error.maybe_sent, f"raised {name}, which says that no guess counted")
        return
    fail(f"the verdict is {verdict} though no answer could be read")


def _expect_state(bench: Bench, ref: VerificationRef, *statuses: Status) -> None:
    try:
        found = bench.provider.fetch(ref).status
    except VerifyError:
        return
    wanted = " or ".join(statuses)
    require(found in statuses, f"fetch says {found}; raise, or say {wanted} as before")


def _expect_not_canceled(bench: Bench, ref: VerificationRef) -> None:
    try:
        outcome = bench.provider.cancel(ref)
    except VerifyError:
        return
    idle = {CancelOutcome.NOT_SUPPORTED, CancelOutcome.TOO_LATE}
    require(
        outcome in idle, f"cancel says {outcome} though the vendor could not be reached"
    )


def _require_true(
    bench: Bench, ref: VerificationRef, code: str, outcome: CancelOutcome
) -> None:
    if outcome in {CancelOutcome.CANCELED, CancelOutcome.GONE}:
        expect(bench, ref, code, *ENDED)
    else:
        expect(bench, ref, code, Verdict.APPROVED)


def _require_in_time(bench: Bench, fault: Callable[[], None] | None) -> None:
    ref, code = _begun(bench)
    other = evolve(bench.request(), identifier=bench.identifier(other=True))
    bench.arrange(fault)
    # Short of twice as long, which a repeated request takes, and otherwise generous to
    # a machine that is busy with something else.
    allowed_s = (bench.deadline or timedelta(0)).total_seconds() * 1.9

    calls: dict[str, Callable[[], object]] = {
        "start": lambda: bench.provider.start(other),
        "check": lambda: bench.provider.check(ref, code),
        "fetch": lambda: bench.provider.fetch(ref),
        "cancel": lambda: bench.provider.cancel(ref),
    }
    for name, took in _timed(bench, calls, allowed_s).items():
        if isinstance(took, Exception):
            fail(f"{name} raised {type(took).__name__}")
        late = took is None or took > allowed_s
        shown = "too long" if took is None else f"{took:.1f} s"
        require(not late, f"{name} took {shown}, of at most {allowed_s:.1f} s")


def _timed(
    bench: Bench, calls: dict[str, Callable[[], object]], allowed_s: float
) -> dict[str, float | Exception | None]:
    """How long each call takes, all of them made at once; None for one that hangs."""
    took: dict[str, float | Exception | None] = dict.fromkeys(calls)

    def timed(name: str, call: Callable[[], object]) -> None:
        began = bench.stopwatch()
        try:
            with suppress(VerifyError):
                call()
        except Exception as error:  # noqa: BLE001 - whatever a provider throws
            took[name] = error
        else:
            took[name] = bench.stopwatch() - began

    # Daemons: a call that hangs must not keep the process.
    threads = [Thread(target=timed, args=each, daemon=True) for each in calls.items()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + allowed_s + 0.5
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return took
