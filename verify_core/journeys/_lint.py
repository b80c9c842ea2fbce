"""Judging journeys by every rule."""

from __future__ import annotations

from collections.abc import Iterator

from ._context import Context
from ._graph import Graph
from ._rules import RULES
from ._values import Finding, Tree


def lint(journey: Tree) -> tuple[Finding, ...]:
    """Judge a journey, and the inner journeys that it leads to."""
    context = Context({**journey.journeys, journey.name: journey})
    return tuple(
        finding
        for name in context.known.inner_of(journey.name)
        for finding in judge(context.known.journeys[name], context)
    )


def judge(journey: Tree, context: Context) -> Iterator[Finding]:
    """Judge one of the journeys alone."""
    graph = Graph(journey, context)
    for name, rule in RULES.items():
        for node, message in rule.check(graph):
            yield Finding(
                rule=name,
                severity=rule.severity,
                node=None if node is None else node.id,
                message=message,
                journey=journey.name,
            )
