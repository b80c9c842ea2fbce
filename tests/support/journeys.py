"""Small journeys for tests, in frodo's format."""
# ruff: noqa: ANN401 - JSON

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verify_core.journeys import Journey

SUCCESS = "70e691a5-1e33-4ac3-a356-e7b6d60d92e0"
FAILURE = "e301438c-0bd0-429c-ab0c-66126501069a"
ENDS = {"SUCCESS": SUCCESS, "FAILURE": FAILURE}

Node = tuple[str, Mapping[str, str], Mapping[str, Any]]


def node(kind: str, /, to: Mapping[str, str] | None = None, **attributes: Any) -> Node:
    """A node by its type, where its outcomes lead, and its attributes."""
    return kind, to or {}, attributes


def single(name: str, nodes: Mapping[str, Node], **tree: Any) -> dict[str, Any]:
    """A journey that begins at the first node; a page's `children` are nodes."""
    inner: dict[str, Any] = {}
    objects: dict[str, Any] = {}
    for each, (kind, _to, attributes) in nodes.items():
        own = dict(attributes)
        children = own.pop("children", None)
        if children is not None:
            own["nodes"] = [
                {"_id": child, "nodeType": child_kind, "displayName": child}
                for child, (child_kind, _, _) in children.items()
            ]
            inner |= {c: object_of(c, k, a) for c, (k, _, a) in children.items()}
        objects[each] = object_of(each, kind, own)
    entries = {
        each: {
            "nodeType": kind,
            "displayName": each,
            "connections": {way: ENDS.get(next_, next_) for way, next_ in to.items()},
            "x": 1,
            "y": 2,
        }
        for each, (kind, to, _) in nodes.items()
    }
    whole = {"_id": name, "entryNodeId": next(iter(nodes)), "nodes": entries, **tree}
    return {"tree": whole, "nodes": objects, "innerNodes": inner, "scripts": {}}


def object_of(each: str, kind: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A node's own object."""
    return {"_id": each, "_type": {"_id": kind, "name": kind}, **attributes}


def export(*singles: Mapping[str, Any]) -> dict[str, Any]:
    """A file of frodo with these journeys."""
    return {"trees": {one["tree"]["_id"]: one for one in singles}}


def journey(nodes: Mapping[str, Node], /, **tree: Any) -> Journey:
    """One journey, read."""
    return Journey.read(export(single("Login", nodes, **tree)))


LOGIN = single(
    "Login",
    {
        "page": node(
            "PageNode",
            {"outcome": "check"},
            children={
                "user": node("UsernameCollectorNode"),
                "pass": node("PasswordCollectorNode"),
            },
        ),
        "check": node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"}),
    },
)


def write(folder: Path, name: str, value: object) -> Path:
    """Write JSON to a file, with the folders that it stands in."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
    return file
