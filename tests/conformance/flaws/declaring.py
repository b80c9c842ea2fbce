"""Flaws of what is declared, of hints, and of callers at length."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from tests.conformance.flaws._flaw import (
    GONE,
    WRONG,
    Check,
    Start,
    check,
    provider,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.provider import Capabilities, Idempotency
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
)


@check("reference_without_an_id_is_checked_by_identifier")
def takes_a_reference_that_lost_its_id_for_forged(it: Check) -> CheckResult:
    whole = [each.ref for each in it.answers if each.ref.vendor_id]
    return GONE if it.ref in [evolve(each, vendor_id="") for each in whole] else it.go()


@provider("running_verification_refuses_a_second")
class DeclaresRefusalsAndSendsAgain(Around):
    @property
    def capabilities(self) -> Capabilities:
        refuses = Idempotency.REFUSES_DUPLICATE
        return evolve(self.inner.capabilities, idempotency=refuses)


@provider("repeated_start_is_replayed")
class DeclaresReplaysAndSendsAgain(Around):
    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, idempotency=Idempotency.KEY)


class DeclaresAHint(Around):
    """Declares one hint more than it can fulfil, and does not list it as ignored."""

    hint = "code_length"

    @property
    def capabilities(self) -> Capabilities:
        known = self.inner.capabilities
        return evolve(known, hints={*known.hints, self.hint})

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        kept = tuple(each for each in started.ignored_hints if each != self.hint)
        return evolve(started, ignored_hints=kept)


@provider("code_length_hint_is_honoured")
class SendsSixDigitsWhateverTheHint(DeclaresAHint):
    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        again = previous is not None
        return (self.inner if again else super()).start(request, previous=previous)


@provider("code_length_hint_of_a_resend_is_kept_or_listed")
class KeepsTheLengthOfTheFirstCode(DeclaresAHint):
    """Fulfils the hint of a first start by a code that it draws itself."""

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        length = request.hints.code_length
        if length and previous is None and request.custom_code is None:
            request = evolve(request, custom_code="8" * length)
        return super().start(request, previous=previous)


@provider("time_to_live_hint_is_honoured")
class DeclaresALifeTimeAndKeepsItsOwn(DeclaresAHint):
    hint = "time_to_live"


@start("locale_hint_is_honoured_or_listed")
def keeps_the_language_to_itself(it: Start) -> Started:
    return it.go() if it.is_resend else it.go(locale=None)


@start("locale_hint_of_a_resend_is_honoured_or_listed")
def remembers_the_language_of_the_first_message(it: Start) -> Started:
    return it.go(locale=None) if it.is_resend else it.go()


@provider("what_is_declared_is_tried", doors={"guesses": None})
class DeclaresACountThatItsBenchCannotTry(Around):
    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, attempts_reported=True)


@check("a_whole_life_passes_on_every_channel")
def cannot_check_an_email_that_was_sent_again(it: Check) -> CheckResult:
    again = it.ref.channel is Channel.EMAIL and it.ref.sends > 1
    return WRONG if again else it.go()


@start("a_clumsy_caller_is_answered")
def has_a_list_of_seven_waits(it: Start) -> Started:
    waits = [timedelta(0)] * 7
    wait = waits[it.sent]
    return evolve(it.go(), resend_after=wait)
