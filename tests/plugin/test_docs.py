"""docs/how-to/testing.md, "In your tests": its blocks run as tests of somebody else."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import npm
from verify_fakes.served._process import FakeServerProcess

ROOT = Path(__file__).resolve().parents[2]
SECTION = (
    (ROOT / "docs" / "how-to" / "testing.md")
    .read_text(encoding="utf-8")
    .partition("## In your tests")[2]
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.sdk
def test_pytest_blocks_pass_as_they_stand(
    run: Callable[..., pytest.RunResult],
) -> None:
    pytest.importorskip("twilio")
    pytest.importorskip("httptools")

    run("\n".join(blocks("python"))).assert_outcomes(passed=2)


@pytest.mark.node
def test_node_block_passes_as_it_stands(tmp_path: Path) -> None:
    pytest.importorskip("httptools")
    node, modules = npm.node(), npm.node_modules()
    (script,) = blocks("js")
    (tmp_path / "login.test.mjs").write_text(script, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(modules, target_is_directory=True)
    server = FakeServerProcess()

    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "login.test.mjs"],
        cwd=tmp_path,
        env={**os.environ, "FAKE_TWILIO_URL": server.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    server.stop()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 1" in done.stdout
