"""Flaws of starts and resends where the vendor fails, redirects, refuses or is lost."""

from __future__ import annotations

from attrs import evolve

from tests.conformance.flaws._flaw import (
    Start,
    away,
    fresh,
    lost,
    lost_resend,
    raised,
    referring,
    resend,
    start,
    status,
)
from verify_core.errors import (
    Ambiguous,
    InvalidIdentifier,
    Misconfigured,
    Refused,
    Unavailable,
    Unexpected,
)
from verify_core.verification import Delivery, Started, Status
from verify_fakes.memory import CHECK_BY_ID


def sent(it: Start) -> Started:
    return evolve(it.answer, delivery=Delivery.SENT)


@start("lost_start_sends_one_message", on=fresh(raised(Ambiguous)), profile=CHECK_BY_ID)
def calls_a_lost_answer_unexpected(it: Start) -> Started:
    raise Unexpected("no answer", it.sound.name)


@start("lost_start_can_still_be_checked", on=lost)
def drops_the_reference_of_a_lost_start(it: Start) -> Started:
    raise Ambiguous("no answer", it.sound.name)


@start("nothing_unknown_is_claimed", on=lost)
def takes_a_look_up_without_an_answer_for_a_message(it: Start) -> Started:
    return sent(it) if it.look_up(it.answer.ref) is None else it.answer


@start("unreachable_vendor_is_not_sent", on=fresh(away))
def is_in_doubt_of_a_start_that_never_left(it: Start) -> Started:
    raise Ambiguous("no connection", it.sound.name)


@start(
    "failure_inside_the_vendor_may_have_sent",
    on=fresh(status(504)),
    profile=CHECK_BY_ID,
)
def takes_504_for_not_sent(it: Start) -> Started:
    raise Unavailable("the gateway gave up", it.sound.name, 504)


@start("unreadable_answer_to_a_start_may_have_sent", on=fresh(status(200)))
def takes_an_unreadable_start_for_a_refusal(it: Start) -> Started:
    raise Misconfigured("no JSON", it.sound.name, 200)


@start("refusing_status_is_not_sent", on=status(402))
def sends_people_elsewhere_where_somebody_has_to_pay(it: Start) -> Started:
    raise Unavailable("no balance", it.sound.name, 402)


@start("odd_status_is_no_start", on=status(400, 403, 404, 409, 418, 422))
def repeats_what_was_refused_by_an_odd_status(it: Start) -> Started:
    return it.go()


@start("refusal_is_raised_by_its_remedy", on=raised(InvalidIdentifier))
def calls_a_landline_refused(it: Start) -> Started:
    raise Refused("no mobile number", it.sound.name)


@start("redirect_is_not_followed", on=fresh(status(307)))
def follows_a_redirected_start(it: Start) -> Started:
    return it.go()


@start("dropped_start_is_not_called_sent", on=lost)
def takes_what_cannot_be_found_for_sent(it: Start) -> Started:
    return sent(it) if it.look_up(it.answer.ref) is Status.UNKNOWN else it.answer


@start("dropped_start_adopts_no_earlier_message", on=lost)
def takes_an_earlier_message_for_the_lost_one(it: Start) -> Started:
    runs = it.look_up(it.answer.ref) is Status.PENDING
    return sent(it) if it.sent and runs else it.answer


@start("lost_start_is_checked_by_its_own_code", on=lost)
def fills_in_the_last_id_of_the_person(it: Start) -> Started:
    known = ["", *[each.ref.vendor_id for each in it.answers]]
    return referring(it.answer, vendor_id=known[-1])


@start("lost_start_keeps_what_was_asked_for", on=lost)
def draws_a_name_for_what_it_lost(it: Start) -> Started:
    return referring(it.answer, attempt_id="lost")


@start("failure_inside_leaves_a_reference", on=fresh(status(500, 502, 504)))
def drops_the_reference_of_a_failed_start(it: Start) -> Started:
    raise it.error.but(ref=None)


@start("lost_resend_sends_one_message", on=lost_resend)
def fills_in_a_placeholder_for_the_id(it: Start) -> Started:
    return referring(it.answer, vendor_id="unknown")


@start("lost_resend_keeps_what_was_asked_for", on=lost_resend)
def counts_a_lost_resend_as_the_first_message(it: Start) -> Started:
    return referring(it.answer, sends=1)


@start("lost_resend_claims_nothing_unknown", on=lost_resend)
def takes_a_look_up_without_an_answer_for_a_resend(it: Start) -> Started:
    return sent(it) if it.look_up(it.answer.ref) is None else it.answer


@start("dropped_resend_is_not_called_sent", on=lost_resend)
def takes_the_first_message_for_the_second(it: Start) -> Started:
    return sent(it) if it.look_up(it.answer.ref) is Status.PENDING else it.answer


@start("failure_inside_at_a_resend_may_have_sent", on=resend(status(500, 502, 504)))
def takes_a_failed_resend_for_not_sent(it: Start) -> Started:
    raise Unavailable("failed inside", it.sound.name, it.error.http_status)


@start("unreadable_answer_to_a_resend_may_have_sent", on=resend(status(200)))
def repeats_a_resend_that_it_cannot_read(it: Start) -> Started:
    return it.go()


@start("refused_resend_leaves_the_code_working", on=resend(status(402, 429, 503)))
def ends_what_it_may_not_send_again(it: Start) -> Started:
    it.sound.cancel(it.previous)
    raise it.error


@start("redirected_resend_is_not_followed", on=resend(status(307)))
def follows_a_redirected_resend(it: Start) -> Started:
    return it.go()


@start("resend_to_an_unreachable_vendor_is_not_sent", on=resend(away))
def is_in_doubt_of_a_resend_that_never_left(it: Start) -> Started:
    raise Ambiguous("no connection", it.sound.name)
