"""Reading the formats of exported journeys; docs/reference/journeys.md lists them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from ..errors import InvalidSetting
from ._json import (
    EMPTY,
    Members,
    frozen_json,
    hide_members,
    inside,
    member_list,
    member_object,
    member_text,
    require_object,
    shown,
)
from ._kinds import BUTTONS, COLLECTOR, INNER_TREE, OUTCOMES, PAGES, SCRIPT
from ._shape import is_on, last, prefix_of
from ._values import JourneyNode, JourneyScript, Tree

if TYPE_CHECKING:
    from pathlib import Path

MAX_NODES = 5_000
"""The most nodes of one journey; the largest that are known have a few hundred."""

_OF_A_NODE = frozenset({"_id", "nodeType", "details"})
_OF_A_TREE = frozenset({"_id", "entryNodeId", "nodes"})
_OF_A_SINGLE = frozenset({"tree", "nodes", "innerNodes", "innernodes", "scripts"})
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BASE64 = re.compile("[A-Za-z0-9+/\\s]+=?=?\\s*", re.ASCII)


class Trees(NamedTuple):
    """
    The journeys of one export.

    Attributes:
        journeys: Each by its name.
        selected: Names of those that a person selected for the export.
        files: The file of each, where it was read from files.
    """

    journeys: Mapping[str, Tree]
    selected: tuple[str, ...] = ()
    files: Mapping[str, Path] = MappingProxyType({})


def read_all(data: object) -> Trees:
    """
    Read every journey of an export.

    Raises:
        InvalidSetting: It cannot be read; names the key.
    """
    export = require_object(frozen_json(data, "export"), "export")
    meta = member_object(export, "meta", "")
    if "trees" in export:
        trees = member_object(export, "trees", "")
        singles = {
            name: require_object(single, inside("trees", name))
            for name, single in trees.items()
        }
    elif "tree" in export:
        singles = {"": export}
    elif "entryNodeId" in export:  # a tree without its nodes
        singles = {"": MappingProxyType({"tree": export})}
    else:
        raise InvalidSetting("export", "has no journey: trees, tree or entryNodeId")
    beside = {each: value for each, value in export.items() if each != "trees"}
    found = [
        _journey(single, name, beside if "trees" in export else None)
        for name, single in singles.items()
    ]
    selected = member_list(meta, "treesSelectedForExport", "meta")
    return _trees_of(found, [name for name in selected if isinstance(name, str)])


def _trees_of(found: Iterable[Tree], selected: Iterable[str]) -> Trees:
    by_name: dict[str, Tree] = {}
    for journey in found:
        if journey.name in by_name:
            raise InvalidSetting("trees", f"names {shown(journey.name)} twice")
        by_name[journey.name] = journey
    return Trees(MappingProxyType(by_name), tuple(selected))


def choose(trees: Trees, name: str | None) -> Tree:
    """The journey of that name, or the only one that may be meant."""
    journeys = trees.journeys
    if name is None:
        name = _entry_journey(trees)
    if not journeys:
        raise InvalidSetting("trees", "has no journey in it")
    if name not in journeys:
        known = ", ".join(shown(each) for each in sorted(journeys)[:20])
        raise InvalidSetting("name", f"takes one of: {known}")
    others = {each: one for each, one in journeys.items() if each != name}
    return evolve(journeys[name], journeys=MappingProxyType(others))


def _entry_journey(trees: Trees) -> str:
    named = {
        inner for journey in trees.journeys.values() for inner in inner_names(journey)
    }
    for candidates in (
        set(trees.journeys),
        set(trees.selected) & set(trees.journeys),
        set(trees.journeys) - named,
    ):
        if len(candidates) == 1:
            return candidates.pop()
    return ""


def inner_names(journey: Tree) -> list[str]:
    """The inner journeys that a journey names."""
    found = (
        node.attributes.get("tree")
        for node in journey.nodes.values()
        if node.type == INNER_TREE
    )
    return [name for name in found if isinstance(name, str)]


def _journey(single: Members, name: str, beside: Members | None) -> Tree:
    key = "" if beside is None else inside("trees", name)
    tree = member_object(single, "tree", key)
    in_tree = inside(key, "tree")
    name = member_text(tree, "_id", in_tree) or name
    entry = member_text(tree, "entryNodeId", in_tree)
    for each, value in (("_id", name), ("entryNodeId", entry)):
        if not value:
            raise InvalidSetting(inside(in_tree, each), "is missing")
    objects = _node_objects(single, key)
    entries = member_object(tree, "nodes", in_tree)
    if len(entries) + len(objects) > 2 * MAX_NODES:
        raise InvalidSetting(in_tree, f"has more than {MAX_NODES} nodes")
    build = _Nodes(objects, key)
    nodes = {
        each: build.node(
            each, require_object(entry_of, inside(inside(in_tree, "nodes"), each))
        )
        for each, entry_of in entries.items()
    }
    # What no tree and no page names stays, and is judged as unreachable.
    nodes |= {each: build.node(each, EMPTY) for each in objects.keys() - build.named}
    scripts = member_object(single, "scripts", key)
    others = {k: v for k, v in single.items() if k not in _OF_A_SINGLE}
    return Tree(
        name=name,
        entry=entry,
        nodes=MappingProxyType(nodes),
        scripts=MappingProxyType(
            {
                each: _script(each, script, inside(inside(key, "scripts"), each))
                for each, script in scripts.items()
            }
        ),
        settings=hide_members(
            {each: value for each, value in tree.items() if each not in _OF_A_TREE}
        ),
        others=hide_members({**(beside or {}), **others}),
    )


def _node_objects(single: Members, key: str) -> dict[str, Members]:
    """Every node's own object by its id, children of pages included."""
    found: dict[str, Members] = {}
    for place in ("nodes", "innerNodes", "innernodes"):
        where = inside(key, place)
        nodes = single.get(place)
        if isinstance(nodes, tuple):  # a house's own format
            members = [require_object(node, where) for node in nodes]
            pairs = [(member_text(node, "_id", where), node) for node in members]
        else:
            pairs = [
                (each, require_object(node, inside(where, each)))
                for each, node in member_object(single, place, key).items()
            ]
        for each, node in pairs:
            if not each:
                raise InvalidSetting(inside(where, "_id"), "is missing")
            if each in found and found[each] != node:
                raise InvalidSetting(inside(where, each), "stands there twice")
            found[each] = node
    return found


