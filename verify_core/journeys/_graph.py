"""A journey as rules look at it: what follows what, through inner journeys too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from ._context import Context
from ._kinds import ENDS, FAILURE, INNER_TREE, SUCCESS
from ._search import Edges, reach
from ._shape import edges_of, follow_all, followed, last, plain
from ._values import JourneyNode, Tree

# Nodes of calls; a call beyond them is looked at as one node.
_MOST_UNFOLDED = 1_000
_MOST_TOGETHER = 20_000  # over all the journeys that are read


class Unfolded(NamedTuple):
    """A node of a journey, or of one that it calls, in place of the call."""

    outer: JourneyNode  # the journey's own node: the same, or the call
    node: JourneyNode
    steps: list[tuple[str | None, str]]  # what follows; None: into an inner journey


class _InnerCall(NamedTuple):
    journey: Tree
    prefix: str
    after: Mapping[str, list[str]]
    within: Mapping[str, str]
    outer: JourneyNode | None = None


class Graph:
    """
    One journey among those that it may call, or be called by.

    Attributes:
        journey: The journey.
        context: What has happened before each node of all of them.
        known: All of them.
        reached: Ids of the nodes and ends that the entry leads to, in some order.
    """

    def __init__(self, journey: Tree, context: Context) -> None:
        self.journey = journey
        self.context = context
        self.known = context.known
        self.reached = reach([journey.entry], edges_of(journey, follow_all))

    @cached_property
    def unfolded(self) -> Mapping[str, Unfolded]:
        """The journey's nodes by id, and those of inner journeys by keys of theirs."""
        found: dict[str, Unfolded] = {}
        top = self.journey
        calls = [_InnerCall(top, "", {each: [each] for each in ENDS}, {top.name: ""})]
        room = min(_MOST_UNFOLDED, _MOST_TOGETHER // len(self.known.journeys))
        for call in calls:  # grows
            for each, node in call.journey.nodes.items():
                steps = list(_steps(call, node))
                placed = Unfolded(call.outer or node, node, steps)
                found[f"{call.prefix}{each}"] = placed
                room -= self._unfold(call, placed, calls, room)
        return found

    def _unfold(
        self, call: _InnerCall, placed: Unfolded, calls: list[_InnerCall], room: int
    ) -> int:
        """Replace a call by what it calls, and say how many nodes that has."""
        _, node, steps = placed
        name = node.attributes.get("tree")
        if node.type != INNER_TREE or not isinstance(name, str):
            return 0
        journey = self.known.journeys.get(name)
        if journey is None or len(journey.nodes) > room:
            return 0
        after = {
            end: [to for outcome, to in steps if f"{outcome}".lower() == returned]
            for end, returned in ((SUCCESS, "true"), (FAILURE, "false"))
        }
        prefix, size = call.within.get(name), 0
        if prefix is None:
            size = len(journey.nodes)
            prefix = f"{len(calls)}\0"
            within = {**call.within, name: prefix}
            calls.append(_InnerCall(journey, prefix, after, within, placed.outer))
        begin = after.get(journey.entry, [f"{prefix}{journey.entry}"])
        known = (None, "true", "false")
        steps[:] = [
            *((None, to) for to in begin),
            *((o, to) for o, to in steps if f"{o}".lower() not in known),
        ]
        return size

    def inner_edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges[str]:
        """What follows each node, with inner journeys in place of their calls."""
        return {
            each: [
                target
                for outcome, target in placed.steps
                if outcome is None or follow(placed.node, outcome)
            ]
            for each, placed in self.unfolded.items()
        }

    @cached_property
    def _reached_within(self) -> Collection[str]:
        return reach(self.reached, self.inner_edges(follow_all))

    def deciding(self, *kinds: str) -> Iterator[tuple[str, JourneyNode, JourneyNode]]:
        """
        Reached nodes of these types whose outcome is followed, of inner journeys too.

        Each with its key in `unfolded`, and the journey's own node that it stands in.
        """
        for key, (outer, place, _) in self.unfolded.items():
            node = last(place)
            if node.type in kinds and key in self._reached_within:
                yield key, node if outer is place else outer, node

    def after(self, key: str, outcome: str) -> Iterator[str]:
        """What follows an outcome, whatever its case and a page's prefix."""
        _, place, steps = self.unfolded[key]
        for written, target in steps:
            if written is not None and plain(place, written) == outcome:
                yield target


def _steps(call: _InnerCall, node: JourneyNode) -> Iterator[tuple[str | None, str]]:
    for outcome, target in followed(node).items():
        if target in call.after:
            yield from ((outcome, to) for to in call.after[target])
        elif target in call.journey.nodes:
            yield outcome, f"{call.prefix}{target}"
