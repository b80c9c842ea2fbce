"""How verifications end: in time, by cancel, and what fetch says of it."""

from __future__ import annotations

from contextlib import suppress

from attrs import evolve

from verify_core.errors import NotSupported, VerifyError
from verify_core.verification import CancelOutcome, Status, Verdict, VerificationRef

from .._bench import Bench, fail, require
from .._case import case
from . import _needs as needs
from ._checking import ENDED, ask, expect, wrong


@case(needs.movable_clock)
def expired_code_is_not_approved(bench: Bench) -> None:
    """Once its time is over, the right code is expired or gone."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    bench.live_out()

    expect(bench, ref, code, Verdict.EXPIRED, Verdict.GONE)


@case(needs.movable_clock)
def code_works_until_it_expires(bench: Bench) -> None:
    """Most of its time over, the right code is still approved."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    bench.live_out(share=0.9)

    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.movable_clock)
def a_new_start_follows_an_expired_one(bench: Bench) -> None:
    """After expiry, a fresh start sends a code that works."""
    request = bench.request()
    bench.provider.start(request)
    bench.live_out()

    ref = bench.provider.start(request).ref

    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(each=("approval", "cancel", "expiry"))
def code_of_what_is_over_opens_nothing_later(bench: Bench, end: str) -> None:
    """A code that was approved, canceled or expired opens no later verification."""
    for other in (False, True):
        request = evolve(bench.request(), identifier=bench.identifier(other=other))
        first = bench.provider.start(request).ref
        old = bench.latest_code(request.identifier)
        if not _ended(bench, first, old, end):
            return
        second = bench.provider.start(request).ref
        new = bench.latest_code(request.identifier)
        if new != old:  # which chance makes the same, once in a million
            expect(bench, second, old, Verdict.WRONG_CODE)
            expect(bench, second, new, Verdict.APPROVED)
            return
    fail(f"after {end} the same code was sent again, to two people in a row")


def _ended(bench: Bench, ref: VerificationRef, code: str, end: str) -> bool:
    """Let a verification end; False where this provider or bench cannot."""
    if end == "approval":
        expect(bench, ref, code, Verdict.APPROVED)
        return True
    if end == "cancel":
        return bench.provider.cancel(ref) is CancelOutcome.CANCELED
    if bench.advance is None or bench.lifetime is None:
        return False
    bench.live_out()
    return True


@case(needs.lookup_by_id)
def made_up_reference_cancels_nothing(bench: Bench) -> None:
    """A cancel of a reference that the vendor never gave out ends nothing."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    made_up = evolve(ref, vendor_id=wrong(ref.vendor_id))

    with suppress(VerifyError):
        outcome = bench.provider.cancel(made_up)
        silent = set(CancelOutcome) - {CancelOutcome.CANCELED}
        require(outcome in silent, f"cancel of what never was says {outcome}")

    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.cancel)
def canceled_code_is_not_approved(bench: Bench) -> None:
    """After a cancel the right code opens nothing, nor does a second cancel."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    outcome = bench.provider.cancel(ref)

    require(outcome is CancelOutcome.CANCELED, f"cancel says {outcome}")
    expect(bench, ref, bench.latest_code(request.identifier), *ENDED)
    again = bench.provider.cancel(ref)
    spent = {CancelOutcome.CANCELED, CancelOutcome.GONE, CancelOutcome.TOO_LATE}
    require(again in spent, f"a second cancel says {again}")


@case(needs.cancel_window)
def cancel_outside_its_window_is_too_late(bench: Bench) -> None:
    """A cancel either ends the verification, or is too late and leaves it working."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    match bench.provider.cancel(ref):
        case CancelOutcome.CANCELED:
            expect(bench, ref, code, *ENDED)
        case CancelOutcome.TOO_LATE:
            expect(bench, ref, code, Verdict.APPROVED)
        case outcome:
            fail(f"cancel says {outcome}")


@case(needs.cancel_window, needs.movable_clock)
def cancel_works_within_its_window(bench: Bench) -> None:
    """Some time in the life of a code there is a window in which cancel ends it."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    for _ in range(10):
        if bench.provider.cancel(ref) is CancelOutcome.CANCELED:
            expect(bench, ref, code, *ENDED)
            return
        bench.live_out(share=0.09)
    fail("a cancel was too late at every time, so there is no window")


