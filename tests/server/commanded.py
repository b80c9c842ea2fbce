"""`verify-core serve` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PATH = os.pathsep.join(str(Path(root).resolve()) for root in (".", "fakes"))


@contextmanager
def started(
    *options: str, stdout: int | IO[str] = subprocess.PIPE, **environ: str
) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "verify_fakes", "--port", "0", *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": _PATH, **environ},
    )
    try:
        yield server
    finally:
        server.kill()
        server.communicate()


def hello(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    first = server.stdout.readline()
    assert first.startswith("Listening on http://"), server.communicate()
    return first.removeprefix("Listening on ").strip()
