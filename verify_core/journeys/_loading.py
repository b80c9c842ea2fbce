"""A door: journeys in files and folders."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import InvalidSetting
from ..files import json_files, parse_json, read_file
from ..frames import unframed
from ._folders import (
    ExportFile,
    Faults,
    export_file,
    naming,
    noting,
    realms_of,
    unwrapped,
)
from ._json import shown
from ._reading import Trees, choose, inner_names, read_all
from ._search import reach
from ._values import Tree

MAX_BYTES = 16 << 20
"""The largest export that is read; 2,000 nodes take some 2 MB."""

MAX_FILES = 5_000
"""The most files of a folder; together they have at most 64 MiB."""

_MAX_FOLDER_BYTES = 64 << 20


@unframed
def load(path: Path, name: str | None) -> Tree:
    """Read one journey; `InvalidSetting` names the file and the key."""
    realms = load_all(path)
    having = [each for each in realms.values() if name in each.journeys]
    if len(having) == 1:
        return naming(path, choose, having[0], name)
    if len(realms) > 1:
        found = ", ".join(shown(each) for each in sorted(realms))
        raise InvalidSetting(f"{path}", f"has several realms, pass one: {found}")
    return naming(path, choose, *realms.values(), name)


@unframed
def load_all(path: Path, faults: Faults | None = None) -> Mapping[str, Trees]:
    """
    Read every journey of a file or a folder, by realm; errors as for `load`.

    Those of single files of a folder are added to `faults`, if that is there.
    """
    if is_folder(path):
        return _from_folder(path, faults)
    data = unwrapped(parse_json(f"{path}", _bytes_of(path)))
    if isinstance(data, dict) and "entryNodeId" in data:
        for folder in (path.parent, path.parent.parent):
            is_amster = folder != path.parent and path.parent.name == "AuthTree"
            if is_amster or (folder == path.parent and is_folder(folder / "nodes")):
                return _tree_of(path, _from_folder(folder, faults))
    trees = naming(path, read_all, data)
    if not trees.journeys:
        raise InvalidSetting(f"{path}", "trees: has no journey in it")
    return {"": trees._replace(files=dict.fromkeys(trees.journeys, path))}


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False for what cannot be a path."""
    with suppress(OSError, ValueError):  # too long a name, a null
        return path.is_dir()
    return False


def _tree_of(path: Path, realms: Mapping[str, Trees]) -> Mapping[str, Trees]:
    """The journey of one file, with those that it calls."""
    for realm, trees in realms.items():
        for name, file in trees.files.items():
            if file == path:
                calls = {k: inner_names(one) for k, one in trees.journeys.items()}
                kept = {
                    each: trees.journeys[each]
                    for each in reach([name], calls)
                    if each in trees.journeys
                }
                return {realm: trees._replace(journeys=kept, selected=(name,))}
    raise InvalidSetting(f"{path}", "cannot be read with what stands beside it")


def _bytes_of(path: Path) -> bytes:
    return read_file(f"{path}", path, most=MAX_BYTES)


def _from_folder(folder: Path, faults: Faults | None) -> Mapping[str, Trees]:
    """
    Read a folder of fr-config-manager or Amster, one file an object, or of exports.

    What a file holds shows in its members, since folders differ.
    """
    files: list[ExportFile] = []
    size = 0
    beside = _scripts_beside(folder)
    paths = json_files(f"{folder}", folder, most=MAX_FILES)
    scripts = json_files(f"{beside}", beside, most=MAX_FILES) if beside else []
    for path in (*paths, *scripts):
        with noting(path, faults):
            content = _bytes_of(path)
            size += len(content)
            if size > _MAX_FOLDER_BYTES:
                break
            data: Any = parse_json(f"{path}", content)
            is_own = path.is_relative_to(folder)
            inside = path.relative_to(folder).parts[:-1] if is_own else ()
            files.append(export_file(path, inside, data))
    if size > _MAX_FOLDER_BYTES:
        raise InvalidSetting(f"{folder}", "has more than 64 MiB of JSON in it")
    found = realms_of(files, faults, _bytes_of)
    if not found and not faults:
        raise InvalidSetting(f"{folder}", "has no journey in it")
    return found


def _scripts_beside(folder: Path) -> Path | None:
    """The scripts of fr-config-manager, where only `journeys` or less is read."""
    place = folder.absolute()
    for each in (place, place.parent):
        if each.name == "journeys" and is_folder(each.parent / "scripts"):
            return each.parent / "scripts"
    return None
