"""Whether the times that a start states are so."""

from __future__ import annotations

from datetime import timedelta

from verify_core.verification import Verdict

from .._bench import Bench, require
from .._case import case
from . import _needs as needs
from ._checking import ENDED, expect
from ._doubt import begun

NEAR = timedelta(minutes=1)
"""What a busy machine and a clock that is a little off may differ by."""

FIRST_YEAR = 2020
"""No verification of this protocol is older."""


@case()
def creation_is_of_this_age(bench: Bench) -> None:
    """`created_at` is a real time: no zero of a calendar, no missing value."""
    created = bench.provider.start(bench.request()).ref.created_at

    require(created.year >= FIRST_YEAR, f"created in {created.year}")


@case(needs.known_present)
def creation_is_now(bench: Bench) -> None:
    """`created_at` is the present, in UTC and not in local time."""
    started = bench.provider.start(bench.request())
    now = bench.now() if bench.now else started.ref.created_at

    away = abs(started.ref.created_at - now)

    require(away <= NEAR, f"created_at is {away} away from the present")


@case(needs.movable_clock)
def later_creation_is_later(bench: Bench) -> None:
    """Of two verifications, the one that was started later is younger by that time."""
    request = bench.request()
    first = bench.provider.start(request).ref.created_at
    bench.live_out()
    second = bench.provider.start(request).ref.created_at

    apart = second - first
    due = bench.lifetime or timedelta(0)
    near = min(NEAR, due / 4)

    require(abs(apart - due) <= near, f"started {due} later, created {apart} later")


@case(needs.movable_clock)
def stated_expiry_is_the_life_time(bench: Bench) -> None:
    """Where a start says when its code expires, it is as long as a code works."""
    started = bench.provider.start(bench.request())
    if started.expires_at is None:
        return
    stated = started.expires_at - started.ref.created_at
    lifetime = bench.lifetime or timedelta(0)

    near = min(NEAR, lifetime / 4)

    require(abs(stated - lifetime) <= near, f"stated {stated}, a code works {lifetime}")


@case(needs.movable_clock, each=("just before it", "at it"))
def code_counts_until_the_stated_expiry(bench: Bench, when: str) -> None:
    """Where a start says when its code expires, it works until then and not after."""
    request = bench.request()
    started = bench.provider.start(request)
    code = bench.latest_code(request.identifier)
    if started.expires_at is None:
        return
    stated = started.expires_at - started.ref.created_at
    early = when != "at it"

    bench.wait(stated - timedelta(seconds=2) if early else stated)

    expect(bench, started.ref, code, *([Verdict.APPROVED] if early else ENDED))


@case()
def wait_before_a_resend_makes_sense(bench: Bench) -> None:
    """`resend_after` is not negative, and ends while the code still works."""
    wait = bench.provider.start(bench.request()).resend_after
    if wait is None:
        return
    require(wait >= timedelta(0), f"a resend is possible {wait} from now")
    if bench.lifetime is not None:
        require(wait < bench.lifetime, f"a resend after {wait}, when the code is over")


@case(needs.movable_clock)
def stated_expiry_of_a_resend_is_ahead(bench: Bench) -> None:
    """Where a resend says when its code expires, that lies ahead, not too far."""
    request, first, _code = begun(bench)
    wait = first.resend_after or timedelta(0)
    second = bench.provider.start(request, previous=first.ref)
    if second.expires_at is None:
        return
    passed = max(wait, timedelta(0)) if bench.advance else timedelta(0)

    left = second.expires_at - (first.ref.created_at + passed)
    most = (bench.lifetime or timedelta(0)) * 2

    require(timedelta(0) < left <= most + NEAR, f"the resend's code expires in {left}")
