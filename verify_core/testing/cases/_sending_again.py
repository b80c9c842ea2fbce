"""What a resend does, and what it leaves alone."""

from __future__ import annotations

import json
from contextlib import suppress

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import (
    NotSent,
    NotSupported,
    Unavailable,
    UnsupportedChannel,
    VerifyError,
)
from verify_core.provider import Resend
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import FAILED_INSIDE, Call, Garbage
from . import _needs as needs
from ._answering import refused
from ._checking import ask, expect, wrong
from ._doubt import begun, redirected_start, require_working, start_in_doubt
from ._starting import OWN_CODE, SomebodyElsesExtras, must_refuse


@case()
def a_third_message_works(bench: Bench) -> None:
    """Two resends are sends two and three of one attempt; the newest code works."""
    request, first, _code = begun(bench)
    second = _resend(bench, request, first)
    bench.wait(second.resend_after)
    third = _resend(bench, request, second)

    require(third.ref.sends == 3, f"the third send counts as {third.ref.sends}")  # noqa: PLR2004
    same = third.ref.attempt_id == first.ref.attempt_id
    require(same, "the third message is another attempt")
    expect(bench, third.ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case()
def resend_goes_to_the_same_person(bench: Bench) -> None:
    """A resend reaches whom the request names, on the channel that it names."""
    request, first, _code = begun(bench)
    other = bench.identifier(other=True)

    second = _resend(bench, request, first)

    require(not bench.count(other), "somebody else got a message")
    require(bench.count(request.identifier) == 2, "the person got no second message")  # noqa: PLR2004
    require(second.ref.identifier == request.identifier, "it is somebody else's")
    require(second.ref.channel is request.channel, "it names another channel")
    require(second.delivery is Delivery.SENT, "a sent message is not called sent")


@case()
def resend_from_a_stored_reference(bench: Bench) -> None:
    """A resend takes a reference that was written as JSON and read again."""
    request, first, _code = begun(bench)
    stored = VerificationRef.from_json(json.loads(json.dumps(first.ref.to_json())))

    second = bench.provider.start(request, previous=stored)

    same = second.ref.attempt_id == first.ref.attempt_id
    require(same, "the resend for a stored reference is another attempt")
    require(second.ref.sends == 2, f"the second send counts as {second.ref.sends}")  # noqa: PLR2004
    code = bench.latest_code(request.identifier)
    expect(bench, second.ref, code, Verdict.APPROVED)


@case(needs.missing_channel)
def resend_by_a_missing_channel_is_refused(bench: Bench) -> None:
    """A resend by a channel that is not offered sends nothing; the first code works."""
    request, first, code = begun(bench)
    for channel in set(Channel) - bench.provider.capabilities.channels:
        if channel.takes is request.channel.takes:
            odd = evolve(request, channel=channel)
            must_refuse(bench, odd, UnsupportedChannel, previous=first.ref)

    expect(bench, first.ref, code, Verdict.APPROVED)


@case()
def resend_with_foreign_extras_is_refused(bench: Bench) -> None:
    """A resend with another vendor's extras sends nothing; the first code works."""
    request, first, code = begun(bench)
    odd = evolve(request, extras=(SomebodyElsesExtras(),))

    must_refuse(bench, odd, NotSupported, previous=first.ref)

    expect(bench, first.ref, code, Verdict.APPROVED)


@case(needs.no_custom_code)
def resend_with_a_custom_code_is_refused(bench: Bench) -> None:
    """Where no own code can be sent, a resend with one sends none in its place."""
    request, first, code = begun(bench)
    odd = evolve(request, custom_code=OWN_CODE)

    must_refuse(bench, odd, NotSupported, previous=first.ref)

    expect(bench, first.ref, code, Verdict.APPROVED)


@case(needs.code_length_hint)
def code_length_hint_of_a_resend_is_kept_or_listed(bench: Bench) -> None:
    """A resend whose code cannot have the length that was asked for says so."""
    request, first, _code = begun(bench)
    hinted = evolve(request, hints=StartHints(code_length=8))

    second = _resend(bench, hinted, first)

    found = len(bench.latest_code(request.identifier))
    listed = "code_length" in second.ignored_hints
    require(found == 8 or listed, f"the code has {found} characters, and none is said")  # noqa: PLR2004


@case(needs.same_code, needs.known_guesses)
def resend_gives_no_guesses_back(bench: Bench) -> None:
    """Where a resend carries the same code, wrong guesses before it still count."""
    request, first, code = begun(bench)
    allowed = bench.guesses or 1
    for _ in range(allowed - 1):
        expect(bench, first.ref, wrong(code), Verdict.WRONG_CODE)
    second = _resend(bench, request, first)
    ask(bench, second.ref, wrong(code))

    verdict = ask(bench, second.ref, code).verdict

    require(verdict is not Verdict.APPROVED, "a resend gave the spent guesses back")


@case(needs.known_guesses)
def resend_does_not_open_what_is_exhausted(bench: Bench) -> None:
    """A code whose guesses are used up is not opened by sending it again."""
    request, first, code = begun(bench)
    for _ in range(bench.guesses or 1):
        ask(bench, first.ref, wrong(code))
    ref = first.ref
    with suppress(NotSent):
        ref = bench.provider.start(request, previous=first.ref).ref

    if bench.latest_code(request.identifier) == code:
        verdict = ask(bench, ref, code).verdict
        require(verdict is not Verdict.APPROVED, "the exhausted code was approved")


@case(each=("approval", "cancel", "expiry"))
def resend_of_what_is_over_sends_a_code_that_works(bench: Bench, end: str) -> None:
    """A resend after the end is refused, or sends a code that works."""
    request, first, code = begun(bench)
    if end == "approval":
        expect(bench, first.ref, code, Verdict.APPROVED)
    elif end == "cancel":
        bench.provider.cancel(first.ref)
    elif bench.advance and bench.lifetime:
        bench.live_out()
    before = bench.count(request.identifier)
    try:
        second = bench.provider.start(request, previous=first.ref)
    except NotSent:
        require(bench.count(request.identifier) == before, "sent, and said it was not")
        return

    arrived = bench.count(request.identifier) - before
    require(arrived == 1, f"{arrived} messages arrived, not 1")
    expect(bench, second.ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.lost_start)
def lost_resend_sends_one_message(bench: Bench) -> None:
    """A resend whose answer is lost is not repeated, and its code still works."""
    request, first, _code = begun(bench)
    bench.lose(Call.START)

    claim = start_in_doubt(bench, request, first.ref)

    require(claim.arrived == 1, "no message arrived though the vendor acted")
    if claim.ref is None and bench.provider.capabilities.resend is Resend.SAME_CODE:
        code = bench.latest_code(request.identifier)
        expect(bench, first.ref, code, Verdict.APPROVED)
    require_working(bench, claim, request)


@case(needs.lost_answers)
def lost_resend_claims_nothing_unknown(bench: Bench) -> None:
    """When no answer arrives at all, a resend is called neither sent nor not sent."""
    request, first, _code = begun(bench)
    bench.arrange(bench.lose_all_answers)

    claim = start_in_doubt(bench, request, first.ref)

    sent = claim.started is not None and claim.started.delivery is Delivery.SENT
    require(not sent, "the message is called sent though no answer arrived")


@case(needs.dropped_start)
def dropped_resend_is_not_called_sent(bench: Bench) -> None:
    """A resend over which the connection breaks is called neither sent nor not sent."""
    request, first, _code = begun(bench)
    bench.arrange(bench.drop_next_start)

    start_in_doubt(bench, request, first.ref)


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_at_a_resend_may_have_sent(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a resend is not repeated, and nothing is claimed of it."""
    request, first, _code = begun(bench)
    bench.arrange(bench.fail_next, status, Call.START)

    claim = start_in_doubt(bench, request, first.ref)

    require_working(bench, claim, request)


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_resend_may_have_sent(bench: Bench, garbage: Garbage) -> None:
    """A resend whose answer cannot be read is not repeated, nor called not sent."""
    request, first, _code = begun(bench)
    bench.arrange(bench.garble_next, garbage, Call.START)

    claim = start_in_doubt(bench, request, first.ref)

    require_working(bench, claim, request)


@case(needs.failed, each=(402, 429, 503))
def refused_resend_leaves_the_code_working(bench: Bench, status: int) -> None:
    """A resend that the vendor refuses sends nothing; the first code still works."""
    request, first, code = begun(bench)
    bench.arrange(bench.fail_next, status, Call.START)

    refused(bench, request, first.ref)

    expect(bench, first.ref, code, Verdict.APPROVED)


@case(needs.redirected)
def redirected_resend_is_not_followed(bench: Bench) -> None:
    """A redirected resend is not put elsewhere, and is not called sent."""
    request, first, _code = begun(bench)

    redirected_start(bench, request, first.ref)


@case(needs.refused_connections)
def resend_to_an_unreachable_vendor_is_not_sent(bench: Bench) -> None:
    """With the vendor out of reach, a resend says that nothing left."""
    request, first, _code = begun(bench)
    bench.arrange(bench.refuse_connections)

    must_refuse(bench, request, Unavailable, previous=first.ref)


def _resend(bench: Bench, request: StartRequest, previous: Started) -> Started:
    before = bench.count(request.identifier)
    try:
        started = bench.provider.start(request, previous=previous.ref)
    except VerifyError as error:
        fail(f"the resend raised {type(error).__name__}")
    arrived = bench.count(request.identifier) - before
    require(arrived == 1, f"{arrived} messages arrived for a resend, not 1")
    return started
