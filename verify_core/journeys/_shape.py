"""What a node's outcomes are, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ._kinds import BUTTONS, COLLECTOR, ENDS
from ._search import Edges
from ._values import JourneyNode, Tree


def edges_of(journey: Tree, follow: Callable[[JourneyNode, str], bool]) -> Edges[str]:
    """What follows each node by the outcomes that are to be followed."""
    nodes = journey.nodes
    return {
        each: [
            target
            for outcome, target in followed(node).items()
            if (target in nodes or target in ENDS) and follow(node, outcome)
        ]
        for each, node in nodes.items()
    }


def placed(journey: Tree) -> Iterator[tuple[JourneyNode, JourneyNode]]:
    """Every node of a journey with the one that it stands in: its page, or itself."""
    for node in journey.nodes.values():
        yield node, node
        for child in node.children:
            yield node, child


def last(place: JourneyNode) -> JourneyNode:
    """The node that decides the outcome: a page's last child."""
    return place.children[-1] if place.children else place


def prefix_of(page: JourneyNode) -> str:
    """What stands before the outcomes of a page since version 2.0: its last child."""
    is_new = (page.version or "1").startswith("2")
    return f"{last(page).id}-" if is_new else ""


def plain(place: JourneyNode, outcome: str) -> str:
    """An outcome in lower case, without the prefix of pages since version 2.0."""
    return outcome.removeprefix(f"{last(place).id}-").lower()


def _buttons(place: JourneyNode) -> Mapping[str, bool]:
    """Outcomes of a Collector's buttons: whether it shows them, where that is sure."""
    node = last(place)
    if node.type != COLLECTOR:
        return {}
    written = {outcome: node.attributes.get(each) for each, outcome in BUTTONS.items()}
    return {
        outcome: is_on(value)
        for outcome, value in written.items()
        if is_on(value) == is_on(value, default=True)
    }


def followed(place: JourneyNode) -> Mapping[str, str]:
    """The connections, without those left over from a button that is not shown."""
    buttons = _buttons(place)
    return {
        outcome: target
        for outcome, target in place.connections.items()
        if buttons.get(plain(place, outcome), True)
    }


def returned(place: JourneyNode) -> list[str]:
    """The outcomes of a node, by what it shows rather than by an older list."""
    buttons = _buttons(place)
    prefix = f"{last(place).id}-"
    known = [*place.outcomes, *place.connections]
    prefix = prefix if any(each.startswith(prefix) for each in known) else ""
    listed = {plain(place, each): each for each in place.outcomes}
    kept = [each for key, each in listed.items() if buttons.get(key, True)]
    further = (each for each, on in buttons.items() if on and each not in listed)
    return [*kept, *(f"{prefix}{each}" for each in further)]


def follow_all(_node: JourneyNode, _outcome: str) -> bool:
    """Follow every outcome."""
    return True


def is_on(value: object, default: bool = False) -> bool:  # noqa: FBT001, FBT002
    """A truth value as exports write it; anything else is the default."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), default)
    return value if isinstance(value, bool) else default
