"""`docs/reference/api.md` lists every public name, each under its one home."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_NAMES = 270  # sixty for codes of our own, ten for forms
PACKAGES = {
    "verify_core": ROOT / "verify_core",
    "verify_providers": ROOT / "providers" / "verify_providers",
    "verify_fakes": ROOT / "fakes" / "verify_fakes",
}
# Run by name, by pytest and by the command line; not imported by programs.
RUN_BY_NAME = {
    "verify_fakes.pytest_plugin",
    "verify_fakes.server.command",
}

_SECTIONS = re.split(
    r"(?m)^## `([\w.]+)`$",
    (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8"),
)[1:]
API = {
    module: re.findall(r"`(\w+)`", text.partition("\n\n")[2].partition("\n\n")[2])
    for module, text in zip(_SECTIONS[::2], _SECTIONS[1::2], strict=True)
}


def modules() -> dict[str, Path]:
    """Every module of the three packages, by its dotted name."""
    return {
        ".".join(file.relative_to(root.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): file
        for root in PACKAGES.values()
        for file in root.rglob("*.py")
    }


def is_private(module: str) -> bool:
    """Whether its name says so, or it is where names of `verify_core` live."""
    parts = module.split(".")
    home = parts[0] == "verify_core" and module not in API
    return any(part.startswith("_") for part in parts) or (home and len(parts) == 2)


def said(file: Path) -> list[str]:
    """The names that a module offers: those of `__all__`, or all that it makes."""
    made: list[str] = []
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            made.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if "__all__" in names and node.value is not None:
                return [str(name) for name in ast.literal_eval(node.value)]
            made.extend(names)
    return [name for name in made if not name.startswith("_")]


@pytest.mark.parametrize("module", API)
def test_a_listed_module_has_the_names_that_the_list_says(module: str) -> None:
    names = importlib.import_module(module).__all__

    assert sorted(names) == sorted(API[module])
    for name in names:
        assert getattr(importlib.import_module(module), name) is not None


def test_a_module_without_an_underscore_is_listed_or_has_nothing_public() -> None:
    for module, file in modules().items():
        if not is_private(module) and module not in API.keys() | RUN_BY_NAME:
            assert said(file) == [], module


def test_no_public_name_has_two_homes() -> None:
    homes: dict[int, str] = {}
    for module, names in API.items():
        for name in names:
            value = getattr(importlib.import_module(module), name)
            assert id(value) not in homes, f"{module}.{name} is {homes[id(value)]}"
            homes[id(value)] = f"{module}.{name}"


def test_the_list_stays_small() -> None:
    assert sum(map(len, API.values())) <= MOST_NAMES


def imported(source: str) -> set[tuple[str, str]]:
    """Module and name of every import from the three packages."""
    ours = modules()
    return {
        (node.module, alias.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "") in ours
        for alias in node.names
    }


def programs() -> list[tuple[str, str]]:
    """The examples, and the Python blocks of the documents."""
    found = [
        (str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))
        for file in (ROOT / "examples").rglob("*.py")
    ]
    for page in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"):
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
