"""One wrong input, whatever the command: one plain sentence that says where and why."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.support.journeys import export, node, single
from verify_core.cli import _commands as commands

NUMBER = "+15553231234"
SEND = ["send", NUMBER, "--provider", "fake://"]
CHECK = ["check", "x", "--code", "1", "--provider"]
DEMO = ["demo", "--to", NUMBER]
READ = ["read-numbers", "ok.csv"]
AUDIT = ["audit", "--command", "true"]
CONFORMANCE = ["conformance", "--bench"]
NEW = ["own", "keys", "new", "--file"]
ROTATE = ["own", "keys", "rotate"]
SWEEP = ["own", "sweep", "--provider"]
JOURNEY = ["journey", "serve", "one.json", "--port", "0"]
SERVE = ["serve", "--port", "0"]
WHOLE = single(
    "Whole",
    {"a": node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"})},
)
NO_FILE, A_FOLDER = "'gone' does not exist", "'folder' is a directory"
REGION = "--default-region: takes ISO 3166-1"

WRONG: list[tuple[list[str], str, str]] = [
    # a line, the reason, and what the sentence says
    (["nonsense"], "cli.usage", "No such command 'nonsense'"),
    (["audit"], "cli.usage", "--command, --url and --call"),
    ([*AUDIT, "--url", "http://127.0.0.1:1"], "cli.usage", "pass one of"),
    (["audit", "--command", ""], "setting.invalid", "--command: is empty"),
    (["audit", "--command", '"'], "setting.invalid", "no closing quotation"),
    (
        ["audit", "--command", "gone"],
        "setting.invalid",
        "gone cannot be started",
    ),
    (["audit", "--command", "./ok.csv"], "setting.invalid", "permission denied"),
    (["audit", "--url", "gone"], "setting.invalid", "--url: is not a URL"),
    (["audit", "--url", "http://[::1/"], "setting.invalid", "--url: is not a URL"),
    (["audit", "--url", "http://example.org"], "setting.invalid", "--allow-remote"),
    (
        ["audit", "--url", "http://127.0.0.1:CLOSED"],
        "setting.invalid",
        "nothing listens there",
    ),
    (["audit", "--call", "gone"], "setting.invalid", "--call: takes MODULE:NAME"),
    (
        ["audit", "--call", "gone:x"],
        "setting.invalid",
        "there is no module gone",
    ),
    (["audit", "--call", "json:gone"], "setting.invalid", "--call: json has no gone"),
    (["audit", "--call", "json:__doc__"], "setting.invalid", "not a function"),
    (["audit", "--call", "json:loads", "--lines"], "setting.invalid", "--lines: goes"),
    ([*AUDIT, "--field", "x"], "setting.invalid", "--field: goes with --url"),
    ([*AUDIT, "--form"], "setting.invalid", "--form: goes with --url"),
    ([*AUDIT, "--lines"], "setting.invalid", "--lines: no line came back"),
    ([*AUDIT, "--lines", "--jobs", "2"], "setting.invalid", "--jobs: does not go"),
    ([*AUDIT, "--kind", "gone"], "setting.invalid", "--kind: takes one of e164"),
    ([*AUDIT, "--allow", "gone"], "setting.invalid", "--allow: takes one of e164"),
    ([*AUDIT, "--region", "XX"], "setting.invalid", "--region: takes two letters"),
    ([*AUDIT, "--default-region", "XX"], "setting.invalid", REGION),
    ([*AUDIT, "--policy", "gone"], "cli.usage", NO_FILE),
    ([*AUDIT, "--max-share", "2"], "cli.usage", "'--max-share': 2.0 is not in"),
    ([*AUDIT, "--inputs", "0"], "cli.usage", "'--inputs': 0 is not in"),
    (["check"], "cli.usage", "reference: pass it"),
    (["check", "x", "--provider", "fake://"], "cli.usage", "code: pass --code"),
    ([*CHECK, "fake://"], "reference.malformed", "reference: token refused"),
    ([*CHECK, "gone://"], "setting.invalid", "provider: 'gone' is not installed"),
    ([*CHECK, "gone"], "setting.invalid", "provider: not a URL"),
    ([*CHECK, "twilio://"], "setting.invalid", "TWILIO_VERIFY_SERVICE_SID"),
    ([*CHECK, "guard://./gone"], "setting.invalid", "gone cannot be read: there is no"),
    ([*CHECK, "failover://./folder"], "setting.invalid", "read: it is a folder"),
    ([*CHECK, "guard://./no.toml"], "setting.invalid", "not valid TOML at line 1"),
    (["conformance"], "cli.usage", "Missing option '--bench'"),
    ([*CONFORMANCE, "gone"], "setting.invalid", "--bench: takes MODULE:NAME"),
    ([*CONFORMANCE, "gone:x"], "setting.invalid", "--bench: there is no module gone"),
    ([*CONFORMANCE, "broken:x"], "setting.invalid", "broken cannot be imported"),
    ([*CONFORMANCE, "json:gone"], "setting.invalid", "--bench: json has no gone"),
    ([*CONFORMANCE, "json:loads"], "setting.invalid", "called without arguments"),
    ([*CONFORMANCE, "json:__doc__"], "setting.invalid", "neither is a Harness"),
    ([*CONFORMANCE, "bench:HARNESS", "--case", "x"], "setting.invalid", "--case: no "),
    (["demo", "--to", ""], "identifier.missing", "no number or address"),
    (["demo", "--to", "me@nowhere"], "identifier.invalid_email", "not an e-mail"),
    ([*DEMO, "--channel", "email"], "channel.mismatch", "cannot be sent"),
    ([*DEMO, "--channel", "fax"], "cli.usage", "Invalid value for '--channel'"),
    ([*DEMO, "--default-region", "XX"], "setting.invalid", REGION),
    (["journey", "draw"], "cli.usage", "Missing argument 'FILE'"),
    (["journey", "draw", "gone"], "cli.usage", NO_FILE),
    (["journey", "draw", "folder"], "setting.invalid", "folder: has no journey"),
    (["journey", "draw", "one.json", "--name", "x"], "setting.invalid", "Whole"),
    (["journey", "draw", "one.json", "--coverage", "gone"], "cli.usage", NO_FILE),
    (["journey", "lint"], "cli.usage", "Missing argument 'FILE…'"),
    (["journey", "lint", "gone"], "cli.usage", NO_FILE),
    (["journey", "lint", ""], "cli.usage", "'' does not exist"),
    (["journey", "lint", "ok.csv"], "setting.invalid", "not valid JSON at line 1"),
    (["journey", "lint", "bytes"], "setting.invalid", "bytes: is not text in UTF-8"),
    (["journey", "lint", "pipe"], "setting.invalid", "a device or a pipe"),
    (["journey", "serve"], "cli.usage", "Missing argument 'FILE…'"),
    (["journey", "serve", "folder"], "setting.invalid", "folder: has no journey"),
    ([*JOURNEY, "--directory", "gone"], "cli.usage", NO_FILE),
    ([*JOURNEY, "--directory", "bytes"], "setting.invalid", "--directory: is not text"),
    ([*JOURNEY, "--directory", "no.toml"], "setting.invalid", "--directory: takes a"),
    ([*JOURNEY, "--tenant", "no.toml"], "setting.invalid", "--tenant: is not valid"),
    ([*JOURNEY, "--provider", "gone://"], "setting.invalid", "'gone' is not installed"),
    ([*JOURNEY, "--outcome", "x"], "cli.usage", "--outcome takes NODE=OUTCOME"),
    ([*JOURNEY, "--host", "192.0.2.1"], "cli.usage", "is not this machine's"),
    ([*JOURNEY, "--port", "TAKEN"], "cli.usage", "is in use; --port 0 takes a free"),
    ([*NEW, "folder"], "cli.usage", A_FOLDER),
    ([*NEW, ""], "setting.invalid", "--file: takes the path"),
    (
        [*NEW, "gone/x"],
        "setting.invalid",
        "cannot be written",
    ),
    ([*NEW, "ok.csv"], "setting.invalid", "there already"),
    (ROTATE, "setting.invalid", "keys: missing; pass --file"),
    (
        [*ROTATE, "--file", "gone"],
        "setting.invalid",
        "gone cannot be read: there is no",
    ),
    ([*ROTATE, "--file", "private"], "setting.invalid", "keys: takes what"),
    ([*ROTATE, "--keep", "0"], "cli.usage", "Invalid value for '--keep'"),
    (["own", "sweep"], "setting.invalid", "set VERIFY_PROVIDER"),
    ([*SWEEP, "fake://"], "setting.invalid", "provider: keeps no codes"),
    ([*SWEEP, "own://sqlite:///gone?sender=memory"], "setting.invalid", "no store at"),
    (["providers", "x"], "cli.usage", "unexpected extra argument"),
    (["read-number"], "cli.usage", "Missing argument 'TEXT'"),
    (["read-number", "xyz"], "phone.letters", "in digits"),
    (["read-number", NUMBER, "--default-region", "XX"], "setting.invalid", REGION),
    (["read-numbers", "gone"], "cli.usage", NO_FILE),
    (["read-numbers", "folder"], "cli.usage", A_FOLDER),
    (["read-numbers", ""], "cli.usage", "'' does not exist"),
    (["read-numbers", "bytes"], "setting.invalid", "pass --encoding"),
    ([*READ, "--column", "x"], "setting.invalid", "--column: is not in the header"),
    ([*READ, "--no-header", "--column", "x"], "setting.invalid", "a number with"),
    ([*READ, "--encoding", "x"], "setting.invalid", "--encoding: takes the name"),
    ([*READ, "--delimiter", "x"], "cli.usage", "Invalid value for '--delimiter'"),
    ([*READ, "--jobs", "x"], "cli.usage", "Invalid value for '--jobs'"),
    ([*READ, "--out", "folder"], "setting.invalid", "--out: folder cannot be written"),
    ([*READ, "--out", "gone/x"], "setting.invalid", "written: there is no such file"),
    ([*READ, "--out", ""], "cli.usage", "--out: takes the path"),
    ([*READ, "--out", "ok.csv"], "cli.usage", "--out: is the file that is read"),
    ([*READ, "--out", "-", "--resume"], "cli.usage", "--resume: takes an --out"),
    ([*READ, "--out", "/dev/full"], "cli.input_output", "/dev/full failed: the disk"),
    ([*READ, "--resume", "--overwrite"], "cli.usage", "pass --overwrite or --resume"),
    ([*READ, "--default-region", "XX"], "setting.invalid", REGION),
    ([*READ, "--policy", "folder"], "cli.usage", A_FOLDER),
    ([*READ, "--policy", "bytes"], "setting.invalid", "--policy: bytes is not text in"),
    ([*READ, "--policy", "no.toml"], "setting.invalid", "not valid TOML at line 1"),
    ([*READ, "--policy", "key.toml"], "setting.invalid", "--policy: does not know 'x'"),
    ([*READ, "--policy", "kind.toml"], "setting.invalid", "kind.toml: strict: takes"),
    (["send"], "cli.usage", "Missing argument 'TO'"),
    (["send", NUMBER], "setting.invalid", "set VERIFY_PROVIDER"),
    (["send", "xyz", "--provider", "fake://"], "phone.letters", "in digits"),
    ([*SEND, "--resend", "x"], "reference.malformed", "reference: token refused"),
    ([*SEND, "--nope"], "cli.usage", "No such option"),
    (["serve", "--port", "x"], "cli.usage", "Invalid value for '--port'"),
    (["serve", "--port", "TAKEN"], "cli.usage", "is in use; --port 0 takes a free"),
    ([*SERVE, "--host", "gone.invalid"], "cli.usage", "gone.invalid: no such name"),
    ([*SERVE, "--host", "192.0.2.1"], "cli.usage", "is not this machine's"),
    ([*SERVE, "--config", "gone"], "cli.usage", NO_FILE),
    ([*SERVE, "--config", "bytes"], "cli.usage", "config: is not text in UTF-8"),
    ([*SERVE, "--config", "key.toml"], "cli.usage", "config: needs a table"),
    ([*SERVE, "--tls-cert", "bytes"], "cli.usage", "--tls-cert: bytes has no"),
    ([*SERVE, "--proxy-ca", "gone/x"], "cli.usage", "there is no such file or folder"),
    ([*SERVE, "--proxy-ca", "/dev/full"], "cli.usage", "/dev/full is there already"),
    ([*SERVE, "--allow-origin", "x"], "cli.usage", "allow-origin: takes"),
]

JARGON = re.compile(
    r"(?<!raises )\b[A-Za-z]+(?:Error|Exception)\b|Errno|Traceback"
    r"|<class|object at|\bNone\b|NoneType"
)
"""What Python says; what a bench of the reader's own raises has its name."""


