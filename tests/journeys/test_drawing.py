"""Drawings: what walks took, where one stands, and names that would be markup."""

from __future__ import annotations

import pytest

from tests.support.journeys import Node, journey, node, single
from verify_core.journeys import Journey
from verify_core.journeys._drawing import dot

CHECK = node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "b"})
LOGIN: dict[str, Node] = {"a": CHECK, "b": node("MessageNode", {"true": "a"})}
TAKEN = [("Login", "a", "false"), ("Login", "b", "true"), ("Login", "a", "false")]
ELSEWHERE = [("Other", "a", "true"), ("Login", "gone", "true")]


def test_outcomes_that_were_taken_are_thick_and_counted_the_others_dotted() -> None:
    drawn = journey(LOGIN).to_mermaid(taken=TAKEN + ELSEWHERE, at="b").splitlines()

    assert drawn[-5:] == [
        "    start --> n0",
        '    n0 -.->|"true"| n2',
        '    n0 ==>|"false \xd72"| n1',
        '    n1 ==>|"true"| n0',
        "    style n1 stroke:#d33,stroke-width:4px",
    ]


def test_graphviz_draws_what_was_taken_too() -> None:
    drawn = dot(journey(LOGIN), taken=dict.fromkeys(TAKEN, 1), at="b")

    assert 'n1 [label="b\\nMessageNode", color="#d33", penwidth=3];' in drawn
    assert 'n0 -> n2 [label="true", style=dotted];' in drawn
    assert 'n0 -> n1 [label="false", penwidth=3];' in drawn


def test_a_walk_that_has_not_moved_is_drawn_with_everything_ahead() -> None:
    drawn = journey(LOGIN).to_mermaid(taken=(), at="nowhere")

    assert drawn.count("-.->") == 3
    assert "style" not in drawn


def test_a_page_s_outcome_is_counted_under_its_prefix_and_drawn_without() -> None:
    page = node("PageNode", {"c-true": "SUCCESS"}, children={"c": CHECK})

    drawn = journey({"p": page}).to_mermaid(taken=[("Login", "p", "c-true")])

    assert '    n0 ==>|"true"| n1\n' in drawn


# Each was rendered by Mermaid 11.17 in Chromium and showed the name as it is.
LABELS = [
    ("1. Check", "1#46; Check"),
    ("- send", "#45; send"),
    ("* x", "#42; x"),
    ("+ x", "#43; x"),
    ("  12. x", "  12#46; x"),
    ("1.5 x", "1.5 x"),
    ("-x", "-x"),
    ("fa:fa-user", "fa:\u2060fa-user"),
    ("$$x^2$$", "$\u2060$x^2$\u2060$"),
    ("**b** ~~s~~", "#42;#42;b#42;#42; #126;#126;s#126;#126;"),
    ("%%{init: {}}%%", "%%#123;init: #123;#125;#125;%%"),
    ("<b>x</b>", "#60;b#62;x#60;/b#62;"),
    ("[a](http://b)", "#91;a#93;#40;http://b#41;"),
    ("&amp; #35;", "#38;amp; #35;35;"),
    ("\ufb02°x", "fl°x"),
    ('"]\nclick n0 "x"', "#34;#93;#92;nclick n0 #34;x#34;"),
]


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_what_would_be_markup_is_drawn_as_text(name: str, label: str) -> None:
    written = single(name, {"a": node("Kind", {name: "SUCCESS"})})
    written["tree"]["nodes"]["a"]["displayName"] = name

    drawn = Journey.read(written).to_mermaid().splitlines()

    assert drawn[1] == f'    start(["{label}"])'
    assert drawn[2] == f'    n0["{label}<br/>Kind"]'
    assert drawn[-1] == f'    n0 -->|"{label}"| n1'


# Each was drawn by Graphviz 16 and showed the name as it is.
@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("&copy; &lt;", "&amp;copy; &amp;lt;"),
        ('"];x', '\\"];x'),
        ("\\N \\", "\\\\N \\\\"),
        ("<b>x</b>", "<b>x</b>"),
        ("a\nb", "a\\\\nb"),
    ],
)
def test_what_graphviz_would_read_is_drawn_as_text(name: str, label: str) -> None:
    written = single(name, {"a": node("Kind", {name: "SUCCESS"})})

    drawn = dot(Journey.read(written))

    assert f'    start [label="{label}", shape=oval];\n' in drawn
    assert f'    n0 -> n1 [label="{label}"];\n' in drawn
