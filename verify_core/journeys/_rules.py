"""The rules by which journeys are judged, each a function over the graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from ._graph import Graph
from ._json import secrets_in, shown
from ._kinds import (
    COLLECTOR,
    ENDS,
    INNER_TREE,
    OTP_COLLECTOR,
    SENDER,
)
from ._known import Known
from ._search import Edges, backwards, loops, reach
from ._shape import is_on, last, plain, returned
from ._state_keys import is_filled_later, key_read
from ._values import Finding, Journey, JourneyNode

Fault: TypeAlias = tuple[JourneyNode | None, str]
Check: TypeAlias = Callable[[Graph], Iterator[Fault]]

_SECRET_IN_SCRIPT = re.compile(
    r"(?:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*"
    r"[\"'](?=[^\"'\s]*[0-9])[^\"'\s]{12,200}[\"']|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    re.IGNORECASE,
)


class Rule(NamedTuple):
    """How a rule is judged, how grave its breach is, and what it demands."""

    check: Check
    severity: Literal["error", "warning"]
    demand: str


RULES: dict[str, Rule] = {}
"""Every rule by its name; docs/reference/journeys.md explains them."""


def _rule(
    name: str, severity: Literal["error", "warning"], demand: str
) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        RULES[name] = Rule(check, severity, demand)
        return check

    return register


def lint(journey: Journey) -> tuple[Finding, ...]:
    """Judge a journey, and the inner journeys that it leads to."""
    known = Known({**journey.journeys, journey.name: journey})
    return tuple(
        finding
        for name in known.inner_of(journey.name)
        for finding in judge(known.journeys[name], known)
    )


def judge(journey: Journey, known: Known) -> Iterator[Finding]:
    """Judge one of the known journeys alone."""
    graph = Graph(journey, known)
    for name, rule in RULES.items():
        for node, message in rule.check(graph):
            yield Finding(
                rule=name,
                severity=rule.severity,
                node=None if node is None else node.id,
                message=message,
                journey=journey.name,
            )


def _name(node: JourneyNode) -> str:
    return f"{shown(node.name or node.id)!r}"


@_rule("success-unreachable", "error", "Some way leads from the start to Success.")
def _success_unreachable(graph: Graph) -> Iterator[Fault]:
    if graph.journey.name not in graph.known.succeeding:
        yield None, "No way leads from the start to Success."


@_rule("connection-broken", "error", "The start and every connection lead to a node.")
def _connection_broken(graph: Graph) -> Iterator[Fault]:
    known = graph.journey.nodes.keys() | ENDS.keys()
    if graph.journey.entry not in known:
        yield None, "The journey begins at a node that the export does not have."
    for node in graph.journey.nodes.values():
        for outcome, target in node.connections.items():
            if target not in known:
                yield (
                    node,
                    f"{_name(node)}: {shown(outcome)!r} leads to a missing node.",
                )


@_rule("outcome-unconnected", "error", "Every outcome of a node has a connection.")
def _outcome_unconnected(graph: Graph) -> Iterator[Fault]:
    for node in _reached_nodes(graph):
        outcomes = returned(node)
        for outcome in outcomes:
            if outcome not in node.connections:
                yield node, f"{_name(node)}: {shown(outcome)!r} leads nowhere."
        if not outcomes:
            yield node, f"{_name(node)} leads nowhere."


@_rule("node-unreachable", "warning", "Some way leads from the start to every node.")
def _node_unreachable(graph: Graph) -> Iterator[Fault]:
    for each, node in graph.journey.nodes.items():
        if each not in graph.reached:
            yield node, f"No way leads from the start to {_name(node)}."


@_rule("attributes-missing", "warning", "The export has the attributes of every node.")
def _attributes_missing(graph: Graph) -> Iterator[Fault]:
    for place, node in graph.all():
        if place.id in graph.reached and node.about is None:
            yield node, f"The export does not have the attributes of {_name(node)}."


@_rule(
    "loop-without-end", "error", "In every loop a person is asked, or a limit stops."
)
def _loop_without_end(graph: Graph) -> Iterator[Fault]:
    def follow(node: JourneyNode, outcome: str) -> bool:
        if last(node).type == SENDER and plain(node, outcome) == "error":
            return False  # has a rule of its own
        return not (graph.known.asks(node) or graph.known.limits(node, outcome))

    edges = graph.inner_edges(follow)
    found = loops(edges)
    seen = set()
    for each in graph.reached:
        for target in edges.get(each, ()):
            if found[each] == found[target] and found[each] not in seen:
                seen.add(found[each])
                node = graph.journey.nodes[each]
                yield (
                    node,
                    f"{_name(node)} is in a loop without a person or a limit in it.",
                )


@_rule(
    "page-decider-not-last",
    "error",
    "Only the last node of a page has several outcomes.",
)
def _page_decider(graph: Graph) -> Iterator[Fault]:
    for page in graph.journey.nodes.values():
        outcomes = (*page.outcomes, *page.connections)
        for child in page.children[:-1]:
            # Standalone nodes of version 2.0 have outcomes of their own.
            alone = any(one.startswith(f"{child.id}-") for one in outcomes)
            if len(child.outcomes) > 1 and not alone:
                yield (
                    child,
                    f"{_name(page)} ignores {_name(child)}, which is not the last.",
                )


@_rule(
    "wrong-codes-unlimited",
    "error",
    "A Retry Limit stands between a wrong code and the next one.",
)
def _wrong_codes_unlimited(graph: Graph) -> Iterator[Fault]:
    found = loops(
        graph.inner_edges(lambda node, outcome: not graph.known.limits(node, outcome))
    )
    own = {found[each] for each in graph.journey.nodes}  # others are judged by theirs
    for key, outer, node in graph.deciding(COLLECTOR, OTP_COLLECTOR):
        after = graph.after(key, "false")
        if found[key] in own and any(found[key] == found.get(to) for to in after):
            yield outer, f"Nothing limits how often {_name(node)} takes a wrong code."


@_rule(
    "sender-error-loops",
    "error",
    "An error of the Sender leads back to it only through a limit or a person.",
)
def _sender_error_loops(graph: Graph) -> Iterator[Fault]:
    def follow(node: JourneyNode, outcome: str) -> bool:
        return not (graph.known.asks(node) or graph.known.limits(node, outcome))

    edges = graph.inner_edges(follow)
    found = loops(edges)
    own = {found[each] for each in graph.journey.nodes}
    for key, outer, node in graph.deciding(SENDER):
        if found[key] in own and any(
            to in edges[key] and found[key] == found[to]
            for to in graph.after(key, "error")
        ):
            yield outer, f"An error of {_name(node)} leads back to it without end."


@_rule(
    "resend-without-cooldown",
    "warning",
    "A wait or a limit stands between a resend and the Sender.",
)
def _resend_without_cooldown(graph: Graph) -> Iterator[Fault]:
    def follow(node: JourneyNode, outcome: str) -> bool:
        waits = graph.known.waits(last(node))
        return not (waits or graph.known.limits(node, outcome))

    edges = graph.inner_edges(follow)
    before = _before_senders(graph, edges)
    own = graph.journey.nodes.keys()
    inside = _before_senders(graph, {k: to for k, to in edges.items() if k not in own})
    for key, outer, node in graph.deciding(COLLECTOR):
        found = before if key in own else before - inside
        if any(target in found for target in graph.after(key, "resend")):
            yield (
                outer,
                f"A resend of {_name(node)} reaches the Sender at once, without end.",
            )


def _before_senders(graph: Graph, edges: Edges[str]) -> set[str]:
    senders = [
        key
        for key, (_, place, steps) in graph.unfolded.items()
        if key in edges
        and all(outcome is not None for outcome, _ in steps)  # else judged inside
        and any(_sends(graph, node) for node in (place, *place.children))
    ]
    return set(reach(senders, backwards(edges)))


@_rule(
    "code-hides-autofill",
    "warning",
    "The Collector shows its code field, so that devices can fill it in.",
)
def _hides_autofill(graph: Graph) -> Iterator[Fault]:
    for _, node in graph.all():
        written = node.attributes.get("hideCode")
        if node.type != COLLECTOR or node.about is None:
            continue
        if is_on(written, not is_filled_later(written)):
            yield (
                node,
                f"{_name(node)} hides the code, so that no device fills it in.",
            )


@_rule(
    "inner-journey-missing",
    "error",
    "Every inner journey is in the files that are read.",
)
def _inner_missing(graph: Graph) -> Iterator[Fault]:
    for _, node in graph.all():
        name = node.attributes.get("tree")
        if node.type == INNER_TREE and not graph.known.has_journey(name):
            named = shown(name) if isinstance(name, str) else ""
            yield node, f"{_name(node)} calls journey {named!r}, which is not there."


@_rule("secret-in-clear", "error", "Secrets are left empty, or come from an ESV.")
def _secret_in_clear(graph: Graph) -> Iterator[Fault]:
    for _, node in graph.all():
        for key in secrets_in(node.attributes):
            yield node, f"{_name(node)} has a secret in clear: {key}."
    journey = graph.journey
    for members in (journey.settings, journey.others):
        for key in secrets_in(members):
            yield None, f"The export has a secret in clear: {key}."
    for script in journey.scripts.values():
        if _SECRET_IN_SCRIPT.search(script.text):
            yield None, f"Script {shown(script.name)!r} has a secret in clear."


@_rule(
    "identifier-never-written",
    "error",
    "Some node writes the state key in which an identifier is looked for.",
)
def _identifier_never_written(graph: Graph) -> Iterator[Fault]:
    context = graph.known.context
    for place, node in graph.all():
        if place.id in graph.reached and not context.writes_before(
            place, node, graph.journey.name
        ):
            key = shown(key_read(node) or "")
            yield node, f"Nothing before {_name(node)} writes {key!r}."


@_rule(
    "collector-without-sender",
    "error",
    "Every way to a Collector passes a Sender that sent a code.",
)
def _collector_without_sender(graph: Graph) -> Iterator[Fault]:
    for kind, unsent in graph.known.without_code.items():
        for place in graph.journey.nodes.values():
            if (graph.journey.name, place.id) not in unsent:
                continue
            for node in place.children or (place,):
                if node.type == kind:
                    yield (
                        node,
                        f"A way leads to {_name(node)} on which no code was sent.",
                    )
                if graph.known.makes_code(node, kind):
                    break  # the rest of the page comes after it


def _reached_nodes(graph: Graph) -> Iterator[JourneyNode]:
    nodes = graph.journey.nodes
    return (nodes[each] for each in graph.reached if each in nodes)


def _is_sender(node: JourneyNode) -> bool:
    return node.type == SENDER


def _sends(graph: Graph, node: JourneyNode) -> bool:
    if node.type == INNER_TREE:
        is_there = graph.known.has_journey(node.attributes.get("tree"))
        return is_there and graph.known.inner(node, _is_sender)
    return _is_sender(node)
