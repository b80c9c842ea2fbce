"""`docs/api.md` lists every public name, each under its one home."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_NAMES = 200

_SECTIONS = re.split(
    r"(?m)^## `([\w.]+)`$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
)[1:]
API = {
    module: re.findall(r"`(\w+)`", text.partition("\n\n")[2].partition("\n\n")[2])
    for module, text in zip(_SECTIONS[::2], _SECTIONS[1::2], strict=True)
}


@pytest.mark.parametrize("module", API)
def test_a_listed_module_has_the_names_that_the_list_says(module: str) -> None:
    names = importlib.import_module(module).__all__

    assert sorted(names) == API[module]
    for name in names:
        assert getattr(importlib.import_module(module), name) is not None


def test_no_public_name_has_two_homes() -> None:
    homes: dict[int, str] = {}
    for module, names in API.items():
        for name in names:
            value = getattr(importlib.import_module(module), name)
            assert id(value) not in homes, f"{module}.{name} is {homes[id(value)]}"
            homes[id(value)] = f"{module}.{name}"


def test_the_list_stays_small() -> None:
    assert sum(map(len, API.values())) <= MOST_NAMES


def test_every_package_of_the_core_says_what_is_in_it() -> None:
    for file in (ROOT / "verify_core").rglob("__init__.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        stated = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "__all__" in stated, file


def imported(source: str) -> set[tuple[str, str]]:
    """Module and name of every import from the core."""
    return {
        (node.module, alias.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "") in _CORE
        for alias in node.names
    }


_CORE = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in (ROOT / "verify_core").rglob("*.py")
}


def programs() -> list[tuple[str, str]]:
    """The examples, and the Python blocks of the documents."""
    found = [
        (str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
        for file in (ROOT / "examples").rglob("*.py")
    ]
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md"):
        blocks = re.findall(
            r"(?ms)^```python\n(.*?)^```", page.read_text(encoding="utf-8")
        )
        found += [(page.name, block) for block in blocks if ">>>" not in block]
    return found


def test_examples_and_documents_import_public_names_from_their_homes() -> None:
    listed = {(module, name) for module, names in API.items() for name in names}

    strange = {
        (where, *each)
        for where, source in programs()
        for each in imported(source)
        if each not in listed
    }

    assert strange == set()
