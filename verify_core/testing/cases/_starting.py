"""What a start does and says, its times included."""

from __future__ import annotations

from datetime import UTC, timedelta

from attrs import evolve

from verify_core.channels import Channel
from verify_core.errors import NotSupported, UnsupportedChannel
from verify_core.provider import LookupKey, Resend, VerifyProvider
from verify_core.verification import Delivery, StartHints, Verdict

from .._bench import Bench, require
from .._case import case
from . import _needs as needs
from ._acting import (
    ENDED,
    HINTS,
    OWN_CODE,
    Begun,
    SomebodyElsesExtras,
    approve,
    approve_newest,
    begin,
    begin_resendable,
    expect,
    finish,
    must_refuse,
    resend,
)

NONE = timedelta(0)

NEAR = timedelta(minutes=1)
"""How much a busy machine and a clock that is a little off may differ."""

FIRST_YEAR = 2020
"""No verification of this protocol is older."""


@case()
def provider_declares_itself(bench: Bench) -> None:
    """It has the four methods, a name fit for references, and capabilities."""
    provider = bench.provider
    require(isinstance(provider, VerifyProvider), "a method or an attribute is missing")
    require(provider.name.islower(), "the name is empty or not lower-case")
    require(bool(provider.capabilities.channels), "no channel is offered")
    key = provider.capabilities.check_key
    require(key is not LookupKey.NONE, "there is nothing to check a code by")


@case()
def start_sends_one_message(bench: Bench) -> None:
    """A start sends one message, on the channel asked for, to the person asked for."""
    for channel in sorted(bench.provider.capabilities.channels):
        request = bench.request(channel)
        before = bench.count(request.identifier)

        started = bench.provider.start(request)

        messages = bench.inbox(request.identifier)[before:]
        require(len(messages) == 1, f"{len(messages)} messages arrived, not 1")
        require(started.delivery is Delivery.SENT, "a sent message is not called sent")
        finish(bench, Begun(request, started, messages[0].code.reveal()))


@case()
def channel_is_never_passed_off(bench: Bench) -> None:
    """
    The message comes by the channel asked for, or the answer names the one it came by.

    With no fallback allowed it comes by no other channel at all.
    """
    for channel in sorted(bench.provider.capabilities.channels):
        it = begin(bench, bench.request(channel))
        came_by = bench.inbox(it.request.identifier)[-1].channel
        require(came_by is channel, f"asked for {channel}, it came by {came_by}")
        confirmed = it.started.channel
        require(confirmed in {came_by, None}, f"it came by {came_by}, not {confirmed}")
        require(it.ref.channel is came_by, "the reference names another channel")
        finish(bench, it)


@case()
def what_a_start_says_makes_sense(bench: Bench) -> None:
    """The fields of a start's answer agree with the request and with the message."""
    request = evolve(bench.request(), attempt_id="attempt-of-ours-1")

    it = begin(bench, request)

    started, ref = it.started, it.ref
    require(ref.provider.islower(), "the provider's name is not lower-case")
    require(ref.identifier == request.identifier, "the reference is somebody else's")
    require(ref.attempt_id == request.attempt_id, "the attempt id is not kept")
    require(ref.sends == 1, f"the first send counts as {ref.sends}")
    require(ref.created_at.tzinfo is UTC, "created_at is not in UTC")
    length = started.code_length
    require(length in {None, len(it.code)}, "the code has another length than stated")
    expiry = started.expires_at
    require(expiry is None or expiry > ref.created_at, "expiry precedes the start")


@case()
def attempt_ids_are_drawn_apart(bench: Bench) -> None:
    """Two starts without an attempt id get two different ones."""
    first = bench.provider.start(bench.request()).ref
    second = bench.provider.start(bench.request(other=True)).ref

    require(bool(first.attempt_id), "no attempt id was drawn")
    require(first.attempt_id != second.attempt_id, "two attempts share one id")