class _Nodes:
    """Builds nodes of their own objects, and what a tree or a page says of them."""

    def __init__(self, objects: Mapping[str, Members], key: str) -> None:
        self._objects = objects
        self._key = inside(key, "nodes")
        self._hidden: dict[str, Members] = {}  # pages may name one child often
        self._children_built = 0
        self.named: set[str] = set()

    def node(self, each: str, entry: Members, *, is_child: bool = False) -> JourneyNode:
        self.named.add(each)
        key = inside(self._key, each)
        whole = self._objects.get(each, EMPTY)
        own_type = member_object(whole, "_type", key)
        kind = (
            member_text(entry, "nodeType", key)
            or member_text(own_type, "_id", key)
            or member_text(whole, "nodeType", key)
        )
        attributes = _attributes(whole, key)
        if each not in self._hidden:
            self._hidden[each] = hide_members(attributes)
        children = () if is_child else self._children(kind, attributes, key)
        version = _version(
            own_type.get("version"), entry.get("version"), entry.get("nodeVersion")
        )
        connections = _connections(entry, key)
        made = JourneyNode(
            id=each,
            type=kind,
            version=version,
            name=member_text(entry, "displayName", key)
            or member_text(own_type, "name", key)
            or kind,
            attributes=self._hidden[each],
            connections=connections,
            children=children,
            entry=hide_members(entry),
            about=hide_members(_about(whole)) if each in self._objects else None,
        )
        return evolve(made, outcomes=_outcomes(made, whole, key))

    def _children(
        self, kind: str, attributes: Members, key: str
    ) -> tuple[JourneyNode, ...]:
        if kind not in PAGES:
            return ()
        where = inside(key, "nodes")
        found = []
        for entry in member_list(attributes, "nodes", key):
            entry_of = require_object(entry, where)
            each = member_text(entry_of, "_id", where)
            if not each:
                raise InvalidSetting(inside(where, "_id"), "is missing")
            found.append(self.node(each, entry_of, is_child=True))
        self._children_built += len(found)
        if self._children_built > MAX_NODES:
            raise InvalidSetting(self._key, f"has more than {MAX_NODES} in pages")
        return tuple(found)


