"""Providers that are wrong about silence, about waiting and about the unknown."""

from __future__ import annotations

from contextlib import suppress

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import (
    Ambiguous,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)


@breaks("throttled_check_is_no_verdict", "refusing_status_at_a_check_is_no_verdict")
class MisreadsThrottling(Around):
    """Takes "too many requests" for a wrong code."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Throttled:
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)


@breaks(
    "lost_check_is_no_verdict",
    "lost_right_code_is_no_verdict",
    "lost_check_is_not_repeated",
    "failure_inside_at_a_check_is_no_verdict",
)
class MisreadsSilence(Around):
    """Takes a lost answer for a wrong code."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Ambiguous:
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)


@breaks(
    "lost_resend_sends_one_message",
    "failure_inside_at_a_resend_may_have_sent",
    "lost_start_can_still_be_checked",
    "failure_inside_the_vendor_may_have_sent",
    "lost_start_is_checked_by_its_own_code",
    "failure_inside_leaves_a_reference",
    "reference_without_an_id_is_checked_by_identifier",
)
class NeedsTheId(Around):
    """Declares a check by identifier, and finds nothing without the id."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if not ref.vendor_id:
            return CheckResult(verdict=Verdict.GONE)
        return super().check(ref, code)


@breaks(
    "fetch_follows_the_verification",
    "fetch_after_expiry_is_not_pending",
    "foreign_reference_has_no_state",
    "unknown_status_is_called_unknown",
)
class CallsTheUnknownPending(Around):
    """Says that what it does not know of is still running."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            state = super().fetch(ref)
        except Unexpected:
            return VerificationState(status=Status.PENDING)
        unknown = state.status is Status.UNKNOWN
        return evolve(state, status=Status.PENDING) if unknown else state


@breaks(
    "refused_resend_leaves_the_code_working",
    "resend_to_an_unreachable_vendor_is_not_sent",
    "unreachable_vendor_is_not_sent",
    "refusing_status_is_not_sent",
    "refusal_is_raised_by_its_remedy",
)
class FearsTheWorst(Around):
    """Calls every connection error ambiguous, so nobody may ask elsewhere."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unavailable:
            raise Ambiguous("no connection", self.name) from None


@breaks(
    "refused_resend_leaves_the_code_working",
    "resend_to_an_unreachable_vendor_is_not_sent",
    "unreachable_vendor_is_not_sent",
    "refusing_status_is_not_sent",
    "refusal_is_raised_by_its_remedy",
    "only_errors_of_the_tree_are_raised",
)
class LetsTheLibraryRaise(Around):
    """Hands on the HTTP library's own error where nobody listens."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unavailable as error:
            raise ConnectionError from error


@breaks(
    "lost_right_code_is_no_verdict",
    "lost_check_is_not_repeated",
    "failure_inside_at_a_check_is_no_verdict",
    "stalled_vendor_is_given_up_in_time",
    "trickling_vendor_is_given_up_in_time",
)
class WaitsThrice(Around):
    """Repeats whatever gets no answer, each time as patiently as the first."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        for _ in range(2):
            with suppress(Ambiguous):
                return super().check(ref, code)
        return super().check(ref, code)
