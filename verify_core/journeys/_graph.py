"""A journey as rules look at it: what follows what, who asks, what limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from ._kinds import (
    ENDS,
    INNER_TREE,
    OUTCOMES,
    PAGES,
    POLLING_WAIT,
    RETRY_LIMIT,
    SCRIPT,
    SENDER,
    SILENT,
)
from ._values import Journey, JourneyNode

Edges = Mapping[str, Collection[str]]

_MAY_ASK_OR_COUNT = re.compile(
    "callback|suspend|state|idRepository|openidm", re.IGNORECASE
)
_PASSIVE = PAGES | {"ChoiceCollectorNode", POLLING_WAIT, INNER_TREE}


class Graph:
    """
    One journey and the other ones that it may call.

    Attributes:
        journey: The journey.
        reached: Ids of the nodes and ends that the entry leads to, in some order.
        is_inner: Whether another journey calls it, and so may have done things before.
    """

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self._known = {**journey.journeys, journey.name: journey}
        self._answers: dict[tuple[object, str], bool] = {}
        self.reached = reach([journey.entry], self.edges(lambda _node, _outcome: True))
        self.is_inner = journey.settings.get("innerTreeOnly") is True or any(
            node.attributes.get("tree") == journey.name
            for other in journey.journeys.values()
            for node in other.nodes.values()
            if node.type == INNER_TREE
        )

    def edges(self, follow: Callable[[JourneyNode, str], bool]) -> Edges:
        """What follows each node by the outcomes that are to be followed."""
        nodes = self.journey.nodes
        return {
            each: [
                target
                for outcome, target in node.connections.items()
                if (target in nodes or target in ENDS) and follow(node, outcome)
            ]
            for each, node in nodes.items()
        }

    def all(self) -> Iterator[tuple[JourneyNode, JourneyNode]]:
        """Every node with the one that it stands in: its page, or itself."""
        for node in self.journey.nodes.values():
            yield node, node
            for child in node.children:
                yield node, child

    def deciding(self, *kinds: str) -> Iterator[tuple[JourneyNode, JourneyNode]]:
        """Reached nodes of these types whose outcome is followed, as `all`."""
        for place, node in self.all():
            if place.id in self.reached and node.type in kinds and node is last(place):
                yield place, node

    def after(self, place: JourneyNode, outcome: str) -> Iterator[str]:
        """What follows an outcome, whatever its case and a page's prefix."""
        for written, target in place.connections.items():
            if plain(place, written) == outcome:
                yield target

    def asks(self, node: JourneyNode, *, sender: bool = True) -> bool:
        """Whether a node waits for a person, or may; a Sender's prompt if wanted."""
        if node.children:
            return any(self.asks(child, sender=sender) for child in node.children)
        if node.type == SENDER:
            return sender and is_on(node.attributes.get("requestIdentifier"))
        if node.type == SCRIPT:
            return self._may_do_more(node)
        if node.type == INNER_TREE:
            return self.inner(node, self._asks_or_limits)
        return node.type not in SILENT

    def limits(self, node: JourneyNode, outcome: str) -> bool:
        """Whether an outcome comes only so many times, or may do so."""
        deciding = last(node)
        if deciding.type == RETRY_LIMIT:
            return plain(node, outcome) == "retry"
        if deciding.type == INNER_TREE:
            return self.inner(deciding, self._asks_or_limits)
        if deciding.type in OUTCOMES or deciding.type in _PASSIVE:
            return False
        # A script, or a node of a type that we do not know, may count.
        may_count = deciding.type != SCRIPT or self._may_do_more(deciding)
        return may_count and len(node.outcomes) > 1

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
        asked = (memo or test, f"{node.attributes.get('tree')}")
        if asked not in self._answers:
            self._answers[asked] = self._search(node.attributes.get("tree"), test)
        return self._answers[asked]

    def has_journey(self, name: object) -> bool:
        """Whether the export has a journey of that name."""
        return isinstance(name, str) and name in self._known

    def _search(self, name: object, test: Callable[[JourneyNode], bool]) -> bool:
        seen: set[str] = set()
        names = [name]
        while names:
            each = names.pop()
            if not isinstance(each, str) or each not in self._known:
                return True
            if each not in seen:
                seen.add(each)
                nodes = [n for _, n in Graph.all_of(self._known[each])]
                if any(node.type != INNER_TREE and test(node) for node in nodes):
                    return True
                names += (
                    n.attributes.get("tree") for n in nodes if n.type == INNER_TREE
                )
        return False

    @staticmethod
    def all_of(journey: Journey) -> Iterator[tuple[JourneyNode, JourneyNode]]:
        """As `all`, for any journey."""
        for node in journey.nodes.values():
            yield node, node
            yield from ((node, child) for child in node.children)

    def _asks_or_limits(self, node: JourneyNode) -> bool:
        if node.type in PAGES and node.children:
            return False  # its children are looked at
        return node.type == RETRY_LIMIT or self.asks(node)

    def _may_do_more(self, node: JourneyNode) -> bool:
        text = self.script_of(node)
        return text is None or _MAY_ASK_OR_COUNT.search(text) is not None

    def script_of(self, node: JourneyNode) -> str | None:
        """The source of a script's node, or None where the export lacks it."""
        name = node.attributes.get("script")
        for journey in self._known.values():
            script = journey.scripts.get(name) if isinstance(name, str) else None
            if script is not None and script.text:
                return script.text
        return None


def last(place: JourneyNode) -> JourneyNode:
    """The node that decides the outcome: a page's last child."""
    return place.children[-1] if place.children else place


def plain(place: JourneyNode, outcome: str) -> str:
    """An outcome in lower case, without the prefix of pages since version 2.0."""
    return outcome.removeprefix(f"{last(place).id}-").lower()


def is_on(value: object, default: bool = False) -> bool:  # noqa: FBT001, FBT002
    """A truth value as exports write it; anything else is the default."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), default)
    return value if isinstance(value, bool) else default


def reach(starts: Iterable[str], edges: Edges) -> dict[str, None]:
    """Everything that these lead to, with themselves, in the order found."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    while waiting:
        for each in edges.get(waiting.pop(), ()):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return found


def backwards(edges: Edges) -> dict[str, list[str]]:
    """The same edges, each the other way."""
    found: dict[str, list[str]] = {}
    for each, targets in edges.items():
        for target in targets:
            found.setdefault(target, []).append(each)
    return found


def loops(edges: Edges) -> dict[str, str]:
    """
    For each node, the name of the loop that it is in: two are equal in one loop alone.

    These are strongly connected components, by Kosaraju's algorithm without recursion.
    """
    back = backwards(edges)
    named: dict[str, str] = {}
    for root in reversed(_finished(edges)):
        if root not in named:
            waiting = [root]
            while waiting:
                each = waiting.pop()
                if each not in named:
                    named[each] = root
                    waiting += back.get(each, ())
    return named


def _finished(edges: Edges) -> list[str]:
    """The nodes in the order in which a search in depth leaves them."""
    done: list[str] = []
    seen: set[str] = set()
    for start in edges:
        path: list[tuple[str, Iterator[str]]] = []
        if start not in seen:
            seen.add(start)
            path.append((start, iter(edges[start])))
        while path:
            each, further = path[-1]
            following = next((one for one in further if one not in seen), None)
            if following is None:
                done.append(each)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(edges.get(following, ()))))
    return done
