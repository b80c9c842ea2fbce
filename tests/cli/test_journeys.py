"""`verify-core journey`: judged and drawn, for people, programs and code review."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.journeys import export, node, single
from verify_core.cli import _commands as commands

BROKEN = single("Broken", {"a": node("DataStoreDecisionNode", {"true": "SUCCESS"})})
WHOLE = single(
    "Whole",
    {"a": node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"})},
)
CALLING = single(
    "Calling",
    {
        "in": node(
            "InnerTreeEvaluatorNode",
            {"true": "SUCCESS", "false": "FAILURE"},
            tree="Whole",
        )
    },
)
UNCONNECTED = {
    "journey": "Broken",
    "rule": "outcome-unconnected",
    "severity": "error",
    "node": "a",
    "message": "'a': 'false' leads nowhere.",
}


def write(folder: Path, *journeys: Any, name: str = "one.json") -> str:  # noqa: ANN401
    file = folder / name
    file.write_text(json.dumps(export(*journeys), indent=2), encoding="utf-8")
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.verify_core, ["journey", *arguments])


def test_findings_are_lines_and_errors_are_status_3(tmp_path: Path) -> None:
    file = write(tmp_path, BROKEN, WHOLE)

    result = run("lint", file)

    assert result.exit_code == 3
    text = "'a': 'false' leads nowhere. [outcome-unconnected] (node a)"
    assert result.stdout == f"{file}: Broken: error: {text}\nerrors: 1, warnings: 0\n"


def test_findings_are_json(tmp_path: Path) -> None:
    file = write(tmp_path, BROKEN)

    result = run("lint", "--json", file)

    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "findings": [{"file": file, **UNCONNECTED}],
        "errors": 1,
        "warnings": 0,
    }


def test_findings_are_sarif_with_the_line_of_the_node(tmp_path: Path) -> None:
    file = write(tmp_path, BROKEN)

    (one,) = json.loads(run("lint", "--sarif", file).stdout)["runs"]

    (result,) = one["results"]
    assert (result["ruleId"], result["level"]) == ("outcome-unconnected", "error")
    place = result["locations"][0]["physicalLocation"]
    line = (
        Path(file)
        .read_text(encoding="utf-8")
        .splitlines()[place["region"]["startLine"] - 1]
    )
    assert '"a"' in line
    rules = {rule["id"]: rule for rule in one["tool"]["driver"]["rules"]}
    assert "Connect every outcome" in rules[result["ruleId"]]["help"]["markdown"]


def test_a_finding_of_a_folder_is_located_in_the_file_of_its_journey(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "Broken"
    (folder / "nodes").mkdir(parents=True)
    file = folder / "Broken.json"
    file.write_text(json.dumps(BROKEN["tree"], indent=2), encoding="utf-8")
    for each, one in BROKEN["nodes"].items():
        (folder / "nodes" / f"{each}.json").write_text(json.dumps(one), "utf-8")

    (ran,) = json.loads(run("lint", "--sarif", str(tmp_path)).stdout)["runs"]

    place = ran["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == file.as_posix()
    assert place["region"]["startLine"] > 1


def test_warnings_alone_are_status_0(tmp_path: Path) -> None:
    nodes = {"a": WHOLE["tree"]["nodes"]["a"], "b": WHOLE["tree"]["nodes"]["a"]}
    spare = {**WHOLE, "tree": {**WHOLE["tree"], "nodes": nodes}}
    spare["nodes"] = {"a": WHOLE["nodes"]["a"], "b": WHOLE["nodes"]["a"]}

    result = run("lint", "--json", write(tmp_path, spare))

    assert result.exit_code == 0
    assert json.loads(result.stdout)["warnings"] == 1


def test_inner_journeys_are_looked_for_in_all_files(tmp_path: Path) -> None:
    calling = write(tmp_path, CALLING)
    whole = write(tmp_path, WHOLE, name="two.json")

    assert run("lint", calling).exit_code == 3
    assert run("lint", calling, whole).exit_code == 0
    assert run("lint", str(tmp_path)).exit_code == 0


def test_a_secret_in_clear_is_pointed_out_and_not_shown(tmp_path: Path) -> None:
    bare = single("Bare", {"a": node("VerifyAuthSenderNode", authToken="hush-hush")})
    file = write(tmp_path, bare)

    for option in ("--json", "--sarif"):
        result = run("lint", option, file)
        assert "secret-in-clear" in result.stdout
        assert "hush-hush" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [["lint"], ["lint", "--json", "--sarif", "x"], ["lint", "missing.json"]],
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_what_cannot_be_read_does_not_hide_the_findings_of_others(
    tmp_path: Path,
) -> None:
    good = write(tmp_path, BROKEN)
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    message = f"{bad}: is not valid JSON at line 1, column 2"

    text = run("lint", str(bad), good)
    as_json = run("lint", "--json", str(bad), good)
    (sarif,) = json.loads(run("lint", "--sarif", good, str(bad)).stdout)["runs"]

    assert (text.exit_code, as_json.exit_code) == (2, 2)
    assert "[outcome-unconnected]" in text.stdout
    assert text.stderr == f"error: {message}\n"
    found = json.loads(as_json.stdout)
    assert found["findings"] == [{"file": good, **UNCONNECTED}]
    assert found["unreadable"] == [{"file": f"{bad}", "message": message}]
    assert [each["ruleId"] for each in sarif["results"]] == ["outcome-unconnected"]
    (ran,) = sarif["invocations"]
    assert ran["executionSuccessful"] is False
    (note,) = ran["toolExecutionNotifications"]
    assert note["message"]["text"] == message


def test_a_broken_file_of_a_folder_is_named_beside_the_findings(
    tmp_path: Path,
) -> None:
    write(tmp_path, BROKEN)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "lone.json").write_text('{"_id": "Lone", "entryNodeId": 1}')

    result = run("lint", str(tmp_path))

    assert result.exit_code == 2
    assert "[outcome-unconnected]" in result.stdout
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        f"{tmp_path / 'bad.json'}",
        f"{tmp_path / 'lone.json'}",
    ]


def test_realms_of_a_folder_are_judged_apart(tmp_path: Path) -> None:
    for realm, one in (("alpha", BROKEN), ("bravo", CALLING), ("charlie", WHOLE)):
        (tmp_path / realm / "journeys").mkdir(parents=True)
        write(tmp_path / realm / "journeys", one)

    found = json.loads(run("lint", "--json", str(tmp_path)).stdout)["findings"]

    assert [(each["file"], each["rule"]) for each in found] == [
        (f"{tmp_path / 'alpha/journeys/one.json'}", "outcome-unconnected"),
        (f"{tmp_path / 'bravo/journeys/one.json'}", "inner-journey-missing"),
    ]


def test_a_drawing_has_every_node_and_outcome(tmp_path: Path) -> None:
    result = run("draw", write(tmp_path, WHOLE))

    assert result.stdout == (
        "flowchart LR\n"
        '    start(["Whole"])\n'
        '    n0["a<br/>DataStoreDecisionNode"]\n'
        '    n1(["Success"])\n'
        '    n2(["Failure"])\n'
        "    start --> n0\n"
        '    n0 -->|"true"| n1\n'
        '    n0 -->|"false"| n2\n'
    )


def test_graphviz_draws_svg_where_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its place: a program that wraps what it is given."""
    file = write(tmp_path, WHOLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "--svg: needs Graphviz" in run("draw", "--svg", file).output

    program = tmp_path / "dot"
    body = "import sys\nprint('<svg>' + sys.stdin.read() + '</svg>')\n"
    program.write_text(f"#!{sys.executable}\n{body}")
    program.chmod(0o755)
    drawn = run("draw", "--svg", file).stdout

    assert drawn.startswith("<svg>digraph {")
    assert 'n0 -> n1 [label="true"];' in drawn


def test_a_drawing_shows_the_outcomes_that_a_run_of_tests_took(tmp_path: Path) -> None:
    file = write(tmp_path, WHOLE)
    outcomes = {"true": 2, "false": 0}
    counts = tmp_path / "counts.json"
    counts.write_text(
        json.dumps({"journeys": {"Whole": {"a": {"outcomes": outcomes}}}})
    )

    drawn = run("draw", file, "--coverage", str(counts)).stdout

    assert '    n0 ==>|"true \xd72"| n1\n    n0 -.->|"false"| n2\n' in drawn


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"journeys": 1},
        {"journeys": {"A": []}},
        {"journeys": {"A": {"n": 1}}},
        {"journeys": {"A": {"n": {"outcomes": 1}}}},
        {"journeys": {"A": {"n": {"outcomes": {"x": "1"}}}}},
        {"journeys": {"A": {"n": {"outcomes": {"x": -1}}}}},
    ],
)
def test_what_is_no_coverage_is_refused_with_its_file(
    tmp_path: Path, data: object
) -> None:
    counts = tmp_path / "counts.json"
    counts.write_text(json.dumps(data))

    result = run("draw", write(tmp_path, WHOLE), "--coverage", str(counts))

    assert result.exit_code == 2
    assert f"{counts}: " in result.stderr


def test_a_file_without_a_journey_is_not_judged_as_if_it_had_nothing_wrong(
    tmp_path: Path,
) -> None:
    file = tmp_path / "empty.json"
    file.write_text('{"trees": {}}', encoding="utf-8")

    result = run("lint", str(file))

    assert result.exit_code == 2
    assert "has no journey in it" in f"{result.output}{result.exception}"
