"""The rules by which journeys are judged, each a function over the graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

from ._graph import Graph
from ._json import EMPTY, holds_secret, secrets_in, shown
from ._kinds import COLLECTOR, ENDS, INNER_TREE, OTP_COLLECTOR, SENDER
from ._search import Edges, backwards, loops, reach
from ._shape import is_on, last, placed, plain, returned
from ._state_keys import is_filled_later, key_read
from ._values import JourneyNode

Fault: TypeAlias = tuple[JourneyNode | None, str]
Severity: TypeAlias = Literal["error", "warning"]
Check: TypeAlias = Callable[[Graph], Iterator[Fault]]


class JourneyRule(NamedTuple):
    """
    A rule, as its function and the paragraphs of the docstring there have it.

    Attributes:
        check: Yields what breaks it, each with a sentence.
        severity: How grave that is.
        demand: What it demands.
        help: Why, and how a breach is mended: a paragraph each.
    """

    check: Check
    severity: Severity
    demand: str
    help: tuple[str, ...]


RULES: dict[str, JourneyRule] = {}
"""Every rule by its name; docs/reference/journeys.md explains them."""


def _rule(severity: Severity) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        written = (inspect.getdoc(check) or "").split("\n\n")
        demand, *further = (" ".join(each.split()) for each in written)
        name = check.__name__.strip("_").replace("_", "-")
        RULES[name] = JourneyRule(check, severity, demand, tuple(further))
        return check

    return register


def _name(node: JourneyNode) -> str:
    return f"{shown(node.name or node.id)!r}"


def _of(node: JourneyNode, fault: str) -> Fault:
    return node, f"{_name(node)} {fault}"


@_rule("error")
def _success_unreachable(graph: Graph) -> Iterator[Fault]:
    """
    Some way leads from the start to Success.

    A journey that cannot succeed lets no person in. Success of an inner journey
    counts only where that journey can succeed itself.

    Follow the way that ought to succeed, and connect its last outcome to Success.
    """
    if graph.journey.name not in graph.known.succeeding:
        yield None, "No way leads from the start to Success."


@_rule("error")
def _connection_broken(graph: Graph) -> Iterator[Fault]:
    """
    The start and every connection lead to a node.

    AM ends such a journey with an error at the first person who comes by. It
    happens when exports are edited or merged by hand, or when a node is deleted.

    Connect the outcome to a node of the journey, or restore the node.
    """
    known = graph.journey.nodes.keys() | ENDS.keys()
    if graph.journey.entry not in known:
        yield None, "The journey begins at a node that the export does not have."
    for node in graph.journey.nodes.values():
        for outcome, target in node.connections.items():
            if target not in known:
                where = f"{shown(outcome)!r} leads to a missing node."
                yield node, f"{_name(node)}: {where}"


@_rule("error")
def _outcome_unconnected(graph: Graph) -> Iterator[Fault]:
    """
    Every outcome of a node has a connection.

    A person whose way takes that outcome meets an error. Outcomes are those of the
    configuration: a Collector that shows its resend button has the outcome
    `resend`, whatever an older list says.

    Connect every outcome, the rare ones to Failure or to a message.
    """
    for node in _reached_nodes(graph):
        outcomes = returned(node)
        for outcome in outcomes:
            if outcome not in node.connections:
                yield node, f"{_name(node)}: {shown(outcome)!r} leads nowhere."
        if not outcomes:
            yield _of(node, "leads nowhere.")


@_rule("warning")
def _node_unreachable(graph: Graph) -> Iterator[Fault]:
    """
    Some way leads from the start to every node.

    The node never runs. It is a leftover, or the connection to it was forgotten.

    Delete it, or connect what should lead to it.
    """
    for each, node in graph.journey.nodes.items():
        if each not in graph.reached:
            yield node, f"No way leads from the start to {_name(node)}."


@_rule("warning")
def _attributes_missing(graph: Graph) -> Iterator[Fault]:
    """
    The export has the attributes of every node.

    What the node does cannot be judged, nor run. The file was cut short, or one of
    several files is missing.

    Export the journey anew, with all its nodes.
    """
    for place, node in placed(graph.journey):
        if place.id in graph.reached and node.about is None:
            yield node, f"The export does not have the attributes of {_name(node)}."


@_rule("error")
def _loop_without_end(graph: Graph) -> Iterator[Fault]:
    """
    In every loop a person is asked, or a limit stops.

    The server runs such a loop until it gives up. A person is asked by a node that
    asks each time: a choice of one, a wait that cannot be left, and a Sender that
    already has its number go on by themselves.

    Put a Retry Limit into the loop, or a question, or lead one outcome out of it.
    """

    def follow(node: JourneyNode, outcome: str) -> bool:
        if last(node).type == SENDER and plain(node, outcome) == "error":
            return False  # has a rule of its own
        return graph.known.goes_on(node, outcome)

    edges = graph.inner_edges(follow)
    found = loops(edges)
    seen = set()
    for each in graph.reached:
        for target in edges.get(each, ()):
            if found[each] == found[target] and found[each] not in seen:
                seen.add(found[each])
                node = graph.journey.nodes[each]
                yield _of(node, "is in a loop without a person or a limit in it.")


@_rule("error")
def _page_decider_not_last(graph: Graph) -> Iterator[Fault]:
    """
    Only the last node of a page has several outcomes.

    A page has the outcomes of its last node alone, so what an earlier one decides
    is lost.

    Move that node to the end of the page, or out of it.
    """
    for page in graph.journey.nodes.values():
        outcomes = (*page.outcomes, *page.connections)
        for child in page.children[:-1]:
            # Standalone nodes of version 2.0 have outcomes of their own.
            alone = any(one.startswith(f"{child.id}-") for one in outcomes)
            if len(child.outcomes) > 1 and not alone:
                fault = f"ignores {_name(child)}, which is not the last."
                yield child, f"{_name(page)} {fault}"


@_rule("error")
def _wrong_codes_unlimited(graph: Graph) -> Iterator[Fault]:
    """
    A Retry Limit stands between a wrong code and the next one.

    Without a limit a program tries codes until one fits. The vendor's own limit
    ends one verification, not the next.

    Lead `false` to a Retry Limit Decision, its `Retry` back, and its `Reject` to
    Failure.
    """
    found = loops(
        graph.inner_edges(lambda node, outcome: not graph.known.limits(node, outcome))
    )
    own = {found[each] for each in graph.journey.nodes}  # others are judged by theirs
    for key, outer, node in graph.deciding(COLLECTOR, OTP_COLLECTOR):
        after = graph.after(key, "false")
        if found[key] in own and any(found[key] == found.get(to) for to in after):
            yield outer, f"Nothing limits how often {_name(node)} takes a wrong code."


@_rule("error")
def _sender_error_loops(graph: Graph) -> Iterator[Fault]:
    """
    An error of the Sender leads back to it only through a limit or a person.

    When the vendor is down, such a loop asks it over and over within one request. A
    Sender does not ask for the number again, since that is in state.

    Lead `error` to Failure or a message, or through a Retry Limit.
    """
    edges = graph.inner_edges(graph.known.goes_on)
    found = loops(edges)
    own = {found[each] for each in graph.journey.nodes}
    for key, outer, node in graph.deciding(SENDER):
        if found[key] in own and any(
            to in edges[key] and found[key] == found[to]
            for to in graph.after(key, "error")
        ):
            yield outer, f"An error of {_name(node)} leads back to it without end."


@_rule("warning")
def _resend_without_cooldown(graph: Graph) -> Iterator[Fault]:
    """
    A wait or a limit stands between a resend and the Sender.

    Each press sends a message, which costs money; impatient people and programs
    press often.

    Lead `resend` through a Polling Wait or a Retry Limit to the Sender.
    """

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
            fault = "reaches the Sender at once, without end."
            yield outer, f"A resend of {_name(node)} {fault}"


def _before_senders(graph: Graph, edges: Edges[str]) -> set[str]:
    senders = [
        key
        for key, (_, place, steps) in graph.unfolded.items()
        if key in edges
        and all(outcome is not None for outcome, _ in steps)  # else judged inside
        and any(_sends(graph, node) for node in (place, *place.children))
    ]
    return set(reach(senders, backwards(edges)))


@_rule("warning")
def _code_hides_autofill(graph: Graph) -> Iterator[Fault]:
    """
    The Collector shows its code field, so that devices can fill it in.

    The Collector hides its code unless `hideCode` is false; phones offer to fill in
    the code of a message only where the field shows it.

    Set `hideCode` to false: a code is of no use to who looks over a shoulder once
    it was entered.
    """
    for _, node in placed(graph.journey):
        written = node.attributes.get("hideCode")
        if node.type != COLLECTOR or node.about is None:
            continue
        if is_on(written, not is_filled_later(written)):
            yield _of(node, "hides the code, so that no device fills it in.")


@_rule("error")
def _inner_journey_missing(graph: Graph) -> Iterator[Fault]:
    """
    Every inner journey is in the files that are read.

    The journey cannot be judged nor run to its end; in a tenant without the inner
    journey it fails.

    Export inner journeys, too, or pass their files beside this one.
    """
    for _, node in placed(graph.journey):
        name = node.attributes.get("tree")
        if node.type == INNER_TREE and not graph.known.has_journey(name):
            named = shown(name) if isinstance(name, str) else ""
            yield _of(node, f"calls journey {named!r}, which is not there.")


@_rule("error")
def _secret_in_clear(graph: Graph) -> Iterator[Fault]:
    """
    Secrets are left empty, or come from an ESV.

    Exports travel by mail and into version control. Looked at are what names for a
    secret hold, nested ones too, and all texts, scripts included, for private keys,
    tokens, credentials of HTTP, passwords in URLs, and literals that are assigned to
    such a name. No finding shows the secret.

    Change the secret, since it is known now, and fill it in by an ESV:
    `&{esv.twilio.token}`.
    """
    for _, node in placed(graph.journey):
        for members in (node.attributes, node.entry, node.about or EMPTY):
            for key in secrets_in(members):
                yield _of(node, f"has a secret in clear: {key}.")
    journey = graph.journey
    for members in (journey.settings, journey.others):
        for key in secrets_in(members):
            yield None, f"The export has a secret in clear: {key}."
    for script in journey.scripts.values():
        if holds_secret(script.text) or any(secrets_in(script.about)):
            yield None, f"Script {shown(script.name)!r} has a secret in clear."


@_rule("error")
def _identifier_never_written(graph: Graph) -> Iterator[Fault]:
    """
    Some node writes the state key in which an identifier is looked for.

    Sender, Lookup and Collector look for the phone number or address in shared
    state, under `identifierSharedState`, by default `userIdentifier`. A journey
    that another one calls is judged by what its callers have written.

    Put the Identifier node or an Attribute Collector with a script before it, let
    the Sender ask (`requestIdentifier`), or give both nodes the same key.
    """
    context = graph.context
    for place, node in placed(graph.journey):
        if place.id in graph.reached and not context.writes_before(
            place, node, graph.journey.name
        ):
            key = shown(key_read(node) or "")
            yield node, f"Nothing before {_name(node)} writes {key!r}."


@_rule("error")
def _collector_without_sender(graph: Graph) -> Iterator[Fault]:
    """
    Every way to a Collector passes a Sender that sent a code.

    On such a way a person is asked for a code that was never sent. The Sender's
    `error` sends none. A journey that another one calls is judged by what its
    callers have done.

    Lead every way to the Collector through `true` of a Sender.
    """
    for kind, unsent in graph.context.without_code.items():
        for place in graph.journey.nodes.values():
            if (graph.journey.name, place.id) not in unsent:
                continue
            for node in place.children or (place,):
                if node.type == kind:
                    fault = "on which no code was sent."
                    yield node, f"A way leads to {_name(node)} {fault}"
                if graph.context.makes_code(node, kind):
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
