"""`verify-core journey`: exported journeys judged and drawn."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import click
from attrs import asdict

from .. import __version__
from ..errors import InvalidSetting
from ..files import parse_json, read_file
from ..journeys import Finding, Journey, Tree
from ..journeys._context import Context
from ..journeys._coverage import Coverage
from ..journeys._drawing import dot
from ..journeys._folders import Faults, naming
from ..journeys._lint import judge
from ..journeys._loading import MAX_BYTES, load_all
from ..journeys._reading import Trees
from ..journeys._rules import RULES
from ._announced import AnnouncedCommands
from ._ending import ExitStatus, json_option, leave, show
from ._policies import EXISTING_FILE

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DRAWN_WITHIN_S = 60

_PATH = click.Path(exists=True, path_type=Path)


class _Judged(NamedTuple):
    file: Path
    finding: Finding


class _JourneyCommands(AnnouncedCommands):
    """The commands below, and those of installed packages."""

    announced = "verify_core.journey_commands"


@click.group(cls=_JourneyCommands)
def journey() -> None:
    """Judge, draw and serve exported journeys, without a tenant."""


@journey.command()
@click.argument("files", metavar="FILE…", type=_PATH, nargs=-1, required=True)
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF for code review.")
@json_option
def lint(files: tuple[Path, ...], *, as_sarif: bool, as_json: bool) -> None:
    """
    Judge every journey of the files, or folders.

    The rules are in docs/reference/journeys.md.

    Inner journeys are looked for in all files. Exit status: 0 without errors, 3 with.

    Example: verify-core journey lint Login.journey.json
    """
    if as_json and as_sarif:
        raise click.UsageError("pass --json or --sarif, not both")
    found, faults = _judged(files)
    errors = sum(each.finding.severity == "error" for each in found)
    counts = {"errors": errors, "warnings": len(found) - errors}
    if as_sarif:
        show(_sarif(found, faults), "", as_json=True)
    else:
        findings = [{"file": f"{each.file}", **asdict(each.finding)} for each in found]
        lines = [_line(each) for each in found]
        lines.append(", ".join(f"{name}: {count}" for name, count in counts.items()))
        values: dict[str, object] = {"findings": findings, **counts}
        if faults:
            values["unreadable"] = [{"file": f"{k}", "message": v} for k, v in faults]
        show(values, "\n".join(lines), as_json=as_json)
    for _, message in faults:
        click.echo(f"error: {_printable(message)}", err=True)
    if faults:
        leave(ExitStatus.USAGE)
    leave(ExitStatus.NO if errors else ExitStatus.DONE)


@journey.command()
@click.argument("file", type=_PATH)
@click.option("--name", help="Which journey, where the file has several.")
@click.option("--svg", "as_svg", is_flag=True, help="Draw SVG; Graphviz's dot does it.")
@click.option(
    "--coverage",
    metavar="FILE",
    type=EXISTING_FILE,
    help="Show the outcomes taken; pytest --journey-coverage=FILE writes it.",
)
@json_option
def draw(
    file: Path,
    name: str | None,
    coverage: Path | None,
    *,
    as_svg: bool,
    as_json: bool,
) -> None:
    """
    Draw a journey as Mermaid, which code hosts show in Markdown.

    With --coverage, outcomes that were taken are thick, the others dotted.

    Example: verify-core journey draw Login.journey.json
    """
    found = Journey.load(file, name=name)
    taken = None if coverage is None else _taken(coverage)
    drawing = _svg(dot(found, taken=taken)) if as_svg else found.to_mermaid(taken=taken)
    kind = "svg" if as_svg else "mermaid"
    show({"journey": found.name, kind: drawing}, drawing.rstrip(), as_json=as_json)


def _taken(file: Path) -> Mapping[tuple[str, str, str], int]:
    data = parse_json(f"{file}", read_file(f"{file}", file, most=MAX_BYTES))
    return naming(file, Coverage.of_json, data).counts


def _judged(files: Sequence[Path]) -> tuple[list[_Judged], Faults]:
    """The findings, and the files that cannot be read; the only one is an error."""
    read: dict[Path, Mapping[str, Trees]] = {}
    faults: Faults = []
    for file in files:
        try:
            read[file] = load_all(file, faults)
        except InvalidSetting as error:
            if len(files) == 1:
                raise
            faults.append((file, f"{error}"))
    judged = []
    for file, realms in read.items():
        others: dict[str, Tree] = {}
        for other in (each for each in read if each != file):
            for trees in read[other].values():
                others.update(trees.journeys)
        for found in realms.values():
            context = Context({**others, **found.journeys})
            for name, one in found.journeys.items():
                place = found.files[name]
                judged += [_Judged(place, finding) for finding in judge(one, context)]
    return judged, faults


def _line(judged: _Judged) -> str:
    finding = judged.finding
    where = f" (node {finding.node})" if finding.node else ""
    text = f"{finding.severity}: {finding.message} [{finding.rule}]{where}"
    shown = f"{judged.file}: {finding.journey}: {text}"
    return _printable(shown)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _sarif(found: list[_Judged], faults: Faults) -> dict[str, Any]:
    """The findings as OASIS SARIF 2.1.0 has them."""
    rules = [
        {
            "id": name,
            "shortDescription": {"text": rule.demand},
            "fullDescription": {"text": " ".join(rule.help)},
            "help": {
                "text": "\n\n".join(rule.help),
                "markdown": "\n\n".join((f"**{rule.demand}**", *rule.help)),
            },
            "defaultConfiguration": {"level": rule.severity},
        }
        for name, rule in RULES.items()
    ]
    driver = {"name": "verify-core", "version": __version__, "rules": rules}
    texts = {each.file: _text_of(each.file) for each in found}
    results = [_result(each, texts[each.file]) for each in found]
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results}
    if faults:
        notes = [{"level": "error", "message": {"text": text}} for _, text in faults]
        run["invocations"] = [
            {"executionSuccessful": False, "toolExecutionNotifications": notes}
        ]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(judged: _Judged, text: str) -> dict[str, Any]:
    finding = judged.finding
    at = text.find(json.dumps(finding.node)) if finding.node else -1
    line = text.count("\n", 0, max(at, 0)) + 1
    uri = quote(judged.file.as_posix(), errors="replace")
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": line},
        },
        "logicalLocations": [{"name": finding.node or finding.journey}],
    }
    return {
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [location],
    }


def _text_of(file: Path) -> str:
    if file.is_dir():
        return ""
    return read_file(f"{file}", file, most=MAX_BYTES).decode(errors="replace")


def _svg(drawing: str) -> str:
    program = shutil.which("dot")
    if program is None:
        raise InvalidSetting("--svg", "needs Graphviz: its dot is not on the PATH")
    try:
        done = subprocess.run(  # noqa: S603 - the drawing goes to its standard input
            [program, "-Tsvg"],
            input=drawing.encode(errors="replace"),
            capture_output=True,
            timeout=_DRAWN_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        fault = f"took dot more than {_DRAWN_WITHIN_S} s"
    else:
        if done.returncode == 0:
            return done.stdout.decode(errors="replace")
        fault = f"dot failed with exit status {done.returncode}"
    raise InvalidSetting("--svg", fault)
