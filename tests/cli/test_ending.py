"""How the real process ends: its status, its last line, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from verify_core.cli import _commands as commands
from verify_core.cli._ending import ended

HERE = f"{shlex.quote(sys.executable)} -m verify_core.cli"
DEMO = "demo --to +15553231234 --answer-from-inbox"
SEND = "send --provider fake:// +15553231234"
ACCOUNT, SERVICE = "AC" + "a" * 32, "VA" + "b" * 32


def run(
    line: str, home: Path, **variables: str | bytes
) -> subprocess.CompletedProcess[str]:
    """A shell line in which `verify` is the command."""
    paths = os.pathsep.join(filter(None, sys.path))
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": paths}
    return subprocess.run(
        [
            "/bin/bash",
            "-c",
            "set -o pipefail; verify() { " + HERE + ' "$@"; }; ' + line,
        ],
        env={**own, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answered(line: str, home: Path, **variables: str) -> Result:
    """A command's answer in this process, with nothing on standard input."""
    own = {"HOME": str(home), "VERIFY_PROVIDER": None, "VERIFY_TOKEN_KEY": None}
    runner = CliRunner(env={**own, **variables})
    return runner.invoke(commands.verify_core, shlex.split(line), input="")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("verify check --provider fake:// --code 1 <&-", 2),
        ("verify check --provider fake:// x <&-", 2),
        ("verify demo <&-", 2),
        ("verify demo </dev/null", 2),
        (f"verify {DEMO} | true", None),
        (f"verify {DEMO} >/dev/full", 4),
        ("verify providers >/dev/full", 4),
        (f"verify {DEMO} >&-", 4),
        (f"verify {SEND} >&-", 4),
        (f"verify {DEMO} 2>&-", 0),
        (f"HOME=/proc verify {SEND}", 2),
    ],
)
def test_every_end_has_a_status_of_the_table(
    line: str, status: int | None, tmp_path: Path
) -> None:
    result = run(line, tmp_path)

    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    # A reader that leaves may do so before or after the last line is written.
    assert result.returncode in ({0, 4} if status is None else {status}), result.stderr
    assert bool(result.stderr.strip()) or result.returncode == 0


def test_ctrl_c_at_a_question_is_an_error(tmp_path: Path) -> None:
    paths = os.pathsep.join(filter(None, sys.path))
    # Whoever runs the tests in the background has Ctrl-C switched off for children.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from verify_core.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "demo"],
        env={"HOME": str(tmp_path), "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)  # it asks
        # Once is not always enough: between asking and waiting for the answer a signal
        # is noted by Python and looked at only after the answer.
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        printed = process.stderr.read().decode()

    assert process.returncode == 4
    assert printed.strip() == "interrupted [cli.interrupted]"


@pytest.mark.parametrize("content", [b"\xff", b"", b"short"])
def test_a_spoilt_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ".config" / "verify-core" / "token.key"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)

    result = run(f"verify {SEND}", tmp_path)

    assert result.returncode == 2
    assert str(file) in result.stderr
    assert "Traceback" not in result.stderr


def test_first_commands_at_once_agree_on_one_key(tmp_path: Path) -> None:
    jobs = " ".join(f"verify {SEND} & p{n}=$!;" for n in range(4))
    waits = " && ".join(f"wait $p{n}" for n in range(4))

    result = run(f"{jobs} {waits}", tmp_path)

    assert result.returncode == 0, result.stderr
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [
        "token.key"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "send +15553231234",
        "send +15553231234 --provider nope://",
        "send +15553231234 --provider fake:// --channel fax",
        "send +15553231234 --provider fake:// --nope",
        SEND,
        "check --provider fake://",
        "demo",
        "read-number 5553231234 --default-region zz",
        "send 1 twilio://AC:HUSH@verify/VA",
        "nonsense",
    ],
)
def test_wrong_usage_is_one_json_document_too(line: str, tmp_path: Path) -> None:
    bad_key = {"VERIFY_TOKEN_KEY": "HUSH"} if line == SEND else {}

    result = answered(f"{line} --json", tmp_path, **bad_key)

    assert result.exit_code == 2
    shown = json.loads(result.stdout)
    assert shown.keys() == {"error"}
    assert shown["error"]["reason"]
    assert shown["error"]["message"]
    assert "HUSH" not in result.output


def test_so_it_is_in_a_process_of_its_own(tmp_path: Path) -> None:
    result = run("verify check --json --provider fake:// </dev/null", tmp_path)

    assert result.returncode == 2
    assert json.loads(result.stdout).keys() == {"error"}


@pytest.mark.parametrize("option", ["", "--json"])
def test_a_vanished_verification_is_an_error_by_both_signs(
    tmp_path: Path, option: str
) -> None:
    check = f"verify check {option} --provider fake:// --code 1234"
    result = run(f"verify {SEND} | {check} 2>/dev/null", tmp_path)

    assert result.returncode == 4
    if option:
        shown = json.loads(result.stdout)
        assert shown["verdict"] == "gone"
        assert shown["error"]["reason"] == "verdict.gone"


@pytest.mark.parametrize("option", ["", "--json"])
def test_a_token_of_broken_bytes_is_never_shown(tmp_path: Path, option: str) -> None:
    result = run(
        f"verify send {option} --provider twilio:// +15553231234",
        tmp_path,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=b"SECRETTOK\xff",
        TWILIO_VERIFY_SERVICE_SID=SERVICE,
    )

    assert result.returncode == 2
    assert "auth_token" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert "SECRETTOK" not in result.stdout + result.stderr


def test_output_survives_a_locale_without_the_character(tmp_path: Path) -> None:
    result = run(
        "verify demo --to 'jürgen@example.org' --answer-from-inbox",
        tmp_path,
        PYTHONIOENCODING="ascii",
    )

    assert "Traceback" not in result.stderr
    assert "Outcome:" in result.stdout


def test_what_nobody_foresaw_is_one_line_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("HUSH")

    status = ended(fail, as_json=False)

    assert status == 4
    assert (
        capsys.readouterr().err == "unexpected error: ZeroDivisionError "
        "[cli.unexpected]\n"
    )


def test_what_failed_under_way_is_no_wrong_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        raise click.ClickException("a process was killed")

    assert ended(fail, as_json=False) == 4
    assert capsys.readouterr().err == "a process was killed [cli.failed]\n"


@pytest.mark.parametrize("json_", ["", " --json"])
@pytest.mark.parametrize("extra", ["482913", "482 913"])
def test_what_was_typed_in_the_wrong_place_is_not_repeated(
    extra: str, json_: str, tmp_path: Path
) -> None:
    result = answered(f"check REF {extra}{json_}", tmp_path)

    assert result.exit_code == 2
    assert "unexpected extra argument" in result.output
    assert "913" not in result.output


@pytest.mark.parametrize(
    "line",
    [
        "482913",
        "+15553231234 --json",
        "send +15553231234 --15553231234",
        "send +15553231234 --channel 482913 --provider fake://",
        "send +15553231234 --channel pat@example.org --provider fake:// --json",
    ],
)
def test_what_is_no_command_or_choice_is_not_repeated(
    line: str, tmp_path: Path
) -> None:
    result = answered(line, tmp_path)

    assert result.exit_code == 2
    assert "***" in result.output or "channel" in result.output
    assert not re.search("482913|5553231234|pat@", result.output)


def test_json_as_a_text_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        commands.verify_core.main(["read-number", "--", "--json"])

    assert left.value.code == 4
    assert not capsys.readouterr().out
