"""docs/reference/journeys.md: its block runs, and its table is the rules'."""

from __future__ import annotations

import pytest

from tests.support.pages import ROOT, Page
from verify_core.journeys import Journey
from verify_core.journeys._rules import RULES

PAGE = Page("docs/reference/journeys.md")
EXAMPLES = sorted((ROOT / "examples" / "journeys").glob("*.journey.json"))


def test_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert PAGE.run()["journey"]


def test_links_lead_somewhere() -> None:
    assert PAGE.dead_links() == []


def test_the_table_has_every_rule() -> None:
    rows = [
        f"| `{name}` | {rule.severity} | {rule.demand} |"
        for name, rule in RULES.items()
    ]

    assert "\n".join(rows) in PAGE.text


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_nothing_is_wrong_with_an_example(file: object) -> None:
    assert Journey.load(str(file)).lint() == ()


def test_the_three_documented_journeys_are_there() -> None:
    found = {file.name.partition(".")[0] for file in EXAMPLES}

    assert found == {"AskForPhone", "MobileOnly", "PhoneFromProfile"}
