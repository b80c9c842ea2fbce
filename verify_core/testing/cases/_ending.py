"""How verifications end: in time, by cancel, and what fetch says of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from attrs import evolve

from verify_core.errors import NotSupported, VerifyError
from verify_core.verification import CancelOutcome, Status, Verdict

from .._bench import Bench, fail, require
from .._case import case
from . import _needs as needs
from ._acting import (
    ENDED,
    Begun,
    approve,
    ask,
    begin,
    expect,
    expect_status,
    foreign,
    wrong,
)

NEAR = timedelta(minutes=1)
"""How much the clocks of a vendor and of a provider may differ."""

ENDS = ("approval", "cancel", "expiry")


def end(bench: Bench, it: Begun, how: str) -> bool:
    """Let a verification end; False where this provider or bench cannot."""
    if how == "approval":
        approve(bench, it)
        return True
    if how == "cancel":
        return bench.provider.cancel(it.ref) is CancelOutcome.CANCELED
    if bench.advance is None or bench.lifetime is None:
        return False
    bench.live_out()
    return True


@case(needs.movable_clock)
def expired_code_is_not_approved(bench: Bench) -> None:
    """Once its time is over, the right code is expired or gone."""
    it = begin(bench)

    bench.live_out()

    expect(bench, it.ref, it.code, Verdict.EXPIRED, Verdict.GONE)


@case(needs.movable_clock)
def code_works_until_it_expires(bench: Bench) -> None:
    """Most of its time over, the right code is still approved."""
    it = begin(bench)

    bench.live_out(share=0.9)

    approve(bench, it)


@case(each=ENDS)
def code_of_what_is_over_opens_nothing_later(bench: Bench, how: str) -> None:
    """After approval, cancel or expiry a start sends another code; it alone works."""
    for other in (False, True):
        first = begin(bench, bench.request(other=other))
        if not end(bench, first, how):
            return
        bench.wait(first.started.resend_after)  # a cool-down outlives a cancel
        second = begin(bench, first.request)
        if second.code != first.code:  # which chance makes the same, once in a million
            expect(bench, second.ref, first.code, Verdict.WRONG_CODE)
            approve(bench, second)
            return
    fail(f"after {how} the same code was sent again, to two people in a row")


@case(needs.lookup_by_id)
def made_up_reference_cancels_nothing(bench: Bench) -> None:
    """A cancel of a reference that the vendor never gave out ends nothing."""
    it = begin(bench)
    made_up = evolve(it.ref, vendor_id=wrong(it.ref.vendor_id))

    with suppress(VerifyError):
        outcome = bench.provider.cancel(made_up)
        silent = outcome is not CancelOutcome.CANCELED
        require(silent, f"cancel of what never was says {outcome}")

    approve(bench, it)


@case(needs.cancel)
def canceled_code_is_not_approved(bench: Bench) -> None:
    """After a cancel the right code opens nothing, nor does a second cancel."""
    it = begin(bench)

    outcome = bench.provider.cancel(it.ref)

    require(outcome is CancelOutcome.CANCELED, f"cancel says {outcome}")
    expect(bench, it.ref, it.code, *ENDED)
    again = bench.provider.cancel(it.ref)
    spent = {CancelOutcome.CANCELED, CancelOutcome.GONE, CancelOutcome.TOO_LATE}
    require(again in spent, f"a second cancel says {again}")


@case(needs.cancel_window)
def cancel_outside_its_window_is_too_late(bench: Bench) -> None:
    """A cancel either ends the verification, or is too late and leaves it working."""
    it = begin(bench)

    match bench.provider.cancel(it.ref):
        case CancelOutcome.CANCELED:
            expect(bench, it.ref, it.code, *ENDED)
        case CancelOutcome.TOO_LATE:
            approve(bench, it)
        case outcome:
            fail(f"cancel says {outcome}")


@case(needs.cancel_window, needs.movable_clock)
def cancel_works_within_its_window(bench: Bench) -> None:
    """Some time in the life of a code there is a window in which cancel ends it."""
    it = begin(bench)

    for _ in range(10):
        if bench.provider.cancel(it.ref) is CancelOutcome.CANCELED:
            expect(bench, it.ref, it.code, *ENDED)
            return
        bench.live_out(share=0.09)
    fail("a cancel was too late at every time, so there is no window")


@case(needs.no_cancel)
def cancel_says_that_it_cannot(bench: Bench) -> None:
    """A provider that cannot cancel says so in the outcome; the code still works."""
    it = begin(bench)

    outcome = bench.provider.cancel(it.ref)

    require(outcome is CancelOutcome.NOT_SUPPORTED, f"cancel says {outcome}")
    approve(bench, it)


@case(needs.cancel, each=("approval", "expiry"))
def nothing_is_left_to_cancel_after_the_end(bench: Bench, how: str) -> None:
    """What was approved or has expired cannot be canceled any more."""
    it = begin(bench)
    if not end(bench, it, how):
        return

    outcome = bench.provider.cancel(it.ref)

    late = {CancelOutcome.GONE, CancelOutcome.TOO_LATE}
    require(outcome in late, f"cancel after {how} says {outcome}")


@case()
def foreign_reference_is_not_canceled(bench: Bench) -> None:
    """A cancel of another provider's reference ends nothing here."""
    it = begin(bench)

    outcome = bench.provider.cancel(foreign(it.ref))

    silent = {CancelOutcome.GONE, CancelOutcome.NOT_SUPPORTED}
    require(outcome in silent, f"cancel of a foreign reference says {outcome}")
    approve(bench, it)


