"""`verify-core journey serve`: what it says first, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.support.am import AmClient, journeys, running
from tests.support.journeys import export, node, single
from tests.support.pages import ROOT
from verify_fakes.am import _command as command
from verify_fakes.am._account import JourneyBounds
from verify_fakes.am._app import JourneyApp, JourneySettings
from verify_fakes.server.twilio._settings import TwilioSettings

LOGIN = {"who": node("UsernameCollectorNode", {"outcome": "SUCCESS"})}


def test_the_package_announces_the_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["project"]["entry-points"]
    module, _, name = groups["verify_core.journey_commands"]["serve"].partition(":")

    assert getattr(import_module(module), name) is command.serve


def test_the_first_line_says_where_and_it_plays(tmp_path: Path) -> None:
    people = tmp_path / "users.csv"
    people.write_text("_id,userName,password\n1,ada,pass\n", encoding="utf-8")
    run = "from verify_fakes.am._command import serve; serve()"
    file = ROOT / "examples" / "journeys" / "AskForPhone.journey.json"
    server = subprocess.Popen(
        [sys.executable, "-c", run, str(file), "--directory", people, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        hello, _, port = server.stdout.readline().rpartition(":")
        am = AmClient(f"http://127.0.0.1:{int(port)}", "realms/root/realms/bravo")
        step = am.next(am.start("AskForPhone"), "ada", "pass")
        server.terminate()

    assert hello == "Listening on http://127.0.0.1"
    assert [each["type"] for each in step["callbacks"]] == [
        "TextOutputCallback",
        "NameCallback",
    ]


def written(folder: Path, *names: str) -> Path:
    file = folder / f"{names[0]}.json"
    file.write_text(json.dumps(export(*(single(each, LOGIN) for each in names))))
    return file


def test_journeys_of_all_files_are_in_each_realm_and_know_each_other(
    tmp_path: Path,
) -> None:
    files = written(tmp_path, "Login", "Inner"), written(tmp_path, "Other")

    found = command.read_journeys(files, ())

    assert [*found] == ["/", "/alpha", "/bravo"]
    assert [*found["/alpha"]] == ["Login", "Inner", "Other"]
    assert sorted(found["/"]["Other"].journeys) == ["Inner", "Login"]
    assert [*command.read_journeys(files, ("customers",))] == ["/customers"]


def test_a_journey_that_two_files_have_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "Login")

    result = CliRunner().invoke(command.serve, [str(file), str(file), "--port", "0"])

    assert "has 'Login' once more" in f"{result.exception}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--outcome", "low"], "--outcome takes NODE=OUTCOME"),
        (["--outcome", "risk=low"], "no node that is called 'risk'"),
        (["--directory", "nothing.json"], "directory"),
        (["--provider", "pigeon://"], "pigeon"),
        (["--allow-origin", "nowhere"], "allow-origin"),
    ],
)
def test_what_cannot_be_used_is_said_by_name(
    tmp_path: Path, options: list[str], said: str
) -> None:
    file = written(tmp_path, "Login")

    result = CliRunner().invoke(command.serve, [str(file), "--port", "0", *options])

    assert result.exit_code != 0
    assert said in f"{result.output}{result.exception}"


def test_a_token_guards_the_side_door_and_not_the_journeys() -> None:
    made = JourneyApp(
        JourneySettings(
            journeys={"/alpha": journeys()},
            server=TwilioSettings(side_door_token="s3cret", bounds=JourneyBounds()),
        )
    )
    with running(made) as url:
        assert "authId" in AmClient(url).start()
        for path in ("walks", "messages", "clock"):
            assert requests.get(f"{url}/_fake/{path}", timeout=9).status_code == 401
