"""What may be said of a start whose answer is missing or cannot be read."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from verify_core.errors import Ambiguous, VerifyError
from verify_core.verification import (
    Delivery,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._troubles import Call
from ._checking import expect


@frozen
class Claim:
    """
    What a start claimed, and what happened.

    Attributes:
        started: Its answer, or None where it raised.
        ref: The reference, by answer or error, if there is one.
        arrived: How many messages arrived.
    """

    started: Started | None
    ref: VerificationRef | None
    arrived: int


def start_in_doubt(
    bench: Bench, request: StartRequest, previous: VerificationRef | None = None
) -> Claim:
    """
    Start where the vendor's answer says nothing; hold the provider to claiming no more.

    Raises:
        CaseFailed: More than one message arrived; or one is called sent that did not
            arrive, or not sent although it may have.
    """
    before = bench.count(request.identifier)
    started = ref = error = None
    try:
        started = bench.provider.start(request, previous=previous)
        ref = started.ref
    except VerifyError as raised:
        error = raised
        ref = raised.ref if isinstance(raised, Ambiguous) else None
    arrived = bench.count(request.identifier) - before
    require(
        arrived <= 1,
        f"{arrived} messages arrived for one start; do not repeat a start whose answer "
        "is missing",
    )
    if error is not None and not error.maybe_sent and arrived:
        fail(
            f"raised {type(error).__name__}, which says that no message left, and one "
            "arrived; raise Ambiguous or Unexpected, or return maybe_sent"
        )
    if started is not None and started.delivery is Delivery.SENT:
        require(arrived == 1, "said that a message was sent, and none arrived")
    return Claim(started, ref, arrived)


def require_working(bench: Bench, claim: Claim, request: StartRequest) -> None:
    """
    Hold a reference that came of it to being the message's that arrived.

    Raises:
        CaseFailed: It does not approve the code that arrived.
    """
    if claim.ref is not None and claim.arrived:
        code = bench.latest_code(request.identifier)
        expect(bench, claim.ref, code, Verdict.APPROVED)


def redirected_start(
    bench: Bench, request: StartRequest, previous: VerificationRef | None = None
) -> None:
    """
    Start where the vendor redirects; hold the provider to going nowhere else.

    Raises:
        CaseFailed: The redirect was followed, or more was claimed than is known.
    """
    before = bench.count(request.identifier)
    bench.arrange(bench.redirect_next, Call.START)

    start_in_doubt(bench, request, previous)

    by_message = bench.count(request.identifier) > before
    followed = by_message if bench.followed is None else bench.followed() > 0
    require(not followed, "followed a redirect: the request went to another address")


def begun(bench: Bench) -> tuple[StartRequest, Started, str]:
    """A verification that runs and may be sent again: request, answer and code."""
    request = bench.request()
    started = bench.provider.start(request)
    code = bench.latest_code(request.identifier)
    bench.wait(started.resend_after or timedelta(0))
    return request, started, code
