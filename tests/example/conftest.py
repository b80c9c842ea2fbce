"""The example application, run as its README says, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]


@frozen
class Running:
    """The application: where it is, and what it prints."""

    url: str
    process: subprocess.Popen[str]

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


Serve = Callable[[Mapping[str, str]], Running]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Starts the application with further environment variables."""
    pytest.importorskip("uvicorn")
    running: list[subprocess.Popen[str]] = []

    def start(environ: Mapping[str, str]) -> Running:
        paths = [str(ROOT), str(ROOT / "providers"), str(ROOT / "fakes")]
        process = subprocess.Popen(
            [sys.executable, "examples/login", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environ},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        hello = process.stdout.readline().strip()
        assert hello.startswith("Open http://127.0.0.1:"), hello
        return Running(hello.removeprefix("Open "), process)

    yield start
    for process in running:
        process.terminate()
        process.wait(5)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def page(chromium: Any) -> Any:  # noqa: ANN401 - selenium is optional
    """A browser that has been nowhere."""
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.set_window_size(600, 900)
    return chromium
