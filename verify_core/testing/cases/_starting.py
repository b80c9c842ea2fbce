"""What a start and a resend do."""

from __future__ import annotations

from datetime import UTC, timedelta

from attrs import evolve, frozen

from verify_core.channels import Channel
from verify_core.errors import NotSupported, UnsupportedChannel, VerifyError
from verify_core.provider import LookupKey, Resend, VerifyProvider
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, fail, require
from .._case import case
from . import _needs as needs
from ._checking import expect

OWN_CODE = "90817263"

WISHES = frozenset(
    {"locale", "client_address", "fallback_channels", "time_to_live", "code_length"}
)
"""The names of all hints."""


@frozen
class SomebodyElsesExtras:
    """Extras of a vendor that does not exist."""


def must_refuse(
    bench: Bench,
    request: StartRequest,
    error: type[VerifyError],
    *,
    previous: VerificationRef | None = None,
) -> None:
    """
    Hold the provider to refusing a start, or a resend, before anything is sent.

    Raises:
        CaseFailed: It started, raised something else, or sent a message all the same.
    """
    before = len(bench.inbox(request.identifier))
    try:
        bench.provider.start(request, previous=previous)
    except error:
        sent = len(bench.inbox(request.identifier)) > before
        require(not sent, "a message was sent although the start was refused")
        return
    except VerifyError as other:
        fail(f"raised {type(other).__name__}, not {error.__name__}")
    fail(f"started, where {error.__name__} was due")


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
        before = len(bench.inbox(request.identifier))

        started = bench.provider.start(request)

        messages = bench.inbox(request.identifier)[before:]
        require(len(messages) == 1, f"{len(messages)} messages arrived, not 1")
        require(started.delivery is Delivery.SENT, "a sent message is not called sent")
        code = messages[0].code.reveal()
        expect(bench, started.ref, code, Verdict.APPROVED)


@case()
def channel_is_never_passed_off(bench: Bench) -> None:
    """
    The message comes by the channel asked for, or the answer names the one it came by.

    With no fallback allowed it comes by no other channel at all.
    """
    for channel in sorted(bench.provider.capabilities.channels):
        request = bench.request(channel)
        started = bench.provider.start(request)
        came_by = bench.inbox(request.identifier)[-1].channel
        require(came_by is channel, f"asked for {channel}, it came by {came_by}")
        confirmed = started.channel
        require(confirmed in {came_by, None}, f"it came by {came_by}, not {confirmed}")
        require(started.ref.channel is came_by, "the reference names another channel")
        expect(
            bench, started.ref, bench.latest_code(request.identifier), Verdict.APPROVED
        )


@case()
def what_a_start_says_makes_sense(bench: Bench) -> None:
    """The fields of a start's answer agree with the request and with the message."""
    request = evolve(bench.request(), attempt_id="attempt-of-ours-1")

    started = bench.provider.start(request)

    _check_reference(started, request)
    require(
        started.code_length in {None, len(bench.latest_code(request.identifier))},
        "the code has another length than stated",
    )
    require(
        started.resend_after is None or started.resend_after >= timedelta(0),
        "a resend is possible before now",
    )


def _check_reference(started: Started, request: StartRequest) -> None:
    ref = started.ref
    require(bool(ref.provider), "the reference names no provider")
    require(ref.provider.islower(), "the provider's name is not lower-case")
    require(ref.identifier == request.identifier, "the reference is somebody else's")
    require(ref.attempt_id == "attempt-of-ours-1", "our attempt id is not kept")
    require(ref.sends == 1, f"the first send counts as {ref.sends}")
    require(ref.created_at.tzinfo is UTC, "created_at is not in UTC")
    expires_at = started.expires_at
    require(
        expires_at is None or expires_at > ref.created_at, "expiry precedes the start"
    )


@case()
def attempt_ids_are_drawn_apart(bench: Bench) -> None:
    """Two starts without an attempt id get two different ones."""
    first = bench.provider.start(bench.request()).ref
    other = evolve(bench.request(), identifier=bench.identifier(other=True))
    second = bench.provider.start(other).ref

    require(bool(first.attempt_id), "no attempt id was drawn")
    require(first.attempt_id != second.attempt_id, "two attempts share one id")


@case()
def a_resend_is_the_same_attempt(bench: Bench) -> None:
    """A resend without an attempt id keeps the one that was drawn."""
    first = bench.provider.start(bench.request())
    bench.wait(first.resend_after)
    second = bench.provider.start(bench.request(), previous=first.ref)

    require(
        second.ref.attempt_id == first.ref.attempt_id, "a resend is another attempt"
    )


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
    request = evolve(bench.request(), custom_code=OWN_CODE)
    ref = bench.provider.start(request).ref

    arrived = bench.latest_code(request.identifier)

    require(arrived == OWN_CODE, "another code than the caller's own arrived")
    expect(bench, ref, OWN_CODE, Verdict.APPROVED)


@case(needs.no_custom_code)
def custom_code_is_refused(bench: Bench) -> None:
    """Where a code of the caller's own cannot be sent, nothing is sent in its place."""
    must_refuse(bench, evolve(bench.request(), custom_code=OWN_CODE), NotSupported)


@case()
def unfulfilled_hints_are_listed(bench: Bench) -> None:
    """Wishes outside the capabilities are ignored and listed, and none other is."""
    request = evolve(
        bench.request(),
        locale="pt-BR",
        client_address="192.0.2.1",
        fallback_channels=(bench.channel,),
        hints=StartHints(time_to_live=timedelta(minutes=5), code_length=6),
    )

    listed = sorted(bench.provider.start(request).ignored_hints)

    due = sorted(WISHES - bench.provider.capabilities.hints)
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
    request = bench.request()
    first = bench.provider.start(request)
    first_code = bench.latest_code(request.identifier)
    bench.wait(first.resend_after)

    second = bench.provider.start(request, previous=first.ref)

    messages = bench.inbox(request.identifier)
    require(len(messages) == 2, f"{len(messages)} messages arrived, not 2")  # noqa: PLR2004
    require(second.ref.sends == 2, f"the second send counts as {second.ref.sends}")  # noqa: PLR2004
    newest = messages[-1].code.reveal()
    declared = bench.provider.capabilities.resend
    found = Resend.SAME_CODE if newest == first_code else Resend.NEW_CODE
    require(declared in {found, Resend.VARIES}, f"it came with {found}")
    expect(bench, second.ref, newest, Verdict.APPROVED)


@case()
def resend_by_another_channel(bench: Bench) -> None:
    """A resend may ask for another channel, and comes by it."""
    offered = bench.provider.capabilities.channels
    others = sorted(c for c in offered if c.takes is bench.channel.takes)
    request = bench.request()
    started = bench.provider.start(request)
    for channel in [c for c in others if c is not request.channel]:
        bench.wait(started.resend_after)
        again = evolve(request, channel=channel)
        started = bench.provider.start(again, previous=started.ref)
        came_by = bench.inbox(request.identifier)[-1].channel
        require(came_by is channel, f"asked for {channel}, it came by {came_by}")
        require(started.ref.channel is channel, "the reference names another channel")

    expect(bench, started.ref, bench.latest_code(request.identifier), Verdict.APPROVED)
