"""The three tutorials: every step is taken, in order, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.pages import Page
from verify_fakes.served import ServedTwilio
from verify_fakes.served._process import FakeServerProcess

_STEP = r"(?ms)(.*?)^```(python|sh|text)\n(.*?)^```"
_FROM_ELSEWHERE = ("VERIFY_", "TWILIO_", "VONAGE_", "PYTEST_", "HYPOTHESIS_")
ACCOUNT = "AC11111111111111111111111111111111"


class Reader:
    """
    Does what a tutorial says: writes files, types commands, compares what is printed.

    Args:
        page: The tutorial.
        folder: Where the reader works.
        read: Changes a block of shell as a reader would, such as the code in it.
    """

    def __init__(
        self, page: str, folder: Path, read: Callable[[str], str] = str
    ) -> None:
        self.steps = [
            (before, language, block)
            for before, language, block in re.findall(_STEP, Page(page).text)
        ]
        self.folder = folder
        self.read = read
        self.names: dict[str, object] = {}
        self.printed = ""
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(_FROM_ELSEWHERE)
        }
        path = f"{Path(sys.executable).parent}:{kept['PATH']}"
        self.environ = kept | {"PATH": path, "HOME": str(folder), "NO_COLOR": "1"}
        self.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a reader has few of ours

    def follow(self) -> None:
        """Take every step."""
        for before, language, block in self.steps:
            getattr(self, f"_{language}")(block, before)

    def _python(self, block: str, before: str) -> None:
        file = re.search(r"`(\w+\.py)`:\s*$", before)
        if file is None:
            with pytest.MonkeyPatch.context() as patch:
                for name in self.environ.keys() - os.environ.keys():
                    patch.setenv(name, self.environ[name])
                exec(compile(block, "tutorial", "exec"), self.names)
            return
        target = self.folder / file[1]
        adds = re.search(r"Add to\s+`\w+\.py`:\s*$", before)
        so_far = target.read_text("utf-8") if adds else ""
        target.write_text(so_far + block, "utf-8")

    def _sh(self, block: str, _before: str) -> None:
        if "pip install" in block or "serve" in block:
            return
        for name, value in re.findall(r"(\w+)='?([^\s']+)", self.read(block)):
            self.environ[name] = value
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.read(block)],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        self.printed = done.stdout + done.stderr

    def _text(self, block: str, _before: str) -> None:
        for line in block.splitlines():
            assert line in self.printed, self.printed


@pytest.fixture
def server() -> Iterator[str]:
    running = FakeServerProcess()
    yield running.url
    running.stop()


@pytest.mark.tutorial
def test_a_login_is_developed_offline(tmp_path: Path, server: str) -> None:
    inbox = ServedTwilio(url=server, account_sid=ACCOUNT)

    def read(block: str) -> str:
        codes = [message.code for message in inbox.outbox]
        block = block.replace("http://127.0.0.1:4010", server)
        return re.sub(r"\bCODE\b", codes[-1] if codes else "", block)

    Reader("docs/start/offline.md", tmp_path, read).follow()

    assert (tmp_path / "reference.txt").read_text("utf-8").strip()


@pytest.mark.tutorial
def test_input_rules_are_held_by_properties(tmp_path: Path) -> None:
    Reader("docs/start/input-rules.md", tmp_path).follow()


@pytest.mark.tutorial
def test_a_login_changes_its_provider(tmp_path: Path) -> None:
    Reader("docs/start/another-provider.md", tmp_path).follow()


@pytest.mark.parametrize("page", ["offline", "input-rules", "another-provider"])
def test_the_extras_that_a_tutorial_installs_exist(page: str) -> None:
    from importlib.metadata import metadata

    known = metadata("verify-core").get_all("Provides-Extra") or []
    text = Page(f"docs/start/{page}.md").text

    for listed in re.findall(r"verify-core\[([\w,]+)\]", text):
        assert set(listed.split(",")) <= set(known)
