"""Flaws of check, fetch and cancel where the vendor fails or its answer is lost."""

from __future__ import annotations

from typing import Any, ClassVar

import requests

from tests.conformance.courier import Courier, call_of
from tests.conformance.flaws._flaw import (
    APPROVED,
    GONE,
    WRONG,
    Cancel,
    Check,
    Fetch,
    away,
    cancel,
    check,
    fetch,
    provider,
    raised,
    status,
)
from verify_core.errors import (
    Ambiguous,
    Refused,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_core.testing import Call, VendorRequest
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Status,
    VerificationRef,
    VerificationState,
)

UNANSWERED = (401, 402, 429, 500, 502, 503, 504)


def lost(it: Check) -> bool:
    """Where the answer to a check is lost, and did not just take too long."""
    return raised(Ambiguous)(it) and "in time" not in it.error.message


@check("lost_check_is_no_verdict", on=lost)
def takes_a_look_up_without_an_answer_for_a_wrong_code(it: Check) -> CheckResult:
    if it.look_up(it.ref) is None:
        return WRONG
    raise it.error


@check("throttled_check_is_no_verdict", on=raised(Throttled))
def takes_too_many_requests_for_a_wrong_code(it: Check) -> CheckResult:
    return WRONG


@check("throttled_check_is_no_verdict", on=raised(Throttled))
def is_in_doubt_of_a_check_that_was_put_off(it: Check) -> CheckResult:
    raise Ambiguous("too many requests", it.sound.name)


class OfOneCall(Courier):
    """Handles HTTP in a hurry, at one of its calls."""

    call: ClassVar[Call]

    def is_of_it(self, response: requests.Response) -> bool:
        asked = response.request
        request = VendorRequest(method=str(asked.method), target=asked.path_url)
        return call_of(request) is self.call


class TakesAPageForTheVendor(OfOneCall):
    """Reads the status of a 404 alone, whoever it comes from."""

    def read(self, response: requests.Response) -> dict[str, Any] | None:
        missing = response.status_code == 404 and self.is_of_it(response)
        return None if missing else super().read(response)


class FollowsRedirects(OfOneCall):
    """Goes wherever it is sent, and takes its key along."""

    def send(
        self, method: str, path: str, body: dict[str, str] | None
    ) -> requests.Response:
        response = super().send(method, path, body)
        if not response.is_redirect or not self.is_of_it(response):
            return response
        headers = {"X-Key": self.key}
        return requests.request(
            method, response.headers["Location"], headers=headers, timeout=1
        )


@provider("page_of_a_proxy_is_no_verdict")
class CallsACodeGoneByAPage(TakesAPageForTheVendor):
    call = Call.CHECK


@provider("page_of_a_proxy_is_no_state")
class CallsAStateUnknownByAPage(TakesAPageForTheVendor):
    call = Call.FETCH


@provider("page_of_a_proxy_cancels_nothing")
class CancelsByAPage(TakesAPageForTheVendor):
    call = Call.CANCEL


@provider("redirected_fetch_is_not_followed")
class FollowsARedirectedFetch(FollowsRedirects):
    call = Call.FETCH


@provider("redirected_cancel_is_not_followed")
class FollowsARedirectedCancel(FollowsRedirects):
    call = Call.CANCEL


@check("unknown_status_is_never_approved", on=raised(Unexpected))
def takes_what_is_not_a_no_for_a_yes(it: Check) -> CheckResult:
    return APPROVED


@fetch("unknown_status_is_called_unknown", on=raised(Unexpected))
def takes_an_unknown_word_for_pending(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.PENDING)


@check("lost_right_code_is_no_verdict", on=lost)
def approves_a_lost_code_that_ended_it(it: Check) -> CheckResult:
    if it.look_up(it.ref) in {None, Status.PENDING}:
        raise it.error
    return APPROVED


@check("lost_check_is_not_repeated", on=lost)
def repeats_a_lost_check_that_ended_nothing(it: Check) -> CheckResult:
    if it.look_up(it.ref) is Status.PENDING:
        it.go()
    raise it.error


@check("failure_inside_at_a_check_is_no_verdict", on=status(500, 502, 504))
def calls_a_failed_check_unspent(it: Check) -> CheckResult:
    raise Unavailable("failed inside", it.sound.name)


@check("refusing_status_at_a_check_is_no_verdict", on=status(402))
def takes_an_empty_account_for_a_wrong_code(it: Check) -> CheckResult:
    return WRONG


@check("odd_status_approves_nothing", on=status(501, 520))
def takes_an_odd_status_for_a_wrong_code(it: Check) -> CheckResult:
    return WRONG


@check("unreadable_answer_to_a_check_is_no_verdict", on=status(200))
def takes_what_it_cannot_read_for_a_wrong_code(it: Check) -> CheckResult:
    return WRONG


@check("redirected_check_is_no_verdict", on=status(307))
def carries_the_code_to_wherever_it_is_sent(it: Check) -> CheckResult:
    return it.go()


@check("unreachable_vendor_says_nothing_of_a_code", on=away)
def takes_a_vendor_that_is_away_for_gone(it: Check) -> CheckResult:
    return GONE


@fetch("unreachable_vendor_says_nothing_of_a_state", on=away)
def asks_twice_and_calls_it_expired(it: Fetch) -> VerificationState:
    state = it.look_up(it.ref)
    return VerificationState(status=state or Status.EXPIRED)


@cancel("unreachable_vendor_cancels_nothing", on=away)
def calls_gone_what_it_cannot_reach(it: Cancel) -> CancelOutcome:
    return CancelOutcome.GONE


@provider("lost_fetch_invents_no_state")
class CallsALostStateUnknown(Courier):
    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            return super().fetch(ref)
        except Ambiguous as error:
            if error.http_status is not None:
                raise
            return VerificationState(status=Status.UNKNOWN)


@fetch("failing_fetch_invents_no_state", on=status(*UNANSWERED))
def takes_the_vendors_failure_for_the_persons(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.FAILED)


@fetch("failing_fetch_revives_nothing", on=status(*UNANSWERED))
def calls_pending_what_fails(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.PENDING)


@fetch("unreadable_answer_to_a_fetch_is_no_state", on=status(200))
def believes_that_a_success_means_approval(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.APPROVED)


@cancel("lost_cancel_is_called_what_it_is", on=away)
def takes_silence_for_too_late(it: Cancel) -> CancelOutcome:
    return CancelOutcome.TOO_LATE


@cancel("failing_cancel_is_called_what_it_is", on=status(*UNANSWERED))
def calls_canceled_what_failed(it: Cancel) -> CancelOutcome:
    return CancelOutcome.CANCELED


@provider("failing_cancel_is_called_what_it_is")
class TakesEveryRefusalForTheEnd(Courier):
    """Its vendor refuses to cancel what is over, and refuses for other reasons, too."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        try:
            return super().cancel(ref)
        except Refused:
            return CancelOutcome.GONE


@cancel("unreadable_answer_to_a_cancel_is_survived", on=status(200))
def calls_too_late_what_it_cannot_read(it: Cancel) -> CancelOutcome:
    return CancelOutcome.TOO_LATE
