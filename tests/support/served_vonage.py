"""A fake Vonage on a socket, with or without TLS of a private authority."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from attrs import define, field

KEY, SECRET = "a1b2c3d4", "s3cret"


@contextmanager
def commanded(*options: str | Path) -> Iterator[str]:
    """`verify-core serve --vendor vonage` in a process of its own; gives its URL."""
    # The child ends with its standard input, so also when this process dies.
    child = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "verify_fakes.served._process",
                "--vendor",
                "vonage",
            ),
            *("--port", "0", *map(str, options)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        first = child.stdout.readline().strip()
        assert first.startswith("Listening on "), first
        yield first.removeprefix("Listening on ")
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(10)


def certified(folder: Path) -> tuple[Path, Path]:
    """Files of an authority's certificate, and of a server's with its key."""
    import trustme

    authority = trustme.CA()
    ca, server = folder / "ca.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(ca)
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(server)
    return ca, server


@define(eq=False)
class Account:
    """One account of a server, by plain HTTP."""

    url: str
    name: str = KEY
    session: requests.Session = field(factory=requests.Session)

    def vonage(self, method: str, path: str = "", body: object = None) -> Any:  # noqa: ANN401
        """A request to Vonage's API; the path below `/v2/verify`."""
        url = f"{self.url}/v2/verify{path}"
        return self.session.request(
            method, url, json=body, auth=(self.name, SECRET), timeout=10
        )

    def start(self, to: str, channel: str = "sms", **more: Any) -> Any:  # noqa: ANN401
        """A start of one step."""
        step = {"channel": channel, "to": to}
        return self.vonage("POST", "", {"brand": "ACME", "workflow": [step], **more})

    def door(
        self,
        method: str,
        path: str,
        body: object = None,
        **query: Any,  # noqa: ANN401
    ) -> requests.Response:
        """A request to the side door, about this account."""
        url = f"{self.url}/_fake/accounts/{self.name}{path}"
        return self.session.request(method, url, json=body, params=query, timeout=10)

    def messages(self) -> list[dict[str, Any]]:
        """What people received."""
        return list(self.door("GET", "/messages").json()["messages"])
