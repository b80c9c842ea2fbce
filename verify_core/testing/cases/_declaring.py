"""Whether what a provider declares of itself is so, and whether it is tried at all."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from verify_core.errors import TooSoon
from verify_core.verification import StartHints, Verdict

from .._bench import Bench, require
from .._case import Case, Need, case
from . import _needs as needs
from ._checking import ENDED, expect
from ._starting import must_refuse

DECLARATIONS = (
    needs.fetch,
    needs.cancel,
    needs.cancel_window,
    needs.custom_code,
    needs.reported_attempts,
    needs.lookup_by_identifier,
    needs.refused_duplicates,
    needs.replayed_starts,
    needs.code_length_hint,
    needs.time_to_live_hint,
)
"""Needs that are met by a declaration and not by the bench."""


@case(needs.lookup_by_identifier)
def reference_without_an_id_is_checked_by_identifier(bench: Bench) -> None:
    """Where a check may go by identifier, a reference without the vendor's id works."""
    request = bench.request()
    ref = bench.provider.start(request).ref

    bare = evolve(ref, vendor_id="")

    expect(bench, bare, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.refused_duplicates)
def running_verification_refuses_a_second(bench: Bench) -> None:
    """Where a repeated start is refused, it is too soon, and the first code works."""
    request = bench.request()
    ref = bench.provider.start(request).ref
    code = bench.latest_code(request.identifier)

    must_refuse(bench, request, TooSoon)

    expect(bench, ref, code, Verdict.APPROVED)


@case(needs.replayed_starts)
def repeated_start_is_replayed(bench: Bench) -> None:
    """Where a start is replayed under one key, the same attempt sends one message."""
    request = evolve(bench.request(), attempt_id="attempt-of-ours-2")
    bench.provider.start(request)

    again = bench.provider.start(request).ref

    messages = bench.inbox(request.identifier)
    require(len(messages) == 1, f"{len(messages)} messages arrived, not 1")
    expect(bench, again, bench.latest_code(request.identifier), Verdict.APPROVED)


@case(needs.code_length_hint)
def code_length_hint_is_honoured(bench: Bench) -> None:
    """Where the code's length can be asked for, the code has it."""
    for length in (4, 8):
        request = evolve(
            bench.request(),
            identifier=bench.identifier(other=length > 4),  # noqa: PLR2004
            hints=StartHints(code_length=length),
        )
        bench.provider.start(request)
        found = len(bench.latest_code(request.identifier))
        require(found == length, f"the code has {found} characters, not {length}")


@case(needs.time_to_live_hint, needs.movable_clock)
def time_to_live_hint_is_honoured(bench: Bench) -> None:
    """Where the code's life time can be asked for, the code works no longer."""
    shorter = (bench.lifetime or timedelta(minutes=10)) / 2
    request = evolve(bench.request(), hints=StartHints(time_to_live=shorter))
    ref = bench.provider.start(request).ref

    bench.live_out(share=0.5)

    expect(bench, ref, bench.latest_code(request.identifier), *ENDED)


def _tried(bench: Bench) -> set[Need]:
    """The needs of all cases that this bench can put to its provider."""
    from . import written  # which has this module, too

    cases = [each for each in written() if isinstance(each, Case)]
    able = [each for each in cases if all(need(bench) is None for need in each.needs)]
    return {need for each in able for need in each.needs}


@case()
def what_is_declared_is_tried(bench: Bench) -> None:
    """Nothing is declared that no case can try on this bench."""
    tried = _tried(bench)
    untried = [
        str(need.__doc__).rstrip(".")
        for need in DECLARATIONS
        if need(bench) is None and need not in tried
    ]
    require(
        not untried,
        "declared, and never tried for want of a side door: " + "; ".join(untried),
    )
