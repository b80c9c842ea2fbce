"""A journey as one frozen graph, and what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from ..masking import Hidden, Revealed, hide_text
from ._json import EMPTY, Members

Place: TypeAlias = tuple[str, str]
"""The name of a journey, and the id of a node in it."""

TakenStep: TypeAlias = tuple[str, str, str]
"""The name of a journey, the id of a node in it, and the outcome that it had."""


@frozen(kw_only=True)
class JourneyNode:
    """
    One node of a journey, or one child of a page.

    Attributes:
        id: Its id, in most exports a UUID.
        type: The name of its class, such as `VerifyAuthSenderNode`; empty where the
            export does not say it.
        version: The version of its type, as AM has them since 8.1; or None.
        name: What the designer shows.
        attributes: Its configuration. Arrays are tuples, secrets in clear `Secret`.
        outcomes: Ids of its outcomes, as the export lists them; where it lists none,
            those of its type.
        connections: The id of the next node for each connected outcome.
        children: The nodes of a page, in its order.
        entry: What the tree, or the page, says of the node.
        about: What else its own object says: `_rev`, `_type`, `_outcomes`. None where
            the export has no such object.
    """

    id: str
    type: str
    version: str | None = None
    name: str
    attributes: Members = field(default=EMPTY, repr=False)
    outcomes: tuple[str, ...] = ()
    connections: Mapping[str, str] = field(default=EMPTY, repr=False)
    children: tuple[JourneyNode, ...] = ()
    entry: Members = field(default=EMPTY, repr=False)
    about: Members | None = field(default=None, repr=False)


@frozen(kw_only=True)
class JourneyScript:
    """
    A script of a journey.

    Attributes:
        id: Its id, which nodes name.
        name: Its name.
        text: The source, decoded; empty where it stands in another file. Hidden from
            `repr`, since scripts hold secrets at times.
        about: What else the export says: `language`, `context`, `evaluatorVersion`.
    """

    id: str
    name: str
    _text: Hidden[str] = field(converter=hide_text, repr=False)
    about: Members = field(default=EMPTY, repr=False)

    text = Revealed[str]("_text", "The source, decoded.")


@frozen(kw_only=True)
class Finding:
    """
    One rule that a journey breaks.

    Attributes:
        rule: The rule's name; docs/reference/journey-rules.md explains it.
        severity: `"error"`, or `"warning"` where the journey works all the same.
        node: The id of the node at fault, or None where none is.
        message: One sentence; no secret is in it.
        journey: The name of the journey.
    """

    rule: str
    severity: Literal["error", "warning"]
    node: str | None
    message: str
    journey: str


@frozen(kw_only=True)
class Tree:
    """What a `Journey` holds, which explains each field."""

    name: str
    entry: str
    nodes: Mapping[str, JourneyNode] = field(repr=False)
    scripts: Mapping[str, JourneyScript] = field(default=EMPTY, repr=False)
    settings: Members = field(default=EMPTY, repr=False)
    others: Members = field(default=EMPTY, repr=False)
    journeys: Mapping[str, Tree] = field(default=EMPTY, repr=False)
