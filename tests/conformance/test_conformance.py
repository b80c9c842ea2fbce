"""The laws of the protocol, held against every provider of this project."""

from __future__ import annotations

import unittest

import pytest

from tests.support.benches import (
    REPLAYED,
    fake_harness,
    never_passed,
    twilio_harness,
)
from tests.support.doors import twilio_over_doors, vonage_over_doors
from verify_core.testing import (
    CaseResult,
    CaseSkipped,
    CaseVerdict,
    Harness,
    all_cases,
    require_kept,
    run_case,
    run_cases,
)
from verify_fakes import PROFILES
from verify_fakes.memory import LEAST

HARNESSES = [
    *[fake_harness(each) for each in PROFILES.values()],
    twilio_over_doors(),
    twilio_over_doors(awaited=True),
    vonage_over_doors(),
    vonage_over_doors(awaited=True),
    twilio_harness(),
]


@pytest.mark.parametrize("harness", HARNESSES, ids=str)
def test_provider_keeps_the_laws(harness: Harness) -> None:
    require_kept(run_cases(harness))


def test_every_case_applies_somewhere() -> None:
    """A case that is skipped for every provider here would prove nothing."""
    assert never_passed(HARNESSES) == {REPLAYED}


def test_every_case_states_its_law() -> None:
    assert [case.name for case in all_cases() if case.law == case.name] == []


def test_skipped_case_says_why() -> None:
    skipped = [
        result
        for result in run_cases(fake_harness(LEAST))
        if result.verdict is CaseVerdict.SKIPPED
    ]

    assert skipped
    assert all(result.reason for result in skipped)


def test_framework_reads_a_skipped_case_as_skipped() -> None:
    case = next(each for each in all_cases() if each.name == "custom_code_is_honoured")

    with pytest.raises(unittest.SkipTest, match="not declared that the prov"):
        case.check(fake_harness(LEAST))
    assert issubclass(CaseSkipped, unittest.SkipTest)


def test_run_cases_answers_for_each_case_given() -> None:
    chosen = all_cases()[:2]

    results = run_cases(fake_harness(), chosen)

    assert [result.case for result in results] == list(chosen)
    assert all(isinstance(result, CaseResult) for result in results)


def test_world_is_fresh_for_each_case() -> None:
    """The same case twice ends the same way: nothing is left over."""
    case = next(each for each in all_cases() if each.name == "guesses_run_out")
    harness = fake_harness()

    first, second = run_case(case, harness), run_case(case, harness)

    assert first.verdict is second.verdict is CaseVerdict.PASSED
