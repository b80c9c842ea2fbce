"""Flaws of starts: what is sent, what is said of it, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve

from tests.conformance.flaws._flaw import (
    Start,
    provider,
    referring,
    start,
)
from tests.support.around import Around
from verify_core.channels import Channel
from verify_core.provider import Capabilities, LookupKey, Resend
from verify_core.verification import Delivery, Started
from verify_fakes.memory import LEAST

HOUR = timedelta(hours=1)


@provider("provider_declares_itself")
class DeclaresNothingToCheckBy(Around):
    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, check_key=LookupKey.NONE)


@start("start_sends_one_message")
def is_never_sure_of_an_email(it: Start) -> Started:
    by_email = it.is_fresh and it.request.channel is Channel.EMAIL
    return evolve(it.go(), delivery=Delivery.MAYBE_SENT) if by_email else it.go()


@start("channel_is_never_passed_off")
def confirms_every_call_as_a_text(it: Start) -> Started:
    called = it.is_fresh and it.request.channel is Channel.CALL
    return evolve(it.go(), channel=Channel.SMS) if called else it.go()


@start("what_a_start_says_makes_sense")
def states_the_default_length_of_codes(it: Start) -> Started:
    return evolve(it.go(), code_length=4 if it.is_fresh else None)


@start("attempt_ids_are_drawn_apart")
def draws_one_attempt_id_for_all(it: Start) -> Started:
    drawn = it.previous is None and it.request.attempt_id is None
    return it.go(attempt_id="attempt") if drawn else it.go()


@start("odd_attempt_id_is_kept")
def trims_attempt_ids_to_a_column(it: Start) -> Started:
    started = it.go()
    kept = started.ref.attempt_id.encode("ascii", "ignore").decode()[:64]
    return referring(started, attempt_id=kept)


@start("a_resend_is_the_same_attempt")
def makes_another_attempt_of_a_call(it: Start) -> Started:
    started = it.go()
    calls = it.is_resend and it.request.channel is Channel.CALL
    return referring(started, attempt_id="a call") if calls else started


@start("unsupported_channel_is_refused_before_sending", profile=LEAST)
def sends_a_text_for_a_missing_whatsapp(it: Start) -> Started:
    missing = it.is_fresh and it.request.channel is Channel.WHATSAPP
    return it.go(channel=Channel.SMS) if missing else it.go()


@start("foreign_extras_are_refused")
def looks_at_extras_of_resends_only(it: Start) -> Started:
    return it.go() if it.is_resend else it.go(extras=())


@start("custom_code_is_honoured")
def keeps_custom_codes_in_three_bytes(it: Start) -> Started:
    """As MySQL does in a column of MEDIUMINT with ZEROFILL, where it is not strict."""
    if it.request.custom_code is None:
        return it.go()
    code = it.request.custom_code.reveal()
    return it.go(custom_code=str(min(int(code), 2**24 - 1)).zfill(len(code)))


@start("custom_code_is_refused", profile=LEAST)
def drops_a_custom_code_it_cannot_send(it: Start) -> Started:
    return it.go() if it.is_resend else it.go(custom_code=None)


@start("unfulfilled_hints_are_listed")
def keeps_quiet_about_fallback_channels(it: Start) -> Started:
    started = it.go()
    said = [each for each in started.ignored_hints if each != "fallback_channels"]
    return evolve(started, ignored_hints=tuple(said))


@start("no_hint_no_complaint")
def lists_what_it_cannot_do_unasked(it: Start) -> Started:
    started = it.go()
    listed = tuple({*started.ignored_hints, "code_length"})
    return started if it.is_resend else evolve(started, ignored_hints=listed)


@start("resend_sends_again")
def states_another_length_with_a_resend(it: Start) -> Started:
    return evolve(it.go(), code_length=4 if it.is_resend else None)


@provider("resend_sends_again")
class DeclaresNewCodesAndSendsTheOldOne(Around):
    @property
    def capabilities(self) -> Capabilities:
        return evolve(self.inner.capabilities, resend=Resend.NEW_CODE)


@start("resend_by_another_channel")
def keeps_the_first_channel_in_the_reference(it: Start) -> Started:
    started = it.go()
    return referring(started, channel=it.previous.channel) if it.is_resend else started


@start("resend_by_another_channel")
def counts_the_messages_of_each_channel(it: Start) -> Started:
    started = it.go()
    another = it.is_resend and it.previous.channel is not it.request.channel
    return referring(started, sends=1) if another else started


@start("resend_by_another_channel")
def confirms_every_resend_as_a_text(it: Start) -> Started:
    return evolve(it.go(), channel=Channel.SMS) if it.is_resend else it.go()


@start("creation_is_of_this_age", doors={"now": None, "advance": None})
def fills_a_missing_date_with_zero_seconds(it: Start) -> Started:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return evolve(referring(it.go(), created_at=epoch), expires_at=None)


@start("creation_is_now")
def takes_local_hours_for_utc(it: Start) -> Started:
    started = it.go()
    created, expires = started.ref.created_at, started.expires_at
    later = expires and expires + HOUR
    return evolve(referring(started, created_at=created + HOUR), expires_at=later)


@start("creation_is_now")
def puts_a_resend_an_hour_back(it: Start) -> Started:
    started = it.go()
    created = started.ref.created_at - HOUR
    return referring(started, created_at=created) if it.is_resend else started


@start("later_creation_is_later")
def reads_the_clock_once(it: Start) -> Started:
    started = it.go()
    created = [*it.answers, started][0].ref.created_at
    return started if it.is_resend else referring(started, created_at=created)


@start("code_counts_until_the_stated_expiry")
def rounds_the_time_that_is_left_upwards(it: Start) -> Started:
    started = it.go()
    late = started.expires_at and started.expires_at + timedelta(seconds=50)
    return evolve(started, expires_at=late)


@start("wait_before_a_resend_makes_sense")
def subtracts_the_wrong_way_round(it: Start) -> Started:
    return evolve(it.go(), resend_after=timedelta(seconds=-30))


@start("stated_expiry_of_a_resend_is_ahead")
def forgets_that_time_has_passed(it: Start) -> Started:
    started = it.go()
    if not it.is_resend:
        return started
    return evolve(started, expires_at=it.previous.created_at)
