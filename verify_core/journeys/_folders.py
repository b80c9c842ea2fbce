"""Exports that are folders: their files by realm, put together to journeys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import combinations, zip_longest
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

from ..errors import InvalidSetting
from ._json import frozen_json, inside, shown
from ._reading import Trees, read_all, script_text
from ._search import reach
from ._values import Tree

T = TypeVar("T")
JsonObject: TypeAlias = dict[str, Any]

Faults: TypeAlias = list[tuple[Path, str]]
"""Files that cannot be read, and why."""

# Folders of a realm, as frodo, fr-config-manager and Amster name them.
_IN_A_REALM = {"journeys", "journey", "scripts", "script", "Scripts", "AuthTree"}
_REQUIRES = re.compile(r"""\brequire\s{0,9}\(\s{0,9}["']([^"'\n]{1,200})["']""")
_IN_THE_TREE = ("connections", "displayName", "nodeType")  # what it says of a node
_MARKS_A_SCRIPT = {"context", "language", "evaluatorVersion"}


def naming(path: Path, read: Callable[..., T], *arguments: object) -> T:
    """Read, with the path in the error."""
    try:
        return read(*arguments)
    except InvalidSetting as error:
        fault = f"{error}"
    raise InvalidSetting(f"{path}", fault)


@contextmanager
def noting(path: Path, faults: Faults | None) -> Iterator[None]:
    """Add an error to the faults, if there is a list of them."""
    try:
        yield
    except InvalidSetting as error:
        if faults is None:
            raise
        faults.append((path, f"{error}"))


def unwrapped(data: object) -> object:
    """What Amster wraps in `metadata` and `data`."""
    is_wrapped = isinstance(data, dict) and {"metadata", "data"} <= data.keys()
    return data["data"] if isinstance(data, dict) and is_wrapped else data


@frozen(kw_only=True)
class ExportFile:
    """A file of a folder: its path, the folders in which it stands, what it holds."""

    path: Path
    folders: tuple[str, ...]
    realm: str
    data: JsonObject

    @property
    def is_whole(self) -> bool:
        """Whether it is an export of whole journeys; a call has a `tree`, too."""
        return bool({"tree", "trees"} & self.data.keys()) and "_type" not in self.data

    @property
    def names(self) -> list[str]:
        """The names of the journeys in it."""
        trees = self.data.get("trees")
        singles = trees if isinstance(trees, dict) else {"": self.data}
        found = []
        for name, single in singles.items():
            tree = single.get("tree", single) if isinstance(single, dict) else None
            if isinstance(tree, dict) and "entryNodeId" in tree:
                each = tree.get("_id", name)
                found += [each] if isinstance(each, str) else []
        return found


def export_file(path: Path, folders: tuple[str, ...], data: object) -> ExportFile:
    """A file with the realm that Amster says, or in whose folder it stands."""
    meta = data.get("metadata") if isinstance(data, dict) else None
    realm = meta.get("realm") if isinstance(meta, dict) else None
    if isinstance(realm, str):
        realm = realm.strip("/")
    else:
        at = next((i for i, each in enumerate(folders) if each in _IN_A_REALM), 0)
        realm = "/".join(folders[:at])
    inside = unwrapped(data)
    members = inside if isinstance(inside, dict) else {}
    return ExportFile(path=path, folders=folders, realm=realm, data=members)


def realms_of(
    files: Iterable[ExportFile], faults: Faults | None, read: Callable[[Path], bytes]
) -> Mapping[str, Trees]:
    """The journeys of a folder by realm; `read` reads the files of scripts."""
    groups: dict[str, list[ExportFile]] = {}
    for each in files:
        groups.setdefault(each.realm, []).append(each)
    apart = [pair for group in groups.items() for pair in _apart(*group)]
    found = {realm: _trees(group, faults, read) for realm, group in apart}
    return {realm: trees for realm, trees in found.items() if trees.journeys}


def _apart(
    realm: str, group: list[ExportFile]
) -> Iterator[tuple[str, list[ExportFile]]]:
    """Part the files of realms that only their folders tell from each other."""
    having: dict[str, list[ExportFile]] = {}
    for each in group:
        for name in each.names:
            having.setdefault(name, []).append(each)
    depths = [
        depth
        for same in having.values()
        for one, other in combinations(same[:50], 2)
        if one.data != other.data and (depth := _first_difference(one, other))
    ]
    if not depths:
        yield realm, group
        return
    parted: dict[str, list[ExportFile]] = {}
    for each in group:
        parted.setdefault("/".join(each.folders[: min(depths)]), []).append(each)
    for name, part in parted.items():
        yield from _apart(name, part)


def _first_difference(one: ExportFile, other: ExportFile) -> int:
    """How many folders it takes to tell two files from each other; 0 if they do not."""
    pairs = enumerate(zip_longest(one.folders, other.folders), 1)
    return next((depth for depth, (a, b) in pairs if a != b), 0)


def _trees(
    group: list[ExportFile], faults: Faults | None, read: Callable[[Path], bytes]
) -> Trees:
    journeys: dict[str, Tree] = {}
    places: dict[str, Path] = {}
    build = _Singles(group, faults, read)
    for path, data in build.all():
        with noting(path, faults):
            for name, journey in build.read(path, data).items():
                if journeys.setdefault(name, journey) != journey:
                    fault = f"has {shown(name)} too, as has {places[name]}"
                    raise InvalidSetting(f"{path}", fault)
                places.setdefault(name, path)
    return Trees(journeys=journeys, files=places)


class _Singles:
    """Puts trees, nodes and scripts together that stand in files of their own."""

    def __init__(
        self,
        group: list[ExportFile],
        faults: Faults | None,
        read: Callable[[Path], bytes],
    ) -> None:
        self._group = group
        self._trees = [each for each in group if "entryNodeId" in each.data]
        self._nodes: JsonObject = {}
        self._scripts: JsonObject = {}
        self._files: dict[str, Path] = {}  # by the key under which errors name them
        for each in group:
            if each.is_whole or "entryNodeId" in each.data:
                continue
            with noting(each.path, faults):
                for key, script in _scripts_in(each.data):
                    made = _with_source(script, each.path, read)
                    self._keep(self._scripts, "scripts", key, made, each.path)
                own = each.data.get("_id")
                if isinstance(own, str) and "_type" in each.data:
                    self._keep(self._nodes, "nodes", own, each.data, each.path)

    def _keep(
        self, found: JsonObject, kind: str, key: str, value: JsonObject, path: Path
    ) -> None:
        if found.setdefault(key, value) != value:
            other = self._files[inside(kind, key)]
            raise InvalidSetting(f"{path}", f"is another {shown(key)} than {other}")
        self._files[inside(kind, key)] = path

    def all(self) -> Iterator[tuple[Path, JsonObject]]:
        """Every export, by its path."""
        for each in self._group:
            if "entryNodeId" in each.data:
                yield each.path, self._single(each.data)
            elif each.is_whole:
                yield each.path, each.data

    def read(self, path: Path, data: JsonObject) -> Mapping[str, Tree]:
        """The journeys of an export; an error names the file at fault."""
        try:
            return read_all(data).journeys
        except InvalidSetting as error:
            setting, fault = error.setting, f"{error}"
        own = (
            file
            for key, file in self._files.items()
            if setting.startswith(f"{key}.")
            and not setting.removeprefix(f"{key}.").startswith(_IN_THE_TREE)
        )
        raise InvalidSetting(f"{next(own, path)}", fault)

    @cached_property
    def _libraries(self) -> Mapping[str, list[str]]:
        """The scripts that each script requires by their names."""
        ids = {f"{one.get('name')}": each for each, one in self._scripts.items()}
        found = {}
        for each, one in self._scripts.items():
            text = ""
            with suppress(InvalidSetting):  # whoever reads the script says why
                text = script_text(frozen_json(one.get("script"), each), each)
            named = _REQUIRES.findall(text)
            found[each] = [ids[name] for name in named if name in ids]
        return found

    def _single(self, tree: JsonObject) -> JsonObject:
        nodes, scripts = self._nodes, self._scripts
        if len(self._trees) > 1:
            nodes = _named(tree, nodes)
            named = [f"{each.get('script')}" for each in nodes.values()]
            kept = reach(named, self._libraries)
            scripts = {each: scripts[each] for each in scripts if each in kept}
        return {"tree": tree, "nodes": nodes, "scripts": scripts}


def _scripts_in(data: JsonObject) -> list[tuple[str, JsonObject]]:
    """The scripts of a file: one of fr-config-manager or Amster, or frodo's list."""
    inside = data.get("script")
    each = data.get("_id")
    if isinstance(each, str) and inside is not None and _MARKS_A_SCRIPT & data.keys():
        return [(each, data)]
    if isinstance(inside, dict) and each is None:
        return [(key, one) for key, one in inside.items() if isinstance(one, dict)]
    return []


def _with_source(
    script: JsonObject, path: Path, read: Callable[[Path], bytes]
) -> JsonObject:
    """A script with its source, where that is in a file beside it."""
    named = script.get("script")
    if isinstance(named, dict):  # fr-config-manager
        named, folder = named.get("file"), path.parent.parent
    elif isinstance(named, str) and named.startswith("file://"):  # frodo
        named, folder = named.removeprefix("file://"), path.parent
    else:
        return script
    if not isinstance(named, str):
        raise InvalidSetting(f"{path}", "script.file: takes a text")
    file = folder / PurePosixPath(named)
    if not _is_inside(file, folder):
        raise InvalidSetting(f"{path}", "script: leads out of the export")
    content = read(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise InvalidSetting(f"{file}", "is not text in UTF-8")
    return {**script, "script": text.split("\n")}


def _is_inside(file: Path, folder: Path) -> bool:
    with suppress(OSError, ValueError, RuntimeError):  # a null, a loop of links
        return file.resolve().is_relative_to(folder.resolve())
    return False


def _named(tree: JsonObject, nodes: JsonObject) -> JsonObject:
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
