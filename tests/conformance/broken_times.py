"""Providers that are wrong about times, types, names and what they remember."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from attrs import evolve

from tests.conformance.breaking import breaks
from tests.support.around import Around
from verify_core.errors import Throttled, VerifyError
from verify_core.provider import Capabilities, VerifyProvider
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


class Restated(Around):
    """Changes what a start says, and nothing else."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self.restate(super().start(request, previous=previous))

    def restate(self, started: Started) -> Started:
        return started


def let_the_others_run() -> None:
    """Wait a moment, as for a network, so that threads meet not just by luck."""
    if threading.current_thread() is not threading.main_thread():
        threading.Event().wait(0.2)


@breaks("creation_is_now")
class WritesLocalTime(Restated):
    """Takes the local clock's hours for UTC's, in all that it states."""

    def restate(self, started: Started) -> Started:
        hour = timedelta(hours=1)
        ref = evolve(started.ref, created_at=started.ref.created_at + hour)
        expires_at = started.expires_at and started.expires_at + hour
        return evolve(started, ref=ref, expires_at=expires_at)


@breaks(
    "creation_is_of_this_age",
    "creation_is_now",
    "later_creation_is_later",
)
class WasBornInTheSeventies(Restated):
    """Fills a missing date with zero seconds."""

    def restate(self, started: Started) -> Started:
        ref = evolve(started.ref, created_at=datetime(1970, 1, 1, tzinfo=UTC))
        return evolve(started, ref=ref, expires_at=None)


@breaks(
    "stated_expiry_is_the_life_time",
    "code_counts_until_the_stated_expiry",
    "stated_expiry_of_a_resend_is_ahead",
)
class ExpiresAnHourLate(Restated):
    """Adds the time zone twice."""

    def restate(self, started: Started) -> Started:
        late = started.expires_at and started.expires_at + timedelta(hours=1)
        return evolve(started, expires_at=late)


@breaks("code_counts_until_the_stated_expiry")
class ExpiresALittleEarly(Restated):
    """Rounds the time that is left to whole minutes, upwards."""

    def restate(self, started: Started) -> Started:
        late = started.expires_at and started.expires_at + timedelta(seconds=50)
        return evolve(started, expires_at=late)


@breaks("stated_expiry_of_a_resend_is_ahead")
class ForgetsThatTimePassed(Around):
    """Says of a resend that it expires when the first message was sent."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        if previous is None or started.ref.identifier != previous.identifier:
            return started
        return evolve(started, expires_at=previous.created_at)


@breaks("what_a_start_says_makes_sense", "wait_before_a_resend_makes_sense")
class WaitsBackwards(Restated):
    """Subtracts the wrong way round."""

    def restate(self, started: Started) -> Started:
        return evolve(started, resend_after=timedelta(seconds=-30))


@breaks("wait_before_a_resend_makes_sense", more=True)
class TakesMillisecondsForSeconds(Restated):
    """Reads a wait of thirty thousand milliseconds as seconds."""

    def restate(self, started: Started) -> Started:
        return evolve(started, resend_after=timedelta(seconds=30_000))


@breaks("answers_have_our_types")
class AnswersInWords(Around):
    """Says `gone` in a text of its own: equal, but no outcome."""

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        outcome = super().cancel(ref)
        if outcome is CancelOutcome.GONE:
            return str(outcome)  # type: ignore[return-value]
        return outcome


@breaks("name_and_capabilities_stay")
class LearnsItsCapabilities(Around):
    """Finds out with the first check that guesses are not counted."""

    checked = False

    @property
    def capabilities(self) -> Capabilities:
        known = self.inner.capabilities
        return evolve(known, hints={"locale"}) if self.checked else known

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.checked = True
        return super().check(ref, code)


@breaks("references_are_left_as_they_are")
class NotesInTheReference(Around):
    """Counts guesses in the reference that it was lent."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        object.__setattr__(ref, "created_at", ref.created_at + timedelta(seconds=1))
        return super().check(ref, code)


@breaks("references_are_small")
class KeepsTheWholeAnswer(Restated):
    """Puts the vendor's answer into the reference, in case it is needed."""

    def restate(self, started: Started) -> Started:
        ref = evolve(started.ref, vendor_data={"answer": "<html>" * 600})
        return evolve(started, ref=ref)


@breaks("no_end_invites_another_guess")
class InvitesGuessesWhenItIsOver(Around):
    """Says to everything but an approval that another guess may be made."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        return evolve(result, retry_allowed=result.verdict is not Verdict.APPROVED)


@breaks("no_hint_no_complaint", more=True)
class ListsEveryHint(Restated):
    """Lists what it cannot do, whether it was asked for or not."""

    def restate(self, started: Started) -> Started:
        return evolve(started, ignored_hints=("locale", *started.ignored_hints))


class BadlyMade(Throttled):
    """An error whose constructor takes something else than its fields."""

    def __init__(self, provider: str) -> None:
        super().__init__("too many requests", provider)

    def __reduce__(self) -> tuple[type[BadlyMade], tuple[()]]:
        return type(self), ()


@breaks("errors_survive_pickling")
class RaisesWhatCannotTravel(Around):
    """Raises an error of its own that cannot be made again."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Throttled:
            raise BadlyMade(self.name) from None