@case(each=("order 42/7", "a\r\nX-Key: b", "\N{SNOWMAN} b\xfcro", "x" * 300))
def odd_attempt_id_is_kept(bench: Bench, attempt_id: str) -> None:
    """An attempt id is any text of the caller's; it is kept, and may go no further."""
    it = begin(bench, evolve(bench.request(), attempt_id=attempt_id))

    require(it.ref.attempt_id == attempt_id, "the attempt id is not kept")
    approve(bench, it)


@case()
def a_resend_is_the_same_attempt(bench: Bench) -> None:
    """A resend keeps the attempt id that was drawn, by whatever channel it comes."""
    first = started = bench.provider.start(bench.request())
    for channel in _channels_of(bench):
        bench.wait(started.resend_after)
        again = bench.request(channel)
        started = bench.provider.start(again, previous=started.ref)
        same = started.ref.attempt_id == first.ref.attempt_id
        require(same, f"a resend by {channel} is another attempt")


@case(needs.missing_channel)
def unsupported_channel_is_refused_before_sending(bench: Bench) -> None:
    """A channel that is not offered is refused, and nothing is sent by another one."""
    for channel in set(Channel) - bench.provider.capabilities.channels:
        must_refuse(bench, bench.request(channel), UnsupportedChannel)


@case()
def foreign_extras_are_refused(bench: Bench) -> None:
    """Extras of another vendor are refused, since they cannot be done."""
    request = evolve(bench.request(), extras=(SomebodyElsesExtras(),))
    must_refuse(bench, request, NotSupported)


@case(needs.custom_code)
def custom_code_is_honoured(bench: Bench) -> None:
    """A code of the caller's own is the one that arrives, and is approved."""
    it = begin(bench, evolve(bench.request(), custom_code=bench.custom_code))

    require(it.code == bench.custom_code, "another code than the caller's own arrived")
    approve(bench, it)


@case(needs.no_custom_code)
def custom_code_is_refused(bench: Bench) -> None:
    """Where a code of the caller's own cannot be sent, nothing is sent in its place."""
    must_refuse(bench, evolve(bench.request(), custom_code=OWN_CODE), NotSupported)


@case()
def unfulfilled_hints_are_listed(bench: Bench) -> None:
    """Hints outside the capabilities are ignored and listed, and no others are."""
    request = evolve(
        bench.request(),
        locale="pt-BR",
        client_address="192.0.2.1",
        fallback_channels=(bench.channel,),
        hints=StartHints(time_to_live=timedelta(minutes=5), code_length=6),
    )

    listed = sorted(bench.provider.start(request).ignored_hints)

    due = sorted(HINTS - bench.provider.capabilities.hints)
    require(listed == due, f"listed as ignored: {listed}, due: {due}")


@case()
def no_hint_no_complaint(bench: Bench) -> None:
    """Where no hint was given, nothing is listed as ignored."""
    ignored = bench.provider.start(bench.request()).ignored_hints
    require(not ignored, f"listed as ignored though never asked for: {ignored}")


@case()
def resend_sends_again(bench: Bench) -> None:
    """
    A resend sends one more message; newest code and newest reference fit together.

    Whether the code stays the same is as the capabilities say.
    """
    it = begin_resendable(bench)

    second = resend(bench, it)

    require(second.ref.sends == 2, f"the second send counts as {second.ref.sends}")  # noqa: PLR2004
    newest = bench.latest_code(it.request.identifier)
    length = second.code_length
    require(length in {None, len(newest)}, "the code has another length than stated")
    declared = bench.provider.capabilities.resend
    found = Resend.SAME_CODE if newest == it.code else Resend.NEW_CODE
    require(declared in {found, Resend.VARIES}, f"it came with {found}")
    expect(bench, second.ref, newest, Verdict.APPROVED)


