"""TLS, proxies and the environment, for both drivers on real sockets."""

from __future__ import annotations

import itertools
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.drivers import GET, POST, SLACK_S, ask, client, zero
from tests.support.loopback import Loopback, http
from verify_core.errors import InvalidSetting
from verify_providers.http import HttpAnswer, NoAnswer
from verify_providers.http._blocking import HttpClient

pytestmark = pytest.mark.usefixtures("driver")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, key and all in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def tls_server(
    certificate: Path, raw: bytes, pause_s: float = 0, *, plain: bool = False
) -> Iterator[int]:
    """A server for one connection; `plain` bytes break the encrypted stream."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    while not secure.recv(65536).endswith(b"x=1"):
                        pass  # closing before all is read would reset the connection
                    if plain:
                        os.write(secure.fileno(), raw)
                        return
                    for position in range(len(raw)):
                        secure.sendall(raw[position : position + 1])
                        if pause_s and done.wait(pause_s):
                            return
            except OSError:
                pass  # the client did not trust us

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        thread.join()


def test_strange_certificate_is_not_sent_to(certificate: Path) -> None:
    with tls_server(certificate, http(200, {})) as port:
        lost = ask(f"https://127.0.0.1:{port}")

    assert lost == NoAnswer(
        maybe_sent=False, reason="no secure connection could be made"
    )


def test_trusted_certificate_comes_from_the_environment_only_if_asked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with (
        tls_server(certificate, http(200, {"a": 1})) as port,
        client(f"https://127.0.0.1:{port}", trust_env=True) as made,
    ):
        answer = made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)
    assert isinstance(answer, HttpAnswer)

    with tls_server(certificate, http(200, {})) as port:
        assert isinstance(ask(f"https://127.0.0.1:{port}"), NoAnswer)


def test_deadline_holds_over_tls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with ExitStack() as stack:
        # The server ends first: asyncio closes a TLS connection with the other's help.
        server = stack.enter_context(ExitStack())
        port = server.enter_context(tls_server(certificate, http(200, {}), pause_s=0.2))
        made = stack.enter_context(client(f"https://127.0.0.1:{port}", trust_env=True))
        began = time.monotonic()
        lost = made.exchange(POST, authorization="x", seconds=0.4, elapsed_s=zero)
        taken = time.monotonic() - began
        server.close()

    assert taken < 0.4 + SLACK_S
    assert isinstance(lost, NoAnswer)
    assert lost.maybe_sent


def test_handshake_that_never_ends_is_not_sent(loopback: Loopback) -> None:
    """The other side accepts and then says nothing."""
    began = time.monotonic()

    lost = ask(loopback.url.replace("http:", "https:"), seconds=0.3)

    assert time.monotonic() - began < 0.3 + SLACK_S
    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent


def test_time_spent_on_connecting_is_not_given_to_the_handshake(
    loopback: Loopback,
) -> None:
    """A clock that jumps ahead between the two stands for a slow connection."""
    ticks = itertools.count()
    made = HttpClient(
        base_url=loopback.url.replace("http:", "https:"),
        monotonic=lambda: next(ticks) * 1.2,
    )
    with closing(made):
        began = time.monotonic()
        lost = made.exchange(POST, authorization="x", seconds=4, elapsed_s=zero)
        taken = time.monotonic() - began

    assert taken < 2.6
    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent


def test_broken_encryption_after_the_request_is_maybe_sent(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same kind of error as a failed handshake, but the request has left."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with (
        tls_server(certificate, b"HTTP/1.1 200 OK" * 9, plain=True) as port,
        client(f"https://127.0.0.1:{port}", trust_env=True) as made,
    ):
        lost = made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

    assert isinstance(lost, NoAnswer)
    assert lost.maybe_sent


def test_proxies_are_used_only_if_asked(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path stays masked above the connection on the way to a proxy, too."""
    loopback.answer = lambda _request: http(200, {})
    monkeypatch.setenv("HTTP_PROXY", loopback.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with client("http://verify.invalid", trust_env=True) as made:
        answer = made.exchange(GET, authorization="x", seconds=2, elapsed_s=zero)

    assert isinstance(answer, HttpAnswer)
    assert loopback.requests[0].target == "http://verify.invalid/a/+15553231234"
    assert isinstance(ask("http://verify.invalid", GET), NoAnswer)
    assert len(loopback.requests) == 1


def test_proxy_that_refuses_a_tunnel_is_not_sent(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.answer = lambda _request: http(403, {})
    monkeypatch.setenv("HTTPS_PROXY", loopback.url)

    with client("https://verify.invalid", trust_env=True) as made:
        lost = made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent
    assert loopback.requests[0].method == "CONNECT"


def test_socks_proxy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(InvalidSetting, match="SOCKS"):
        HttpClient(base_url="https://verify.invalid", trust_env=True)


def test_netrc_is_never_read(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    loopback.answer = lambda _request: http(200, {})

    with client(loopback.url, trust_env=True) as made:
        made.exchange(POST, authorization="Basic eA==", seconds=2, elapsed_s=zero)

    assert loopback.requests[0].headers["authorization"] == "Basic eA=="