def _attributes(whole: Members, key: str) -> Members:
    if "details" in whole and "nodeType" in whole:  # a house's own format
        return member_object(whole, "details", key)
    return {
        name: value
        for name, value in whole.items()
        if not name.startswith("_") and name != "nodeType"
    }


def _about(whole: Members) -> Members:
    named = "details" in whole and "nodeType" in whole
    return MappingProxyType(
        {
            name: value
            for name, value in whole.items()
            if (name not in _OF_A_NODE if named else name.startswith("_"))
            or name == "nodeType"
        }
    )


def _version(*found: object) -> str | None:
    for each in found:
        if isinstance(each, str | int | float) and not isinstance(each, bool):
            return f"{each}"
    return None


def _connections(entry: Members, key: str) -> Mapping[str, str]:
    connections = member_object(entry, "connections", key)
    where = inside(key, "connections")
    return MappingProxyType(
        {
            outcome: member_text(connections, outcome, where)
            for outcome, target in connections.items()
            if target not in (None, "")
        }
    )


def _outcomes(node: JourneyNode, whole: Members, key: str) -> tuple[str, ...]:
    where = inside(key, "_outcomes")
    listed = tuple(
        member_text(require_object(outcome, where), "id", where)
        for outcome in member_list(whole, "_outcomes", key)
    )
    return listed or _usual_outcomes(node) or tuple(node.connections)


def _usual_outcomes(node: JourneyNode) -> tuple[str, ...]:
    """The outcomes of a node whose export lists none; () where they are unknown."""
    if node.children:
        return tuple(f"{prefix_of(node)}{each}" for each in last(node).outcomes)
    configured = {SCRIPT: "outcomes", "ChoiceCollectorNode": "choices"}
    if node.type in configured:
        found = node.attributes.get(configured[node.type])
        texts = found if isinstance(found, tuple) else ()
        return tuple(each for each in texts if isinstance(each, str))
    if node.type == INNER_TREE:
        further = ("error",) if node.attributes.get("displayErrorOutcome") else ()
        return ("true", "false", *further)
    usual = OUTCOMES.get(node.type, ())
    if node.type == COLLECTOR:
        shown_buttons = {
            outcome
            for name, outcome in BUTTONS.items()
            if is_on(node.attributes.get(name))
        }
        return (*usual, *sorted(shown_buttons))
    return usual


def _script(each: str, script: object, key: str) -> JourneyScript:
    members = require_object(script, key)
    return JourneyScript(
        id=each,
        name=member_text(members, "name", key),
        text=script_text(members.get("script"), inside(key, "script")),
        about=hide_members(
            {name: value for name, value in members.items() if name != "script"}
        ),
    )


def script_text(written: object, key: str) -> str:
    """The source, written as lines, as a JSON string inside the text, or in base64."""
    if isinstance(written, tuple):
        lines = [line for line in written if isinstance(line, str)]
        if len(lines) == len(written):
            return "\n".join(lines)
    if isinstance(written, str):
        return _from_literal(written) or _from_base64(written) or written
    # fr-config-manager names a file.
    if written is None or (isinstance(written, Mapping) and "file" in written):
        return ""
    raise InvalidSetting(key, "takes a text or lines of text")


def _from_literal(written: str) -> str | None:
    if not written.startswith('"'):
        return None
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _from_base64(written: str) -> str | None:
    if not _BASE64.fullmatch(written):
        return None
    try:
        found = base64.b64decode("".join(written.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    # A short script may look like base64; what it would mean then is not a text.
    return None if _CONTROLS.search(found) else found