@case(needs.no_cancel)
def cancel_says_that_it_cannot(bench: Bench) -> None:
    """A provider that cannot cancel says so in the outcome; the code still works."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    outcome = bench.provider.cancel(ref)

    require(outcome is CancelOutcome.NOT_SUPPORTED, f"cancel says {outcome}")
    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.cancel)
def nothing_is_left_to_cancel_after_approval(bench: Bench) -> None:
    """An approved verification cannot be canceled any more."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)

    outcome = bench.provider.cancel(ref)

    late = {CancelOutcome.GONE, CancelOutcome.TOO_LATE}
    require(outcome in late, f"cancel after approval says {outcome}")


@case()
def foreign_reference_is_not_canceled(bench: Bench) -> None:
    """A cancel of another provider's reference ends nothing here."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    outcome = bench.provider.cancel(evolve(ref, provider="somebody-else"))

    silent = {CancelOutcome.GONE, CancelOutcome.NOT_SUPPORTED}
    require(outcome in silent, f"cancel of a foreign reference says {outcome}")
    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.no_fetch)
def fetch_says_that_it_cannot(bench: Bench) -> None:
    """A provider that cannot fetch raises `NotSupported` and invents no state."""
    ref = bench.provider.start(bench.request()).ref
    try:
        state = bench.provider.fetch(ref)
    except NotSupported:
        return
    fail(f"fetch is not declared and says {state.status}")


@case(needs.fetch)
def fetch_follows_the_verification(bench: Bench) -> None:
    """A running verification is pending, wrong codes or not; an approved one is not."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    _expect_status(bench, ref, Status.PENDING)
    expect(bench, ref, wrong(code), Verdict.WRONG_CODE)
    _expect_status(bench, ref, Status.PENDING)
    expect(bench, ref, code, Verdict.APPROVED)
    _expect_status(bench, ref, Status.APPROVED, Status.UNKNOWN)


@case(needs.fetch)
def fetch_lists_what_was_sent(bench: Bench) -> None:
    """Where fetch lists messages, they are those that were sent."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    deliveries = bench.provider.fetch(ref).deliveries

    channels = [delivery.channel for delivery in deliveries]
    require(channels in [[], [request.channel]], f"the messages listed: {channels}")


@case(needs.fetch, needs.cancel)
def fetch_after_cancel_is_not_pending(bench: Bench) -> None:
    """A canceled verification is not said to run."""
    ref = bench.provider.start(bench.request()).ref
    bench.provider.cancel(ref)

    _expect_status(bench, ref, Status.CANCELED, Status.UNKNOWN)


@case(needs.fetch, needs.movable_clock)
def fetch_after_expiry_is_not_pending(bench: Bench) -> None:
    """An expired verification is not said to run."""
    ref = bench.provider.start(bench.request()).ref
    bench.live_out()

    _expect_status(bench, ref, Status.EXPIRED, Status.UNKNOWN)


@case(needs.fetch, needs.known_guesses)
def fetch_after_the_last_guess_is_not_approved(bench: Bench) -> None:
    """A verification whose guesses are used up is not said to be approved."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    for _ in range(bench.guesses or 1):
        ask(bench, ref, wrong(code))

    found = bench.provider.fetch(ref).status

    require(found is not Status.APPROVED, f"fetch says {found}")


@case(needs.fetch)
def foreign_reference_has_no_state(bench: Bench) -> None:
    """Of another provider's reference, fetch knows nothing."""
    ref = bench.provider.start(bench.request()).ref

    _expect_status(bench, evolve(ref, provider="somebody-else"), Status.UNKNOWN)


def _expect_status(bench: Bench, ref: VerificationRef, *statuses: Status) -> None:
    found = bench.provider.fetch(ref).status
    wanted = " or ".join(statuses)
    require(found in statuses, f"fetch says {found}, not {wanted}")
