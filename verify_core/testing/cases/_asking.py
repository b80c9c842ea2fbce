"""Check, fetch and cancel where the vendor fails: no verdict without an answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from verify_core.errors import Unavailable, VerifyError
from verify_core.verification import CancelOutcome, CheckResult, Status, Verdict

from .._bench import Bench, fail, require
from .._case import case
from .._troubles import FAILED_INSIDE, Call, Garbage
from . import _needs as needs
from ._acting import (
    ENDED,
    Begun,
    approve,
    ask,
    begin,
    check_unasked,
    expect,
    wrong,
)
from ._answering import ODD_STATUSES, REFUSING

_UNANSWERED = sorted({*FAILED_INSIDE, *REFUSING})
_REFUSED_CANCEL = sorted({*_UNANSWERED, 403, 418, 501, 520})
"""Statuses of a cancel by which no vendor says that a verification is over."""

#: After these a document is there that can be read, if not believed.
_READABLE = frozenset({Garbage.NUMBERS, Garbage.KINDS, Garbage.NO_MEMBERS})


@case(needs.lost_answers)
def lost_check_is_no_verdict(bench: Bench) -> None:
    """A check whose answer is lost is neither approved nor called a wrong code."""
    it = begin(bench)
    bench.arrange(bench.lose_all_answers)

    _require_open(lambda: bench.provider.check(it.ref, it.code))


@case(needs.throttled_checks)
def throttled_check_is_no_verdict(bench: Bench) -> None:
    """A check that the vendor puts off raises, spends nothing, and can be put again."""
    it = begin(bench)
    if bench.throttle_next_check is None:
        bench.arrange(bench.fail_next, 429, Call.CHECK)
    else:
        bench.arrange(bench.throttle_next_check)

    error = _require_unasked(bench, it)

    kept = isinstance(error, REFUSING[429])
    require(kept, f"raised {type(error).__name__}, not Throttled or TooSoon")


@case(needs.intercepted)
def page_of_a_proxy_is_no_verdict(bench: Bench) -> None:
    """A check answered by 404 and a web page raises: the vendor said nothing of it."""
    it = begin(bench)
    bench.arrange(bench.intercept_next, Call.CHECK)

    _require_unasked(bench, it)


@case(needs.intercepted, needs.fetch)
def page_of_a_proxy_is_no_state(bench: Bench) -> None:
    """A fetch answered by 404 and a web page raises, or says what is so."""
    it = begin(bench)
    before = bench.provider.fetch(it.ref).status
    bench.arrange(bench.intercept_next, Call.FETCH)

    _expect_state(bench, it, before)


@case(needs.intercepted)
def page_of_a_proxy_cancels_nothing(bench: Bench) -> None:
    """A cancel answered by 404 and a web page raises, or had nothing to do."""
    it = begin(bench)
    bench.arrange(bench.intercept_next, Call.CANCEL)

    _require_idle_cancel(bench, it, "a page came back that is not the vendor's")

    approve(bench, it)


@case(needs.strange_words)
def unknown_status_is_never_approved(bench: Bench) -> None:
    """A status word that is not documented approves nothing, whatever the code."""
    it = begin(bench)
    bench.arrange(bench.speak_strangely)

    with suppress(VerifyError):
        verdict = bench.provider.check(it.ref, it.code).verdict
        approved = verdict is Verdict.APPROVED
        require(not approved, "an unknown status was taken for approval")


@case(needs.strange_words, needs.fetch)
def unknown_status_is_called_unknown(bench: Bench) -> None:
    """Fetch calls a status word that is not documented unknown, or raises."""
    it = begin(bench)
    bench.arrange(bench.speak_strangely)

    _expect_state(bench, it, Status.UNKNOWN)


@case(needs.lost_next)
def lost_right_code_is_no_verdict(bench: Bench) -> None:
    """A check whose answer is lost says that the guess may have counted; no verdict."""
    it = begin(bench)
    bench.lose(Call.CHECK)

    _require_open(lambda: bench.provider.check(it.ref, it.code))


@case(needs.lost_next, needs.known_guesses)
def lost_check_is_not_repeated(bench: Bench) -> None:
    """A check whose answer is lost is not put again: it spends one guess, not two."""
    it = begin(bench)
    bench.lose(Call.CHECK)
    _require_open(lambda: bench.provider.check(it.ref, wrong(it.code)))
    for _ in range((bench.guesses or 1) - 2):
        expect(bench, it.ref, wrong(it.code), Verdict.WRONG_CODE)

    verdict = bench.provider.check(it.ref, it.code).verdict

    spent = "the lost check spent more than one guess; do not repeat it"
    require(verdict is Verdict.APPROVED, spent)


@case(needs.failed, each=sorted(FAILED_INSIDE))
def failure_inside_at_a_check_is_no_verdict(bench: Bench, status: int) -> None:
    """After 500, 502 or 504 a guess may have counted; there is no verdict."""
    it = begin(bench)
    bench.arrange(bench.fail_next, status, Call.CHECK)

    _require_open(lambda: bench.provider.check(it.ref, it.code))


@case(needs.failed, each=sorted(REFUSING))
def refusing_status_at_a_check_is_no_verdict(bench: Bench, status: int) -> None:
    """401, 402, 429 and 503 say nothing of the code, which still works."""
    it = begin(bench)
    bench.arrange(bench.fail_next, status, Call.CHECK)

    error = _require_unasked(bench, it)

    kinds = REFUSING[status]
    due = " or ".join(kind.__name__ for kind in kinds)
    require(isinstance(error, kinds), f"raised {type(error).__name__}, not {due}")


@case(needs.failed, each=ODD_STATUSES)
def odd_status_approves_nothing(bench: Bench, status: int) -> None:
    """An answer with any status of 400 or more approves nothing; 5xx has no verdict."""
    it = begin(bench)
    bench.arrange(bench.fail_next, status, Call.CHECK)

    with suppress(VerifyError):
        verdict = bench.provider.check(it.ref, it.code).verdict
        fits = status < 500 and verdict is not Verdict.APPROVED  # noqa: PLR2004
        require(fits, f"the verdict is {verdict}, by an answer that is an error")


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_check_is_no_verdict(bench: Bench, garbage: Garbage) -> None:
    """A success that cannot be read approves nothing, and is no wrong code either."""
    it = begin(bench)
    bench.arrange(bench.garble_next, garbage, Call.CHECK)

    try:
        verdict = bench.provider.check(it.ref, it.code).verdict
    except VerifyError:
        return
    # Numbers beyond all bounds are beside what the vendor says of the code.
    believed = verdict is Verdict.APPROVED and garbage is not Garbage.NUMBERS
    require(not believed, "approved by an answer that cannot be read")
    require(garbage in _READABLE, f"the verdict is {verdict} by an unreadable answer")


@case(needs.redirected)
def redirected_check_is_no_verdict(bench: Bench) -> None:
    """A redirected check is not put elsewhere: no code goes there, no guess counts."""
    it = begin(bench)
    bench.arrange(bench.redirect_next, Call.CHECK)

    _require_unasked(bench, it)


@case(needs.refused_connections)
def unreachable_vendor_says_nothing_of_a_code(bench: Bench) -> None:
    """An unreachable vendor makes a check `Unavailable`: no guess has counted."""
    it = begin(bench)
    bench.arrange(bench.refuse_connections)

    try:
        verdict = bench.provider.check(it.ref, it.code).verdict
    except Unavailable:
        return
    except VerifyError as error:
        fail(f"raised {type(error).__name__}, not Unavailable")
    fail(f"the verdict is {verdict} though the vendor could not be reached")


@case(needs.refused_connections, needs.fetch)
def unreachable_vendor_says_nothing_of_a_state(bench: Bench) -> None:
    """With the vendor out of reach, a fetch raises, or says what was known before."""
    it = begin(bench)
    before = bench.provider.fetch(it.ref).status
    bench.arrange(bench.refuse_connections)

    _expect_state(bench, it, before)


@case(needs.refused_connections)
def unreachable_vendor_cancels_nothing(bench: Bench) -> None:
    """Where the vendor is out of reach, a cancel raises or had nothing to do."""
    it = begin(bench)
    bench.arrange(bench.refuse_connections)

    _require_idle_cancel(bench, it, "the vendor could not be reached")


@case(needs.lost_next, needs.fetch)
def lost_fetch_invents_no_state(bench: Bench) -> None:
    """A fetch whose answer is lost raises, or says what is so."""
    it = begin(bench)
    before = bench.provider.fetch(it.ref).status
    bench.lose(Call.FETCH)

    _expect_state(bench, it, before)
    approve(bench, it)


@case(needs.failed, needs.fetch, each=_UNANSWERED)
def failing_fetch_invents_no_state(bench: Bench, status: int) -> None:
    """A fetch that the vendor does not answer raises, or says what is so."""
    it = begin(bench)
    before = bench.provider.fetch(it.ref).status
    bench.arrange(bench.fail_next, status, Call.FETCH)

    _expect_state(bench, it, before)
    approve(bench, it)


@case(needs.failed, needs.fetch, each=_UNANSWERED)
def failing_fetch_revives_nothing(bench: Bench, status: int) -> None:
    """A fetch that the vendor does not answer calls nothing pending that is over."""
    it = begin(bench)
    approve(bench, it)
    bench.arrange(bench.fail_next, status, Call.FETCH)

    _expect_state(bench, it, *(set(Status) - {Status.PENDING}))


@case(needs.garbled, needs.fetch, each=Garbage)
def unreadable_answer_to_a_fetch_is_no_state(bench: Bench, garbage: Garbage) -> None:
    """A state that cannot be read is unknown, or the fetch raises."""
    it = begin(bench)
    before = bench.provider.fetch(it.ref).status
    bench.arrange(bench.garble_next, garbage, Call.FETCH)

    _expect_state(bench, it, before, Status.UNKNOWN)


@case(needs.redirected, needs.counted_redirects, needs.fetch)
def redirected_fetch_is_not_followed(bench: Bench) -> None:
    """A redirected fetch is not put elsewhere, with the keys that it carries."""
    it = begin(bench)
    bench.arrange(bench.redirect_next, Call.FETCH)

    _require_unfollowed(bench, lambda: bench.provider.fetch(it.ref))


@case(needs.redirected, needs.counted_redirects)
def redirected_cancel_is_not_followed(bench: Bench) -> None:
    """A redirected cancel is not put elsewhere, with the keys that it carries."""
    it = begin(bench)
    bench.arrange(bench.redirect_next, Call.CANCEL)

    _require_unfollowed(bench, lambda: bench.provider.cancel(it.ref))


@case(needs.lost_next)
def lost_cancel_is_called_what_it_is(bench: Bench) -> None:
    """A cancel whose answer is lost raises, or its outcome is what happened."""
    it = begin(bench)
    bench.lose(Call.CANCEL)

    _require_true_cancel(bench, it)


@case(needs.failed, each=_REFUSED_CANCEL)
def failing_cancel_is_called_what_it_is(bench: Bench, status: int) -> None:
    """A cancel that the vendor refuses or fails to do raises, or says what happened."""
    it = begin(bench)
    bench.arrange(bench.fail_next, status, Call.CANCEL)

    _require_true_cancel(bench, it)


@case(needs.garbled, each=Garbage)
def unreadable_answer_to_a_cancel_is_survived(bench: Bench, garbage: Garbage) -> None:
    """A cancel whose answer cannot be read raises, or says what happened."""
    it = begin(bench)
    bench.arrange(bench.garble_next, garbage, Call.CANCEL)

    _require_true_cancel(bench, it)


def _require_open(check: Callable[[], CheckResult]) -> None:
    """Hold a check to leaving open whether the guess counted."""
    try:
        verdict = check().verdict
    except VerifyError as error:
        name = type(error).__name__
        require(error.maybe_sent, f"raised {name}, which says that no guess counted")
        return
    fail(f"the verdict is {verdict} though no answer could be read")


def _require_unfollowed(bench: Bench, call: Callable[[], object]) -> None:
    with suppress(VerifyError):
        call()
    followed = 0 if bench.followed is None else bench.followed()
    require(not followed, "followed a redirect: the request went to another address")


def _require_unasked(bench: Bench, it: Begun) -> VerifyError:
    """Check where the vendor does not look at the code: an error, no guess spent."""
    error = check_unasked(bench, it)
    approve(bench, it)
    return error


def _expect_state(bench: Bench, it: Begun, *statuses: Status) -> None:
    """Fetch, which raises or says one of these."""
    with suppress(VerifyError):
        found = bench.provider.fetch(it.ref).status
        wanted = " or ".join(statuses)
        require(found in statuses, f"fetch says {found}; raise, or say {wanted}")


def _require_true_cancel(bench: Bench, it: Begun) -> None:
    """Cancel, which raises or says what happened."""
    try:
        outcome = bench.provider.cancel(it.ref)
    except VerifyError:
        return
    if outcome in {CancelOutcome.CANCELED, CancelOutcome.GONE}:
        verdict = ask(bench, it.ref, it.code).verdict
        over = verdict in ENDED
        require(over, f"cancel says {outcome}, and then the code is {verdict}; raise")
    else:
        approve(bench, it)


def _require_idle_cancel(bench: Bench, it: Begun, why: str) -> None:
    """Cancel where the vendor is not asked: an error, or an outcome without one."""
    with suppress(VerifyError):
        outcome = bench.provider.cancel(it.ref)
        idle = outcome in {CancelOutcome.NOT_SUPPORTED, CancelOutcome.TOO_LATE}
        require(idle, f"cancel says {outcome} though {why}")
