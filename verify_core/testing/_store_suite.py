"""
Cases that every store of codes must pass, run without any test framework.

    def test_my_store():
        require_kept(run_store_cases(HARNESS))

With pytest, one line makes a test of each instead:

    @pytest.mark.parametrize("case", store_cases(), ids=str)
    def test_my_store(case):
        case.check(HARNESS)
"""

from __future__ import annotations

from typing import Any

from . import _store_guesses, _store_histories, _store_races, _store_starts
from ._conformance import CaseResult, run_case
from ._store_bench import StoreCase, StoreHarness, written

_MODULES = (_store_starts, _store_guesses, _store_races, _store_histories)


def store_cases() -> tuple[StoreCase, ...]:
    """Every case for stores, in the order in which they are written."""
    return written()


def run_store_cases(harness: StoreHarness) -> list[CaseResult]:
    """
    Hold a store to all rules of `CodeStore`, and say how each went.

    Returns:
        One result for each case, in order; a broken rule raises nothing. `require_kept`
        raises for all of them.
    """
    chosen: Any = harness  # has what a case and a report ask of a harness
    return [run_case(case, chosen) for case in store_cases()]
