"""What leads where in a graph, and in circles."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
Edges: TypeAlias = Mapping[K, Collection[K]]


def reach(starts: Iterable[K], edges: Edges[K]) -> dict[K, None]:
    """Everything that these lead to, with themselves, in the order found."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    while waiting:
        for each in edges.get(waiting.pop(), ()):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return found


def backwards(edges: Edges[K]) -> dict[K, list[K]]:
    """The same edges, each the other way."""
    found: dict[K, list[K]] = {}
    for each, targets in edges.items():
        for target in targets:
            found.setdefault(target, []).append(each)
    return found


def loops(edges: Edges[K]) -> dict[K, K]:
    """
    For each node, the name of the loop that it is in: two are equal in one loop alone.

    These are strongly connected components, by Kosaraju's algorithm without recursion.
    A loop comes after all those that lead to it.
    """
    back = backwards(edges)
    named: dict[K, K] = {}
    for root in reversed(_finished(edges)):
        if root not in named:
            waiting = [root]
            while waiting:
                each = waiting.pop()
                if each not in named:
                    named[each] = root
                    waiting += back.get(each, ())
    return named


def before(edges: Edges[K], own: Mapping[K, int]) -> dict[K, int]:
    """For each node, the bits that every node which leads to it has together."""
    named = loops(edges)
    members: dict[K, list[K]] = {}
    for each, loop in named.items():
        members.setdefault(loop, []).append(each)
    arriving: dict[K, int] = {}
    for loop, inside in members.items():
        collected = arriving.get(loop, 0)
        leaving = collected
        targets = {named[to] for each in inside for to in edges.get(each, ())}
        for each in inside:
            leaving |= own.get(each, 0)
        is_circle = len(inside) > 1 or inside[0] in edges.get(inside[0], ())
        arriving[loop] = leaving if is_circle else collected
        for target in targets - {loop}:
            arriving[target] = arriving.get(target, 0) | leaving
    return {each: arriving[loop] for each, loop in named.items()}


def _finished(edges: Edges[K]) -> list[K]:
    """The nodes in the order in which a search in depth leaves them."""
    done: list[K] = []
    seen: set[K] = set()
    for start in edges:
        path: list[tuple[K, Iterator[K]]] = []
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
