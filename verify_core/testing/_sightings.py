"""What was seen in each case, kept for the laws that look at all cases together."""

from __future__ import annotations

from collections import OrderedDict

from ._harness import Harness
from ._watching import Seen

_MOST = 2
"""Harnesses that are remembered; what one case saw holds live errors and answers."""

_KEPT: OrderedDict[object, dict[str, list[Seen]]] = OrderedDict()


def begin(harness: Harness, case: str) -> list[Seen]:
    """A new list for what this run of the case sees; an older one is forgotten."""
    kept = _KEPT.setdefault(_key(harness), {})
    _KEPT.move_to_end(_key(harness))
    while len(_KEPT) > _MOST:
        _KEPT.popitem(last=False)
    kept[case] = []
    return kept[case]


def of(harness: Harness, case: str) -> list[Seen]:
    """What the last run of the case saw; empty where there was none."""
    return _KEPT.get(_key(harness), {}).get(case, [])


def forget(harness: Harness) -> None:
    """Forget everything about the harness."""
    _KEPT.pop(_key(harness), None)


def _key(harness: Harness) -> object:
    try:
        hash(harness)
    except TypeError:  # a function to open worlds that has no hash
        return id(harness)
    return harness
