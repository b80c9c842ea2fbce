"""Whose earlier reference counts, and what a resend takes from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from verify_core.errors import VerifyError
from verify_core.provider import owns
from verify_core.verification import (
    Delivery,
    Started,
    StartHints,
    StartRequest,
    Verdict,
    VerificationRef,
)

from .._bench import Bench, require
from .._case import case
from ._checking import ask, expect
from ._starting import WISHES

GARBLED: tuple[dict[str, Any], ...] = (
    {"vendor_id": ""},
    {"vendor_id": "../../x?y=z#"},
    {"vendor_id": "\N{BELL}\n" + "9" * 300},
    {"vendor_data": {}},
    {"vendor_data": {"": "", "service": "\N{BELL}", "workflow": "["}},
)
"""What may stand in a reference that came back from outside."""


def _other(bench: Bench) -> StartRequest:
    return evolve(bench.request(), identifier=bench.identifier(other=True))


def _require_fresh(started: Started, previous: VerificationRef) -> None:
    ref = started.ref
    require("previous" in started.ignored_hints, "the result does not list `previous`")
    require(ref.attempt_id != previous.attempt_id, "it is said to be the old attempt")
    require(ref.sends == 1, f"the first message counts as {ref.sends}")


@case()
def previous_of_another_person_is_a_fresh_start(bench: Bench) -> None:
    """A reference of somebody else sends nothing to them, and one code to the asked."""
    first, request = bench.request(), _other(bench)
    earlier = bench.provider.start(first).ref
    their_code = bench.latest_code(first.identifier)

    started = bench.provider.start(request, previous=earlier)

    require(len(bench.inbox(first.identifier)) == 1, "a message went to somebody else")
    arrived = len(bench.inbox(request.identifier))
    require(arrived == 1, f"{arrived} messages arrived, not 1")
    require(started.ref.identifier == request.identifier, "the reference is not theirs")
    code = bench.latest_code(request.identifier)
    if their_code != code:
        verdict = ask(bench, started.ref, their_code).verdict
        require(verdict is not Verdict.APPROVED, "somebody else's code was approved")
    expect(bench, started.ref, code, Verdict.APPROVED)
    _require_fresh(started, earlier)


@case()
def previous_of_another_person_is_left_alone(bench: Bench) -> None:
    """A start with somebody else's reference does not end their verification."""
    first = bench.request()
    earlier = bench.provider.start(first).ref

    bench.provider.start(_other(bench), previous=earlier)

    expect(bench, earlier, bench.latest_code(first.identifier), Verdict.APPROVED)


@case()
def previous_of_another_provider_is_a_fresh_start(bench: Bench) -> None:
    """Where vendors were exchanged, a resend is a start like any other, and says so."""
    request = bench.request()
    foreign = VerificationRef(
        provider="somebody-else",
        vendor_id="0a1b2c3d-0000-4000-8000-0123456789ab",
        identifier=request.identifier,
        channel=request.channel,
        attempt_id="attempt-of-somebody-else",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        sends=4,
        vendor_data={"service": "theirs"},
    )

    started = bench.provider.start(request, previous=foreign)

    require(started.delivery is Delivery.SENT, "a sent message is not called sent")
    arrived = len(bench.inbox(request.identifier))
    require(arrived == 1, f"{arrived} messages arrived, not 1")
    expect(bench, started.ref, bench.latest_code(request.identifier), Verdict.APPROVED)
    _require_fresh(started, foreign)


@case()
def provider_owns_its_references(bench: Bench) -> None:
    """A reference that it gave out is its own; one under another name is not."""
    first = bench.provider.start(bench.request())
    bench.wait(first.resend_after)
    second = bench.provider.start(bench.request(), previous=first.ref)

    for ref in (first.ref, second.ref):
        require(owns(bench.provider, ref), "a reference is not its own")
        foreign = evolve(ref, provider="somebody-else")
        require(not owns(bench.provider, foreign), "it owns somebody else's reference")


@case()
def garbled_reference_is_answered(bench: Bench) -> None:
    """Whatever stands in a reference, each method answers or raises a VerifyError."""
    request, provider = bench.request(), bench.provider
    ref = provider.start(request).ref
    for change in GARBLED:
        garbled = evolve(ref, **change)
        for call in (
            lambda it: provider.check(it, "000000"),
            provider.fetch,
            lambda it: provider.start(request, previous=it),
            provider.cancel,
        ):
            try:
                call(garbled)
            except VerifyError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
                name = type(error).__name__
                require(claim=False, text=f"a garbled reference raised {name}")


@case()
def attempt_id_of_the_request_comes_first(bench: Bench) -> None:
    """A resend that names its attempt has that name, and not the earlier one."""
    first = bench.provider.start(bench.request())
    bench.wait(first.resend_after)
    request = evolve(bench.request(), attempt_id="attempt-of-ours-3")

    again = bench.provider.start(request, previous=first.ref).ref

    require(again.attempt_id == "attempt-of-ours-3", "our attempt id is not kept")


@case()
def one_attempt_id_for_two_people_reaches_both(bench: Bench) -> None:
    """An attempt id is a name, and no key: two people get a code each."""
    first = evolve(bench.request(), attempt_id="attempt-of-ours-4")
    second = evolve(_other(bench), attempt_id="attempt-of-ours-4")
    bench.provider.start(first)

    ref = bench.provider.start(second).ref

    arrived = len(bench.inbox(second.identifier))
    require(arrived == 1, f"{arrived} messages arrived at the second person, not 1")
    expect(bench, ref, bench.latest_code(second.identifier), Verdict.APPROVED)


@case()
def a_resend_has_hints_of_its_own(bench: Bench) -> None:
    """The hints of the first start are forgotten; those of the resend are answered."""
    plain = bench.request()
    hinting = evolve(
        plain,
        locale="pt-BR",
        client_address="192.0.2.1",
        hints=StartHints(time_to_live=timedelta(minutes=5), code_length=6),
    )
    first = bench.provider.start(hinting)
    bench.wait(first.resend_after)

    second = bench.provider.start(plain, previous=first.ref)
    bench.wait(second.resend_after)
    third = bench.provider.start(hinting, previous=second.ref)

    told = second.ignored_hints
    require(not told, f"listed as ignored, though not asked for: {sorted(told)}")
    unknown = WISHES - bench.provider.capabilities.hints - {"fallback_channels"}
    missing = sorted(unknown - {*third.ignored_hints})
    require(not missing, f"a resend ignores without a word: {missing}")
