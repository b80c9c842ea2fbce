"""`journey` and `--journey-coverage` in somebody else's project."""

from __future__ import annotations

import json

import pytest

from tests.support.journeys import export, node, single
from tests.support.pages import ROOT, Page

from .conftest import Run

ASK = node("MessageNode", {"true": "check", "false": "FAILURE"})
CHECK = node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"})
IN = {"true": "SUCCESS", "false": "FAILURE"}
CALL = node("InnerTreeEvaluatorNode", IN, tree="Inner")
INNER = single("Inner", {"ask": ASK, "check": CHECK})
OUTER = single(
    "Outer", {"call": CALL, "left": node("TimerStartNode", {"outcome": "call"})}
)

WALKS = """
import pytest

@pytest.mark.parametrize("confirm", [True, False])
def test_walk(journey, confirm):
    walk = journey("Outer.json", name="Outer").begin(outcomes={"check": "false"})
    walk.answer(confirm=confirm)
    assert walk.outcome == "Failure"
"""
COUNTS = {
    "Inner": {
        "ask": {"name": "ask", "outcomes": {"true": 1, "false": 1}},
        "check": {"name": "check", "outcomes": {"true": 0, "false": 1}},
    },
    "Outer": {
        "call": {"name": "call", "outcomes": {"true": 0, "false": 2}},
        "left": {"name": "left", "outcomes": {"outcome": 0}},
    },
}
REPORT = [
    "*journey coverage: outcomes never taken*",
    "Inner",
    "  check: true",
    "Outer",
    "  call: true",
    "  left: outcome",
    "4 of 7 outcomes taken: 57.1 %",
]


@pytest.fixture(autouse=True)
def _exported(pytester: pytest.Pytester) -> None:
    file = pytester.path / "Outer.json"
    file.write_text(json.dumps(export(OUTER, INNER)), encoding="utf-8")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_outcomes_never_taken_are_reported_over_the_whole_run(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    result = run(WALKS, *workers, "--journey-coverage=counts.json")

    result.assert_outcomes(passed=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(REPORT)
    written = json.loads((pytester.path / "counts.json").read_text("utf-8"))
    assert written == {"journeys": COUNTS}


def test_a_run_below_the_limit_fails_though_its_tests_pass(run: Run) -> None:
    below = run(WALKS, "--journey-coverage-fail-under=57.2")
    above = run(WALKS, "--journey-coverage-fail-under=57.1")

    assert (below.ret, above.ret) == (1, 0)
    below.stdout.fnmatch_lines(["FAIL: under the 57.2 % that are required"])
    above.stdout.no_fnmatch_line("FAIL*")


def test_what_is_read_and_never_walked_counts_too(run: Run) -> None:
    source = "def test_it(journey): journey('Outer.json', name='Inner')"

    run(source, "--journey-coverage").stdout.fnmatch_lines(
        ["Inner", "  ask: true, false", "0 of 4 outcomes taken: 0 %"]
    )


def test_walks_count_however_their_journey_was_read(run: Run) -> None:
    source = """
    from verify_core.journeys import Journey

    def test_it():
        journey = Journey.load("Outer.json", name="Inner")
        walk = journey.begin(outcomes={"check": "true"})
        walk.answer(confirm=False).back().answer(confirm=True)
    """

    run(source, "--journey-coverage").stdout.fnmatch_lines(
        ["  check: false", "3 of 4 outcomes taken: 75 %"]
    )


@pytest.mark.parametrize(
    "option", ["--journey-coverage", "--journey-coverage-fail-under=1"]
)
def test_a_run_without_a_walk_says_so(run: Run, option: str) -> None:
    result = run("def test_it(): ...", option)

    result.stdout.fnmatch_lines(["no journey was walked"])
    assert result.ret == ("under" in option)


def test_without_the_option_nothing_is_counted(run: Run) -> None:
    source = """
    from verify_core.journeys import _coverage

    def test_it(journey):
        journey("Outer.json", name="Inner").begin()
        assert _coverage.watchers == []
    """

    result = run(source)

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*journey coverage*")


@pytest.mark.parametrize(
    "options",
    [
        ("--journey-coverage", "tests"),
        ("--journey-coverage=missing/counts.json",),
        ("--journey-coverage-fail-under=101",),
        ("--journey-coverage-fail-under=nan",),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(
    run: Run, options: tuple[str, ...]
) -> None:
    assert run(WALKS, *options).ret == pytest.ExitCode.USAGE_ERROR


def test_a_path_counts_from_the_test_s_folder_then_from_the_root(
    run: Run, pytester: pytest.Pytester
) -> None:
    folder = pytester.mkdir("deep")
    (folder / "test_deep.py").write_text(
        "def test_it(journey):\n"
        "    assert journey('Inner.json').name == 'Inner'\n"
        "    assert journey('Outer.json').name == 'Outer'\n"
    )
    (folder / "Inner.json").write_text(json.dumps(export(INNER)))

    run("", "deep").assert_outcomes(passed=1)


def test_the_five_minutes_of_the_page_end_in_a_green_test(
    run: Run, pytester: pytest.Pytester
) -> None:
    blocks = Page("docs/reference/journeys.md").blocks("python")
    (block,) = (each for each in blocks if "def test_" in each)
    examples = pytester.mkdir("examples") / "journeys"
    examples.symlink_to(ROOT / "examples" / "journeys")

    result = run(block, "--journey-coverage")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["PhoneFromProfile", "* outcomes taken: *"])
