"""A journey as rules look at it: what follows what, who asks, what limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from ._kinds import (
    BUTTONS,
    COLLECTOR,
    ENDS,
    FAILURE,
    INNER_TREE,
    OUTCOMES,
    PAGES,
    POLLING_WAIT,
    RETRY_LIMIT,
    SCRIPT,
    SENDER,
    SILENT,
    SUCCESS,
)
from ._search import Edges, backwards, reach
from ._values import Journey, JourneyNode

_MAY_ASK_OR_COUNT = re.compile(
    "callback|suspend|state|idRepository|openidm", re.IGNORECASE
)
_MOST_UNFOLDED = 1_000  # nodes of calls; a call beyond them is looked at as one node
_PASSIVE = PAGES | {"ChoiceCollectorNode", POLLING_WAIT, INNER_TREE}


class Known:
    """
    The journeys of an export, which may call each other, and what their nodes may do.

    Attributes:
        journeys: Each by its name.
        called: Names of those that another one calls.
    """

    def __init__(self, journeys: Mapping[str, Journey]) -> None:
        self.journeys = journeys
        self._calls = {
            name: [
                f"{node.attributes.get('tree')}"
                for _, node in placed(journey)
                if node.type == INNER_TREE
            ]
            for name, journey in journeys.items()
        }
        self.called = {
            each
            for name, calls in self._calls.items()
            for each in calls
            if each != name
        }
        self._scripts = {
            each: script.text
            for journey in journeys.values()
            for each, script in journey.scripts.items()
            if script.text
        }
        self._passing: dict[object, Collection[str]] = {}
        self._doing: dict[str, bool] = {}  # scripts are long, and searched once

    def inner(
        self,
        node: JourneyNode,
        test: Callable[[JourneyNode], bool],
        *,
        memo: object = None,
    ) -> bool:
        """
        Whether a node of the inner journey passes; True where that is missing.

        What was found is kept under `memo`, or under the test itself.
        """
        key = memo or test
        if key not in self._passing:
            direct = [
                name
                for name, journey in self.journeys.items()
                if any(call not in self.journeys for call in self._calls[name])
                or any(n.type != INNER_TREE and test(n) for _, n in placed(journey))
            ]
            self._passing[key] = reach(direct, backwards(self._calls))
        name = node.attributes.get("tree")
        return not self.has_journey(name) or name in self._passing[key]

    def has_journey(self, name: object) -> bool:
        """Whether there is a journey of that name."""
        return isinstance(name, str) and name in self.journeys

    def inner_of(self, name: str) -> Collection[str]:
        """That journey and all that it leads to."""
        return [each for each in reach([name], self._calls) if each in self.journeys]

    @cached_property
    def succeeding(self) -> Collection[str]:
        """Journeys in which some way leads to Success, through inner ones too."""
        found: set[str] = set()

        def returns(node: JourneyNode, outcome: str) -> bool:
            name = node.attributes.get("tree")
            is_sure = node.type == INNER_TREE and self.has_journey(name)
            return not is_sure or name in found or plain(node, outcome) != "true"

        callers = backwards(self._calls)
        waiting = [*self.journeys]
        while waiting:
            name = waiting.pop()
            if name not in found:
                journey = self.journeys[name]
                if SUCCESS in reach([journey.entry], _edges(journey, returns)):
                    found.add(name)
                    waiting += callers.get(name, ())
        return found

    def script_of(self, node: JourneyNode) -> str | None:
        """The source of a script's node, or None where the export lacks it."""
        name = node.attributes.get("script")
        return self._scripts.get(name) if isinstance(name, str) else None

    def asks(self, node: JourneyNode, *, sender: bool = True) -> bool:
        """Whether a node waits for a person, or may; a Sender's prompt if wanted."""
        if node.children:
            return any(self.asks(child, sender=sender) for child in node.children)
        if node.type == SENDER:
            return sender and is_on(node.attributes.get("requestIdentifier"))
        if node.type == SCRIPT:
            return self._may_do_more(node)
        if node.type == INNER_TREE:
            return self.inner(node, self._asks_alone)
        return node.type not in SILENT

    def limits(self, node: JourneyNode, outcome: str) -> bool:
        """Whether an outcome comes only so many times, or may do so."""
        deciding = last(node)
        if deciding.type == RETRY_LIMIT:
            return plain(node, outcome) == "retry"
        if deciding.type == INNER_TREE:
            return self.inner(deciding, self._counts)
        return self._counts(deciding)

    def waits(self, node: JourneyNode) -> bool:
        """Whether time passes before a node goes on to a Sender, or may."""
        if node.type == SCRIPT:
            return self._may_do_more(node)
        return node.type in {POLLING_WAIT, COLLECTOR} or not (
            node.type in OUTCOMES or node.type in _PASSIVE
        )

    def _asks_alone(self, node: JourneyNode) -> bool:
        return not node.children and self.asks(node)

    def _counts(self, node: JourneyNode) -> bool:
        if node.type == RETRY_LIMIT:
            return True
        if node.type in OUTCOMES or node.type in _PASSIVE or len(node.outcomes) < 2:  # noqa: PLR2004
            return False
        # A script, or a node of a type that we do not know, may count.
        return node.type != SCRIPT or self._may_do_more(node)

    def _may_do_more(self, node: JourneyNode) -> bool:
        name = f"{node.attributes.get('script')}"
        if name not in self._doing:
            text = self.script_of(node)
            found = text is None or _MAY_ASK_OR_COUNT.search(text) is not None
            self._doing[name] = found
        return self._doing[name]


