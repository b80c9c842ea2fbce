"""A server that is a proxy too, as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from verify_fakes.served import ServedTwilio

_ROOT = Path(__file__).resolve().parents[2]
PYTHONPATH = os.pathsep.join(str(_ROOT / name) for name in (".", "providers", "fakes"))


@frozen(kw_only=True)
class ProxyServer:
    """
    One that runs.

    Attributes:
        url: Of the server, and of the proxy.
        ca: The file with the certificate to trust.
        process: Its process.
    """

    url: str
    ca: str
    process: subprocess.Popen[str]

    def account(self) -> ServedTwilio:
        return ServedTwilio(url=self.url)


@contextmanager
def proxied(*options: str) -> Iterator[ProxyServer]:
    """A server with `--proxy`, and what it said at its start."""
    process = subprocess.Popen(
        [sys.executable, "-m", "verify_fakes", "--port", "0", "--proxy", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    )
    try:
        assert process.stdout is not None
        listening, proxy = process.stdout.readline(), process.stdout.readline()
        assert listening.startswith("Listening on "), process.communicate()
        url = listening.removeprefix("Listening on ").strip()
        at, ca = proxy.removeprefix("Proxy on ").split(" with the CA certificate ")
        assert at == url
        yield ProxyServer(url=url, ca=ca.strip(), process=process)
    finally:
        process.terminate()
        process.communicate(timeout=10)
