"""The suite for stores passes one that is right, and finds what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.own.stores.broken import BROKEN, DictStore, NoLock, OwnClock
from verify_core.errors import InvalidSetting
from verify_core.testing import (
    Deviation,
    StoreBench,
    StoreHarness,
    _reports as reports,
    require_kept,
    run_store_cases,
    store_cases,
)
from verify_core.testing._bench import CaseFailed, CaseInconclusive, CaseSkipped
from verify_core.testing._store_bench import StoreCase


def harness(make: Callable[[], DictStore], *deviations: Deviation) -> StoreHarness:
    @contextmanager
    def world() -> Iterator[StoreBench]:
        store = make()
        yield StoreBench(store=store, stored=store.stored, count=store.count)

    return StoreHarness(name="dictionaries", open=world, deviations=deviations)


@pytest.mark.parametrize("case", store_cases(), ids=str)
def test_a_store_by_the_rules_keeps_them(case: StoreCase) -> None:
    case.check(harness(DictStore))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_store_fails(broken: type[DictStore]) -> None:
    [case] = [each for each in store_cases() if each.name == BROKEN[broken]]

    with pytest.raises(CaseFailed):
        case.check(harness(broken))


def test_a_store_without_a_lock_does_not_come_through_the_races() -> None:
    names = ("parallel_", "every_history_has")
    races = [each for each in store_cases() if each.name.startswith(names)]

    results = run_store_cases(harness(NoLock), races)

    assert "failed" in [each.verdict for each in results]


def test_a_known_deviation_is_a_skip_that_names_a_case() -> None:
    [case] = [each for each in store_cases() if each.name == BROKEN[OwnClock]]
    known = Deviation(case=case.name, reason="no clock", link="https://example.org/1")

    with pytest.raises(CaseSkipped, match="no clock"):
        case.check(harness(OwnClock, known))
    with pytest.raises(CaseFailed, match="take it off"):
        case.check(harness(DictStore, known))
    wrong = Deviation(case="no_such", reason="-", link="https://example.org/1")
    with pytest.raises(InvalidSetting, match="no case is called 'no_such'"):
        run_store_cases(harness(DictStore, wrong))


def test_a_world_that_does_not_open_says_nothing_of_the_store() -> None:
    results = run_store_cases(StoreHarness(name="none", open=lambda: 1 / 0))

    assert {each.verdict.value for each in results} == {"inconclusive"}


def test_a_door_that_fails_or_a_close_says_nothing_of_the_store() -> None:
    class Unclosable(DictStore):
        def close(self) -> None:
            raise OSError

    stays, once = [
        next(each for each in store_cases() if each.name == name)
        for name in ("stays_bounded_without_a_sweep", "approval_comes_once")
    ]
    bench = StoreBench(store=DictStore(), count=lambda: 1 // 0)
    broken = StoreHarness(name="door", open=lambda: nullcontext(bench))

    with pytest.raises(CaseInconclusive):
        stays.check(broken)
    with pytest.raises(CaseInconclusive, match="does not close"):
        once.check(harness(Unclosable))


def test_the_command_takes_a_store() -> None:
    report = reports.of("tests.own.stores.test_suite:right", ["approval_comes_once"])

    assert report.laws == "kept"
    assert report.counts["passed"] == 1
    with pytest.raises(InvalidSetting, match="did you mean approval_comes_once"):
        reports.of("tests.own.stores.test_suite:right", ["approval_comes"])


def right() -> StoreHarness:
    return harness(DictStore)


def test_page_s_store_keeps_the_rules_that_it_is_tried_with() -> None:
    text = (Path(__file__).parents[3] / "docs" / "how-to" / "stores.md").read_text(
        "utf-8"
    )
    names: dict[str, object] = {}
    for block in re.findall("```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "docs/how-to/stores.md", "exec"), names)

    results = run_store_cases(names["HARNESS"])

    require_kept(results)
    skipped = [each.case.name for each in results if each.verdict == "skipped"]
    assert skipped == ["four_processes_are_as_one", "killed_caller_loses_nothing"]
