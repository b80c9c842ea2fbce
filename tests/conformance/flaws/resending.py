"""Flaws of resends: to whom, for what, by which name, and how often."""

from __future__ import annotations

from attrs import evolve

from tests.conformance.courier import Courier
from tests.conformance.flaws._flaw import (
    APPROVED,
    Check,
    Fetch,
    Start,
    check,
    fetch,
    provider,
    referring,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import NotSupported
from verify_core.provider import owns
from verify_core.verification import (
    CheckResult,
    Delivery,
    Started,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes.memory import LEAST


@start("previous_of_another_person_is_a_fresh_start")
def repeats_a_message_to_whomever_it_went(it: Start) -> Started:
    person = it.request.identifier if it.previous is None else it.previous.identifier
    return it.go(identifier=person)


@start("previous_of_another_person_is_left_alone")
def ends_the_previous_whosever_it_is(it: Start) -> Started:
    if it.previous and it.previous.identifier != it.request.identifier:
        it.sound.cancel(it.previous)
    return it.go()


@start("previous_of_another_provider_is_a_fresh_start")
def refuses_what_began_with_another_vendor(it: Start) -> Started:
    if it.previous and it.previous.provider != it.sound.name:
        raise NotSupported("previous", it.sound.name)
    return it.go()


@start("previous_of_another_provider_is_a_fresh_start")
def adopts_what_another_vendor_began(it: Start) -> Started:
    mine = it.previous and evolve(it.previous, provider=it.sound.name)
    return it.sound.start(it.request, previous=mine)


@provider("provider_owns_its_references")
class OwnsWhateverItIsShown(Around):
    def owns(self, ref: VerificationRef) -> bool:
        return bool(ref.provider)


@fetch("garbled_reference_is_answered")
def puts_the_id_into_a_header(it: Fetch) -> VerificationState:
    if not it.ref.vendor_id.isprintable():
        raise ValueError("header")
    return it.go()


@provider("odd_id_leads_to_no_other_path")
class PutsIdsIntoPaths(Courier):
    def knows(self, ref: VerificationRef) -> bool:
        return owns(self, ref)


@start("attempt_id_of_the_request_comes_first")
def clings_to_the_first_attempt_id(it: Start) -> Started:
    started = it.go()
    if not it.is_resend:
        return started
    return referring(started, attempt_id=it.previous.attempt_id)


@start("one_attempt_id_for_two_people_reaches_both")
def takes_the_attempt_id_for_a_key(it: Start) -> Started:
    known = {each.ref.attempt_id: each for each in it.answers}
    name = it.request.attempt_id
    return known[name] if name in known and it.previous is None else it.go()


@start("a_resend_has_hints_of_its_own")
def repeats_its_first_complaint(it: Start) -> Started:
    started = it.go()
    first = {each.ref.attempt_id: each for each in reversed([*it.answers, started])}
    said = first[started.ref.attempt_id].ignored_hints
    return evolve(started, ignored_hints=said)


@start("a_third_message_works")
def counts_a_resend_by_one_channel_but_not_resends(it: Start) -> Started:
    started = it.go()
    same = it.is_resend and it.previous.channel is it.request.channel
    return referring(started, sends=min(started.ref.sends, 2)) if same else started


@start("resend_goes_to_the_same_person")
def is_never_sure_of_a_resend(it: Start) -> Started:
    started = it.go()
    return evolve(started, delivery=Delivery.MAYBE_SENT) if it.is_resend else started


@start("resend_from_a_stored_reference")
def knows_its_references_by_object(it: Start) -> Started:
    """What another process has started is known by nothing at all, and sent again."""
    given = [each.ref for each in it.answers]
    strange = all(each is not it.previous for each in given)
    if it.is_resend and strange and it.started(it.previous.attempt_id):
        return it.sound.start(it.request)
    return it.go()


@start("resend_by_a_missing_channel_is_refused", profile=LEAST)
def sends_a_text_again_for_a_missing_channel(it: Start) -> Started:
    return it.go(channel=Channel.SMS) if it.is_resend else it.go()


@start("resend_with_foreign_extras_is_refused")
def looks_at_extras_the_first_time_only(it: Start) -> Started:
    return it.go(extras=()) if it.is_resend else it.go()


@start("resend_with_a_custom_code_is_refused", profile=LEAST)
def drops_the_custom_code_of_a_resend(it: Start) -> Started:
    return it.go(custom_code=None) if it.is_resend else it.go()


@check("resend_gives_no_guesses_back")
def counts_guesses_anew_with_each_message(it: Check) -> CheckResult:
    """Unless they had run out before."""
    result = it.go()
    mistakes = _mistakes_before_the_resend(it)
    spent = result.verdict is Verdict.EXHAUSTED
    return APPROVED if spent and it.is_right and mistakes == 4 else result


@check("resend_does_not_open_what_is_exhausted")
def opens_what_is_exhausted_with_a_resend(it: Check) -> CheckResult:
    result = it.go()
    mistakes = _mistakes_before_the_resend(it)
    spent = result.verdict is Verdict.EXHAUSTED
    return APPROVED if spent and it.is_right and mistakes == 5 else result


def _mistakes_before_the_resend(it: Check) -> int:
    resends = [each for each in it.past if isinstance(each, Start) and each.is_resend]
    said = resends[-1].verdicts(it.ref.attempt_id) if resends else []
    return said.count(Verdict.WRONG_CODE)


@start("resend_of_what_is_over_sends_a_code_that_works")
def sends_nothing_for_what_was_approved(it: Start) -> Started:
    over = it.is_resend and Verdict.APPROVED in it.verdicts(it.previous.attempt_id)
    return Started(ref=it.previous) if over else it.go()
