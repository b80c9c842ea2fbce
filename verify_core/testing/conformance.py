"""
Cases that every provider must pass, run without any test framework.

A case is a function that takes a `Bench` and raises `CaseFailed`. `run_cases` runs all
of them; with pytest, one line parametrises over `all_cases()`:

    @pytest.mark.parametrize("case", all_cases(), ids=str)
    def test_provider(case):
        case.check(HARNESS)
"""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NoReturn

from attrs import field, frozen

from .bench import Bench, Harness

Need = Callable[[Bench], str | None]
"""Why a case does not apply to a bench, or None where it does."""


class CaseFailed(AssertionError):
    """The provider breaks the law that the case is named for."""


class CaseSkipped(unittest.SkipTest):
    """The case does not apply; the text says why. Test frameworks read it as a skip."""


class CaseVerdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


def fail(text: str) -> NoReturn:
    """
    End the case: the law is broken.

    Raises:
        CaseFailed: Always.
    """
    raise CaseFailed(text)


def require(claim: bool, text: str) -> None:  # noqa: FBT001 - reads like assert
    """
    Hold the provider to a claim.

    Args:
        claim: Whether it holds.
        text: What is wrong where it does not; holds no code and no full number.

    Raises:
        CaseFailed: It does not.
    """
    if not claim:
        fail(text)


@frozen(kw_only=True)
class Case:
    """
    One law of the protocol.

    Attributes:
        name: The law in a few words, also the name of the function.
        law: The law as a sentence.
        needs: What must be there for the law to be tried.
    """

    name: str
    law: str
    needs: tuple[Need, ...]
    _function: Callable[[Bench], None] = field(repr=False, alias="function")

    def __str__(self) -> str:
        return self.name

    def check(self, harness: Harness) -> None:
        """
        Hold a provider to the law, in a fresh world.

        Raises:
            CaseFailed: The provider breaks it.
            CaseSkipped: It does not apply here.
        """
        with harness.open() as bench:
            for need in self.needs:
                reason = need(bench)
                if reason is not None:
                    raise CaseSkipped(reason)
            self._hold(bench)

    def _hold(self, bench: Bench) -> None:
        try:
            self._function(bench)
        except CaseFailed:
            raise
        # Whatever a provider throws where the law expects an answer breaks the law.
        except Exception as error:
            # The name alone: an error of somebody else's may hold what it should not.
            raise CaseFailed(f"raised {type(error).__name__}") from error


@frozen(kw_only=True)
class CaseResult:
    """
    How one case ended for one provider.

    Attributes:
        case: The case.
        verdict: How it ended.
        reason: Why it failed or was skipped; empty where it passed.
    """

    case: Case
    verdict: CaseVerdict
    reason: str = ""


_registered: dict[str, Case] = {}


def case(*needs: Need) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """
    Register a function as a case; its docstring is the law.

    Args:
        *needs: What must be there for the law to be tried.
    """

    def register(function: Callable[[Bench], None]) -> Callable[[Bench], None]:
        name = function.__name__
        law = " ".join((function.__doc__ or name).split())
        _registered[name] = Case(name=name, law=law, needs=needs, function=function)
        return function

    return register


def all_cases() -> tuple[Case, ...]:
    """Every case, in the order in which they are written."""
    from . import cases  # noqa: F401 - registers them

    return tuple(_registered.values())


def run_case(case: Case, harness: Harness) -> CaseResult:
    """Hold a provider to one law and say how it went."""
    try:
        case.check(harness)
    except CaseFailed as failure:
        return CaseResult(case=case, verdict=CaseVerdict.FAILED, reason=str(failure))
    except CaseSkipped as skip:
        return CaseResult(case=case, verdict=CaseVerdict.SKIPPED, reason=str(skip))
    return CaseResult(case=case, verdict=CaseVerdict.PASSED)


def run_cases(
    harness: Harness, cases: Iterable[Case] | None = None
) -> list[CaseResult]:
    """
    Hold a provider to all laws, or to those given, and say how each went.

    Returns:
        One result for each case, in order; nothing is raised for a broken law.
    """
    chosen = all_cases() if cases is None else tuple(cases)
    return [run_case(case, harness) for case in chosen]