@breaks("errors_say_whose_they_are")
class RaisesWithoutAName(Around):
    """Leaves the name out of its errors."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except VerifyError as error:
            raise error.but(provider="") from None


@breaks("errors_say_whose_they_are")
class QuotesTheHeader(Around):
    """Puts `Retry-After` into the error as it stood in the answer."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        try:
            return super().check(ref, code)
        except Throttled as error:
            raise error.but(retry_after="3") from None


@breaks("fetch_spends_no_guess")
class GuessesToFetch(Around):
    """Asks where it stands by trying a code that cannot be right."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        if super().fetch(ref).status is Status.PENDING:
            super().check(ref, "000000")
        return super().fetch(ref)


@breaks("fetch_after_the_last_guess_is_not_approved")
class TakesTheEndForSuccess(Around):
    """Reads whatever takes no guess any more as approved."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.wrong = 0

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        result = super().check(ref, code)
        self.wrong += result.verdict is Verdict.WRONG_CODE
        return result

    def fetch(self, ref: VerificationRef) -> VerificationState:
        state = super().fetch(ref)
        return evolve(state, status=Status.APPROVED) if self.wrong > 4 else state


@breaks("fetch_lists_what_was_sent")
class ListsAMessageTwice(Around):
    """Lists every message with each of its events."""

    def fetch(self, ref: VerificationRef) -> VerificationState:
        state = super().fetch(ref)
        return evolve(state, deliveries=(*state.deliveries, *state.deliveries))


@breaks(
    "last_guess_still_counts", "fetch_spends_no_guess", "lost_check_is_not_repeated"
)
class StopsOneTooEarly(Around):
    """Refuses the last guess by itself."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.guesses: dict[tuple[str, int], int] = {}

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        key = ref.attempt_id, ref.sends
        self.guesses[key] = self.guesses.get(key, 0) + 1
        if self.guesses[key] == 5:
            super().check(ref, "000000")
            return CheckResult(verdict=Verdict.EXHAUSTED)
        return super().check(ref, code)


@breaks("code_works_until_it_expires", "code_counts_until_the_stated_expiry")
class LosesPatience(Around):
    """Ends each verification by itself after eight minutes."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        fake = self.inner._fake  # type: ignore[attr-defined]  # noqa: SLF001
        if fake.clock.now() - ref.created_at >= timedelta(minutes=8):
            return CheckResult(verdict=Verdict.EXPIRED)
        return super().check(ref, code)


@breaks("a_new_start_follows_an_expired_one", more=True)
class StartsOncePerPerson(Around):
    """Remembers whom it sent to, and sends to nobody twice."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.begun: dict[str, Started] = {}

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        if previous is None and request.identifier.value in self.begun:
            return self.begun[request.identifier.value]
        started = super().start(request, previous=previous)
        self.begun[request.identifier.value] = started
        return started


@breaks("right_code_approves", more=True)
class UppercasesNothing(Around):
    """Approves no code that it did not send by SMS."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if ref.channel.value != "sms":
            return CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
        return super().check(ref, code)


@breaks("two_verifications_run_side_by_side", more=True)
class RemembersTheLast(Around):
    """Keeps the last reference, and checks every code by it."""

    last: VerificationRef | None = None

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.last = started.ref
        return started

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        ours = ref.provider == self.name and ref.vendor_id
        return super().check(self.last or ref if ours else ref, code)


@breaks("starts_at_once_are_not_mixed_up")
class KeepsTheRequestOnItself(Around):
    """Puts what it works on into an attribute, as if nobody else were there."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.request = request
        let_the_others_run()
        return super().start(self.request, previous=previous)


@breaks("closing_ends_nothing")
class ClosesOnce(Around):
    """Takes a second close() for a mistake of the caller."""

    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


@breaks("closing_ends_nothing")
class ForgetsWhenItIsClosed(Around):
    """Drops its verifications together with its connections."""

    closed = False

    def close(self) -> None:
        self.closed = True

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        if self.closed:
            return CheckResult(verdict=Verdict.GONE)
        return super().check(ref, code)


@breaks("checks_at_once_are_not_mixed_up")
class KeepsTheCodeOnItself(Around):
    """Puts the code where another thread's code replaces it."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.codes: dict[int, str] = {}

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        me = threading.get_ident()
        self.codes[me] = code
        let_the_others_run()
        if threading.current_thread() is not threading.main_thread():
            theirs = [each for thread, each in self.codes.items() if thread != me]
            code = (theirs or [code])[-1]
        return super().check(ref, code)


@breaks("of_checks_at_once_one_is_approved")
class SharesOneAnswer(Around):
    """Asks once for all who ask the same while an answer is on its way."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.waiting: dict[tuple[str, str], int] = {}
        self.answers: dict[tuple[str, str], CheckResult] = {}
        self.lock = threading.Lock()

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        key = ref.vendor_id, code
        self.waiting[key] = self.waiting.get(key, 0) + 1
        let_the_others_run()
        with self.lock:
            result = self.answers.get(key) or super().check(ref, code)
            self.answers[key] = result
            self.waiting[key] -= 1
            if not self.waiting[key]:
                del self.answers[key]
        return result


@breaks("another_process_cancels")
class CancelsOnlyItsOwn(Around):
    """Remembers what it started, and cancels nothing else."""

    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.begun: set[str] = set()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        self.begun.add(started.ref.attempt_id)
        return started

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        if ref.attempt_id not in self.begun:
            return CancelOutcome.GONE
        return super().cancel(ref)
