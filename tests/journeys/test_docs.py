"""docs/reference/journeys.md: its block runs, and its table is the rules'."""

from __future__ import annotations

import json
from textwrap import fill

import pytest

from tests.support.journeys import journey
from tests.support.lint import CASES, Nodes, inner
from tests.support.pages import ROOT, Page
from verify_core.journeys import Journey
from verify_core.journeys._rules import RULES

PAGE = Page("docs/reference/journeys.md")
RULES_PAGE = Page("docs/reference/journey-rules.md")
EXAMPLES = sorted((ROOT / "examples" / "journeys").glob("*.journey.json"))


def test_the_block_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert PAGE.run()["journey"]


def test_links_lead_somewhere() -> None:
    assert PAGE.dead_links() == []


def test_the_table_has_every_rule() -> None:
    rows = [
        f"| [`{name}`](journey-rules.md#{name}) | {rule.severity} | {rule.demand} |"
        for name, rule in RULES.items()
    ]

    assert "\n".join(rows) in PAGE.text


def rules_page() -> str:
    """The page as the rules and the smallest journeys of their tests make it."""
    examples = {name: (broken, kept) for name, broken, kept in reversed(CASES)}
    missing = {"in": inner("Not in the files")}
    examples["inner-journey-missing"] = missing, {}
    parts = [RULES_PAGE.text.partition("\n## ")[0].rstrip()]
    for name, rule in RULES.items():
        texts = (f"**{rule.severity}**: {rule.demand}", *rule.help)
        parts += [f"## {name}", *(_filled(each) for each in texts)]
        if name in examples:
            broken, kept = (_drawn(each) for each in examples[name])
            parts += ["Broken:", broken]
            if kept == broken:
                parts += ["Mended:", _attributes(examples[name][1])]
            elif kept:
                parts += ["Mended:", kept]
    return "\n\n".join(parts) + "\n"


def _filled(text: str) -> str:
    return fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _drawn(nodes: Nodes) -> str:
    return f"```mermaid\n{journey(nodes).to_mermaid()}```" if nodes else ""


def _attributes(nodes: Nodes) -> str:
    found = {each: dict(node[2]) for each, node in nodes.items() if node[2]}
    return f"```json\n{json.dumps(found, indent=2)}\n```"


def test_the_page_of_rules_has_a_section_for_each_with_an_example() -> None:
    assert RULES_PAGE.text == rules_page()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_nothing_is_wrong_with_an_example(file: object) -> None:
    assert Journey.load(str(file)).lint() == ()


def test_the_documented_journeys_and_one_with_buttons_are_there() -> None:
    found = {file.name.partition(".")[0] for file in EXAMPLES}

    assert found == {
        "AskForPhone",
        "MobileOnly",
        "PhoneFromProfile",
        "ResendAndCancel",
    }