@case()
def resend_by_another_channel(bench: Bench) -> None:
    """A resend may ask for another channel, and comes by it."""
    request = bench.request()
    started = bench.provider.start(request)
    others = [each for each in _channels_of(bench) if each is not request.channel]
    for sends, channel in enumerate(others, start=2):
        bench.wait(started.resend_after)
        again = evolve(request, channel=channel)
        started = bench.provider.start(again, previous=started.ref)
        came_by = bench.inbox(request.identifier)[-1].channel
        require(came_by is channel, f"asked for {channel}, it came by {came_by}")
        require(started.ref.channel is channel, "the reference names another channel")
        confirmed = started.channel
        require(confirmed in {came_by, None}, f"it came by {came_by}, not {confirmed}")
        require(started.ref.sends == sends, f"send {sends} is {started.ref.sends}")

    approve_newest(bench, started.ref)


def _channels_of(bench: Bench) -> list[Channel]:
    """The channels by which the bench's own person can be reached."""
    offered = bench.provider.capabilities.channels
    return sorted(each for each in offered if each.takes is bench.channel.takes)


@case()
def creation_is_of_this_age(bench: Bench) -> None:
    """`created_at` is a real time: no zero of a calendar, no missing value."""
    created = bench.provider.start(bench.request()).ref.created_at

    require(created.year >= FIRST_YEAR, f"created in {created.year}")


@case(needs.known_present)
def creation_is_now(bench: Bench) -> None:
    """`created_at` is the present, in UTC; a resend's is that, or the first one's."""
    it = begin_resendable(bench)
    began = bench.now() if bench.now else it.ref.created_at
    began -= max(it.started.resend_after or NONE, NONE)
    away = abs(it.ref.created_at - began)
    require(away <= NEAR, f"created_at is {away} away from the present")

    again = bench.provider.start(it.request, previous=it.ref).ref.created_at

    now = bench.now() if bench.now else again
    between = began - NEAR <= again <= now + NEAR
    require(between, "created_at of a resend is neither the first start's nor now")


@case(needs.movable_clock)
def later_creation_is_later(bench: Bench) -> None:
    """Of two verifications, the one that was started later is younger by that time."""
    first = bench.provider.start(bench.request()).ref.created_at
    bench.live_out()
    second = bench.provider.start(bench.request()).ref.created_at

    apart, due = second - first, bench.lifetime or NONE

    near = abs(apart - due) <= min(NEAR, due / 4)
    require(near, f"started {due} later, created {apart} later")


@case(needs.movable_clock, each=("just before it", "at it"))
def code_counts_until_the_stated_expiry(bench: Bench, when: str) -> None:
    """Where a start says when its code expires, it works until then and not after."""
    it = begin(bench)
    if it.started.expires_at is None:
        return
    stated = it.started.expires_at - it.ref.created_at
    early = when != "at it"

    bench.wait(stated - timedelta(seconds=2) if early else stated)

    expect(bench, it.ref, it.code, *([Verdict.APPROVED] if early else ENDED))


@case()
def wait_before_a_resend_makes_sense(bench: Bench) -> None:
    """`resend_after` is not negative, and ends while the code still works."""
    wait = bench.provider.start(bench.request()).resend_after
    if wait is None:
        return
    require(wait >= NONE, f"a resend is possible {wait} from now")
    if bench.lifetime is not None:
        require(wait < bench.lifetime, f"a resend after {wait}, when the code is over")


@case(needs.movable_clock)
def stated_expiry_of_a_resend_is_ahead(bench: Bench) -> None:
    """Where a resend says when its code expires, that lies ahead, not too far."""
    it = begin_resendable(bench)
    second = bench.provider.start(it.request, previous=it.ref)
    if second.expires_at is None:
        return
    passed = max(it.started.resend_after or NONE, NONE)

    left = second.expires_at - (it.ref.created_at + passed)
    most = (bench.lifetime or NONE) * 2

    require(NONE < left <= most + NEAR, f"the resend's code expires in {left}")
