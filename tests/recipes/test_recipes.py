"""The programs of docs/how-to/other-languages.md, each by its language."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import npm
from tests.support.chromium import binary
from tests.support.served import running

pytestmark = pytest.mark.languages

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = _ROOT / "docs/how-to/other-languages.md"
#: Heading, the file's name, and what runs it.
_PROGRAMS = {
    "curl": ("verify.sh", ["bash", "-euo", "pipefail"]),
    "Node, by fetch": ("verify.mjs", ["node"]),
    "PHP": ("verify.php", ["php"]),
    "Ruby": ("verify.rb", ["ruby"]),
    "Go": ("verify.go", ["go", "run"]),
    "Java, for JUnit": ("VerifyTest.java", ["java"]),
}
#: Headings whose programs cannot be run here, or are run by another test.
_OTHERS = {"Cypress", "Playwright", "pytest"}


def sections() -> dict[str, str]:
    """The text under each heading of the page."""
    parts = re.split(r"(?m)^## (.+)$", _PAGE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def program(heading: str) -> str:
    """The program under a heading."""
    found = re.search(r"(?ms)^```\w+\n(.*?)^```$", sections()[heading])
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def fake() -> Iterator[str]:
    with running() as url:
        yield url


def test_every_section_is_run_or_says_why_not() -> None:
    assert set(sections()) == {*_PROGRAMS, *_OTHERS}


@pytest.mark.parametrize("language", _PROGRAMS)
def test_the_program_ends_with_approval(
    fake: str, language: str, tmp_path: Path
) -> None:
    name, command = _PROGRAMS[language]
    tool = "curl" if language == "curl" else command[0]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (tmp_path / name).write_text(program(language), encoding="utf-8")

    ran = subprocess.run(
        [*command, name],
        cwd=tmp_path,
        env={**os.environ, "FAKE": fake, "GOFLAGS": "-buildvcs=false"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    assert "approved" in ran.stdout


@pytest.fixture
def app(fake: str) -> Iterator[str]:
    """The example of a login, which sends through the server."""
    pytest.importorskip("uvicorn")
    paths = (_ROOT, _ROOT / "providers", _ROOT / "fakes")
    ours = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
        "TWILIO_VERIFY_SERVICE_SID": "VA" + "b" * 32,
    }
    provider = f"twilio://?base_url={fake}"
    command = [sys.executable, "examples/login", "--port", "0", "--provider", provider]
    with subprocess.Popen(
        command,
        cwd=_ROOT,
        env={**os.environ, **ours},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().removeprefix("Open ")
        finally:
            process.terminate()


@pytest.mark.browser
@pytest.mark.node
def test_playwright_signs_in(fake: str, app: str) -> None:
    chromium = binary()
    modules = npm.node_modules()
    # Beside the modules, for Node looks for them from where the program is.
    with tempfile.TemporaryDirectory(dir=modules.parent, prefix=".recipe-") as folder:
        file = Path(folder, "verify.mjs")
        file.write_text(program("Playwright"), encoding="utf-8")
        ran = subprocess.run(
            [npm.node(), str(file)],
            env={**os.environ, "FAKE": fake, "APP": app, "CHROMIUM": chromium},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "approved\n"