@case(needs.no_fetch)
def fetch_says_that_it_cannot(bench: Bench) -> None:
    """A provider that cannot fetch raises `NotSupported` and invents no state."""
    it = begin(bench)
    try:
        state = bench.provider.fetch(it.ref)
    except NotSupported:
        return
    fail(f"fetch is not declared and says {state.status}")


@case(needs.fetch)
def fetch_follows_the_verification(bench: Bench) -> None:
    """A running verification is pending, wrong codes or not; an approved one is not."""
    it = begin(bench)

    expect_status(bench, it.ref, Status.PENDING)
    expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)
    expect_status(bench, it.ref, Status.PENDING)
    approve(bench, it)
    expect_status(bench, it.ref, Status.APPROVED, Status.UNKNOWN)


@case(needs.fetch)
def fetch_lists_what_was_sent(bench: Bench) -> None:
    """Where fetch lists messages, they are those that were sent."""
    it = begin(bench)

    deliveries = bench.provider.fetch(it.ref).deliveries

    channels = [delivery.channel for delivery in deliveries]
    due = [[], [it.request.channel]]
    require(channels in due, f"the messages listed: {channels}")
    for sent in deliveries:
        if bench.now is not None and sent.at is not None:
            away = abs(sent.at - bench.now())
            require(away <= NEAR, f"a message of now is said to have left {away} away")


@case(needs.fetch, needs.cancel)
def fetch_after_cancel_is_not_pending(bench: Bench) -> None:
    """A canceled verification is not said to run."""
    it = begin(bench)
    bench.provider.cancel(it.ref)

    expect_status(bench, it.ref, Status.CANCELED, Status.UNKNOWN)


@case(needs.fetch, needs.movable_clock)
def fetch_after_expiry_is_not_pending(bench: Bench) -> None:
    """An expired verification is not said to run."""
    it = begin(bench)
    bench.live_out()

    expect_status(bench, it.ref, Status.EXPIRED, Status.UNKNOWN)


@case(needs.fetch, needs.known_guesses)
def fetch_after_the_last_guess_is_not_approved(bench: Bench) -> None:
    """A verification whose guesses are used up is not said to be approved."""
    it = begin(bench)
    for _ in range(bench.guesses or 1):
        ask(bench, it.ref, wrong(it.code))

    found = bench.provider.fetch(it.ref).status

    require(found is not Status.APPROVED, f"fetch says {found}")


@case(needs.fetch)
def foreign_reference_has_no_state(bench: Bench) -> None:
    """Of another provider's reference, fetch knows nothing."""
    expect_status(bench, foreign(begin(bench).ref), Status.UNKNOWN)


@case(needs.fetch_by_id)
def made_up_reference_has_no_state(bench: Bench) -> None:
    """Of a reference that the vendor never gave out, fetch knows no end."""
    it = begin(bench)
    approve(bench, it)
    made_up = evolve(it.ref, vendor_id=wrong(it.ref.vendor_id))

    with suppress(VerifyError):
        # Without a look-up by the vendor, what was not heard of yet is pending.
        expect_status(bench, made_up, Status.UNKNOWN, Status.PENDING)
