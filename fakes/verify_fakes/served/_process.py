"""
`verify-core serve` as a child that cannot outlive its parent; both halves of it.

The child's standard input is a pipe that stays empty; when the parent is gone, however
it ended, the pipe ends and so does the server.
"""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO

from ._account import ServedTwilio

_END_S = 5.0
_HELLO = "Listening on "


class ServerDidNotStart(RuntimeError):
    """The server ended before it listened; the message is what it said."""


class FakeServerProcess:
    """
    A running `verify-core serve` that ends with this process, or sooner by `stop`.

    Raises:
        ServerDidNotStart: It could not; says what is missing.

    Attributes:
        url: Where it listens.
    """

    def __init__(self) -> None:
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - see stop()
        # -P: the server imports nothing from the folder that the tests run in.
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "verify_fakes.served._process", "--port", "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environ(),
        )
        self.url = self._await_hello()

    def new_account(self, *, seed: int | None = None) -> ServedTwilio:
        """An unused account; without a seed, its codes and sids are unpredictable."""
        account = ServedTwilio(url=self.url)
        if seed is not None:
            account.reset(seed=seed)
        return account

    def stop(self) -> None:
        """End it; nothing happens if it has ended."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._said.close()

    def _await_hello(self) -> str:
        assert self._child.stdout is not None  # noqa: S101 - for type checkers
        first = self._child.stdout.readline().decode().strip()
        if first.startswith(_HELLO):
            return first.removeprefix(_HELLO)
        self._child.wait(_END_S)
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()
        self.stop()
        raise ServerDidNotStart(f"the fake server did not start: {said or first}")


def _environ() -> dict[str, str]:
    # A token meant for a server of one's own would lock the tests out of theirs.
    mine = dict(os.environ)  # noqa: TID251 - handed on to the child, not read
    mine.pop("VERIFY_FAKES_TOKEN", None)
    return mine


def main() -> None:
    """The child: serve until asked to end, or until standard input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    runpy.run_module("verify_fakes", run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
