"""Codes of our own from the shell, each command in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.codes import wrong
from tests.support.pages import ROOT, Page
from verify_providers.own import CodeKeys, SqliteStore

NUMBER = "+1 555 323 1234"
CODE = re.compile(r"(?m)^(\d{6}) is your")
SQLITE = "own://sqlite:///codes.db?sender=console&brand=Shop"


def shell(
    folder: Path, *arguments: str, typed: str = "", script: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command, or a script of them, as a person would in that folder."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "verify-core"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m verify_core.cli "$@"\n')
    program.chmod(0o700)
    paths = [ROOT, ROOT / "providers", ROOT / "fakes"]
    environ = {
        **os.environ,
        "HOME": str(folder),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "XDG_CONFIG_HOME": str(folder),
    }
    return subprocess.run(
        ["sh", "-e", "-c", script] if script else [str(program), *arguments],
        cwd=folder,
        env=environ,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def code_in(output: str) -> str:
    found = CODE.search(output)
    assert found, output
    return found[1]


def test_send_and_check_work_across_processes(tmp_path: Path) -> None:
    sent = shell(tmp_path, "send", "--provider", SQLITE, NUMBER)
    assert sent.returncode == 0, sent.stderr
    reference, code = sent.stdout.strip(), code_in(sent.stderr)

    missed = shell(
        tmp_path, "check", reference, "--code", wrong(code), "--provider", SQLITE
    )
    passed = shell(tmp_path, "check", reference, "--code", code, "--provider", SQLITE)
    again = shell(tmp_path, "check", reference, "--code", code, "--provider", SQLITE)

    assert (missed.returncode, missed.stdout.strip()) == (3, "wrong_code")
    assert (passed.returncode, passed.stdout.strip()) == (0, "approved")
    assert (again.returncode, again.stdout.strip()) == (4, "gone")
    swept = shell(tmp_path, "own", "sweep", "--provider", SQLITE)
    assert (swept.returncode, swept.stdout) == (0, "0 dropped\n")


def test_no_file_and_no_output_but_the_message_holds_code_number_or_key(
    tmp_path: Path,
) -> None:
    sent = shell(tmp_path, "send", "--provider", SQLITE, NUMBER)
    code = code_in(sent.stderr)
    keys = CodeKeys.read(tmp_path / "codes.db.keys").to_text().reveal().split()
    stored = [file for file in tmp_path.glob("codes.db*") if file.suffix != ".keys"]

    secrets = [code, "5553231234", *(pair.partition(":")[2] for pair in keys)]
    for secret in secrets:
        for file in stored:
            assert secret.encode() not in file.read_bytes()
        assert secret not in sent.stdout
    assert sent.stderr.count(code) == 1
    assert "5553231234" not in sent.stderr


def test_the_demo_runs_on_codes_of_our_own(tmp_path: Path) -> None:
    url = "own://memory?sender=console"
    process = subprocess.Popen(
        [sys.executable, "-m", "verify_core.cli", "demo", "--provider", url],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{NUMBER}\n")
        process.stdin.flush()
        code = next(
            found[1]
            for found in map(CODE.match, iter(process.stdout.readline, ""))
            if found
        )
        output, _ = process.communicate(f"{code}\n", timeout=60)

    assert process.returncode == 0
    assert "Outcome: True" in output


def test_the_commands_of_the_page_about_keys_run_as_they_stand(tmp_path: Path) -> None:
    script = next(
        block
        for block in Page("docs/how-to/own-codes.md").blocks("sh")
        if "keys" in block
    )

    SqliteStore(tmp_path / "codes.db").close()  # what a start would have made

    ran = shell(tmp_path, script=script)

    assert ran.returncode == 0, ran.stderr
    kept = CodeKeys.read(tmp_path / "own.keys").to_text().reveal().split()
    assert len(kept) == 3  # the index, the new key, and the one before


def test_the_commands_of_the_page_about_mail_send_one_and_check_it(
    tmp_path: Path,
) -> None:
    pytest.importorskip("aiosmtpd")
    from tests.own.senders.test_smtp import Mailbox, real_server

    script = next(
        block
        for block in Page("docs/how-to/own-codes.md").blocks("sh")
        if "SMTP_FROM" in block
    )
    sending, _, checking = script.partition("verify-core check")
    mailbox = Mailbox()
    with real_server(mailbox) as port:
        there = quote(f"smtp://127.0.0.1:{port}", safe="")
        sending = sending.replace("smtp%3A%2F%2Fsmtp.shop.example", there)
        sending = sending.replace("SMTP_USER=codes@shop.example SMTP_PASSWORD=...", "")
        sent = shell(tmp_path, script=sending)
        assert sent.returncode == 0, sent.stderr
        [envelope] = mailbox.envelopes
        code = code_in(bytes(envelope.content or b"").decode())
        exported = sending.partition("verify-core send")[0]
        checked = shell(
            tmp_path,
            script=exported
            + f"verify-core check{checking}".replace("--code 123456", f"--code {code}"),
        )

    assert envelope.rcpt_tos == ["ada@shop.example"]
    assert (checked.returncode, checked.stdout.strip()) == (0, "approved")