class Unfolded(NamedTuple):
    """
    A node of a journey, or of one that it calls, in place of the call.

    Attributes:
        outer: The journey's own node: the same, or the call.
        node: The node.
        steps: Outcomes with what follows; None is the way into an inner journey.
    """

    outer: JourneyNode
    node: JourneyNode
    steps: list[tuple[str | None, str]]


class _Call(NamedTuple):
    journey: Journey
    prefix: str
    after: Mapping[str, list[str]]
    within: Mapping[str, str]
    outer: JourneyNode | None = None


class Graph:
    """
    One journey among those that it may call, or be called by.

    Attributes:
        journey: The journey.
        known: All of them.
        reached: Ids of the nodes and ends that the entry leads to, in some order.
        is_inner: Whether another journey calls it, and so may have done things before.
    """

    def __init__(self, journey: Journey, known: Known) -> None:
        self.journey = journey
        self.known = known
        self.reached = reach([journey.entry], self.edges(lambda _node, _outcome: True))
        only_inner = journey.settings.get("innerTreeOnly") is True
        self.is_inner = only_inner or journey.name in known.called

    def edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges:
        """What follows each node by the outcomes that are to be followed."""
        return _edges(self.journey, follow)

    @cached_property
    def unfolded(self) -> Mapping[str, Unfolded]:
        """The journey's nodes by id, and those of inner journeys by keys of theirs."""
        found: dict[str, Unfolded] = {}
        top = self.journey
        calls = [_Call(top, "", {each: [each] for each in ENDS}, {top.name: ""})]
        room = _MOST_UNFOLDED
        for call in calls:  # grows
            for each, node in call.journey.nodes.items():
                steps = list(_steps(call, node))
                placed = Unfolded(call.outer or node, node, steps)
                found[f"{call.prefix}{each}"] = placed
                room -= self._unfold(call, placed, calls, room)
        return found

    def _unfold(
        self, call: _Call, placed: Unfolded, calls: list[_Call], room: int
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
            calls.append(_Call(journey, prefix, after, within, placed.outer))
        begin = after.get(journey.entry, [f"{prefix}{journey.entry}"])
        known = (None, "true", "false")
        steps[:] = [
            *((None, to) for to in begin),
            *((o, to) for o, to in steps if f"{o}".lower() not in known),
        ]
        return size

    def inner_edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges:
        """As `edges`, with inner journeys in place of their calls."""
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
        edges = self.inner_edges(lambda _node, _outcome: True)
        return reach(self.reached, edges)

    def all(self) -> Iterator[tuple[JourneyNode, JourneyNode]]:
        """Every node with the one that it stands in: its page, or itself."""
        return placed(self.journey)

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


def _edges(journey: Journey, follow: Callable[[JourneyNode, str], bool]) -> Edges:
    nodes = journey.nodes
    return {
        each: [
            target
            for outcome, target in followed(node).items()
            if (target in nodes or target in ENDS) and follow(node, outcome)
        ]
        for each, node in nodes.items()
    }


def _steps(call: _Call, node: JourneyNode) -> Iterator[tuple[str | None, str]]:
    for outcome, target in followed(node).items():
        if target in call.after:
            yield from ((outcome, to) for to in call.after[target])
        elif target in call.journey.nodes:
            yield outcome, f"{call.prefix}{target}"


def placed(journey: Journey) -> Iterator[tuple[JourneyNode, JourneyNode]]:
    """Every node of a journey with the one that it stands in: its page, or itself."""
    for node in journey.nodes.values():
        yield node, node
        for child in node.children:
            yield node, child


def last(place: JourneyNode) -> JourneyNode:
    """The node that decides the outcome: a page's last child."""
    return place.children[-1] if place.children else place


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


def is_on(value: object, default: bool = False) -> bool:  # noqa: FBT001, FBT002
    """A truth value as exports write it; anything else is the default."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), default)
    return value if isinstance(value, bool) else default
