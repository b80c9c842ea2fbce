"""Flaws at the end of a verification: expiry, cancel, and what fetch says of it."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from tests.conformance.courier import Courier
from tests.conformance.flaws._flaw import (
    APPROVED,
    Cancel,
    Check,
    Fetch,
    cancel,
    check,
    fake_of,
    fetch,
    found,
    provider,
)
from tests.support.around import Around
from verify_core.provider import owns
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
from verify_fakes.memory import CANCEL_WINDOW, NO_CANCEL, NO_FETCH


class StatesNoExpiry(Around):
    """A sound provider whose vendor does not say how long a code works."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return evolve(super().start(request, previous=previous), expires_at=None)

    def age(self, ref: VerificationRef) -> timedelta:
        return fake_of(self.inner).clock.now() - ref.created_at


@provider("expired_code_is_not_approved")
class NeverLooksAtTheClock(StatesNoExpiry):
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        over = self.age(ref) >= timedelta(minutes=10)
        codes = [each.code for each in fake_of(self.inner).outbox]
        return APPROVED if over and codes[-1] == code else super().check(ref, code)


@provider("code_works_until_it_expires")
class LosesPatience(StatesNoExpiry):
    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if self.age(ref) >= timedelta(minutes=8):
            return CheckResult(verdict=Verdict.EXPIRED)
        return super().check(ref, code)


@check("code_of_what_is_over_opens_nothing_later")
def takes_any_code_that_the_person_ever_got(it: Check) -> CheckResult:
    result = it.go()
    person = it.ref.identifier.value
    got = it.code in [each.code for each in it.outbox if each.to == person]
    return APPROVED if got and result.verdict is Verdict.WRONG_CODE else result


@cancel("made_up_reference_cancels_nothing")
def calls_canceled_what_it_never_gave_out(it: Cancel) -> CancelOutcome:
    outcome = it.go()
    known = {each.ref.vendor_id for each in it.answers}
    made_up = owns(it.sound, it.ref) and it.ref.vendor_id not in known
    return CancelOutcome.CANCELED if made_up else outcome


@cancel("canceled_code_is_not_approved")
def has_no_word_for_a_second_cancel(it: Cancel) -> CancelOutcome:
    before = [each.ref for each in it.past if isinstance(each, Cancel) if each.answer]
    return CancelOutcome.NOT_SUPPORTED if it.ref in before else it.go()


@cancel("cancel_outside_its_window_is_too_late", profile=CANCEL_WINDOW)
def calls_what_is_too_late_not_supported(it: Cancel) -> CancelOutcome:
    outcome = it.go()
    late = outcome is CancelOutcome.TOO_LATE
    return CancelOutcome.NOT_SUPPORTED if late else outcome


@cancel("cancel_works_within_its_window", profile=CANCEL_WINDOW)
def finds_every_cancel_too_late(it: Cancel) -> CancelOutcome:
    return CancelOutcome.TOO_LATE if owns(it.sound, it.ref) else it.go()


@cancel("cancel_says_that_it_cannot", profile=NO_CANCEL)
def calls_what_it_cannot_do_too_late(it: Cancel) -> CancelOutcome:
    return CancelOutcome.TOO_LATE if owns(it.sound, it.ref) else it.go()


@cancel("nothing_is_left_to_cancel_after_the_end")
def cancels_the_expired(it: Cancel) -> CancelOutcome:
    expired = fake_of(it.sound).clock.now() >= it.ref.created_at + timedelta(minutes=10)
    known = it.started(it.ref.attempt_id) and owns(it.sound, it.ref)
    return CancelOutcome.CANCELED if known and expired else it.go()


@cancel("nothing_is_left_to_cancel_after_the_end")
def cancels_the_approved(it: Cancel) -> CancelOutcome:
    outcome = it.go()
    over = Verdict.APPROVED in it.verdicts(it.ref.attempt_id)
    return CancelOutcome.CANCELED if over else outcome


@cancel("foreign_reference_is_not_canceled")
def does_not_look_whose_reference_it_cancels(it: Cancel) -> CancelOutcome:
    return it.sound.cancel(evolve(it.ref, provider=it.sound.name))


@fetch("fetch_says_that_it_cannot", profile=NO_FETCH)
def calls_pending_what_it_cannot_ask_for(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.PENDING)


@fetch("fetch_follows_the_verification")
def calls_it_failed_after_a_wrong_code(it: Fetch) -> VerificationState:
    state = it.go()
    mistaken = it.verdicts(it.ref.attempt_id)[-1:] == [Verdict.WRONG_CODE]
    return evolve(state, status=Status.FAILED) if mistaken else state


@fetch("fetch_lists_what_was_sent")
def lists_a_message_with_each_of_its_events(it: Fetch) -> VerificationState:
    state = it.go()
    return evolve(state, deliveries=state.deliveries * 2)


@fetch("fetch_after_cancel_is_not_pending")
def lacks_the_word_for_canceled(it: Fetch) -> VerificationState:
    state = it.go()
    ended = state.status is Status.CANCELED
    return evolve(state, status=Status.PENDING) if ended else state


@fetch("fetch_after_expiry_is_not_pending", on=found(Status.UNKNOWN))
def calls_pending_what_it_has_not_seen_end(it: Fetch) -> VerificationState:
    runs = it.started(it.ref.attempt_id) and owns(it.sound, it.ref)
    ends = {Verdict.APPROVED, Verdict.EXHAUSTED} & {*it.verdicts(it.ref.attempt_id)}
    return VerificationState(status=Status.PENDING) if runs and not ends else it.answer


@fetch("fetch_after_the_last_guess_is_not_approved")
def takes_what_is_used_up_for_a_success(it: Fetch) -> VerificationState:
    state = it.go()
    used_up = it.verdicts(it.ref.attempt_id).count(Verdict.WRONG_CODE) > 4
    return evolve(state, status=Status.APPROVED) if used_up else state


@fetch("foreign_reference_has_no_state")
def does_not_look_whose_state_it_fetches(it: Fetch) -> VerificationState:
    return it.sound.fetch(evolve(it.ref, provider=it.sound.name))


@provider("made_up_reference_has_no_state")
class TakesTheForgottenForApproved(Courier):
    def fetch(self, ref: VerificationRef) -> VerificationState:
        if self.knows(ref) and self.ask("GET", self.path(ref)) is None:
            return VerificationState(status=Status.APPROVED)
        return super().fetch(ref)
