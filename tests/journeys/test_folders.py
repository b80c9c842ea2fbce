"""Exports that are folders: one file an object, or several exports, by realm."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.support.journeys import LOGIN, export, node, single, write
from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey

SCRIPTED = single(
    "Scripted", {"a": node("ScriptedDecisionNode", script="s", outcomes=["on"])}
)
KEPT = {"_id": "s", "name": "One", "language": "JAVASCRIPT", "context": "X"}
SOURCE = "// Größe\nvar a = 'b';\n"
CHECK = node("DataStoreDecisionNode")


def test_a_folder_of_fr_config_manager_is_read_by_folder_and_by_file(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, "Login/Login.json", LOGIN["tree"])
    for each, one in LOGIN["nodes"].items():
        write(tmp_path, f"Login/nodes/{each} - {each}.json", one)
    for each, one in LOGIN["innerNodes"].items():
        write(tmp_path, f"Login/nodes/page - page/{each}.json", one)

    found = Journey.load(tmp_path)

    assert found == Journey.load(file)
    assert found.nodes == Journey.read(LOGIN).nodes


def test_files_of_amster_are_read(tmp_path: Path) -> None:
    def amster(value: object) -> dict[str, object]:
        return {"metadata": {"realm": "/"}, "data": value}

    write(tmp_path, "AuthTree/Login.json", amster(LOGIN["tree"]))
    write(tmp_path, "AuthTree/Other.json", amster({**LOGIN["tree"], "_id": "Other"}))
    for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
        write(tmp_path, f"{one['_type']['_id']}/{each}.json", amster(one))

    found = Journey.load(tmp_path, name="Login")

    assert found.nodes == Journey.read(LOGIN).nodes
    assert set(found.journeys) == {"Other"}


def test_realms_of_a_folder_are_read_apart(tmp_path: Path) -> None:
    for realm in ("alpha", "bravo"):
        write(tmp_path, f"{realm}/journeys/Login/Login.json", LOGIN["tree"])
        for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
            own = {**one, "realm": realm}
            write(tmp_path, f"{realm}/journeys/Login/nodes/{each}.json", own)
    write(tmp_path, "bravo/journeys/Other.json", {**LOGIN["tree"], "_id": "Other"})

    found = Journey.load(tmp_path, name="Other")

    assert set(found.journeys) == {"Login"}
    assert found.nodes["check"].attributes["realm"] == "bravo"
    alpha = Journey.load(tmp_path / "alpha")
    assert alpha.nodes["check"].attributes["realm"] == "alpha"
    with pytest.raises(InvalidSetting, match="several realms, pass one: alpha, bravo"):
        Journey.load(tmp_path, name="Login")


def test_realms_that_only_their_folders_tell_apart_are_read_apart(
    tmp_path: Path,
) -> None:
    """As frodo's, and as any other tool's that has no folder for journeys."""
    for realm in ("alpha", "bravo"):
        write(tmp_path, f"x/{realm}/Login.journey.json", export(LOGIN))
        write(tmp_path, f"y/{realm}/Login/Login.json", LOGIN["tree"])
        for each, one in (LOGIN["nodes"] | LOGIN["innerNodes"]).items():
            own = {**one, "realm": realm}
            write(tmp_path, f"y/{realm}/Login/nodes/{each}.json", own)
    other = {**LOGIN, "description": "changed"}
    write(tmp_path, "x/bravo/Login.journey.json", export(other))
    write(tmp_path, "x/bravo/Other.json", single("Other", {"a": CHECK}))

    assert set(Journey.load(tmp_path / "x", name="Other").journeys) == {"Login"}
    for realm in ("alpha", "bravo"):
        found = Journey.load(tmp_path / "y" / realm, name="Login")
        assert found.nodes["check"].attributes["realm"] == realm
    with pytest.raises(InvalidSetting, match="several realms, pass one: alpha, bravo"):
        Journey.load(tmp_path / "x", name="Login")


def test_a_journey_that_stands_in_two_files_of_one_folder_is_read_once(
    tmp_path: Path,
) -> None:
    write(tmp_path, "allJourneys.json", export(LOGIN))
    write(tmp_path, "Login.json", export(LOGIN))
    assert Journey.load(tmp_path).name == "Login"

    changed = {**LOGIN, "description": "changed"}
    write(tmp_path, "Login (1).json", export(changed))

    with pytest.raises(InvalidSetting, match=r"has Login too, as has .*Login \(1\)"):
        Journey.load(tmp_path)


def test_a_single_file_of_amster_is_read_with_what_stands_beside_it(
    tmp_path: Path,
) -> None:
    def amster(value: object) -> dict[str, object]:
        return {"metadata": {"realm": "/alpha"}, "data": value}

    calling = single("Other", {"in": node("InnerTreeEvaluatorNode", tree="Login")})
    for tree in (LOGIN["tree"], calling["tree"]):
        write(tmp_path, f"AuthTree/{tree['_id']}.json", amster(tree))
    for each, one in {
        **LOGIN["nodes"],
        **LOGIN["innerNodes"],
        **calling["nodes"],
    }.items():
        write(tmp_path, f"{one['_type']['_id']}/{each}.json", amster(one))
    alone = write(tmp_path / "lone", "Login.json", amster(LOGIN["tree"]))

    found = Journey.load(tmp_path / "AuthTree" / "Login.json")
    other = Journey.load(tmp_path / "AuthTree" / "Other.json")

    assert found.nodes == Journey.read(LOGIN).nodes
    assert not found.journeys
    assert set(other.journeys) == {"Login"}
    assert Journey.load(alone).name == "Login"


def test_scripts_of_folders_come_along(tmp_path: Path) -> None:
    """fr-config-manager has the source in a file of its own, Amster in base64."""
    managed, amster = tmp_path / "managed" / "alpha", tmp_path / "amster"
    write(managed, "journeys/Scripted/Scripted.json", SCRIPTED["tree"])
    write(managed, "journeys/Scripted/nodes/a.json", SCRIPTED["nodes"]["a"])
    named = {"file": "scripts-content/X/One.js"}
    config = write(managed, "scripts/scripts-config/s.json", {**KEPT, "script": named})
    source = managed / "scripts" / "scripts-content" / "X" / "One.js"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE, encoding="utf-8")
    write(amster, "AuthTree/Scripted.json", {"metadata": {}, "data": SCRIPTED["tree"]})
    write(amster, "ScriptedDecision/a.json", SCRIPTED["nodes"]["a"])
    coded = base64.b64encode(SOURCE.encode()).decode()
    write(amster, "Scripts/One.json", {**KEPT, "script": coded})

    for place in (
        managed,
        managed / "journeys",
        managed / "journeys" / "Scripted",
        managed / "journeys" / "Scripted" / "Scripted.json",
        amster,
    ):
        script = Journey.load(place).scripts["s"]
        assert (script.name, script.text) == ("One", SOURCE)

    for leading, why in (
        ("../../../secret", "leads out of the export"),
        ("/etc/passwd", "leads out of the export"),
        ("a\0b", "leads out of the export"),
        ("gone.js", "there is no such file"),
        (1, "takes a text"),
    ):
        write(config.parent, "s.json", {**KEPT, "script": {"file": leading}})
        with pytest.raises(InvalidSetting, match=why):
            Journey.load(managed)


def test_libraries_that_a_script_requires_come_along(tmp_path: Path) -> None:
    write(tmp_path, "Scripted.json", SCRIPTED["tree"])
    write(tmp_path, "Login.json", LOGIN["tree"])
    write(tmp_path, "nodes/a.json", SCRIPTED["nodes"]["a"])
    for each, source in {
        "s": "var l = require('lib');",
        "l": "require( 'more')",
        "m": "",
        "x": "",
    }.items():
        name = {"l": "lib", "m": "more"}.get(each, each)
        script = {**KEPT, "_id": each, "name": name, "script": [source]}
        write(tmp_path, f"scripts/{each}.json", script)

    assert set(Journey.load(tmp_path, name="Scripted").scripts) == {"s", "l", "m"}


def test_an_error_in_a_file_of_a_folder_names_that_file(tmp_path: Path) -> None:
    tree = write(tmp_path, "Login.json", LOGIN["tree"])
    wrong = {**LOGIN["nodes"]["check"], "_outcomes": 1}
    file = write(tmp_path, "nodes/check.json", wrong)

    with pytest.raises(InvalidSetting) as caught:
        Journey.load(tmp_path)
    assert caught.value.setting == f"{file}"
    assert caught.value.message.startswith("nodes.check._outcomes: takes an array")

    write(tmp_path, "nodes/again.json", LOGIN["nodes"]["check"])
    with pytest.raises(InvalidSetting, match=r"check\.json: is another check than"):
        Journey.load(tmp_path)

    (tmp_path / "nodes" / "check.json").unlink()
    lost = json.loads(json.dumps(LOGIN["tree"]))
    lost["nodes"]["check"]["connections"] = 1
    write(tmp_path, "Login.json", lost)
    with pytest.raises(InvalidSetting) as caught:
        Journey.load(tmp_path)
    assert caught.value.setting == f"{tree}"


def test_realms_of_amster_are_read_apart(tmp_path: Path) -> None:
    for realm, name in (("alpha", "Login"), ("bravo", "Login"), ("bravo", "Other")):
        data = {**LOGIN["tree"], "_id": name}
        written = {"metadata": {"realm": f"/{realm}"}, "data": data}
        write(tmp_path, f"{realm}/AuthTree/{name}.json", written)

    assert set(Journey.load(tmp_path, name="Other").journeys) == {"Login"}


def test_folders_without_a_journey_and_missing_files_are_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(InvalidSetting, match="has no journey in it"):
        Journey.load(tmp_path)
    with pytest.raises(InvalidSetting, match="cannot be read"):
        Journey.load(tmp_path / "missing.json")
    for name in ("x" * 5000, "nu\0ll"):
        with pytest.raises(InvalidSetting, match="cannot be read"):
            Journey.load(tmp_path / name)
