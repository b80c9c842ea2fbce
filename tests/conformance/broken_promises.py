"""
More providers that are wrong: what later vendors taught, and declarations that lie.

As in `broken`, each stands around a sound provider and breaks one law.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

from attrs import evolve

from tests.conformance.broken import breaks
from tests.support.around import Around
from verify_core.errors import (
    Ambiguous,
    NotSupported,
    Throttled,
    Unavailable,
    Unexpected,
)
from verify_core.provider import Capabilities, Idempotency, Resend, VerifyProvider
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes.memory import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    LEAST,
    TELLS_ENDS_APART,
)


@breaks(
    "another_persons_code_is_not_approved",
    "previous_of_another_person_is_a_fresh_start",
    perhaps=("checks_at_once_are_not_mixed_up",),
)
class ApprovesAnotherVerification(Around):
    """Holds a code against whatever was sent lately, to whomever."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.begun: list[VerificationRef] = []

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.begun.append(started.ref)
        return started

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            for other in self.begun:
                if other.identifier != ref.identifier:
                    result = self.inner.check(other, code)
        return result


@breaks("foreign_reference_is_not_canceled")
class CancelsForeignReferences(Around):
    """Does not look at whose reference it cancels."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return super().cancel(evolve(ref, provider=self.name))


@breaks("foreign_reference_has_no_state")
class KnowsForeignStates(Around):
    """Does not look at whose reference it fetches."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return super().fetch(evolve(ref, provider=self.name))


@breaks(
    "a_resend_is_the_same_attempt",
    "previous_of_another_person_is_a_fresh_start",
    "previous_of_another_provider_is_a_fresh_start",
    "a_third_message_works",
    "another_process_sends_again",
)
class StartsAnewForAResend(Around):
    """Makes a verification of its own of each resend."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(request)


@breaks(
    "only_a_start_sends",
    "code_of_what_is_over_opens_nothing_later",
    "cancel_outside_its_window_is_too_late",
    "cancel_works_within_its_window",
    "resend_of_what_is_over_sends_a_code_that_works",
    profile=CANCEL_WINDOW,
)
class RaisesWhenTooLate(Around):
    """Treats a cancel outside its window as a failure."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        outcome = super().cancel(ref)
        if outcome is CancelOutcome.TOO_LATE:
            raise NotSupported("too late", self.name)
        return outcome


@breaks(
    "cancel_works_within_its_window",
    "foreign_reference_is_not_canceled",
    profile=CANCEL_WINDOW,
)
class NeverInTime(Around):
    """Declares a window, and finds every cancel too late."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return CancelOutcome.TOO_LATE


@breaks("no_error_holds_a_secret", profile=LEAST)
class ChainsTheSecret(Around):
    """Hides nothing: the code stands in the error that the error is raised from."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        code = request.custom_code
        if code is not None and not self.capabilities.custom_code:
            try:
                _throw(f"cannot send {code.reveal()}")
            except ValueError as error:
                raise NotSupported("custom_code", self.name) from error
        return super().start(request, previous=previous)


@breaks("no_repr_holds_a_secret")
class ShowsTheNumberInRepr(Around):
    """Shows whom it served last."""

    last = ""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.last = request.identifier.value
        return super().start(request, previous=previous)

    def __repr__(self) -> str:
        return f"ShowsTheNumberInRepr(last={self.last})"


@breaks("start_sends_one_message", more=True)
class SendsTwice(Around):
    """Makes sure that something arrives."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        first = super().start(request, previous=previous)
        again = super().start(request, previous=first.ref)
        return evolve(again, ref=evolve(again.ref, sends=first.ref.sends))


@breaks(
    "what_a_start_says_makes_sense",
    "attempt_id_of_the_request_comes_first",
    "lost_start_keeps_what_was_asked_for",
)
class LosesOurName(Around):
    """Keeps a name of its own for each attempt, and not ours."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, attempt_id=None), previous=previous)


@breaks("attempt_ids_are_drawn_apart", "previous_of_another_person_is_a_fresh_start")
class DrawsOneName(Around):
    """Calls every attempt the same."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        named = evolve(request, attempt_id=request.attempt_id or "attempt")
        return super().start(named, previous=previous)


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


@breaks("remaining_guesses_are_counted_down", profile=TELLS_ENDS_APART)
class MiscountsGuesses(Around):
    """Counts the guess that was just made among those left."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        left = result.attempts_remaining
        return evolve(result, attempts_remaining=None if left is None else left + 1)


@breaks("approval_invites_no_further_guess", "no_end_invites_another_guess")
class InvitesGuessesAfterApproval(Around):
    """Never says that it is over."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return evolve(super().check(ref, code), retry_allowed=True)


@breaks("wrong_then_right_code_approves", more=True)
class EndsAtTheFirstMistake(Around):
    """Has no patience: one wrong code, and it cancels."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        if result.verdict is Verdict.WRONG_CODE:
            super().cancel(ref)
        return result


@breaks(
    "reference_survives_json",
    "another_process_checks_the_code",
    "another_process_sends_again",
    profile=CHECK_BY_ID,
)
class KnowsItsOwnObjectsOnly(Around):
    """Remembers references by object, so none survives being stored."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.given: list[VerificationRef] = []

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.given.append(started.ref)
        return started

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if any(ref is each for each in self.given):
            return super().check(ref, code)
        return CheckResult(verdict=Verdict.GONE)


@breaks("resend_sends_again")
class MisdeclaresResends(Around):
    """Declares that a resend brings a new code, and sends the old one."""

    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, resend=Resend.NEW_CODE)


@breaks(
    "code_length_hint_of_a_resend_is_kept_or_listed",
    "code_length_hint_is_honoured",
    "time_to_live_hint_is_honoured",
)
class BoastsOfHints(Around):
    """Declares wishes that it does not fulfil."""

    @property
    def capabilities(self) -> Capabilities:
        hints = {*self.inner.capabilities.hints, "code_length", "time_to_live"}
        return evolve(self.inner.capabilities, hints=hints)

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        left = sorted({*started.ignored_hints} - self.capabilities.hints)
        return evolve(started, ignored_hints=tuple(left))


@breaks("repeated_start_is_replayed")
class BoastsOfReplays(Around):
    """Declares that a repeated start is replayed, and sends again."""

    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, idempotency=Idempotency.KEY)


@breaks("running_verification_refuses_a_second")
class BoastsOfRefusals(Around):
    """Declares that a second start is refused, and sends again."""

    @property
    def capabilities(self) -> Capabilities:
        refuses = Idempotency.REFUSES_DUPLICATE
        return evolve(self.inner.capabilities, idempotency=refuses)


@breaks("remaining_guesses_are_counted_down")
class BoastsOfCounting(Around):
    """Declares that it tells how many guesses are left, and never does."""

    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, attempts_reported=True)


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


@breaks("fetch_after_cancel_is_not_pending")
class CallsTheCanceledPending(Around):
    """Fetches with a word list that lacks one word."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        state = super().fetch(ref)
        ended = state.status is Status.CANCELED
        return evolve(state, status=Status.PENDING) if ended else state


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


def _throw(text: str) -> NoReturn:
    raise ValueError(text)
