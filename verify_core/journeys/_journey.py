"""Journeys as programs hold them: read, judged, drawn and begun."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from attrs import fields, frozen

from ..frames import unframed
from ._drawing import mermaid
from ._lint import lint
from ._loading import load
from ._reading import choose, read_all
from ._values import Finding, TakenStep, Tree
from ._walk import Walk, WalkOptions


@frozen(kw_only=True)
class Journey(Tree):
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

    def lint(self) -> tuple[Finding, ...]:
        """What is wrong with the journey and the inner ones that it leads to."""
        return lint(self)

    def to_mermaid(
        self,
        *,
        taken: Iterable[TakenStep] | None = None,
        at: str | None = None,
    ) -> str:
        """
        Draw the journey as a flowchart of Mermaid.

        Args:
            taken: What walks took, as `Walk.taken` says; thick lines in the drawing,
                with their count, where any other outcome is dotted.
            at: The id of the node where a walk stands.
        """
        return mermaid(self, taken=taken, at=at)

    def begin(self, **options: Unpack[WalkOptions]) -> Walk:
        """
        Begin to walk: run the nodes up to the first question; see `Walk`.

        Raises:
            InvalidSetting: An option is malformed, what a node requires is missing, a
                node cannot run and no outcome was chosen, or the journey loops.
        """
        return Walk(self, **options)

    @staticmethod
    def load(path: str | Path, *, name: str | None = None) -> Journey:
        """
        Read an exported journey from a file, or from a folder of such files.

        Args:
            path: What frodo, the admin UI, fr-config-manager or Amster wrote.
            name: Which journey, where there are several; otherwise the one that was
                selected for export, or that no other one names.

        Raises:
            InvalidSetting: It cannot be read; names the file, the key, and why.
        """
        return journey_of(load(Path(path), name))

    @staticmethod
    @unframed
    def read(data: object, *, name: str | None = None) -> Journey:
        """
        Read an exported journey from the JSON of one file.

        Args:
            data: What `json.load` returned.
            name: As for `load`.

        Raises:
            InvalidSetting: It cannot be read; names the key, and why.
        """
        return journey_of(choose(read_all(data), name))


def journey_of(tree: Tree) -> Journey:
    """What was read, with the methods of a journey; so are those that it may call."""
    made = {each.name: getattr(tree, each.name) for each in fields(Tree)}
    others = {name: journey_of(one) for name, one in tree.journeys.items()}
    return Journey(**{**made, "journeys": MappingProxyType(others)})
