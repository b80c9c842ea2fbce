"""What the cases do and hold a provider to, each written once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from attrs import evolve, frozen

from verify_core.errors import Ambiguous, NotSent, VerifyError
from verify_core.verification import (
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, CaseFailed, fail, require
from .._troubles import Call

ENDED = frozenset({Verdict.EXHAUSTED, Verdict.EXPIRED, Verdict.GONE})
"""Verdicts of a verification that takes no code any more."""

HINTS = frozenset(
    {"locale", "client_address", "fallback_channels", "time_to_live", "code_length"}
)
"""The names of all hints."""

ODD_CODES = ("1", "123", "12345678901", "not-a-code", "\N{DIGIT ONE}" * 500)
"""Codes of lengths and shapes that no vendor sends."""

OWN_CODE = "90817263"

FOREIGN = "somebody-else"
"""The name of another provider."""


@frozen
class SomebodyElsesExtras:
    """Extras of a vendor that does not exist."""


@frozen
class Begun:
    """A verification that runs: what was asked, the answer, and the code that came."""

    request: StartRequest
    started: Started
    code: str

    @property
    def ref(self) -> VerificationRef:
        return self.started.ref


def begin(bench: Bench, request: StartRequest | None = None) -> Begun:
    """Start, as plainly as can be unless a request is given."""
    request = request or bench.request()
    started = bench.provider.start(request)
    return Begun(request, started, bench.latest_code(request.identifier))


def begin_resendable(bench: Bench, request: StartRequest | None = None) -> Begun:
    """Start, and wait until a resend is allowed."""
    it = begin(bench, request)
    bench.wait(it.started.resend_after)
    return it


def in_a_hurry(bench: Bench) -> Bench:
    """The same bench, with a provider whose calls end by the deadline that it has."""
    return evolve(bench, provider=bench.impatient()) if bench.impatient else bench


def wrong(code: str) -> str:
    """Another code of the same length and shape."""
    return code[:-1] + ("1" if code.endswith("0") else "0")


def ask(bench: Bench, ref: VerificationRef, code: str) -> CheckResult:
    """Check a code, where raising breaks the law."""
    try:
        return bench.provider.check(ref, code)
    except VerifyError as error:
        fail(f"check raised {type(error).__name__} where a verdict was due")


def check_unasked(bench: Bench, it: Begun) -> VerifyError:
    """Check the right code where the vendor does not look at it, which must raise."""
    try:
        verdict = bench.provider.check(it.ref, it.code).verdict
    except VerifyError as error:
        return error
    return fail(f"the verdict is {verdict} though the vendor did not look at the code")


def expect(bench: Bench, ref: VerificationRef, code: str, *verdicts: Verdict) -> None:
    """Check a code and hold the verdict to those given."""
    verdict = ask(bench, ref, code).verdict
    wanted = " or ".join(verdicts)
    require(verdict in verdicts, f"the verdict is {verdict}, not {wanted}")


def finish(bench: Bench, it: Begun) -> None:
    """Check the right code, so that the next start is not refused as a second one."""
    with suppress(VerifyError):
        bench.provider.check(it.ref, it.code)


def approve(bench: Bench, it: Begun) -> None:
    """Hold a verification to approving the code that arrived."""
    expect(bench, it.ref, it.code, Verdict.APPROVED)


def approve_newest(bench: Bench, ref: VerificationRef) -> None:
    """Hold a reference to approving the newest code of its person."""
    expect(bench, ref, bench.latest_code(ref.identifier), Verdict.APPROVED)


def expect_status(bench: Bench, ref: VerificationRef, *statuses: Status) -> None:
    """Fetch, and hold the status to those given."""
    found = bench.provider.fetch(ref).status
    wanted = " or ".join(statuses)
    require(found in statuses, f"fetch says {found}, not {wanted}")


def must_refuse(
    bench: Bench,
    request: StartRequest,
    error: type[VerifyError],
    *,
    previous: VerificationRef | None = None,
) -> None:
    """Hold the provider to refusing a start, or a resend, before anything is sent."""
    before = bench.count(request.identifier)
    try:
        bench.provider.start(request, previous=previous)
    except error:
        sent = bench.count(request.identifier) > before
        require(not sent, "a message was sent although the start was refused")
        return
    except VerifyError as other:
        fail(f"raised {type(other).__name__}, not {error.__name__}")
    fail(f"started, where {error.__name__} was due")


def refused(
    bench: Bench, request: StartRequest, previous: VerificationRef | None = None
) -> NotSent:
    """Start where the vendor refuses, and give the error that says so."""
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
        _require_honest_wait(error)
        return error
    return fail("started, though the vendor refused; do not repeat what was refused")


def _require_honest_wait(error: NotSent) -> None:
    wait = error.retry_after
    require(wait is None or wait >= timedelta(0), f"retry_after is {wait}")


def expect_start(bench: Bench, request: StartRequest) -> None:
    """Hold a start to working after what went wrong before it."""
    try:
        ref = bench.provider.start(request).ref
    except VerifyError as error:
        fail(f"the start after it raised {type(error).__name__}")
    approve_newest(bench, ref)


def resend(bench: Bench, it: Begun, request: StartRequest | None = None) -> Started:
    """Send again for a verification, which must work and send one message."""
    request = request or it.request
    before = bench.count(request.identifier)
    try:
        started = bench.provider.start(request, previous=it.ref)
    except VerifyError as error:
        fail(f"the resend raised {type(error).__name__}")
    require_arrived(bench, request, 1, before=before)
    return started


def require_arrived(
    bench: Bench, request: StartRequest, due: int, *, before: int = 0
) -> None:
    """Hold the number of messages since `before` to what is due."""
    arrived = bench.count(request.identifier) - before
    require(arrived == due, f"{arrived} messages arrived, not {due}")


def require_names(ref: VerificationRef, request: StartRequest) -> None:
    """Hold a reference to naming the person and the channel asked for."""
    require(ref.identifier == request.identifier, "the reference is somebody else's")
    require(ref.channel is request.channel, "the reference names another channel")


def require_follows(
    ref: VerificationRef, earlier: VerificationRef, *, sends: int = 2
) -> None:
    """Hold a resend's reference to the same attempt, and to so many messages."""
    require(ref.attempt_id == earlier.attempt_id, "the resend is another attempt")
    require(ref.sends == sends, f"the send counts as {ref.sends}, not {sends}")


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

    At most one message arrives. One that did not arrive is not called sent, and one
    that may have left is not called unsent. A reference that comes of it approves the
    code that arrived.
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
        raise CaseFailed(
            f"raised {type(error).__name__}, which says that no message left, and one "
            "arrived; raise Ambiguous or Unexpected, or return maybe_sent"
        ) from error
    if started is not None and started.delivery is Delivery.SENT:
        require(arrived == 1, "said that a message was sent, and none arrived")
    return Claim(started, ref, arrived)


def require_working(bench: Bench, claim: Claim) -> None:
    """Hold a reference that came of a start in doubt to approving what arrived."""
    if claim.ref is not None and claim.arrived:
        approve_newest(bench, claim.ref)


def redirected_start(
    bench: Bench, request: StartRequest, previous: VerificationRef | None = None
) -> None:
    """Start where the vendor redirects; hold the provider to going nowhere else."""
    before = bench.count(request.identifier)
    bench.arrange(bench.redirect_next, Call.START)

    start_in_doubt(bench, request, previous)

    by_message = bench.count(request.identifier) > before
    followed = by_message if bench.followed is None else bench.followed() > 0
    require(not followed, "followed a redirect: the request went to another address")


def foreign(ref: VerificationRef) -> VerificationRef:
    """The same reference, as another provider's."""
    return evolve(ref, provider=FOREIGN)
