"""What has happened before each node, over all journeys that call each other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from ._kinds import COLLECTOR, INNER_TREE
from ._search import Edges, before, reach
from ._shape import edges_of, follow_all, placed
from ._state_keys import Writers, key_read
from ._values import Journey, JourneyNode

if TYPE_CHECKING:
    from ._known import Known

Place: TypeAlias = tuple[str, str]
"""The name of a journey, and the id of a node in it."""

_ELSEWHERE = ("", "")  # the unknown journey that calls those which none here does


class Context:
    """
    The journeys as one graph, in which a call also leads to the entry of what it calls.

    People begin the journeys that no other one calls. If such a journey is for calls
    alone (`innerTreeOnly`), whatever it needs has happened before.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._journeys = known.journeys
        self._reached = {
            name: reach([journey.entry], edges_of(journey, follow_all))
            for name, journey in known.journeys.items()
        }
        self._pages: dict[Place, int] = {}
        calls = {
            name: [
                self._called_by(node)[0]
                for each, node in journey.nodes.items()
                if each in self._reached[name] and self._called_by(node)
            ]
            for name, journey in known.journeys.items()
        }
        called = {to for name, others in calls.items() for to in others if to != name}
        top = [each for each in calls if each not in called]
        reached = reach(top, calls)
        # Of journeys that only call each other, any may be begun.
        top += [each for each in calls if each not in reached]
        self._begun = [each for each in top if not _is_inner(known.journeys[each])]
        self._unknown = [each for each in top if _is_inner(known.journeys[each])]

    def writes_before(
        self, place: JourneyNode, node: JourneyNode, journey: str
    ) -> bool:
        """Whether the key in which a node looks is written before it, on some way."""
        key = key_read(node)
        found = self._written.get((journey, place.id), 0)
        if place is not node:
            found |= self._within(journey, place)
        return key is None or self._writers.has(
            found, key, by_sender=node.type == COLLECTOR
        )

    def reached_without(
        self, passing: Callable[[JourneyNode, str], bool]
    ) -> Collection[Place]:
        """What some way leads to on which no outcome of a node passes."""
        starts = [(each, self._journeys[each].entry) for each in self._begun]
        return reach(starts, self._edges(lambda *step: not passing(*step)))

    def _within(self, journey: str, page: JourneyNode) -> int:
        key = journey, page.id
        if key not in self._pages:
            self._pages[key] = 0
            for child in page.children:
                self._pages[key] |= self._writers.of(child)
        return self._pages[key]

    def _called_by(self, node: JourneyNode) -> list[str]:
        name = node.attributes.get("tree")
        is_call = node.type == INNER_TREE and self._known.has_journey(name)
        return [f"{name}"] if is_call else []

    def _left(self, name: str, node: JourneyNode) -> Place:
        """Where a node is left: itself, but for calls, which also lead inside."""
        return name, f"{node.id}\0" if self._called_by(node) else node.id

    def _edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges[Place]:
        found: dict[Place, list[Place]] = {}
        for name, journey in self._journeys.items():
            edges = edges_of(journey, follow)
            for each in self._reached[name]:
                node = journey.nodes.get(each)
                if node is None:
                    continue
                for to in self._called_by(node):
                    into = [self._left(name, node), (to, self._journeys[to].entry)]
                    found[name, each] = into
                found[self._left(name, node)] = [(name, to) for to in edges[each]]
        return found

    @cached_property
    def _writers(self) -> Writers:
        return Writers(self._known)

    @cached_property
    def _written(self) -> dict[Place, int]:
        writers = self._writers
        own: dict[Place, int] = {}
        for name, journey in self._journeys.items():
            for place, node in placed(journey):
                left = self._left(name, place)
                if place.id in self._reached[name]:
                    own[left] = own.get(left, 0) | writers.of(node)
        edges = {
            **self._edges(follow_all),
            _ELSEWHERE: [(each, self._journeys[each].entry) for each in self._unknown],
        }
        return before(edges, {**own, _ELSEWHERE: writers.every})


def _is_inner(journey: Journey) -> bool:
    return journey.settings.get("innerTreeOnly") is True
