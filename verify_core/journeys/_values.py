"""A journey as one frozen graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

from attrs import field, frozen

from ..frames import unframed
from ..masking import Hidden, Revealed, hide_text
from ._json import EMPTY, Members

if TYPE_CHECKING:
    from ._walk import Walk, WalkOptions


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
class Journey:
    """
    A journey: nodes, what leads from one to the next, and what came along with them.

    Attributes:
        name: Its name, the tree's `_id`.
        entry: The id of the node where it begins.
        nodes: Its nodes by id, without the children of pages.
        scripts: Scripts by id.
        settings: What else the tree says: `identityResource`, `description`,
            `enabled`, `staticNodes` and so on.
        others: What else stands beside the tree: `emailTemplates`, `themes`,
            `nodeTypes` and so on.
        journeys: The other journeys of the same export by name; theirs are empty.
    """

    name: str
    entry: str
    nodes: Mapping[str, JourneyNode] = field(repr=False)
    scripts: Mapping[str, JourneyScript] = field(default=EMPTY, repr=False)
    settings: Members = field(default=EMPTY, repr=False)
    others: Members = field(default=EMPTY, repr=False)
    journeys: Mapping[str, Journey] = field(default=EMPTY, repr=False)

    def lint(self) -> tuple[Finding, ...]:
        """What is wrong with the journey and the inner ones that it leads to."""
        from ._rules import lint

        return lint(self)

    def to_mermaid(
        self,
        *,
        taken: Iterable[tuple[str, str, str]] | None = None,
        at: str | None = None,
    ) -> str:
        """
        Draw the journey as a flowchart of Mermaid.

        Args:
            taken: What walks took, as `Walk.taken` says; thick lines in the drawing,
                with their count, where any other outcome is dotted.
            at: The id of the node where a walk stands.
        """
        from ._drawing import mermaid

        return mermaid(self, taken=taken, at=at)

    def begin(self, **options: Unpack[WalkOptions]) -> Walk:
        """
        Begin to walk: run the nodes up to the first question; see `Walk`.

        Raises:
            InvalidSetting: An option is malformed, what a node requires is missing, a
                node cannot run and no outcome was chosen, or the journey loops.
        """
        from ._walk import Walk

        return Walk(self, **options)

    @classmethod
    def load(cls, path: str | Path, *, name: str | None = None) -> Journey:
        """
        Read an exported journey from a file, or from a folder of such files.

        Args:
            path: What frodo, the admin UI, fr-config-manager or Amster wrote.
            name: Which journey, where there are several; otherwise the one that was
                selected for export, or that no other one names.

        Raises:
            InvalidSetting: It cannot be read; names the file, the key, and why.
        """
        from ._loading import load  # a door; the rest does no I/O

        return load(Path(path), name)

    @classmethod
    @unframed
    def read(cls, data: object, *, name: str | None = None) -> Journey:
        """
        Read an exported journey from the JSON of one file.

        Args:
            data: What `json.load` returned.
            name: As for `load`.

        Raises:
            InvalidSetting: It cannot be read; names the key, and why.
        """
        from ._reading import choose, read_all

        return choose(read_all(data), name)
