"""A door: journeys in files and folders."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InvalidSetting
from ..files import json_files, parse_json, read_file
from ..frames import unframed
from ._reading import Trees, choose, read_all, trees_of
from ._values import Journey

T = TypeVar("T")

MAX_BYTES = 16 << 20
"""The largest export that is read; 2,000 nodes take some 2 MB."""

MAX_FILES = 5_000
"""The most files of a folder; together they have at most 64 MiB."""

_MAX_FOLDER_BYTES = 64 << 20


@unframed
def load(path: Path, name: str | None) -> Journey:
    """Read one journey; `InvalidSetting` names the file and the key."""
    trees = load_all(path)
    return _naming(path, choose, trees, name)


@unframed
def load_all(path: Path) -> Trees:
    """Read every journey of a file or a folder; errors as for `load`."""
    if _is_folder(path):
        return _from_folder(path)
    data = parse_json(f"{path}", _bytes_of(path))
    if _is_tree(data) and _is_folder(path.parent / "nodes"):  # fr-config-manager
        return _from_folder(path.parent)
    return _naming(path, read_all, data)


def _is_folder(path: Path) -> bool:
    with suppress(OSError, ValueError):  # too long a name, a null
        return path.is_dir()
    return False


def _bytes_of(path: Path) -> bytes:
    return read_file(f"{path}", path, most=MAX_BYTES)


def _naming(path: Path, read: Callable[..., T], *arguments: object) -> T:
    try:
        return read(*arguments)
    except InvalidSetting as error:
        fault = f"{error}"
    raise InvalidSetting(f"{path}", fault)


def _from_folder(folder: Path) -> Trees:
    """
    Read a folder of fr-config-manager or Amster, one file an object, or of exports.

    A tree's file and a node's are told by their members, since folders differ.
    """
    whole: list[Journey] = []
    trees: list[tuple[Path, dict[str, Any]]] = []
    nodes: dict[str, dict[str, Any]] = {}
    size = 0
    for path in json_files(f"{folder}", folder, most=MAX_FILES):
        content = _bytes_of(path)
        size += len(content)
        if size > _MAX_FOLDER_BYTES:
            raise InvalidSetting(f"{folder}", "has more than 64 MiB of JSON in it")
        data: Any = parse_json(f"{path}", content)
        if isinstance(data, dict) and {"metadata", "data"} <= data.keys():  # Amster
            data = data["data"]
        if not isinstance(data, dict):
            continue
        if _is_tree(data):
            trees.append((path, data))
        elif "trees" in data or "tree" in data:
            whole += _naming(path, read_all, data).journeys.values()
        elif isinstance(each := data.get("_id"), str) and "_type" in data:
            nodes[each] = data
    for path, tree in trees:
        own = nodes if len(trees) == 1 else _named(tree, nodes)
        single = {"tree": tree, "nodes": own}
        whole += _naming(path, read_all, single).journeys.values()
    if not whole:
        raise InvalidSetting(f"{folder}", "has no journey in it")
    return _naming(folder, trees_of, whole)


def _is_tree(data: object) -> bool:
    return isinstance(data, dict) and "entryNodeId" in data


def _named(tree: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The nodes that a tree names, and the children of its pages."""
    named = tree.get("nodes")
    ids = [*named] if isinstance(named, dict) else []
    for each in tuple(ids):
        children = nodes.get(each, {}).get("nodes")
        if isinstance(children, list):
            ids += (child.get("_id") for child in children if isinstance(child, dict))
    return {
        each: nodes[each] for each in ids if isinstance(each, str) and each in nodes
    }
