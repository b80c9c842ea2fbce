"""Flaws that several cases notice: what a hurried author gets wrong in one go."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from attrs import evolve

from tests.conformance.flaws._flaw import (
    APPROVED,
    GONE,
    WRONG,
    Cancel,
    Check,
    Fetch,
    Start,
    cancel,
    check,
    fetch,
    provider,
    raised,
    referring,
    said,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import Ambiguous, Misconfigured, NotSupported, Unavailable
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    Status,
    Verdict,
    VerificationState,
)
from verify_fakes.memory import CANCEL_WINDOW, TELLS_ENDS_APART


@provider("provider_declares_itself", "provider_owns_its_references")
class ShoutsItsName(Around):
    @property
    def name(self) -> str:
        return self.inner.name.upper()


@start("start_sends_one_message", "resend_sends_again")
def sends_twice_so_that_something_arrives(it: Start) -> Started:
    first = it.go()
    again = it.sound.start(it.request, previous=first.ref)
    return referring(again, sends=first.ref.sends)


@start("channel_is_never_passed_off", "resend_by_another_channel")
def sends_a_text_and_says_that_it_called(it: Start) -> Started:
    if it.request.channel is not Channel.CALL:
        return it.go()
    started = it.go(channel=Channel.SMS)
    return evolve(referring(started, channel=Channel.CALL), channel=Channel.CALL)


@start(
    "what_a_start_says_makes_sense",
    "attempt_id_of_the_request_comes_first",
    "lost_start_keeps_what_was_asked_for",
)
def keeps_names_of_its_own(it: Start) -> Started:
    return it.go(attempt_id=None)


@start("custom_code_is_honoured", "custom_code_keeps_its_zeros")
def sends_a_code_of_its_own(it: Start) -> Started:
    return it.go(custom_code=None)


@check("wrong_code_is_a_verdict", "guesses_run_out", on=said(Verdict.WRONG_CODE))
def raises_on_a_wrong_code(it: Check) -> CheckResult:
    raise Misconfigured("wrong", it.sound.name)


@check("wrong_code_is_a_verdict", "last_guess_still_counts")
def ends_at_the_first_mistake(it: Check) -> CheckResult:
    result = it.go()
    if result.verdict is Verdict.WRONG_CODE:
        it.sound.cancel(it.ref)
    return result


@check("odd_codes_are_wrong_codes", "near_miss_is_not_approved")
def raises_on_what_is_no_number(it: Check) -> CheckResult:
    if not it.code.isdecimal():
        raise ValueError("not a number")
    return it.go()


@check(
    "approved_only_once",
    "of_checks_at_once_one_is_approved",
    on=said(Verdict.GONE),
)
def approves_the_right_code_again(it: Check) -> CheckResult:
    return APPROVED if it.is_right else it.answer


@check(
    "guesses_run_out",
    "resend_gives_no_guesses_back",
    "resend_does_not_open_what_is_exhausted",
    on=said(Verdict.EXHAUSTED),
)
def approves_the_exhausted(it: Check) -> CheckResult:
    return APPROVED


@check(
    "unknown_reference_is_gone",
    "expired_code_is_not_approved",
    "canceled_code_is_not_approved",
    on=said(Verdict.GONE),
)
def approves_what_is_gone(it: Check) -> CheckResult:
    return APPROVED


@check(
    "remaining_guesses_are_counted_down",
    "reported_guesses_are_those_left",
    profile=TELLS_ENDS_APART,
)
def counts_the_guess_just_made_among_those_left(it: Check) -> CheckResult:
    result = it.go()
    left = result.attempts_remaining
    return evolve(result, attempts_remaining=None if left is None else left + 1)


@check(
    "reference_without_an_id_is_checked_by_identifier",
    "lost_start_can_still_be_checked",
    "failure_inside_leaves_a_reference",
)
def finds_nothing_without_the_id(it: Check) -> CheckResult:
    return it.go() if it.ref.vendor_id else GONE


@check("another_persons_code_is_not_approved", "foreign_reference_is_gone")
def checks_every_code_by_the_last_reference(it: Check) -> CheckResult:
    return it.go(ref=it.answers[-1].ref if it.answers else it.ref)


@check("garbled_reference_is_answered", "failure_inside_leaves_a_reference")
def takes_for_granted_that_there_is_an_id(it: Check) -> CheckResult:
    return it.go() if it.ref.vendor_id[0] else GONE


@start("stated_expiry_of_a_resend_is_ahead", "code_counts_until_the_stated_expiry")
def adds_the_time_zone_twice(it: Start) -> Started:
    started = it.go()
    late = started.expires_at and started.expires_at + timedelta(hours=1)
    return evolve(started, expires_at=late)


@start("wait_before_a_resend_makes_sense", "resend_sends_again")
def takes_milliseconds_for_seconds(it: Start) -> Started:
    return evolve(it.go(), resend_after=timedelta(seconds=30_000))


@start("code_of_what_is_over_opens_nothing_later", "later_creation_is_later")
def sends_to_each_person_once(it: Start) -> Started:
    known = {each.ref.identifier: each for each in it.answers}
    return (it.previous is None and known.get(it.request.identifier)) or it.go()


@start(
    "a_resend_is_the_same_attempt",
    "a_third_message_works",
    "resend_from_a_stored_reference",
    "another_process_sends_again",
)
def makes_a_verification_of_each_resend(it: Start) -> Started:
    return it.sound.start(it.request)


@start("resend_sends_again", "a_third_message_works")
def returns_the_first_reference_for_a_resend(it: Start) -> Started:
    return it.go() if it.previous is None else Started(ref=it.previous)


@start(
    "previous_of_another_person_is_a_fresh_start",
    "previous_of_another_provider_is_a_fresh_start",
)
def starts_afresh_without_a_word(it: Start) -> Started:
    started = it.go()
    kept = tuple(each for each in started.ignored_hints if each != "previous")
    return evolve(started, ignored_hints=kept)


@fetch(
    "fetch_follows_the_verification",
    "fetch_after_expiry_is_not_pending",
    "foreign_reference_has_no_state",
)
def invents_states(it: Fetch) -> VerificationState:
    return VerificationState(status=Status.PENDING)


@cancel("canceled_code_is_not_approved", "another_process_cancels")
def cancels_in_name(it: Cancel) -> CancelOutcome:
    return CancelOutcome.CANCELED


@cancel("cancel_works_within_its_window", "only_a_start_sends", profile=CANCEL_WINDOW)
def raises_when_it_is_too_late(it: Cancel) -> CancelOutcome:
    outcome = it.go()
    if outcome is CancelOutcome.TOO_LATE:
        raise NotSupported("too late", it.sound.name)
    return outcome


@start("lost_start_sends_one_message", "lost_resend_sends_one_message")
def repeats_lost_starts(it: Start) -> Started:
    started = it.go()
    return it.go() if started.delivery is Delivery.MAYBE_SENT else started


@start(
    "nothing_unknown_is_claimed",
    "dropped_start_is_not_called_sent",
    "dropped_resend_is_not_called_sent",
)
def calls_every_message_sent(it: Start) -> Started:
    return evolve(it.go(), delivery=Delivery.SENT)


@start("lost_start_sends_one_message", "lost_resend_claims_nothing_unknown")
def calls_what_is_lost_not_sent(it: Start) -> Started:
    started = it.go()
    if started.delivery is Delivery.MAYBE_SENT:
        raise Misconfigured("no answer", it.sound.name)
    return started


@start(
    "unreachable_vendor_is_not_sent",
    "resend_to_an_unreachable_vendor_is_not_sent",
    on=raised(Unavailable),
)
def lets_the_library_raise(it: Start) -> Started:
    raise ConnectionError


@check("lost_right_code_is_no_verdict", "stalled_vendor_is_given_up_in_time")
def asks_three_times(it: Check) -> CheckResult:
    for _ in range(2):
        with suppress(Ambiguous):
            return it.go()
    return it.go()


@check(
    "lost_right_code_is_no_verdict", "lost_check_is_not_repeated", on=raised(Ambiguous)
)
def takes_silence_for_a_wrong_code(it: Check) -> CheckResult:
    return WRONG
