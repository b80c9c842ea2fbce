"""A fake Vonage on a socket, with or without TLS of a private authority."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import jwt
import requests
from attrs import Factory, define, field, frozen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

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


@frozen(kw_only=True)
class Application:
    """An application of Vonage's: its id and its keys, as PEM."""

    id: str = Factory(lambda: str(uuid4()))
    private: str = field(repr=False)
    public: str

    def bearer(self) -> dict[str, str]:
        """The header of a request that it makes now."""
        claims = {"application_id": self.id, "iat": int(time()), "jti": str(uuid4())}
        token = jwt.encode(claims, self.private, algorithm="RS256")
        return {"Authorization": f"Bearer {token}"}


def application() -> Application:
    """One with a pair of keys of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Application(private=private.decode(), public=public.decode())


@define(eq=False)
class Account:
    """
    One account of a server, by plain HTTP.

    Attributes:
        application: Asks for it with its token; None: by key and secret.
    """

    url: str
    name: str = KEY
    session: requests.Session = field(factory=requests.Session)
    application: Application | None = None

    def vonage(self, method: str, path: str = "", body: object = None) -> Any:  # noqa: ANN401
        """A request to Vonage's API; the path below `/v2/verify`."""
        url = f"{self.url}/v2/verify{path}"
        own = self.application
        auth = (self.name, SECRET) if own is None else None
        headers = {} if own is None else own.bearer()
        return self.session.request(
            method, url, json=body, auth=auth, headers=headers, timeout=10
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
