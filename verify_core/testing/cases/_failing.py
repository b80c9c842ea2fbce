"""What must hold when the vendor, or the way to it, fails."""

from __future__ import annotations

from verify_core.errors import Ambiguous, Unavailable, VerifyError
from verify_core.provider import LookupKey
from verify_core.verification import Delivery, Started, StartRequest, Status, Verdict

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import Call
from . import _needs as needs
from ._checking import expect
from ._starting import must_refuse


@case(needs.lost_start)
def lost_start_sends_one_message(bench: Bench) -> None:
    """A start whose answer is lost is not repeated: exactly one message arrives."""
    request = bench.request()
    bench.lose(Call.START)

    _start_or_ambiguous(bench, request)

    messages = len(bench.inbox(request.identifier))
    require(messages == 1, f"{messages} messages arrived, not 1")


@case(needs.lost_start)
def lost_start_can_still_be_checked(bench: Bench) -> None:
    """Where a check goes by identifier, the code of a lost start is still approved."""
    by_identifier = {LookupKey.IDENTIFIER, LookupKey.EITHER}
    request = bench.request()
    bench.lose(Call.START)

    started = _start_or_ambiguous(bench, request)

    if started is None:
        key = bench.provider.capabilities.check_key
        require(key not in by_identifier, f"the check key is {key}: a reference is due")
        return
    expect(bench, started.ref, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.lost_answers)
def nothing_unknown_is_claimed(bench: Bench) -> None:
    """When no answer arrives at all, a start is called neither sent nor not sent."""
    request = bench.request()
    bench.arrange(bench.lose_all_answers)

    started = _start_or_ambiguous(bench, request)

    messages = len(bench.inbox(request.identifier))
    require(messages == 1, f"{messages} messages arrived, not 1")
    if started is not None:
        require(
            started.delivery is Delivery.MAYBE_SENT,
            f"the message is called {started.delivery} though no answer arrived",
        )


@case(needs.refused_connections)
def unreachable_vendor_is_not_sent(bench: Bench) -> None:
    """If the vendor is out of reach, a start says that no message left."""
    request = bench.request()
    bench.arrange(bench.refuse_connections)

    must_refuse(bench, request, Unavailable)


@case(needs.lost_answers)
def lost_check_is_no_verdict(bench: Bench) -> None:
    """A check whose answer is lost is neither approved nor called a wrong code."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    bench.arrange(bench.lose_all_answers)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError as error:
        require(error.maybe_sent, f"{type(error).__name__}: the guess did not count")
        return
    fail(f"the verdict is {verdict} though no answer arrived")


@case(needs.throttled_checks)
def throttled_check_is_no_verdict(bench: Bench) -> None:
    """A check that the vendor puts off raises, spends nothing, and can be put again."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    if bench.throttle_next_check is None:
        bench.arrange(bench.fail_next, 429, Call.CHECK)
    else:
        bench.arrange(bench.throttle_next_check)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError:
        expect(bench, ref, code, Verdict.APPROVED)
    else:
        fail(f"the verdict is {verdict} though the vendor did not look at the code")


@case(needs.strange_words)
def unknown_status_is_never_approved(bench: Bench) -> None:
    """A status word that is not documented approves nothing, whatever the code."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)
    bench.arrange(bench.speak_strangely)

    try:
        verdict = bench.provider.check(ref, code).verdict
    except VerifyError:
        return
    require(verdict is not Verdict.APPROVED, "an unknown status was taken for approval")


@case(needs.strange_words, needs.fetch)
def unknown_status_is_called_unknown(bench: Bench) -> None:
    """Fetch calls a status word that is not documented unknown, or raises."""
    ref = bench.provider.start(bench.request()).ref
    bench.arrange(bench.speak_strangely)

    try:
        status = bench.provider.fetch(ref).status
    except VerifyError:
        return
    require(status is Status.UNKNOWN, f"an unknown status is called {status}")


def _start_or_ambiguous(bench: Bench, request: StartRequest) -> Started | None:
    try:
        return bench.provider.start(request)
    except Ambiguous as error:
        return (
            None
            if error.ref is None
            else Started(ref=error.ref, delivery=Delivery.MAYBE_SENT)
        )
    except VerifyError as error:
        fail(f"raised {type(error).__name__} though a message left")
