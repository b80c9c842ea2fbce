"""Each case of the kit notices a flaw that no other case does."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.conformance.courier import Courier, courier_harness
from tests.conformance.flaws import FLAWS, Flaw
from tests.conformance.flaws.over_http import QuotesIds
from tests.conformance.flaws.resending import PutsIdsIntoPaths
from tests.support.around import Around
from tests.support.benches import fake_harness
from verify_core.testing import (
    CaseVerdict,
    Law,
    all_cases,
    require_kept,
    run_case,
    run_cases,
)
from verify_core.testing._case import Case
from verify_core.testing.cases._resending import ODD_IDS

CASES = {case.name: case for case in all_cases()}


def nearest(flaw: Flaw) -> list[Law]:
    """
    Its cases; beside a lone one those of the same subject, if they need no sockets.

    `python -m tests.conformance.flaws` asks all the others, too.
    """
    own = [CASES[name] for name in flaw.cases]
    if flaw.over_http or not flaw.is_lone or not isinstance(own[0], Case):
        return own
    subject = own[0]._function.__module__  # noqa: SLF001
    return [
        each
        for each in CASES.values()
        if isinstance(each, Case) and each._function.__module__ == subject  # noqa: SLF001
    ]


@pytest.mark.parametrize("flaw", FLAWS, ids=str)
def test_flaw_is_noticed_by_its_cases_alone(flaw: Flaw) -> None:
    results = run_cases(flaw.harness, nearest(flaw))

    kept = {CaseVerdict.PASSED, CaseVerdict.SKIPPED}
    noticed = {each.case.name for each in results if each.verdict not in kept}
    assert noticed == {*flaw.cases}


def test_every_case_has_a_flaw_of_its_own() -> None:
    """One without would be no law of its own, or one that was never red."""
    assert {flaw.cases[0] for flaw in FLAWS if flaw.is_lone} == {*CASES}


@pytest.mark.parametrize("odd", ODD_IDS)
def test_each_odd_id_is_noticed_where_it_is_put_into_a_path_as_it_is(odd: str) -> None:
    case = CASES["odd_id_leads_to_no_other_path"]
    assert isinstance(case, Case)

    result = run_case(evolve(case, variants=(odd,)), courier_harness(PutsIdsIntoPaths))

    assert result.verdict is CaseVerdict.FAILED
    assert "led to another path" in result.reason


def test_ids_that_are_quoted_lead_nowhere_else() -> None:
    cases = [CASES["odd_id_leads_to_no_other_path"]]

    require_kept(run_cases(courier_harness(QuotesIds), cases))


def test_provider_in_no_hurry_keeps_every_law() -> None:
    require_kept(run_cases(courier_harness(Courier)))


def test_wrapping_alone_breaks_nothing() -> None:
    require_kept(run_cases(fake_harness(wrap=Around)))
