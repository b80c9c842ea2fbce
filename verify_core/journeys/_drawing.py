"""Drawing a journey: as Mermaid, which code hosts render, and for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ._json import shown
from ._kinds import ENDS
from ._values import Journey, JourneyNode

# Mermaid documentation, "Flowcharts Syntax", entity codes, read 2026-11-28.
_ENTITIES = str.maketrans({each: f"#{ord(each)};" for each in '#"<>&`|[]{}()\\'})
# Labels are Markdown: what begins like a list or a heading is refused.
_LISTS = re.compile(r"^(\s*[0-9]*)((?<=[0-9])[.]|[-+*])(?=\s|$)")


def mermaid(journey: Journey) -> str:
    """The journey as a flowchart of Mermaid."""
    names = _names(journey)
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
        f'    {names[one]} -->|"{_mermaid(outcome)}"| {names[other]}'
        for one, outcome, other in _edges(journey)
    )
    return "\n".join(lines) + "\n"


def dot(journey: Journey) -> str:
    """The journey in the language of Graphviz."""
    names = _names(journey)
    lines = ["digraph {", "    rankdir=LR; node [shape=box, style=rounded];"]
    lines.append(f'    start [label="{_dot(journey.name)}", shape=oval];')
    for each, name in names.items():
        node = journey.nodes.get(each)
        label = (
            ENDS.get(each, "?") if node is None else "\\n".join(map(_dot, _lines(node)))
        )
        shape = ", shape=oval" if node is None else ""
        lines.append(f'    {name} [label="{label}"{shape}];')
    lines.append(f"    start -> {names[journey.entry]};")
    lines += (
        f'    {names[one]} -> {names[other]} [label="{_dot(outcome)}"];'
        for one, outcome, other in _edges(journey)
    )
    return "\n".join([*lines, "}"]) + "\n"


def _names(journey: Journey) -> dict[str, str]:
    """Short names for the nodes, and for what connections name besides."""
    further = (other for _, _, other in _edges(journey))
    found = dict.fromkeys([*journey.nodes, journey.entry, *further])
    return {each: f"n{count}" for count, each in enumerate(found)}


def _edges(journey: Journey) -> Iterator[tuple[str, str, str]]:
    for each, node in journey.nodes.items():
        for outcome, target in node.connections.items():
            prefixes = (f"{child.id}-" for child in node.children)
            prefix = next((one for one in prefixes if outcome.startswith(one)), "")
            yield each, outcome.removeprefix(prefix), target


def _lines(node: JourneyNode) -> list[str]:
    inside = [f"{child.name} ({child.type})" for child in node.children]
    return [node.name, *([node.type] if node.type != node.name else []), *inside]


def _mermaid(text: str) -> str:
    escaped = shown(text).translate(_ENTITIES)
    return _LISTS.sub(lambda found: f"{found[1]}#{ord(found[2])};", escaped)


def _dot(text: str) -> str:
    return shown(text).replace("\\", "\\\\").replace('"', '\\"')
