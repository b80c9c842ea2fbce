"""Each broken provider fails the cases named for it, and each case has one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from attrs import evolve

from tests.conformance import (
    broken,
    broken_answers,
    broken_habits,
    broken_promises,
    broken_resends,
    broken_silence,
    broken_times,
    broken_worlds,
)
from tests.conformance.breaking import BROKEN, Broken
from tests.conformance.broken_http import HURRIED, PutsIdsIntoPaths, QuotesIds
from tests.conformance.broken_times import Restated
from tests.conformance.courier import Courier, courier_harness
from tests.support.around import Around
from tests.support.benches import fake_harness
from tests.support.kinds import Awaited, blocking
from verify_core.testing import (
    Bench,
    CaseVerdict,
    Harness,
    Law,
    all_cases,
    require_kept,
    run_case,
    run_cases,
)
from verify_core.testing._case import Case, Survey
from verify_core.testing.cases._resending import ODD_IDS

MODULES = (
    broken,
    broken_answers,
    broken_habits,
    broken_promises,
    broken_resends,
    broken_silence,
    broken_times,
    broken_worlds,
)
CASES = {case.name: case for case in all_cases()}
#: The first is tried in test_kit, since it is about the bench, too; the other below.
ELSEWHERE = {"what_is_declared_is_tried", "waiting_leaves_the_loop_free"}


def name_of(one: Broken) -> str:
    return f"{one.kind.__name__}, {one.profile.name}"


def cases_for(one: Broken) -> list[Law]:
    """
    The cases named and, unless more may fail, one in twelve of the others.

    Over all broken providers each case passes for some. A survey looks at the other
    cases, so they are all run where one is named.
    """
    named = one.cases | one.perhaps
    if one.more:
        return [CASES[name] for name in sorted(named)]
    if any(isinstance(CASES[name], Survey) for name in named):
        return list(CASES.values())
    first = BROKEN.index(one)
    sample = {*range(first % 12, len(CASES), 12)}
    return [
        case
        for number, case in enumerate(CASES.values())
        if case.name in named or (number in sample and isinstance(case, Case))
    ]


@pytest.mark.parametrize("one", BROKEN, ids=name_of)
def test_broken_provider_fails_the_cases_named_for_it(one: Broken) -> None:
    harness = fake_harness(one.profile, wrap=one.kind, name=one.kind.__name__)

    results = run_cases(harness, cases_for(one))

    failed = {each.case.name for each in results if each.verdict is CaseVerdict.FAILED}
    doubtful = [each for each in results if each.verdict is CaseVerdict.INCONCLUSIVE]
    assert doubtful == []  # a mistake of the provider's is not the bench's
    if one.more:
        assert failed >= one.cases
    else:
        assert failed - one.perhaps == one.cases


@pytest.mark.parametrize("kind", HURRIED, ids=lambda kind: kind.__name__)
def test_hurried_provider_is_noticed_by_the_cases_named(kind: type[Courier]) -> None:
    cases = [CASES[name] for name in sorted(HURRIED[kind])]

    results = run_cases(courier_harness(kind), cases)

    kept = [str(each) for each in results if each.verdict is not CaseVerdict.FAILED]
    assert kept == []


@pytest.mark.parametrize("odd", ODD_IDS)
def test_each_odd_id_is_noticed_where_it_is_put_into_a_path_as_it_is(odd: str) -> None:
    case = CASES["odd_id_leads_to_no_other_path"]
    assert isinstance(case, Case)

    result = run_case(evolve(case, variants=(odd,)), courier_harness(PutsIdsIntoPaths))

    assert result.verdict is CaseVerdict.FAILED
    assert "led to another path" in result.reason


def test_awaited_provider_that_blocks_is_noticed() -> None:
    sound = courier_harness(Courier)

    @contextmanager
    def opened() -> Iterator[Bench]:
        with sound.open() as bench:
            provider = bench.impatient() if bench.impatient else bench.provider
            yield evolve(bench, provider=blocking(Awaited(provider)), impatient=None)

    result = run_case(
        CASES["waiting_leaves_the_loop_free"], Harness(name="blocks", open=opened)
    )

    assert result.verdict is CaseVerdict.FAILED
    assert "the loop stood still" in result.reason


@pytest.mark.parametrize("kind", [Courier, QuotesIds])
def test_provider_in_no_hurry_keeps_every_law(kind: type[Courier]) -> None:
    require_kept(run_cases(courier_harness(kind)))


def test_every_case_has_a_broken_provider() -> None:
    """A case that was never red proves nothing."""
    red = {name for one in BROKEN for name in one.cases}
    red |= {name for cases in HURRIED.values() for name in cases}

    assert set(CASES) - red == ELSEWHERE


def test_every_broken_provider_is_named() -> None:
    written = {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Around)
    }
    assert written - {Around, Restated} == {one.kind for one in BROKEN}


def test_wrapping_alone_breaks_nothing() -> None:
    require_kept(run_cases(fake_harness(wrap=Around)))
