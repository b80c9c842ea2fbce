"""The journeys of an export together: which call which, which nodes ask or limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from ._kinds import (
    COLLECTOR,
    INNER_TREE,
    OUTCOMES,
    PAGES,
    POLLING_WAIT,
    RETRY_LIMIT,
    SCRIPT,
    SILENT,
    SUCCESS,
)
from ._search import backwards, reach
from ._shape import followed, is_on, last, placed, plain
from ._values import JourneyNode, Place, Tree

_MAY_ASK_OR_COUNT = re.compile(
    "callback|suspend|state|idRepository|openidm", re.IGNORECASE
)
# Attributes that list what is asked for, and how many of them need no question.
_ASKED_FOR = {
    "ChoiceCollectorNode": ("choices", 1),
    "AttributeCollectorNode": ("attributesToCollect", 0),
}
_PASSIVE = PAGES | {"ChoiceCollectorNode", POLLING_WAIT, INNER_TREE}


class Known:
    """
    The journeys of an export, which may call each other, and what their nodes may do.

    Attributes:
        journeys: Each by its name.
        calls: For each, what its nodes name as inner journeys, once each.
    """

    def __init__(self, journeys: Mapping[str, Tree]) -> None:
        self.journeys = journeys
        self.calls = {
            name: dict.fromkeys(
                f"{node.attributes.get('tree')}"
                for _, node in placed(journey)
                if node.type == INNER_TREE
            )
            for name, journey in journeys.items()
        }
        self._scripts = {
            each: script.text
            for journey in journeys.values()
            for each, script in journey.scripts.items()
            if script.text
        }
        self._passing: dict[Callable[[JourneyNode], bool], Collection[str]] = {}
        self._doing: dict[str, bool] = {}  # scripts are long, and searched once

    def inner(self, node: JourneyNode, test: Callable[[JourneyNode], bool]) -> bool:
        """Whether a node of the inner journey passes; True where that is missing."""
        if test not in self._passing:
            direct = [
                name
                for name, journey in self.journeys.items()
                if self.calls_unknown(name)
                or any(n.type != INNER_TREE and test(n) for _, n in placed(journey))
            ]
            self._passing[test] = reach(direct, backwards(self.calls))
        name = node.attributes.get("tree")
        return not self.has_journey(name) or name in self._passing[test]

    def calls_unknown(self, name: str) -> bool:
        """Whether a journey calls one that is not there."""
        return any(each not in self.journeys for each in self.calls[name])

    def has_journey(self, name: object) -> bool:
        """Whether there is a journey of that name."""
        return isinstance(name, str) and name in self.journeys

    def inner_of(self, name: str) -> Collection[str]:
        """That journey and all that it leads to."""
        return [each for each in reach([name], self.calls) if each in self.journeys]

    @cached_property
    def succeeding(self) -> Collection[str]:
        """Journeys in which some way leads to Success, through inner ones too."""
        found = self.ends(lambda _node, _outcome: False, {"true": SUCCESS})
        return {name for name in self.journeys if (name, SUCCESS) in found}

    def ends(
        self, passes: Callable[[JourneyNode, str], bool], returned: Mapping[str, str]
    ) -> Collection[Place]:
        """
        What each entry leads to on ways on which no outcome passes.

        `returned` has the end that an inner journey has to reach for an outcome.
        """
        found: dict[Place, None] = {}
        waiting = [(name, one.entry) for name, one in self.journeys.items()]
        later: dict[Place, list[Place]] = {}  # by the end of an inner journey
        while waiting:
            name, each = here = waiting.pop()
            if here in found:
                continue
            found[here] = None
            waiting += later.get(here, ())
            node = self.journeys[name].nodes.get(each)
            if node is None:
                continue
            for outcome, target in followed(node).items():
                if passes(node, outcome):
                    continue
                end = returned.get(plain(node, outcome))
                inner = self.inner_name(node)
                if not inner or end is None or (inner, end) in found:
                    waiting.append((name, target))
                else:
                    later.setdefault((inner, end), []).append((name, target))
        return found

    def inner_name(self, node: JourneyNode) -> str:
        """The name of the journey that a node calls; empty where it is not there."""
        name = node.attributes.get("tree")
        is_known = node.type == INNER_TREE and self.has_journey(name)
        return f"{name}" if is_known else ""

    def script_of(self, node: JourneyNode) -> str | None:
        """The source of a script's node, or None where the export lacks it."""
        name = node.attributes.get("script")
        return self._scripts.get(name) if isinstance(name, str) else None

    def asks(self, node: JourneyNode) -> bool:
        """
        Whether a node waits for a person each time, or may.

        A Sender asks once: what was typed is in state when it comes again.
        """
        if node.children:
            return any(self.asks(child) for child in node.children)
        if node.type == SCRIPT:
            return self._may_do_more(node)
        if node.type == INNER_TREE:
            return self.inner(node, self._asks_alone)
        if node.type == POLLING_WAIT:  # no person is needed to wait
            value = node.attributes.get("exitable")
            return is_on(value, default=value is not None)
        if node.type in _ASKED_FOR:
            asked = node.attributes.get(_ASKED_FOR[node.type][0])
            return not isinstance(asked, tuple) or len(asked) > _ASKED_FOR[node.type][1]
        return node.type not in SILENT

    def limits(self, node: JourneyNode, outcome: str) -> bool:
        """Whether an outcome comes only so many times, or may do so."""
        deciding = last(node)
        if deciding.type == RETRY_LIMIT:
            return plain(node, outcome) == "retry"
        if deciding.type == INNER_TREE:
            return self.inner(deciding, self._counts)
        return self._counts(deciding)

    def goes_on(self, node: JourneyNode, outcome: str) -> bool:
        """Whether an outcome comes without a person, and as often as may be."""
        return not (self.asks(node) or self.limits(node, outcome))

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
