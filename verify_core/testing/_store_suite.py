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

from collections.abc import Iterable

from . import _store_guesses, _store_histories, _store_races, _store_starts
from ._case import Law
from ._conformance import CaseResult, named, run_case
from ._store_bench import StoreCase, StoreHarness, written

_MODULES = (_store_starts, _store_guesses, _store_races, _store_histories)


def store_cases() -> tuple[StoreCase, ...]:
    """Every case for stores, in the order in which they are written."""
    return written()


def run_store_cases(
    harness: StoreHarness, cases: Iterable[Law] | None = None
) -> list[CaseResult]:
    """
    Hold a store to all rules of `CodeStore`, or to those given; say how each went.

    Returns:
        One result for each case, in order; a broken rule raises nothing. `require_kept`
        raises for all of them.

    Raises:
        InvalidSetting: A known deviation names no case.
    """
    for deviation in harness.deviations:
        named(deviation.case, "deviations", store_cases())
    return [run_case(case, harness) for case in cases or store_cases()]
