"""Walks as people look at them: where they stand and stood, and no secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from attrs import define, field

from verify_core.journeys import JourneyNode, Tree, Walk
from verify_core.masking import hiding
from verify_core.nodes import NodeState

from ._wire import Json, type_of

_SECRET_KEY = re.compile("pass|secret|token|otp|pin|code|answer|kba", re.IGNORECASE)
_MASK = "***"
_MOST_MEMBERS, _LONGEST, _DEEPEST, _MOST_PASSED = 100, 200, 6, 50
_ENDS = {
    "70e691a5-1e33-4ac3-a356-e7b6d60d92e0": "Success",
    "e301438c-0bd0-429c-ab0c-66126501069a": "Failure",
}


@define(eq=False, kw_only=True)
class Trail:
    """
    The nodes that a walk has passed since its last step, and the state after each.

    Attributes:
        passed: Those nodes; the first of very many.
    """

    passed: list[Json] = field(factory=list)
    _before: NodeState = field(factory=NodeState, repr=False)

    def note(self, node: JourneyNode, outcome: str, state: NodeState) -> None:
        """Take in a node; as `Journey.begin` calls what watches."""
        before, self._before = self._before, state
        if len(self.passed) < _MOST_PASSED:
            changed = {
                "shared": _changed(before.shared, state.shared),
                "secure": _masked(before.secure, state.secure),
                "transient": _masked(before.transient, state.transient),
            }
            self.passed.append(
                {
                    "id": node.id,
                    "node": node.name,
                    "outcome": outcome,
                    "state": {name: each for name, each in changed.items() if each},
                }
            )

    def take(self) -> list[Json]:
        """The nodes; from now on those after them are noted."""
        taken, self.passed = self.passed, []
        return taken


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> Json:
    """What is new in a store, masked; None for what is gone."""
    fresh = {k: v for k, v in after.items() if k not in before or before[k] != v}
    shown = _shown(fresh)
    gone = dict.fromkeys(before.keys() - after.keys())
    return {**(shown if isinstance(shown, dict) else {}), **gone}


def _masked(before: Mapping[str, object], after: Mapping[str, object]) -> Json:
    return {
        name: None if each is None else _MASK
        for name, each in _changed(before, after).items()
    }


def seen(walk: Walk, passed: list[Json]) -> Json:
    """Where a walk stands, as a step of it: what it passed, asks and knows."""
    state = walk.state
    return {
        "node": walk.node,
        "passed": passed,
        "asks": [_asked(each) for each in walk.callbacks],
        "answered": None,
        "state": {
            "shared": _shown(state.shared),
            "secure": dict.fromkeys(state.secure, _MASK),
            "transient": dict.fromkeys(state.transient, _MASK),
        },
    }


def answers(callbacks: Iterable[object], values: Iterable[object]) -> list[str]:
    """What was answered; what was typed and may be a secret is masked."""
    left = iter(values)
    return [
        f"{_label(each)}: {_answer(each, next(left))}"
        for each in callbacks
        if not _is_text(each)
    ]


def _asked(callback: object) -> Json:
    return {"type": type_of(callback), "text": _label(callback)}


def _is_text(callback: object) -> bool:
    return "Output" in type_of(callback) or type_of(callback) == "PollingWaitCallback"


def _label(callback: object) -> str:
    options = getattr(callback, "options", None)
    found = " / ".join(options) if options else ""
    for name in ("prompt", "message", "name", "version"):
        found = found or f"{getattr(callback, name, '') or ''}"
    return hiding().mask(found, limit=_LONGEST)


def _answer(callback: object, value: object) -> str:
    for labels in ("options", "choices"):
        listed = getattr(callback, labels, None)
        if listed and isinstance(value, int) and value < len(listed):
            return hiding().mask(f"{listed[value]}", limit=_LONGEST)
    if isinstance(value, bool):
        return f"{value}".lower()
    is_plain = isinstance(value, str) and "Password" not in type_of(callback)
    if not is_plain or any(each.isdecimal() for each in f"{value}"):
        return _MASK if value else ""
    return hiding().mask(f"{value}", limit=_LONGEST)


def _shown(value: object, key: str = "", depth: int = 0) -> object:
    if isinstance(value, Mapping | list | tuple):
        return _shown_inside(value, key, depth) if depth < _DEEPEST else "…"
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, str | int | float) or _SECRET_KEY.search(key):
        return _MASK
    masked = hiding().mask(f"{value}", limit=_LONGEST)
    return value if masked == f"{value}" else masked


def _shown_inside(value: object, key: str, depth: int) -> object:
    if isinstance(value, Mapping):
        members = list(value.items())[:_MOST_MEMBERS]
        return {f"{k}": _shown(each, f"{key}.{k}", depth + 1) for k, each in members}
    listed = value[:_MOST_MEMBERS] if isinstance(value, list | tuple) else ()
    return [_shown(each, key, depth + 1) for each in listed]


def drawing(walk: Walk) -> Json:
    """Nodes in layers from the start, and what leads from one to the next."""
    journey = walk.journey
    counts: dict[tuple[str, str], int] = {}
    for name, node, outcome in walk.taken:
        if name == journey.name:
            counts[node, outcome] = counts.get((node, outcome), 0) + 1
    layers = _layers(journey)
    return {
        "entry": journey.entry,
        "nodes": [_node(each, journey, layer) for each, layer in layers.items()],
        "connections": [
            {
                "from": node,
                "outcome": _outcome_name(journey, node, outcome),
                "to": to,
                "taken": counts.get((node, outcome), 0),
            }
            for node, outcome, to in _connections(journey)
            if node in layers
        ],
        "at": walk.place[0][1],
    }


def _node(each: str, journey: Tree, layer: int) -> Json:
    node = journey.nodes.get(each)
    if node is None:
        return {"id": each, "name": _ENDS.get(each, "?"), "type": "", "layer": layer}
    return {"id": each, "name": node.name, "type": node.type, "layer": layer}


def _outcome_name(journey: Tree, node: str, outcome: str) -> str:
    children = journey.nodes[node].children
    prefixes = (f"{child.id}-" for child in children)
    found = next((each for each in prefixes if outcome.startswith(each)), "")
    return outcome.removeprefix(found)


def _connections(journey: Tree) -> Iterator[tuple[str, str, str]]:
    for name, node in journey.nodes.items():
        for outcome, to in node.connections.items():
            yield name, outcome, to


def _layers(journey: Tree) -> dict[str, int]:
    """Nodes that a way leads to, with the fewest steps there; the ends come last."""
    found = {journey.entry: 0}
    waiting = [journey.entry]
    for each in waiting:
        node = journey.nodes.get(each)
        for to in node.connections.values() if node else ():
            if to not in found:
                found[to] = found[each] + 1
                waiting.append(to)
    last = max(found.values()) + (0 if len(found) == 1 else 1)
    return {each: last if each in _ENDS else layer for each, layer in found.items()}
