"""
Puts what docs/how-to/adding-a-provider.md shows of examples/provider into the page.

    python tests/conformance/tutorial.py

A block is preceded by `<!-- FILE -->`, or `<!-- FILE NAME -->` where it shows one class
or function of the file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "adding-a-provider.md"
_BLOCK = re.compile(r"<!-- (\S+)(?: (\w+))? -->\n```(\w+)\n.*?```\n", re.DOTALL)


def embedded(text: str) -> str:
    """The page with each block as the files have it now."""

    def block(match: re.Match[str]) -> str:
        path, name, language = match.groups()
        code = (ROOT / path).read_text(encoding="utf-8")
        shown = code if name is None else _piece(code, name)
        head = path if name is None else f"{path} {name}"
        return f"<!-- {head} -->\n```{language}\n{shown}```\n"

    return _BLOCK.sub(block, text)


def _piece(code: str, name: str) -> str:
    """A class or function of the module's top level, its decorators included."""
    (node,) = (
        node
        for node in ast.parse(code).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
    )
    first = min(node.lineno, *(each.lineno for each in node.decorator_list or [node]))
    lines = code.splitlines(keepends=True)[first - 1 : node.end_lineno]
    return "".join(lines)


def files_of_the_page(text: str) -> set[str]:
    """The files that the page shows or links to."""
    linked = re.findall(r"\]\(\.\./\.\./(examples/provider/[^)#]+)\)", text)
    return {path for path, _name, _language in _BLOCK.findall(text)} | set(linked)


def code_lines(file: Path) -> int:
    """Lines of a module that are neither blank, comment nor docstring."""
    code = file.read_text(encoding="utf-8")
    described = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = {
        line
        for node in ast.walk(ast.parse(code))
        if isinstance(node, described) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and at not in docstrings
        for at, line in enumerate(code.splitlines(), start=1)
    )


def names_from_packages(file: Path) -> dict[str, set[str]]:
    """What a module imports of verify_core's packages, by module."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("verify_core", "verify_providers")
        ):
            names = found.setdefault(str(node.module), set())
            names |= {each.name for each in node.names}
    return found


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(embedded(page), encoding="utf-8")
