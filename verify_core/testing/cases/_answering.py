"""What a start makes of a vendor that fails, redirects, refuses or says nonsense."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.verification import (
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import FAILED_INSIDE, RETRY_AFTER_S, Call, Garbage
from . import _needs as needs
from ._checking import expect
from ._doubt import begun, redirected_start, require_working, start_in_doubt

REFUSING = {
    401: (Misconfigured,),
    402: (Misconfigured,),
    429: (Throttled, TooSoon),
    503: (Unavailable, Throttled),
}
"""Statuses by which a vendor says no, and what a caller may do next."""


REMEDIES: tuple[type[NotSent], ...] = (
    InvalidIdentifier,
    Refused,
    TooSoon,
    Throttled,
    Misconfigured,
    Unavailable,
    UnsupportedChannel,
)
"""The errors that a vendor's refusal may be, each named by what the caller does."""


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_the_vendor_may_have_sent(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a message may have left, so the start is not repeated."""
    request = bench.request()
    bench.arrange(bench.fail_next, status, Call.START)

    claim = start_in_doubt(bench, request)

    require_working(bench, claim, request)


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_start_may_have_sent(bench: Bench, garbage: Garbage) -> None:
    """After an answer that cannot be read, a message may have left; do not repeat."""
    request = bench.request()
    bench.arrange(bench.garble_next, garbage, Call.START)

    claim = start_in_doubt(bench, request)

    require_working(bench, claim, request)


@case(needs.failed, each=sorted(REFUSING))
def refusing_status_is_not_sent(bench: Bench, status: int) -> None:
    """401, 402, 429 and 503 say that nothing left, by what the caller may do."""
    request = bench.request()
    bench.arrange(bench.fail_next, status, Call.START)

    error = refused(bench, request)

    due = " or ".join(kind.__name__ for kind in REFUSING[status])
    raised = type(error).__name__
    require(isinstance(error, REFUSING[status]), f"raised {raised}, not {due}")
    expect_start(bench, request)


@case(needs.refusals, each=[kind.__name__ for kind in REMEDIES])
def refusal_is_raised_by_its_remedy(bench: Bench, name: str) -> None:
    """What the vendor refuses is raised as the error that says what to do about it."""
    kind = next(each for each in REMEDIES if each.__name__ == name)
    if kind not in bench.refuse_next_start:  # not every vendor has every reason
        return
    bench.arrange(bench.refuse_next_start[kind])

    error = refused(bench, bench.request())

    require(isinstance(error, kind), f"raised {type(error).__name__}, not {name}")
    expect_start(bench, bench.request())


@case(needs.redirected)
def redirect_is_not_followed(bench: Bench) -> None:
    """A redirected start is not put elsewhere, and is not called sent."""
    redirected_start(bench, bench.request())


@case(needs.dropped_start)
def dropped_start_is_not_called_sent(bench: Bench) -> None:
    """A start over which the connection breaks is called neither sent nor not sent."""
    request = bench.request()
    bench.arrange(bench.drop_next_start)

    claim = start_in_doubt(bench, request)

    require_working(bench, claim, request)


@case(needs.dropped_start, needs.second_start)
def dropped_start_adopts_no_earlier_message(bench: Bench) -> None:
    """Whoever looks up what became of a lost start takes no older message for it."""
    request, _started, _code = begun(bench)
    bench.arrange(bench.drop_next_start)

    claim = start_in_doubt(bench, request)

    require_working(bench, claim, request)


@case(needs.lost_start)
def lost_start_is_checked_by_its_own_code(bench: Bench) -> None:
    """The reference of a lost start is that of its message, not of an earlier one."""
    request, first, code = begun(bench)
    expect(bench, first.ref, code, Verdict.APPROVED)
    bench.lose(Call.START)

    claim = start_in_doubt(bench, request)

    require(claim.arrived == 1, "no message arrived though the vendor acted")
    require_working(bench, claim, request)


@case(needs.lost_start)
def lost_start_keeps_what_was_asked_for(bench: Bench) -> None:
    """What is returned for a lost start names person, channel, attempt and hints."""
    plain = bench.request()
    request = evolve(plain, attempt_id="attempt-of-ours-3", locale="pt-BR")
    bench.lose(Call.START)

    claim = start_in_doubt(bench, request)

    if claim.ref is not None:
        require(claim.ref.identifier == plain.identifier, "it is somebody else's")
        require(claim.ref.channel is plain.channel, "it names another channel")
        require(claim.ref.attempt_id == request.attempt_id, "our attempt id is lost")
        require(claim.ref.sends == 1, f"the first send counts as {claim.ref.sends}")
    if claim.started is not None:
        kept = "locale" in bench.provider.capabilities.hints
        listed = "locale" in claim.started.ignored_hints
        require(kept or listed, "an ignored hint is not listed")


@case(needs.failed, needs.lookup_by_identifier, each=sorted(FAILED_INSIDE))
def failure_inside_leaves_a_reference(bench: Bench, status: int) -> None:
    """Where a check goes by identifier, a failed start can be checked all the same."""
    request = bench.request()
    bench.arrange(bench.fail_next, status, Call.START)

    claim = start_in_doubt(bench, request)

    require(claim.ref is not None, "no reference, though the identifier is enough")
    require_working(bench, claim, request)


def refused(
    bench: Bench, request: StartRequest, previous: VerificationRef | None = None
) -> NotSent:
    """
    Start where the vendor refuses; the error that says so.

    Raises:
        CaseFailed: It started, a message arrived, or the error leaves that open.
    """
    before = bench.count(request.identifier)
    try:
        bench.provider.start(request, previous=previous)
    except VerifyError as error:
        arrived = bench.count(request.identifier) - before
        require(not arrived, "a message was sent although the vendor refused")
        if not isinstance(error, NotSent):
            fail(
                f"raised {type(error).__name__}, which leaves open whether a message "
                "left; the vendor refused, so raise a subclass of NotSent"
            )
        require_honest_wait(error)
        return error
    return fail("started, though the vendor refused; do not repeat what was refused")


def require_honest_wait(error: NotSent) -> None:
    """
    Hold an error to the wait that the vendor stated, or to stating none.

    Raises:
        CaseFailed: It is another one.
    """
    wait = error.retry_after
    if error.http_status in {429, 503}:
        stated = timedelta(seconds=RETRY_AFTER_S)
        require(wait in {None, stated}, f"retry_after is {wait}, not {stated}")
    require(wait is None or wait >= timedelta(0), f"retry_after is {wait}")


def expect_start(bench: Bench, request: StartRequest) -> None:
    """
    Hold a start to working after what went wrong before it.

    Raises:
        CaseFailed: It raised, or the code that arrived is not approved.
    """
    try:
        ref = bench.provider.start(request).ref
    except VerifyError as error:
        fail(f"the start after it raised {type(error).__name__}")
    expect(bench, ref, bench.latest_code(request.identifier), Verdict.APPROVED)
