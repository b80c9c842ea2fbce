"""
More providers that are wrong: what later vendors taught, and declarations that lie.

As in `broken`, each stands around a sound provider and breaks one law.
"""

from __future__ import annotations

from typing import NoReturn

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import (
    NotSupported,
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
from verify_fakes.memory import CANCEL_WINDOW, CHECK_BY_ID, LEAST, TELLS_ENDS_APART


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


@breaks(
    "locale_hint_is_honoured_or_listed",
    "locale_hint_of_a_resend_is_honoured_or_listed",
)
class KeepsTheLanguageToItself(Around):
    """Declares that a language can be asked for, and does not pass it on."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return super().start(evolve(request, locale=None), previous=previous)


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
    "resend_from_a_stored_reference",
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


@breaks(
    "remaining_guesses_are_counted_down",
    "reported_guesses_are_those_left",
    profile=TELLS_ENDS_APART,
)
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


@breaks("fetch_after_cancel_is_not_pending")
class CallsTheCanceledPending(Around):
    """Fetches with a word list that lacks one word."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        state = super().fetch(ref)
        ended = state.status is Status.CANCELED
        return evolve(state, status=Status.PENDING) if ended else state


def _throw(text: str) -> NoReturn:
    raise ValueError(text)
