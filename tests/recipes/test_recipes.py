"""The programs of docs/how-to/other-languages.md, each by its language."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import running

pytestmark = pytest.mark.languages

_PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/other-languages.md"
#: Heading, the file's name, and what runs it.
_PROGRAMS = {
    "curl": ("verify.sh", ["bash", "-euo", "pipefail"]),
    "Node, by fetch": ("verify.mjs", ["node"]),
    "PHP": ("verify.php", ["php"]),
    "Ruby": ("verify.rb", ["ruby"]),
    "Go": ("verify.go", ["go", "run"]),
    "Java, for JUnit": ("VerifyTest.java", ["java"]),
}
#: Headings whose programs cannot be run here, or run elsewhere.
_OTHERS = {"Cypress", "pytest"}


def sections() -> dict[str, str]:
    """The text under each heading of the page."""
    parts = re.split(r"(?m)^## (.+)$", _PAGE.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


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
    program = re.search(r"(?ms)^```\w+\n(.*?)^```$", sections()[language])
    assert program is not None
    (tmp_path / name).write_text(program[1], encoding="utf-8")

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
