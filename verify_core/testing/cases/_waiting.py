"""Calls of a vendor that takes its time: each ends by the deadline that is declared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from verify_core.errors import VerifyError

from .._at_once import at_once
from .._bench import Bench, CaseFailed, fail, require
from .._case import case
from .._troubles import Call
from . import _needs as needs
from ._acting import begin, begin_resendable, check_unasked, in_a_hurry, refused


@case(needs.stalling)
def stalled_vendor_is_given_up_in_time(bench: Bench) -> None:
    """
    Where the vendor never answers, no call takes longer than its deadline.

    Nor does one say that nothing happened: a message may have left, a guess counted.
    """
    _require_in_time(bench, bench.stall)


@case(needs.trickling)
def trickling_vendor_is_given_up_in_time(bench: Bench) -> None:
    """Where answers come byte by byte for ever, no call outlasts its deadline."""
    _require_in_time(bench, bench.trickle)


@case(needs.stated_waits, each=("a start", "a resend", "a check"))
def stated_wait_is_passed_on(bench: Bench, what: str) -> None:
    """
    Where the vendor's 429 says how long to wait, `retry_after` is as long.

    The call raises that by its deadline, before the wait is over: the caller waits.
    """
    it, hurried = begin_resendable(bench), in_a_hurry(bench)
    throttle = bench.throttle_next or fail("the bench has no door 'throttle_next'")
    stated = throttle(Call.CHECK if what == "a check" else Call.START)

    calls: dict[str, Callable[[], VerifyError]] = {
        "a start": lambda: refused(hurried, bench.request(other=True)),
        "a resend": lambda: refused(hurried, it.request, it.ref),
        "a check": lambda: check_unasked(hurried, it),
    }
    began = bench.stopwatch()
    error = calls[what]()
    took = bench.stopwatch() - began

    wait = getattr(error, "retry_after", None)
    require(wait == stated, f"retry_after is {wait}, not {stated}")
    allowed_s = min(_allowed_s(bench) or inf, stated.total_seconds())
    on_time = took < allowed_s
    require(on_time, f"took {took:.1f} s, of at most {allowed_s:.1f} s; raise at once")


def _allowed_s(bench: Bench) -> float:
    """
    How long a call may take by its deadline; 0 without one.

    Short of twice as long, which a repeated request takes, and otherwise generous to a
    machine that is busy with something else.
    """
    return 0.0 if bench.deadline is None else bench.deadline.total_seconds() * 1.9


def _require_in_time(bench: Bench, fault: Callable[[], None] | None) -> None:
    it, other = begin(bench), bench.request(other=True)
    provider = in_a_hurry(bench).provider
    bench.arrange(fault)
    allowed_s = _allowed_s(bench)

    calls: dict[str, Callable[[], object]] = {
        "start": lambda: provider.start(other),
        "check": lambda: provider.check(it.ref, it.code),
        "fetch": lambda: provider.fetch(it.ref),
        "cancel": lambda: provider.cancel(it.ref),
    }
    timed = [partial(_timed, bench, call) for call in calls.values()]
    ended = at_once(timed, allowed_s + 0.5)
    for name, end in zip(calls, ended, strict=True):
        took, error = end if isinstance(end, tuple) else (None, end)
        late = took is None or took > allowed_s
        shown = "too long" if took is None else f"{took:.1f} s"
        require(not late, f"{name} took {shown}, of at most {allowed_s:.1f} s")
        if error is not None and not isinstance(error, VerifyError):
            fail(f"{name} raised {type(error).__name__}")
        unsent = isinstance(error, VerifyError) and not error.maybe_sent
        acted = name == "check" or (name == "start" and bench.count(other.identifier))
        text = f"{name} raised {type(error).__name__}, which says that nothing happened"
        if unsent and acted:
            text = f"{text}; without an answer, raise Ambiguous"
            raise CaseFailed(text) from error


def _timed(bench: Bench, call: Callable[[], object]) -> tuple[float, Exception | None]:
    """How long a call takes, and what it raises."""
    began, raised = bench.stopwatch(), None
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever a provider throws
        raised = error
    return bench.stopwatch() - began, raised
