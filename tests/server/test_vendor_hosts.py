"""`--vendor-hosts`: the server in the place of the vendor's own names."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("trustme", reason="the server's libraries are not installed")

from tests.server.commanded import hello, started

HERE = r"Vendor's hosts on https://127\.0\.0\.1:(\d+) with the CA certificate (.+)\n"


@contextmanager
def vendor(*options: str) -> Iterator[tuple[int, str, str]]:
    """The port of the vendor's hosts, the CA's file and the line of the hosts file."""
    with started("--vendor-hosts", "0", *options) as server:
        hello(server)
        assert server.stdout is not None
        found = re.fullmatch(HERE, server.stdout.readline())
        assert found is not None
        line = server.stdout.readline().removeprefix("Line for the hosts file: ")
        yield int(found[1]), found[2], line.strip()


def ask(port: int, ca: str, name: str, path: str) -> bytes:
    """The first line of an answer, by a client that believes itself at that host."""
    trusting = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as line,
        trusting.wrap_socket(line, server_hostname=name) as secure,
    ):
        secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        return secure.recv(65536).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    ("name", "path", "others"),
    [
        ("twilio", "/v2/Services", ["verify.dublin.ie1.twilio.com"]),
        ("vonage", "/v2/verify", ["api-eu-3.vonage.com"]),
    ],
)
def test_a_client_believes_each_of_the_vendors_hosts(
    name: str, path: str, others: list[str]
) -> None:
    with vendor("--vendor", name) as (port, ca, line):
        here, *names = line.split()
        assert here == "127.0.0.1"
        assert len(names) >= 2

        for host in (*names, *others):
            assert re.match(rb"HTTP/1\.1 4\d\d ", ask(port, ca, host, path)), host


def test_no_other_host_is_believed() -> None:
    with (
        vendor() as (port, ca, _),
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        ask(port, ca, "example.org", "/v2/Services")


def test_under_the_vendors_name_there_is_the_api_alone() -> None:
    with vendor() as (port, ca, _):
        assert b" 401 " in ask(port, ca, "verify.twilio.com", "/_fake/messages")


def test_the_certificate_stays_where_it_was_wanted(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with vendor("--hosts-ca", str(file)) as (port, ca, _):
        assert ca == str(file)
        assert b" 401 " in ask(port, ca, "verify.twilio.com", "/v2/Services")
    assert b"PRIVATE" not in file.read_bytes()
