"""A server in a process of its own, with bounds of one's own, to be attacked."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import requests
from attrs import asdict, frozen

from verify_fakes.server._bounds import Bounds

_SERVE = """
import sys
from contextlib import nullcontext
from verify_fakes.server import _serving as serving
from verify_fakes.server._bounds import Bounds
vendor, proxied, given = sys.argv[1], sys.argv[2] == "True", eval(sys.argv[3])
bounds = Bounds(**given)
if vendor == "twilio":
    from verify_fakes.server.twilio._app import FakeTwilioApp as App
    from verify_fakes.server.twilio._settings import TwilioSettings as Settings
else:
    from verify_fakes.server.vonage._app import FakeVonageApp as App
    from verify_fakes.server.vonage._settings import VonageSettings as Settings
from verify_fakes.server._authority import opened
from verify_fakes.server._proxy import Proxy
with opened() if proxied else nullcontext() as authority:
    proxy = Proxy(authority=authority) if proxied else None
    app = App(Settings(bounds=bounds))
    serving.serve(app, serving.listen("127.0.0.1", 0), proxy)
"""
_PATH = os.pathsep.join(str(Path(root).resolve()) for root in (".", "fakes"))


@frozen(kw_only=True)
class Target:
    """
    A server that runs.

    Attributes:
        vendor: `twilio` or `vonage`.
        url: Where it listens.
        ca: The certificate that its tunnels are trusted by; None where it is no proxy.
        bounds: What it is held to.
        pid: Of its process.
    """

    vendor: str
    url: str
    ca: Path | None
    bounds: Bounds
    pid: int
    _stderr: IO[bytes]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    @property
    def resident(self) -> int:
        """Bytes of memory that it has now; 0 where the system does not say."""
        with suppress(OSError):
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        return 0

    @property
    def said(self) -> str:
        """What it has written to its standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def is_well(self) -> bool:
        """Whether it answers, and has nothing to complain of."""
        answer = requests.get(f"{self.url}/_fake/health", timeout=10)
        return answer.ok and not self.said


@contextmanager
def target(
    vendor: str = "twilio", *, proxy: bool = False, bounds: Bounds | None = None
) -> Iterator[Target]:
    """
    A server that ends with the block.

    Args:
        vendor: `twilio` or `vonage`.
        proxy: Whether it answers CONNECT.
        bounds: None is as by default.
    """
    held_to = bounds or Bounds()
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, vendor, str(proxy), repr(asdict(held_to))],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, "PYTHONPATH": _PATH},
        )
        try:
            assert process.stdout is not None
            first = process.stdout.readline().strip()
            assert first.startswith("Listening on "), first
            ca = process.stdout.readline().rpartition(" ")[2] if proxy else None
            yield Target(
                vendor=vendor,
                url=first.removeprefix("Listening on "),
                ca=None if ca is None else Path(ca.strip()),
                bounds=held_to,
                pid=process.pid,
                stderr=stderr,
            )
        finally:
            process.terminate()
            process.communicate(timeout=10)
