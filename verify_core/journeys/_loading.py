"""A door: journeys in files and folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from attrs import define, field

from ..errors import InvalidSetting
from ..files import json_files, parse_json, read_file
from ..frames import unframed
from ._json import shown
from ._reading import Trees, choose, read_all, trees_of
from ._values import Journey

T = TypeVar("T")
Unread: TypeAlias = list[tuple[Path, str]]

MAX_BYTES = 16 << 20
"""The largest export that is read; 2,000 nodes take some 2 MB."""

MAX_FILES = 5_000
"""The most files of a folder; together they have at most 64 MiB."""

_MAX_FOLDER_BYTES = 64 << 20


@unframed
def load(path: Path, name: str | None) -> Journey:
    """Read one journey; `InvalidSetting` names the file and the key."""
    realms = load_all(path)
    having = [each for each in realms.values() if name in each.journeys]
    if len(having) == 1:
        return _naming(path, choose, having[0], name)
    if len(realms) > 1:
        found = ", ".join(shown(each) for each in sorted(realms))
        raise InvalidSetting(f"{path}", f"has several realms, pass one: {found}")
    return _naming(path, choose, *realms.values(), name)


@unframed
def load_all(path: Path, unread: Unread | None = None) -> Mapping[str, Trees]:
    """
    Read every journey of a file or a folder, by realm; errors as for `load`.

    Those of single files of a folder are added to `unread`, if that is there.
    """
    if is_folder(path):
        return _from_folder(path, unread)
    data = parse_json(f"{path}", _bytes_of(path))
    if _is_tree(data) and is_folder(path.parent / "nodes"):  # fr-config-manager
        return _from_folder(path.parent, unread)
    return {"": _naming(path, read_all, data)}


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False for what cannot be a path."""
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


@define
class _Realm:
    whole: list[Journey] = field(factory=list)
    trees: list[tuple[Path, dict[str, Any]]] = field(factory=list)
    nodes: dict[str, dict[str, Any]] = field(factory=dict)

    def add(self, path: Path, data: dict[str, Any]) -> None:
        if _is_tree(data):
            self.trees.append((path, data))
        elif "trees" in data or "tree" in data:
            self.whole += _naming(path, read_all, data).journeys.values()
        elif isinstance(each := data.get("_id"), str) and "_type" in data:
            self.nodes[each] = data

    def journeys(self, unread: Unread | None) -> list[Journey]:
        found = [*self.whole]
        for path, tree in self.trees:
            with _noting(path, unread):
                own = self.nodes if len(self.trees) == 1 else _named(tree, self.nodes)
                single = {"tree": tree, "nodes": own}
                found += _naming(path, read_all, single).journeys.values()
        return found


@contextmanager
def _noting(path: Path, unread: Unread | None) -> Iterator[None]:
    try:
        yield
    except InvalidSetting as error:
        if unread is None:
            raise
        unread.append((path, f"{error}"))


def _from_folder(folder: Path, unread: Unread | None) -> Mapping[str, Trees]:
    """
    Read a folder of fr-config-manager or Amster, one file an object, or of exports.

    A tree's file and a node's are told by their members, since folders differ.
    """
    realms: dict[str, _Realm] = {}
    size = 0
    for path in json_files(f"{folder}", folder, most=MAX_FILES):
        content = _bytes_of(path)
        size += len(content)
        if size > _MAX_FOLDER_BYTES:
            raise InvalidSetting(f"{folder}", "has more than 64 MiB of JSON in it")
        with _noting(path, unread):
            data: Any = parse_json(f"{path}", content)
            realm = _realm_of(path.relative_to(folder), data)
            if isinstance(data, dict) and {"metadata", "data"} <= data.keys():  # Amster
                data = data["data"]
            if isinstance(data, dict):
                realms.setdefault(realm, _Realm()).add(path, data)
    read = {each: realm.journeys(unread) for each, realm in realms.items()}
    found = {
        each: _naming(folder, trees_of, whole) for each, whole in read.items() if whole
    }
    if not found and not unread:
        raise InvalidSetting(f"{folder}", "has no journey in it")
    return found


def _realm_of(path: Path, data: object) -> str:
    """The realm that Amster says, or the folder in which `journeys` stands."""
    meta = data.get("metadata") if isinstance(data, dict) else None
    realm = meta.get("realm") if isinstance(meta, dict) else None
    if isinstance(realm, str):
        return realm.strip("/")
    folders = path.parts[:-1]
    above = folders.index("journeys") if "journeys" in folders else 0
    return "/".join(folders[:above])


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
