"""What has happened before each node, over all journeys that call each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property, partial

from ._kinds import (
    COLLECTOR,
    FAILURE,
    GENERATOR,
    INNER_TREE,
    OTP_COLLECTOR,
    OUTCOMES,
    SCRIPT,
    SENDER,
    SUCCESS,
)
from ._known import Known
from ._search import Edges, before, reach
from ._shape import edges_of, follow_all, placed, plain
from ._state_keys import Writers, key_read
from ._values import JourneyNode, Place, Tree

# The end of an inner journey for each outcome of the call.
_RETURNED = {"true": SUCCESS, "false": FAILURE}
# Which node makes the code for a Collector, and the word in scripts that do so.
_MADE_BY = {
    COLLECTOR: (SENDER, "httpClient"),
    OTP_COLLECTOR: (GENERATOR, "oneTimePassword"),
}
_ELSEWHERE = ("", "")  # the unknown journey that calls those which none here does


class Context:
    """
    The journeys as one graph, in which a call also leads to the entry of what it calls.

    People begin the journeys that no other one calls. If such a journey is for calls
    alone (`innerTreeOnly`), whatever it needs has happened before.

    Attributes:
        known: The journeys, and what their nodes may do.
    """

    def __init__(self, journeys: Mapping[str, Tree]) -> None:
        self.known = known = Known(journeys)
        self._journeys = journeys
        self._made = {kind: partial(self._may_make, kind=kind) for kind in _MADE_BY}
        self._reached = {
            name: reach([journey.entry], edges_of(journey, follow_all))
            for name, journey in journeys.items()
        }
        calls = {
            name: [
                known.inner_name(node)
                for each, node in journey.nodes.items()
                if each in self._reached[name] and known.inner_name(node)
            ]
            for name, journey in journeys.items()
        }
        called = {to for name, others in calls.items() for to in others if to != name}
        top = [each for each in calls if each not in called]
        reached = reach(top, calls)
        # Of journeys that only call each other, any may be begun.
        top += [each for each in calls if each not in reached]
        self._begun = [each for each in top if not _is_inner(journeys[each])]
        self._unknown = [each for each in top if _is_inner(journeys[each])]

    def writes_before(
        self, place: JourneyNode, node: JourneyNode, journey: str
    ) -> bool:
        """Whether the key in which a node looks is written before it, on some way."""
        key = key_read(node)
        found = self._written.get((journey, place.id), 0)
        if place is not node:
            found |= self._within[journey, place.id]
        return key is None or self._writers.has(
            found, key, by_sender=node.type == COLLECTOR
        )

    @cached_property
    def without_code(self) -> Mapping[str, Collection[Place]]:
        """For each type of Collector, what some way leads to without a code for it."""
        return {kind: self._without_code(kind) for kind in _MADE_BY}

    def _without_code(self, kind: str) -> Collection[Place]:
        ends = self.known.ends(partial(self._made_code, kind=kind), _RETURNED)

        def lacks_code(node: JourneyNode, outcome: str) -> bool:
            inner, end = self.known.inner_name(node), plain(node, outcome)
            if inner and end in _RETURNED:
                return (inner, _RETURNED[end]) in ends
            return not self._made_code(node, outcome, kind=kind)

        starts = [(each, self._journeys[each].entry) for each in self._begun]
        return reach(starts, self._edges(lacks_code))

    def makes_code(self, node: JourneyNode, kind: str) -> bool:
        """Whether a node makes a code for Collectors of a type, or may."""
        test = self._made[kind]
        return self.known.inner(node, test) if node.type == INNER_TREE else test(node)

    def _made_code(self, place: JourneyNode, outcome: str, *, kind: str) -> bool:
        if self.known.inner_name(place):
            return False  # the ways inside say it
        *earlier, deciding = place.children or (place,)
        if any(self.makes_code(each, kind) for each in earlier):
            return True
        is_sure = deciding.type not in {*OUTCOMES, INNER_TREE}
        succeeded = is_sure or plain(place, outcome) in {"true", "outcome"}
        return succeeded and self.makes_code(deciding, kind)

    def _may_make(self, node: JourneyNode, *, kind: str) -> bool:
        maker, word = _MADE_BY[kind]
        if node.type == SCRIPT:
            text = self.known.script_of(node)
            return text is None or word in text
        return node.type == maker or node.type.startswith("designer-")

    def _left(self, name: str, node: JourneyNode) -> Place:
        """Where a node is left: itself, but for calls, which also lead inside."""
        return name, f"{node.id}\0" if self.known.inner_name(node) else node.id

    def _edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges[Place]:
        found: dict[Place, list[Place]] = {}
        for name, journey in self._journeys.items():
            edges = edges_of(journey, follow)
            for each in self._reached[name]:
                node = journey.nodes.get(each)
                if node is None:
                    continue
                if to := self.known.inner_name(node):
                    into = [self._left(name, node), (to, self._journeys[to].entry)]
                    found[name, each] = into
                found[self._left(name, node)] = [(name, to) for to in edges[each]]
        return found

    @cached_property
    def _writers(self) -> Writers:
        return Writers(self.known)

    @cached_property
    def _within(self) -> dict[Place, int]:
        """What each node writes, a page all that its children write."""
        found: dict[Place, int] = {}
        for name, journey in self._journeys.items():
            for place, node in placed(journey):
                here = name, place.id
                found[here] = found.get(here, 0) | self._writers.of(node)
        return found

    @cached_property
    def _written(self) -> dict[Place, int]:
        own = {
            self._left(name, node): self._within[name, node.id]
            for name, journey in self._journeys.items()
            for node in journey.nodes.values()
            if node.id in self._reached[name]
        }
        edges = {
            **self._edges(follow_all),
            _ELSEWHERE: [(each, self._journeys[each].entry) for each in self._unknown],
        }
        return before(edges, {**own, _ELSEWHERE: self._writers.every})


def _is_inner(journey: Tree) -> bool:
    return journey.settings.get("innerTreeOnly") is True
