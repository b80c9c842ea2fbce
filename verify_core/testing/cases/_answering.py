"""What a start makes of a vendor that fails, redirects, refuses or says nonsense."""

from __future__ import annotations

from attrs import evolve

from verify_core.errors import (
    Ambiguous,
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
from verify_core.provider import Resend
from verify_core.verification import Delivery, Verdict

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import FAILED_INSIDE, Call, Garbage
from . import _needs as needs
from ._acting import (
    approve,
    approve_newest,
    begin_resendable,
    expect,
    expect_start,
    must_refuse,
    redirected_start,
    refused,
    require_arrived,
    require_follows,
    require_names,
    require_working,
    start_in_doubt,
)

REFUSING = {
    401: (Misconfigured,),
    402: (Misconfigured,),
    429: (Throttled, TooSoon),
    503: (Unavailable, Throttled),
}
"""Statuses by which a vendor says no, and what a caller may do next."""

ODD_STATUSES = (400, 403, 404, 409, 418, 422, 501, 520)
"""Statuses that mean something else at each vendor, but never success."""

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


@case(needs.lost_start)
def lost_start_sends_one_message(bench: Bench) -> None:
    """A start whose answer is lost is not repeated: exactly one message arrives."""
    request = bench.request()
    bench.lose(Call.START)

    try:
        bench.provider.start(request)
    except Ambiguous:
        pass
    except VerifyError as error:
        fail(f"raised {type(error).__name__} though a message left")

    require_arrived(bench, request, 1)


@case(needs.lost_start)
def lost_start_can_still_be_checked(bench: Bench) -> None:
    """Where a check goes by identifier, the code of a lost start is still approved."""
    bench.lose(Call.START)

    claim = start_in_doubt(bench, bench.request())

    by_identifier = not needs.lookup_by_identifier(bench)
    known = claim.ref is not None or not by_identifier
    require(known, "a check goes by identifier: a reference is due")
    require_working(bench, claim)


@case(needs.lost_answers)
def nothing_unknown_is_claimed(bench: Bench) -> None:
    """When no answer arrives at all, a start is called neither sent nor not sent."""
    bench.arrange(bench.lose_all_answers)

    claim = start_in_doubt(bench, bench.request())

    require(claim.arrived == 1, f"{claim.arrived} messages arrived, not 1")
    sent = claim.started is not None and claim.started.delivery is Delivery.SENT
    require(not sent, "the message is called sent though no answer arrived")


@case(needs.refused_connections)
def unreachable_vendor_is_not_sent(bench: Bench) -> None:
    """If the vendor is out of reach, a start says that no message left."""
    bench.arrange(bench.refuse_connections)

    must_refuse(bench, bench.request(), Unavailable)


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_the_vendor_may_have_sent(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a message may have left, so the start is not repeated."""
    bench.arrange(bench.fail_next, status, Call.START)

    require_working(bench, start_in_doubt(bench, bench.request()))


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_start_may_have_sent(bench: Bench, garbage: Garbage) -> None:
    """After an answer that cannot be read, a message may have left; do not repeat."""
    bench.arrange(bench.garble_next, garbage, Call.START)

    require_working(bench, start_in_doubt(bench, bench.request()))


@case(needs.failed, each=sorted(REFUSING))
def refusing_status_is_not_sent(bench: Bench, status: int) -> None:
    """401, 402, 429 and 503 say that nothing left, by what the caller may do."""
    bench.arrange(bench.fail_next, status, Call.START)

    error = refused(bench, bench.request())

    due = " or ".join(kind.__name__ for kind in REFUSING[status])
    raised = type(error).__name__
    require(isinstance(error, REFUSING[status]), f"raised {raised}, not {due}")
    expect_start(bench, bench.request())


@case(needs.failed, each=ODD_STATUSES)
def odd_status_is_no_start(bench: Bench, status: int) -> None:
    """An answer with a status of 400 or more is never a start; after 5xx, perhaps."""
    bench.arrange(bench.fail_next, status, Call.START)

    claim = start_in_doubt(bench, bench.request())

    open_ = status >= 500  # noqa: PLR2004 - the vendor may have acted
    require(open_ or claim.started is None, "started, though the vendor refused")


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
    bench.arrange(bench.drop_next_start)

    require_working(bench, start_in_doubt(bench, bench.request()))


@case(needs.dropped_start, needs.second_start)
def dropped_start_adopts_no_earlier_message(bench: Bench) -> None:
    """Looking up what became of a lost start takes no older message for it."""
    begin_resendable(bench)
    bench.arrange(bench.drop_next_start)

    require_working(bench, start_in_doubt(bench, bench.request()))


@case(needs.lost_start)
def lost_start_is_checked_by_its_own_code(bench: Bench) -> None:
    """The reference of a lost start is that of its message, not of an earlier one."""
    it = begin_resendable(bench)
    approve(bench, it)
    bench.lose(Call.START)

    claim = start_in_doubt(bench, it.request)

    require(claim.arrived == 1, "no message arrived though the vendor acted")
    require_working(bench, claim)


@case(needs.lost_start)
def lost_start_keeps_what_was_asked_for(bench: Bench) -> None:
    """What is returned for a lost start names person, channel, attempt and hints."""
    request = evolve(bench.request(), attempt_id="attempt-of-ours-3", locale="pt-BR")
    bench.lose(Call.START)

    claim = start_in_doubt(bench, request)

    if claim.ref is not None:
        require_names(claim.ref, request)
        require(claim.ref.attempt_id == request.attempt_id, "the attempt id is lost")
        require(claim.ref.sends == 1, f"the first send counts as {claim.ref.sends}")
    if claim.started is not None:
        kept = "locale" in bench.provider.capabilities.hints
        listed = "locale" in claim.started.ignored_hints
        require(kept or listed, "an ignored hint is not listed")


@case(needs.failed, needs.lookup_by_identifier, each=sorted(FAILED_INSIDE))
def failure_inside_leaves_a_reference(bench: Bench, status: int) -> None:
    """Where a check goes by identifier, a failed start can be checked all the same."""
    bench.arrange(bench.fail_next, status, Call.START)

    claim = start_in_doubt(bench, bench.request())

    require(claim.ref is not None, "no reference, though the identifier is enough")
    require_working(bench, claim)


@case(needs.lost_start)
def lost_resend_sends_one_message(bench: Bench) -> None:
    """A resend whose answer is lost is not repeated, and its code still works."""
    it = begin_resendable(bench)
    bench.lose(Call.START)

    claim = start_in_doubt(bench, it.request, it.ref)

    require(claim.arrived == 1, "no message arrived though the vendor acted")
    if claim.ref is None and bench.provider.capabilities.resend is Resend.SAME_CODE:
        approve_newest(bench, it.ref)
    require_working(bench, claim)


@case(needs.lost_start)
def lost_resend_keeps_what_was_asked_for(bench: Bench) -> None:
    """What is returned for a lost resend names person, channel, attempt and count."""
    it = begin_resendable(bench)
    bench.lose(Call.START)

    ref = start_in_doubt(bench, it.request, it.ref).ref

    if ref is not None:
        require_names(ref, it.request)
        require_follows(ref, it.ref)


@case(needs.lost_answers)
def lost_resend_claims_nothing_unknown(bench: Bench) -> None:
    """When no answer arrives at all, a resend is called neither sent nor not sent."""
    it = begin_resendable(bench)
    bench.arrange(bench.lose_all_answers)

    claim = start_in_doubt(bench, it.request, it.ref)

    sent = claim.started is not None and claim.started.delivery is Delivery.SENT
    require(not sent, "the message is called sent though no answer arrived")


@case(needs.dropped_start)
def dropped_resend_is_not_called_sent(bench: Bench) -> None:
    """A resend over which the connection breaks is called neither sent nor not sent."""
    it = begin_resendable(bench)
    bench.arrange(bench.drop_next_start)

    start_in_doubt(bench, it.request, it.ref)


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_at_a_resend_may_have_sent(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a resend is not repeated, and nothing is claimed of it."""
    it = begin_resendable(bench)
    bench.arrange(bench.fail_next, status, Call.START)

    require_working(bench, start_in_doubt(bench, it.request, it.ref))


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_resend_may_have_sent(bench: Bench, garbage: Garbage) -> None:
    """A resend whose answer cannot be read is not repeated, nor called not sent."""
    it = begin_resendable(bench)
    bench.arrange(bench.garble_next, garbage, Call.START)

    require_working(bench, start_in_doubt(bench, it.request, it.ref))


@case(needs.failed, each=(402, 429, 503))
def refused_resend_leaves_the_code_working(bench: Bench, status: int) -> None:
    """A resend that the vendor refuses sends nothing; the first code still works."""
    it = begin_resendable(bench)
    bench.arrange(bench.fail_next, status, Call.START)

    refused(bench, it.request, it.ref)

    expect(bench, it.ref, it.code, Verdict.APPROVED)


@case(needs.redirected)
def redirected_resend_is_not_followed(bench: Bench) -> None:
    """A redirected resend is not put elsewhere, and is not called sent."""
    it = begin_resendable(bench)

    redirected_start(bench, it.request, it.ref)


@case(needs.refused_connections)
def resend_to_an_unreachable_vendor_is_not_sent(bench: Bench) -> None:
    """With the vendor out of reach, a resend says that nothing left."""
    it = begin_resendable(bench)
    bench.arrange(bench.refuse_connections)

    must_refuse(bench, it.request, Unavailable, previous=it.ref)