def leaves(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """The names of every command that is not a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, *names, name)
        else:
            yield *names, name


ALL = list(leaves(commands.verify_core))


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: files of every wrong kind, and some that are right."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    files = {
        "ok.csv": f"phone\n{NUMBER}\n",
        "no.toml": "x = \n",
        "key.toml": "x = 1\n",
        "kind.toml": "strict = 1\n",
        "private": "secret",
        "broken.py": "1 / 0\n",
        "bench.py": (
            "from verify_core.testing import Harness\n"
            "HARNESS = Harness(name='mine', open=lambda: None)\n"
        ),
        "one.json": json.dumps(export(WHOLE)),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "private").chmod(0o600)
    (tmp_path / "bytes").write_bytes(b"\xff\xff")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_has_wrong_inputs() -> None:
    tried = {tuple(line[: len(name)]) for line, *_ in WRONG for name in ALL if line}

    assert set(ALL) <= tried


def has_json(line: list[str]) -> bool:
    """Whether a line's command prints JSON; one that serves prints lines of its own."""
    command: click.Command | None = commands.verify_core
    for word in line:
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word)
    return command is None or any(each.name == "as_json" for each in command.params)


@pytest.mark.parametrize(
    ("line", "reason", "words", "as_json"),
    [(*row, False) for row in WRONG]
    + [([*line, "--json"], *row, True) for line, *row in WRONG if has_json(line)],
    ids=lambda each: f"{each}",
)
def test_a_wrong_input_is_answered_with_one_plain_sentence(
    home: Path,
    taken: str,
    line: list[str],
    reason: str,
    words: str,
    *,
    as_json: bool,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gone = str(closed.getsockname()[1])
    places = {"TAKEN": taken, "http://127.0.0.1:CLOSED": f"http://127.0.0.1:{gone}"}
    own = {"HOME": f"{home}", "VERIFY_PROVIDER": None, "VERIFY_TOKEN_KEY": None}

    result = CliRunner(env=own).invoke(
        commands.verify_core, [places.get(each, each) for each in line], input=""
    )

    if as_json:
        error = json.loads(result.stdout)["error"]
        sentence, found = error["message"], error["reason"]
        assert result.stderr == ""
    else:
        (sentence,) = result.stderr.splitlines()
        found = sentence.rpartition(" [")[2].removesuffix("]")
        assert result.stdout == ""
    assert found == reason
    assert words in sentence
    assert not JARGON.search(sentence)
    assert result.exit_code == (2 if reason in {"cli.usage", "setting.invalid"} else 4)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("name", ALL, ids=" ".join)
def test_json_that_standard_output_does_not_take_goes_to_standard_error(
    name: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as left:
            commands.verify_core.main([*name, "--nope", "--json"])
        monkeypatch.undo()
        with suppress(OSError):
            full.close()

    assert left.value.code == 2
    assert json.loads(capsys.readouterr().err)["error"]["reason"] == "cli.usage"
