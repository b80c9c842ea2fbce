"""What leads where in a graph, and in circles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

Edges = Mapping[str, Collection[str]]


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
