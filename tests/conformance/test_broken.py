"""Each broken provider fails the cases named for it."""

from __future__ import annotations

import pytest

from tests.conformance import broken, broken_promises, broken_resends
from tests.conformance.broken import BROKEN, Broken
from tests.support.around import Around
from tests.support.benches import fake_harness
from verify_core.testing import CaseVerdict, all_cases, require_kept, run_cases
from verify_core.testing.conformance import NOT_KEPT

MODULES = (broken, broken_promises, broken_resends)


def name_of(one: Broken) -> str:
    return f"{one.kind.__name__}, {one.profile.name}"


@pytest.mark.parametrize("one", BROKEN, ids=name_of)
def test_broken_provider_fails_the_cases_named_for_it(one: Broken) -> None:
    harness = fake_harness(one.profile, wrap=one.kind, name=one.kind.__name__)

    results = run_cases(harness)

    failed = {each.case.name for each in results if each.verdict in NOT_KEPT}
    if one.more:
        assert failed >= one.cases
    else:
        assert failed - one.perhaps == one.cases


def test_broken_provider_is_no_broken_bench() -> None:
    """A mistake of the provider's is a failure, and not the bench's fault."""
    doubtful = [
        f"{name_of(one)}: {result}"
        for one in BROKEN
        for result in run_cases(
            fake_harness(one.profile, wrap=one.kind),
            [each for each in all_cases() if each.name in one.cases],
        )
        if result.verdict is not CaseVerdict.FAILED
    ]
    assert doubtful == []


def test_every_broken_provider_is_named() -> None:
    written = {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Around)
    }
    assert written - {Around} == {one.kind for one in BROKEN}


def test_wrapping_alone_breaks_nothing() -> None:
    require_kept(run_cases(fake_harness(wrap=Around)))
