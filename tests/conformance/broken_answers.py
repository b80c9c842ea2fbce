"""Providers that misread what a failing vendor answers, at each of the four calls."""

from __future__ import annotations

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import (
    Ambiguous,
    Misconfigured,
    Unavailable,
    Unexpected,
    VerifyError,
)
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)


@breaks(
    "unreadable_answer_to_a_start_may_have_sent",
    "unreadable_answer_to_a_resend_may_have_sent",
)
class CallsTheUnreadableNotSent(Around):
    """Takes an answer that it cannot read for a refusal."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unexpected as error:
            if error.http_status == 200:
                raise Misconfigured("no JSON", self.name) from None
            raise


@breaks("unreadable_answer_to_a_resend_may_have_sent")
class RepeatsUnreadableResends(Around):
    """Sends again, again, where the answer to a resend cannot be read."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unexpected as error:
            if previous is None or error.http_status != 200:
                raise
            return super().start(request, previous=previous)


@breaks("redirect_is_not_followed", "redirected_resend_is_not_followed")
class FollowsRedirects(Around):
    """Puts the start to wherever it is sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unexpected as error:
            if error.http_status != 307:
                raise
            return super().start(request, previous=previous)


@breaks("redirected_resend_is_not_followed")
class FollowsRedirectedResends(Around):
    """Puts a resend, and nothing else, to wherever it is sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Unexpected as error:
            if error.http_status != 307 or previous is None:
                raise
            return super().start(request, previous=previous)


@breaks("redirected_check_is_no_verdict")
class FollowsRedirectedChecks(Around):
    """Carries the code to wherever it is sent."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Unexpected as error:
            if error.http_status != 307:
                raise
            return super().check(ref, code)


@breaks("unreadable_answer_to_a_check_is_no_verdict")
class CallsTheUnreadableWrong(Around):
    """Takes whatever is not a match for a mismatch."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Unexpected as error:
            if error.http_status != 200:
                raise
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)


@breaks("failure_inside_at_a_check_is_no_verdict")
class CallsAFailedCheckUnspent(Around):
    """Says after 500 that no guess has counted."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Ambiguous as error:
            if error.http_status is None:
                raise
            raise Unavailable("failed inside", self.name) from None


@breaks("lost_check_is_not_repeated", "lost_right_code_is_no_verdict")
class RepeatsLostChecks(Around):
    """Puts a check again whose answer did not come."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Ambiguous as error:
            if error.http_status is not None or "in time" in error.message:
                raise
            return super().check(ref, code)


@breaks("unreachable_vendor_says_nothing_of_a_code")
class CallsTheUnreachableGone(Around):
    """Takes a vendor that is away for a verification that is."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Unavailable as error:
            if error.http_status is not None:
                raise
            return CheckResult(verdict=Verdict.GONE)


@breaks("unreachable_vendor_says_nothing_of_a_state", "lost_fetch_invents_no_state")
class CallsTheUnreachableExpired(Around):
    """Takes silence for the end."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            return super().fetch(ref)
        except Unavailable as error:
            if error.http_status is not None:
                raise
            return VerificationState(status=Status.EXPIRED)


@breaks("failing_fetch_invents_no_state")
class CallsTheFailedFailed(Around):
    """Takes the vendor's failure for the verification's."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            return super().fetch(ref)
        except VerifyError as error:
            if error.http_status in {None, 200, 307}:
                raise
            return VerificationState(status=Status.FAILED)


@breaks("unreadable_answer_to_a_fetch_is_no_state")
class CallsTheUnreadableApproved(Around):
    """Believes that a success means approval."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        try:
            return super().fetch(ref)
        except Unexpected as error:
            if error.http_status != 200:
                raise
            return VerificationState(status=Status.APPROVED)


@breaks("unreachable_vendor_cancels_nothing")
class EndsWhatItCannotReach(Around):
    """Has an outcome for everything, a vendor that is away included."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        try:
            return super().cancel(ref)
        except Unavailable as error:
            if error.http_status is not None:
                raise
            return CancelOutcome.GONE


@breaks("lost_cancel_is_called_what_it_is")
class CallsTheLostTooLate(Around):
    """Takes silence for a cancel that came too late."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        try:
            return super().cancel(ref)
        except Unavailable as error:
            if error.http_status is not None:
                raise
            return CancelOutcome.TOO_LATE


@breaks("failing_cancel_is_called_what_it_is")
class CancelsWithoutAnAnswer(Around):
    """Calls canceled what the vendor refused to cancel."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        try:
            return super().cancel(ref)
        except VerifyError as error:
            if error.http_status in {None, 200, 307}:
                raise
            return CancelOutcome.CANCELED


@breaks("unreadable_answer_to_a_cancel_is_survived")
class CallsTheUnreadableTooLate(Around):
    """Says of a cancel that it could not read that nothing was canceled."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        try:
            return super().cancel(ref)
        except Unexpected as error:
            if error.http_status != 200:
                raise
            return CancelOutcome.TOO_LATE


@breaks("refused_resend_leaves_the_code_working", more=True)
class EndsBeforeItSendsAgain(Around):
    """Cancels the first message, and then asks for the second."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None and previous.identifier == request.identifier:
            super().cancel(previous)
        return super().start(request, previous=previous)


@breaks("resend_with_foreign_extras_is_refused")
class DropsTheExtrasOfAResend(Around):
    """Looks at extras the first time only."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is not None:
            request = evolve(request, extras=())
        return super().start(request, previous=previous)


@breaks("refusing_status_is_not_sent")
class CallsAnEmptyAccountUnavailable(Around):
    """Sends people elsewhere where somebody has to pay."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        try:
            return super().start(request, previous=previous)
        except Misconfigured as error:
            if error.http_status != 402:
                raise
            raise Unavailable("no balance", self.name, 402) from None


@breaks("dropped_start_is_not_called_sent", "dropped_start_adopts_no_earlier_message")
class BelievesInTheNetwork(Around):
    """Calls a start sent over which the connection broke, if not a resend."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if previous is None and self._was_dropped(request):
            return evolve(started, delivery=Delivery.SENT)
        return started

    def _was_dropped(self, request: StartRequest) -> bool:
        fake = self.inner._fake  # type: ignore[attr-defined]  # noqa: SLF001
        hits = [each for each in fake.faults.armed if each.hits]
        return any(str(each.broken) == "hang_up" for each in hits)


@breaks("dropped_start_adopts_no_earlier_message")
class AdoptsWhatIsThere(Around):
    """Looks up a lost start by the person, and takes what it finds for its message."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)  # type: ignore[arg-type]
        self.known: set[str] = set()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        person = request.identifier.value
        in_doubt = started.delivery is Delivery.MAYBE_SENT
        known = in_doubt and previous is None and person in self.known
        if known and super().fetch(started.ref).status is Status.PENDING:
            return evolve(started, delivery=Delivery.SENT)
        self.known.add(person)
        return started
