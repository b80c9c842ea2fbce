"""Flaws of checks: what is said of a code that is right, wrong, or nearly right."""

from __future__ import annotations

import threading

from attrs import evolve, frozen

from tests.conformance.flaws._flaw import (
    APPROVED,
    GONE,
    WRONG,
    Check,
    Fetch,
    Start,
    check,
    fetch,
    found,
    provider,
    said,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.errors import Unexpected
from verify_core.provider import Capabilities, VerifyProvider
from verify_core.verification import (
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes.memory import CHECK_BY_ID

wrong = said(Verdict.WRONG_CODE)
gone = said(Verdict.GONE)


@check("right_code_approves")
def cannot_check_what_came_by_whatsapp(it: Check) -> CheckResult:
    first = it.ref.channel is Channel.WHATSAPP and it.ref.sends == 1
    return WRONG if first else it.go()


@check("wrong_code_is_a_verdict", on=wrong)
def allows_no_second_guess(it: Check) -> CheckResult:
    return evolve(it.answer, retry_allowed=False)


@provider("approved_only_once")
class RemembersApprovalsInEachThread(Around):
    def __init__(self, inner: VerifyProvider) -> None:
        super().__init__(inner)
        self.local = threading.local()

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        known = vars(self.local)
        result = known.get(ref.attempt_id) or super().check(ref, code)
        if result.verdict is Verdict.APPROVED:
            known[ref.attempt_id] = result
        return result


@check("guesses_run_out", on=said(Verdict.EXHAUSTED))
def has_no_word_for_exhausted(it: Check) -> CheckResult:
    return evolve(it.answer, verdict=Verdict.WRONG_CODE)


@check("last_guess_still_counts")
def counts_guesses_itself_and_one_too_few(it: Check) -> CheckResult:
    """A fetch brings its count up to date."""
    fetched = any(isinstance(each, Fetch) for each in it.past)
    mistakes = it.verdicts(it.ref.attempt_id).count(Verdict.WRONG_CODE)
    spent = mistakes > 3 and not fetched
    return CheckResult(verdict=Verdict.EXHAUSTED) if spent else it.go()


@provider("remaining_guesses_are_counted_down")
class DeclaresACountAndHasNone(Around):
    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, attempts_reported=True)


@check("reported_guesses_are_those_left")
def invents_a_count_of_guesses(it: Check) -> CheckResult:
    return evolve(it.go(), attempts_remaining=9)


@check("odd_codes_are_wrong_codes")
def finds_nothing_for_a_code_without_a_digit(it: Check) -> CheckResult:
    word = it.code and not any(each.isdigit() for each in it.code)
    return GONE if word else it.go()


@check("another_persons_code_is_not_approved", on=wrong)
def holds_each_code_against_the_last_message(it: Check) -> CheckResult:
    return APPROVED if it.outbox[-1].code == it.code else it.answer


@check("unknown_reference_is_gone", on=gone)
def calls_it_a_wrong_code_where_a_person_got_none(it: Check) -> CheckResult:
    people = {each.to for each in it.outbox}
    return it.answer if it.ref.identifier.value in people else WRONG


@check("made_up_id_of_the_same_person_is_gone", on=gone, profile=CHECK_BY_ID)
def checks_by_the_person_where_the_id_is_unknown(it: Check) -> CheckResult:
    refs, person = [each.ref for each in it.answers], it.ref.identifier
    theirs = [each for each in refs if each.identifier == person]
    unknown = it.ref.vendor_id not in {each.vendor_id for each in theirs}
    return it.go(ref=theirs[-1]) if theirs and unknown else it.answer


@check("foreign_reference_is_gone")
def does_not_look_whose_reference_it_is(it: Check) -> CheckResult:
    return it.go(ref=evolve(it.ref, provider=it.sound.name))


@provider("reference_survives_json")
class GivesOutReferencesOfItsOwnClass(Around):
    @frozen(kw_only=True)
    class Ref(VerificationRef):
        pass

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        started = super().start(request, previous=previous)
        ref = started.ref
        names = [each.name for each in VerificationRef.__attrs_attrs__]
        fields = {name.lstrip("_"): getattr(ref, name.lstrip("_")) for name in names}
        return evolve(started, ref=self.Ref(**fields))


@check("near_miss_is_not_approved")
def compares_codes_as_numbers_with_a_sign(it: Check) -> CheckResult:
    return it.go(code=it.code.removeprefix("+"))


@check("unspeakable_code_is_a_wrong_code")
def refuses_a_line_break(it: Check) -> CheckResult:
    if "\n" in it.code:
        raise Unexpected("no header may hold a line break", it.sound.name)
    return it.go()


@check("common_code_opens_nothing")
def has_a_master_code_from_its_tests(it: Check) -> CheckResult:
    return APPROVED if it.code == "424242" else it.go()


@fetch("fetch_spends_no_guess", on=found(Status.PENDING))
def tries_a_wrong_code_to_see_where_it_stands(it: Fetch) -> VerificationState:
    it.sound.check(it.ref, "000000")
    return it.go()


@check("only_a_start_sends", on=gone)
def sends_a_fresh_code_for_one_that_is_used_up(it: Check) -> CheckResult:
    if Verdict.APPROVED in it.verdicts(it.ref.attempt_id):
        request = StartRequest(identifier=it.ref.identifier, channel=it.ref.channel)
        it.sound.start(request)
    return it.answer


@start("custom_code_keeps_its_zeros")
def keeps_custom_codes_as_numbers(it: Start) -> Started:
    code = it.request.custom_code
    return it.go(custom_code=code and str(int(code.reveal())))
