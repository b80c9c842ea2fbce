"""Which outcomes walks took, over many walks: for reports and for drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import define, field

from ..errors import InvalidSetting
from ._json import frozen_json, inside, member_object, member_text, require_object
from ._reading import inner_names
from ._search import reach
from ._shape import returned
from ._values import TakenStep, Tree

watchers: list[Callable[[Tree, Sequence[TakenStep]], None]] = []
"""What is called with the journey and the new steps of each walk in this process."""


def report(journey: Tree, steps: Sequence[TakenStep]) -> None:
    """Hand what a walk has just taken to everything that watches."""
    for watch in watchers:
        watch(journey, steps)


@define
class Coverage:
    """
    How often each outcome was taken, 0 for those that never were.

    Journeys are distinguished by name alone: counts of two exports are added up.
    """

    counts: Counter[TakenStep] = field(factory=Counter)
    _names: dict[tuple[str, str], str] = field(factory=dict)

    def know(self, journey: Tree) -> None:
        """Count on every outcome of a journey, and of the inner ones it leads to."""
        known = {**journey.journeys, journey.name: journey}
        calls = {name: inner_names(one) for name, one in known.items()}
        for name in reach([journey.name], calls):
            for each, node in known[name].nodes.items() if name in known else ():
                self._names[name, each] = node.name or each
                for outcome in returned(node) or node.connections:
                    self.counts[name, each, outcome] += 0

    def watch(self, journey: Tree, steps: Iterable[TakenStep]) -> None:
        """Add what a walk took; fits into `watchers`."""
        if (journey.name, journey.entry) not in self._names:
            self.know(journey)
        self.counts.update(steps)

    def add(self, other: Coverage) -> None:
        """Add what another process counted."""
        self.counts.update(other.counts)
        self._names |= other._names

    @property
    def percent(self) -> float:
        """How many outcomes of a hundred were taken; 0 before any is known."""
        taken = sum(count > 0 for count in self.counts.values())
        return 100 * taken / len(self.counts) if self.counts else 0

    def by_node(self) -> Iterator[tuple[str, str, str, Mapping[str, int]]]:
        """Tree, id, name, and how often each outcome was taken; sorted."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for (journey, node, outcome), count in self.counts.items():
            found.setdefault((journey, node), {})[outcome] = count
        for (journey, node), outcomes in sorted(found.items()):
            yield journey, node, self._names.get((journey, node), node), outcomes

    def as_json(self) -> dict[str, object]:
        """For `json.dump`: journey, id of the node, its name and its outcomes."""
        journeys: dict[str, dict[str, object]] = {}
        for journey, node, name, outcomes in self.by_node():
            said = {"name": name, "outcomes": dict(outcomes)}
            journeys.setdefault(journey, {})[node] = said
        return {"journeys": journeys}

    @classmethod
    def of_json(cls, data: object) -> Coverage:
        """
        Read what `as_json` wrote.

        Raises:
            InvalidSetting: It is something else; names the key.
        """
        found = cls()
        whole = require_object(frozen_json(data, "coverage"), "coverage")
        if "journeys" not in whole:
            raise InvalidSetting("coverage", "has no journeys in it")
        for name, nodes in member_object(whole, "journeys", "").items():
            place = inside("journeys", name)
            for each, node in require_object(nodes, place).items():
                key = inside(place, each)
                said = require_object(node, key)
                found._names[name, each] = member_text(said, "name", key) or each
                for outcome, count in member_object(said, "outcomes", key).items():
                    if not isinstance(count, int) or count < 0:
                        raise InvalidSetting(
                            inside(inside(key, "outcomes"), outcome), "takes a count"
                        )
                    found.counts[name, each, outcome] += int(count)
        return found
