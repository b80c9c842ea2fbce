"""
Drawing a journey: as Mermaid, which code hosts render, and for Graphviz.

Both take where a walk stands and what walks took:
`mermaid(journey, taken=walk.taken, at=node_id)`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ._json import shown
from ._kinds import ENDS
from ._values import JourneyNode, TakenStep, Tree

# Mermaid documentation, "Flowcharts Syntax", entity codes, read 2026-11-28.
_ENTITIES = str.maketrans({each: f"#{ord(each)};" for each in '#"<>&`|[]{}()\\*~'})
# What Mermaid 11 still finds behind entities: icons (fa:fa-user), formulas between two
# dollars, and the ligature by which it marks its own entities while it works.
_PARTED = re.compile(r"(?<=:)(?=fa-)|(?<=\$)(?=\$)")
_INVISIBLE = "\N{WORD JOINER}"
# Labels are Markdown: what begins like a list or a heading is refused.
_LISTS = re.compile(r"^(\s*[0-9]*)((?<=[0-9])[.]|[-+])(?=\s|$)")
_HERE = "#d33"


class _Edge(NamedTuple):
    start: str
    label: str
    end: str
    times: int | None  # how often it was taken; None where that is not asked

    @property
    def text(self) -> str:
        return f"{self.label} \xd7{self.times}" if (self.times or 0) > 1 else self.label


def mermaid(
    journey: Tree, *, taken: Iterable[TakenStep] | None = None, at: str | None = None
) -> str:
    """
    The journey as a flowchart of Mermaid.

    Args:
        journey: What is drawn.
        taken: What walks took, each step as often as it was taken, or steps with their
            counts; those of other journeys are passed over. Where it is passed, even
            empty, outcomes that were taken are thick lines with their count, the
            others dotted ones.
        at: The id of the node where a walk stands, which gets a thick red border.
    """
    edges, names = _edges(journey, taken), _names(journey)
    lines = ["flowchart LR", f'    start(["{_mermaid(journey.name)}"])']
    for each, name in names.items():
        node = journey.nodes.get(each)
        if node is None:
            lines.append(f'    {name}(["{ENDS.get(each, "?")}"])')
        else:
            label = "<br/>".join(map(_mermaid, _lines(node)))
            lines.append(f'    {name}["{label}"]')
    lines.append(f"    start --> {names[journey.entry]}")
    lines += (
        f'    {names[each.start]} {_arrow(each)}|"{_mermaid(each.text)}"|'
        f" {names[each.end]}"
        for each in edges
    )
    if at in names:
        lines.append(f"    style {names[at]} stroke:{_HERE},stroke-width:4px")
    return "\n".join(lines) + "\n"


def dot(
    journey: Tree, *, taken: Iterable[TakenStep] | None = None, at: str | None = None
) -> str:
    """The journey in the language of Graphviz; arguments as for `mermaid`."""
    edges, names = _edges(journey, taken), _names(journey)
    lines = ["digraph {", "    rankdir=LR; node [shape=box, style=rounded];"]
    lines.append(f'    start [label="{_dot(journey.name)}", shape=oval];')
    for each, name in names.items():
        node = journey.nodes.get(each)
        label = (
            ENDS.get(each, "?") if node is None else "\\n".join(map(_dot, _lines(node)))
        )
        shape = ", shape=oval" if node is None else ""
        here = f', color="{_HERE}", penwidth=3' if each == at else ""
        lines.append(f'    {name} [label="{label}"{shape}{here}];')
    lines.append(f"    start -> {names[journey.entry]};")
    lines += (
        f'    {names[each.start]} -> {names[each.end]} [label="{_dot(each.text)}"'
        f"{_style(each)}];"
        for each in edges
    )
    return "\n".join([*lines, "}"]) + "\n"


def _names(journey: Tree) -> dict[str, str]:
    """Short names for the nodes, and for what connections name besides."""
    further = (each.end for each in _edges(journey, None))
    found = dict.fromkeys([*journey.nodes, journey.entry, *further])
    return {each: f"n{count}" for count, each in enumerate(found)}


def _edges(journey: Tree, taken: Iterable[TakenStep] | None) -> list[_Edge]:
    counts = None if taken is None else Counter(taken)
    found = []
    for each, node in journey.nodes.items():
        for outcome, target in node.connections.items():
            prefixes = (f"{child.id}-" for child in node.children)
            prefix = next((one for one in prefixes if outcome.startswith(one)), "")
            count = None if counts is None else counts[journey.name, each, outcome]
            found.append(_Edge(each, outcome.removeprefix(prefix), target, count))
    return found


def _arrow(edge: _Edge) -> str:
    return "-->" if edge.times is None else "==>" if edge.times else "-.->"


def _style(edge: _Edge) -> str:
    if edge.times is None:
        return ""
    return ", penwidth=3" if edge.times else ", style=dotted"


def _lines(node: JourneyNode) -> list[str]:
    inside = [f"{child.name} ({child.type})" for child in node.children]
    return [node.name, *([node.type] if node.type != node.name else []), *inside]


def _mermaid(text: str) -> str:
    parted = _PARTED.sub(
        _INVISIBLE, shown(text).replace("\N{LATIN SMALL LIGATURE FL}", "fl")
    )
    escaped = parted.translate(_ENTITIES)
    return _LISTS.sub(lambda found: f"{found[1]}#{ord(found[2])};", escaped)


def _dot(text: str) -> str:
    # Graphviz reads entities of HTML in labels.
    return shown(text).translate({38: "&amp;", 92: "\\\\", 34: '\\"'})
