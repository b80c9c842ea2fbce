"""
Cases that every provider must pass, run without any test framework.

A case is a function that takes a `Bench` and raises `CaseFailed`. `run_cases` runs all
of them, and `require_kept` raises once for all that were not kept:

    def test_my_provider():
        require_kept(run_cases(HARNESS))

With pytest, one line makes a test of each instead:

    @pytest.mark.parametrize("case", all_cases(), ids=str)
    def test_my_provider(case):
        case.check(HARNESS)

`store_cases` and `run_store_cases` are the same for stores of codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from attrs import frozen

from verify_core.errors import InvalidSetting

from . import _store_guesses, _store_histories, _store_races, _store_starts
from ._bench import AnyHarness, CaseFailed, CaseInconclusive, CaseSkipped, Harness
from ._case import Law
from ._histories import every_history
from ._store_bench import StoreCase, StoreHarness
from .cases._all import ALL


class CaseVerdict(StrEnum):
    """How a case ended; `CaseResult.reason` says why, where it did not pass."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It does not apply, or is a known deviation."""
    INCONCLUSIVE = "inconclusive"
    """The bench failed, so nothing is known of the provider."""


_STORE_CASES = tuple(
    value
    for module in (_store_starts, _store_guesses, _store_races, _store_histories)
    for value in vars(module).values()
    if isinstance(value, StoreCase)
)
_NOT_KEPT = frozenset({CaseVerdict.FAILED, CaseVerdict.INCONCLUSIVE})


@frozen(kw_only=True)
class CaseResult:
    """
    How one case ended for one provider.

    Attributes:
        case: The case.
        verdict: How it ended.
        reason: Why it did not pass; empty where it did.
    """

    case: Law
    verdict: CaseVerdict
    reason: str = ""

    def __str__(self) -> str:
        """One line; what was not kept stands out in capitals."""
        doubtful = self.verdict in _NOT_KEPT
        shown = self.verdict.upper() if doubtful else self.verdict.value
        because = f": {self.reason}" if self.reason else ""
        return f"{shown:<12} {self.case.name}{because}"


def all_cases() -> tuple[Law, ...]:
    """Every case, in the order in which they are written."""
    return ALL


def named(name: str, setting: str, cases: Iterable[Law] | None = None) -> Law:
    """
    The case of that name, of all for providers (the search among them) or of those.

    Raises:
        InvalidSetting: No case has that name; the message names those close to it.
    """
    among = (*all_cases(), every_history) if cases is None else cases
    known = {case.name: case for case in among}
    if name in known:
        return known[name]
    close = " or ".join(get_close_matches(name, known))
    meant = f"; did you mean {close}?" if close else ""
    raise InvalidSetting(setting, f"no case is called {name!r}{meant}")


def run_case(case: Law, harness: AnyHarness[Any]) -> CaseResult:
    """Hold a provider or a store to one law, and say how it went."""
    try:
        case.check(harness)
    except CaseFailed as failure:
        verdict, reason = CaseVerdict.FAILED, str(failure)
    except CaseSkipped as skip:
        verdict, reason = CaseVerdict.SKIPPED, str(skip)
    except CaseInconclusive as doubt:
        verdict, reason = CaseVerdict.INCONCLUSIVE, str(doubt)
    else:
        verdict, reason = CaseVerdict.PASSED, ""
    return CaseResult(case=case, verdict=verdict, reason=reason)


def run_cases(harness: Harness, cases: Iterable[Law] | None = None) -> list[CaseResult]:
    """
    Hold a provider to all laws, or to those given, and say how each went.

    Returns:
        One result for each case, in order; a broken law raises nothing.

    Raises:
        InvalidSetting: A known deviation names no case.
    """
    return _run(harness, all_cases() if cases is None else cases, None)


def store_cases() -> tuple[StoreCase, ...]:
    """Every case for stores, in the order in which they are written."""
    return _STORE_CASES


def run_store_cases(
    harness: StoreHarness, cases: Iterable[Law] | None = None
) -> list[CaseResult]:
    """
    Hold a store to all rules of `CodeStore`, or to those given; say how each went.

    Returns:
        One result for each case, in order; a broken rule raises nothing.

    Raises:
        InvalidSetting: A known deviation names no case.
    """
    return _run(harness, store_cases() if cases is None else cases, store_cases())


def _run(
    harness: AnyHarness[Any], cases: Iterable[Law], among: Iterable[Law] | None
) -> list[CaseResult]:
    for deviation in harness.deviations:
        named(deviation.case, "deviations", among)
    return [run_case(case, harness) for case in cases]


def require_kept(results: Iterable[CaseResult]) -> None:
    """
    Raise once for all laws that are broken, and for all that the bench could not try.

    Raises:
        CaseFailed: At least one law is broken; the text has a line for each case that
            failed or was inconclusive.
        CaseInconclusive: The bench failed in at least one case, and no case failed.
    """
    doubtful = [each for each in results if each.verdict in _NOT_KEPT]
    if not doubtful:
        return
    text = "\n".join([f"{len(doubtful)} laws are not kept:", *map(str, doubtful)])
    if any(each.verdict is CaseVerdict.FAILED for each in doubtful):
        raise CaseFailed(text)
    raise CaseInconclusive(text)
