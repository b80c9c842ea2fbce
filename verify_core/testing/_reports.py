"""What the command says of a provider: found by name, for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum

from attrs import frozen

from verify_core.errors import InvalidSetting

from ._bench import Bench, Harness
from ._conformance import (
    CaseResult,
    CaseVerdict,
    all_cases,
    named,
    run_cases,
    run_store_cases,
    store_cases,
)
from ._histories import every_history
from ._places import object_at
from ._store_bench import StoreHarness


class Laws(StrEnum):
    """What a report says of the laws."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """A case was inconclusive, or not one law applied."""


@frozen(kw_only=True)
class Report:
    """How a provider did: the name of its harness, and a result for each case."""

    harness: str
    results: tuple[CaseResult, ...]

    @property
    def laws(self) -> Laws:
        counts = self.counts
        if counts[CaseVerdict.FAILED]:
            return Laws.BROKEN
        doubtful = counts[CaseVerdict.INCONCLUSIVE] or not counts[CaseVerdict.PASSED]
        return Laws.UNKNOWN if doubtful else Laws.KEPT

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(result.verdict for result in self.results)
        return {verdict.value: found[verdict] for verdict in CaseVerdict}

    def to_json(self) -> dict[str, object]:
        return {
            "laws": self.laws.value,
            "provider": self.harness,
            "counts": self.counts,
            "cases": [
                {
                    "case": result.case.name,
                    "law": result.case.law,
                    "verdict": result.verdict.value,
                    "reason": result.reason,
                }
                for result in self.results
            ],
        }

    def to_text(self) -> str:
        """One line for each case, those that did not pass with their reason; a sum."""
        counted = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        return "\n".join([*map(str, self.results), f"{self.harness}: {counted}"])


def of(place: str, names: Sequence[str] = ()) -> Report:
    """
    Hold a provider, or a store of codes, to all its laws, or to those named.

    Args:
        place: Where the harness is: `my_package.bench:make`. Modules in the working
            directory are found, too.
        names: Names of cases; an empty list means all.

    Raises:
        InvalidSetting: There is no harness in that place, or no case of that name.
    """
    harness = find_harness(place)
    if isinstance(harness, StoreHarness):
        rules = [named(name, "--case", store_cases()) for name in names]
        results = run_store_cases(harness, rules)
    else:
        chosen = [named(name, "--case") for name in names]
        results = run_cases(harness, chosen or [*all_cases(), every_history])
    return Report(harness=harness.name, results=tuple(results))


def find_harness(place: str) -> Harness | StoreHarness:
    """
    The harness in a place, `module:name`.

    Besides a harness or a function that returns one, a function that makes a fresh
    bench will do: one that returns it, or a context manager that yields it.

    Raises:
        InvalidSetting: The module cannot be imported, has nothing of that name, or it
            is something else.
    """
    found = object_at("--bench", place, example="my_package.bench:make")
    try:
        made = found() if callable(found) else found
    except Exception as error:
        name = type(error).__name__
        fault = f"{place} raises {name} when it is called without arguments"
        raise InvalidSetting("--bench", fault) from error
    match made:
        case Harness() | StoreHarness():
            return made
        case Bench():
            return Harness(name=place, open=lambda: nullcontext(found()))
        case AbstractContextManager():
            return Harness(name=place, open=found)
    raise InvalidSetting("--bench", f"{place} neither is a Harness nor returns one")
