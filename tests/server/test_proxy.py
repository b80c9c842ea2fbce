"""`--proxy`: what may be asked for, and what a client can do wrong."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

pytest.importorskip("trustme", reason="the server's libraries are not installed")


from tests.server.commanded import started
from tests.support.each import require_each
from tests.support.served import Account, served, serving
from verify_fakes.server._authority import Authority, opened
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._proxy import Proxy
from verify_fakes.server._serving import url_of
from verify_fakes.server.twilio._app import FakeTwilioApp

VERIFY = "verify.twilio.com"
TO = "+15553231234"
ASKED = f"CONNECT {VERIFY}:443 HTTP/1.1\r\nHost: {VERIFY}:443\r\n\r\n".encode()


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with opened() as it:
        yield Proxy(authority=it)


@pytest.fixture(scope="module", params=["asyncio", "auto"])
def url(proxy: Proxy, request: pytest.FixtureRequest) -> Iterator[str]:
    bounds = Bounds(linger_s=0.2)
    with serving(
        FakeTwilioApp(), loop=request.param, proxy=proxy, bounds=bounds
    ) as url:
        yield url


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        yield line


def everything(line: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    said = b""
    while part := line.recv(65536):
        said += part
    return said


def head(line: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"\r\n\r\n"):
        part = line.recv(1)
        assert part, said
        said += part
    return said


def trusting(proxy: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(proxy.authority.certificate))


@contextmanager
def tunnel(url: str, proxy: Proxy, host: str = VERIFY) -> Iterator[ssl.SSLSocket]:
    """A TLS connection that believes to be with that host."""
    with connected(url) as line:
        line.sendall(f"CONNECT {host}:443 HTTP/1.0\r\n\r\n".encode())
        # twilio-php looks for the second word in this case.
        assert head(line).startswith(b"HTTP/1.1 200 Connection established\r\n")
        with trusting(proxy).wrap_socket(line, server_hostname=host.lower()) as secure:
            yield secure


def ask(line: socket.socket, path: str, host: str = VERIFY) -> bytes:
    line.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    return everything(line)


def test_it_leads_nowhere_else(url: str) -> None:
    targets = [
        "example.org:443",
        "api.twilio.com:443",
        "verify.twilio.com:80",
        "verify.twilio.com:4430",
        "verify.twilio.com",
        "verify.twilio.com.example.org:443",
        "notverify.twilio.com:443",
        "verify.a.b.c.twilio.com:443",
        "verify.-_.twilio.com:443",
        "127.0.0.1:22",
        "[::1]:443",
        "localhost:443",
    ]

    def is_refused(target: str) -> None:
        asked = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"
        with connected(url) as line:
            line.sendall(asked.encode())
            said = everything(line)
        assert said.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 400 "))
        if b" 403 " in said:
            assert b"verify.twilio.com:443 and lookups.twilio.com:443 only" in said

    require_each(targets, is_refused)


@pytest.mark.parametrize(
    "host",
    [
        VERIFY,
        "lookups.twilio.com",
        "VERIFY.Twilio.com",
        "verify.dublin.ie1.twilio.com",
        "lookups.us1.twilio.com",
    ],
)
def test_it_is_taken_for_twilios_hosts(url: str, proxy: Proxy, host: str) -> None:
    with tunnel(url, proxy, host) as secure:
        said = ask(secure, "/v2/Services", host)

    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"20003" in said


def test_without_the_option_there_is_no_proxy() -> None:
    with serving(FakeTwilioApp()) as url, connected(url) as line:
        line.sendall(ASKED)

        assert everything(line).startswith(b"HTTP/1.1 400 ")


def test_a_request_for_a_foreign_page_is_not_forwarded(url: str) -> None:
    answer = requests.get(
        "http://example.org/v2/Services", proxies={"http": url}, timeout=5
    )

    assert (answer.status_code, answer.json()["code"]) == (403, 403)


def test_no_tunnel_in_a_tunnel(url: str, proxy: Proxy) -> None:
    with tunnel(url, proxy) as secure:
        secure.sendall(ASKED)

        assert everything(secure).startswith(b"HTTP/1.1 400 ")


def test_the_side_door_is_not_open_under_twilios_name(url: str, proxy: Proxy) -> None:
    with tunnel(url, proxy) as secure:
        assert ask(secure, "/_fake/accounts").startswith(b"HTTP/1.1 401 ")
    with tunnel(url, proxy) as secure:
        assert ask(secure, "/").startswith(b"HTTP/1.1 401 ")


def test_a_head_may_come_byte_by_byte(url: str, proxy: Proxy) -> None:
    with connected(url) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in ASKED:
            line.sendall(bytes([byte]))
        assert head(line).startswith(b"HTTP/1.1 200 ")
        with trusting(proxy).wrap_socket(line, server_hostname=VERIFY) as secure:
            assert ask(secure, "/v2/Services").startswith(b"HTTP/1.1 401 ")


def test_a_tunnel_may_follow_a_request(url: str, proxy: Proxy) -> None:
    with connected(url) as line:
        line.sendall(b"GET /_fake/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = head(line)
        assert said.startswith(b"HTTP/1.1 200 ")
        while not said.endswith(b"}"):
            said = line.recv(100)
        line.sendall(ASKED)
        assert head(line).startswith(b"HTTP/1.1 200 ")
        with trusting(proxy).wrap_socket(line, server_hostname=VERIFY) as secure:
            assert ask(secure, "/v2/Services").startswith(b"HTTP/1.1 401 ")


def test_a_client_that_does_not_wait_is_refused(url: str) -> None:
    with connected(url) as line:
        line.sendall(ASKED + b"\x16\x03\x01")

        assert everything(line).startswith(b"HTTP/1.1 400 ")


def test_a_request_together_with_the_end_of_the_handshake(
    url: str, proxy: Proxy
) -> None:
    """A client may send its last flight and its first request in one piece."""
    sent, received = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = trusting(proxy).wrap_bio(received, sent, server_hostname=VERIFY)
    with connected(url) as line:
        line.sendall(ASKED)
        head(line)
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                line.sendall(sent.read())
                received.write(line.recv(65536))
            else:
                break
        secure.write(b"GET /v2/Services HTTP/1.1\r\nHost: verify.twilio.com\r\n\r\n")
        line.sendall(sent.read())
        said = b""
        while not said:
            received.write(line.recv(65536))
            with suppress(ssl.SSLWantReadError):
                said = secure.read(65536)

    assert said.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 600, b"\x16\x03\x01\xff\xff"]
)
def test_what_is_no_tls_ends_the_connection_and_nothing_else(
    url: str, rubbish: bytes
) -> None:
    with connected(url) as line:
        line.sendall(ASKED)
        assert head(line).startswith(b"HTTP/1.1 200 ")
        line.sendall(rubbish)
        line.shutdown(socket.SHUT_WR)
        said = everything(line)

    assert not said.startswith(b"HTTP")
    assert requests.get(f"{url}/_fake/health", timeout=5).ok


@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_a_client_that_leaves_early_is_forgotten(proxy: Proxy, loop: str) -> None:
    with served(FakeTwilioApp(), loop=loop, proxy=proxy) as server:
        url, there_are = url_of(server.bound), server.open
        for _ in range(5):
            with connected(url) as line:
                line.sendall(ASKED)
                head(line)
        deadline = time.monotonic() + 5
        while there_are and time.monotonic() < deadline:
            requests.get(f"{url}/_fake/health", timeout=5).close()

        assert len(there_are) <= 1


@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_a_handshake_is_not_waited_for_without_end(proxy: Proxy, loop: str) -> None:
    bounds = Bounds(handshake_s=0.2)
    with (
        serving(FakeTwilioApp(), loop=loop, proxy=proxy, bounds=bounds) as url,
        connected(url) as line,
    ):
        line.sendall(ASKED)
        assert head(line).startswith(b"HTTP/1.1 200 ")

        assert everything(line) == b""


@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_nor_is_the_first_request_in_a_tunnel(proxy: Proxy, loop: str) -> None:
    bounds = Bounds(head_s=0.2)
    with (
        serving(FakeTwilioApp(), loop=loop, proxy=proxy, bounds=bounds) as url,
        tunnel(url, proxy) as secure,
    ):
        assert everything(secure) == b""


def test_tunnels_count_as_connections(proxy: Proxy) -> None:
    with (
        serving(FakeTwilioApp(), proxy=proxy, bounds=Bounds(connections=2)) as url,
        tunnel(url, proxy),
        tunnel(url, proxy),
        connected(url) as line,
    ):
        assert everything(line).startswith(b"HTTP/1.1 503 ")


def test_a_fault_breaks_the_connection_inside_too(url: str, proxy: Proxy) -> None:
    account = Account(url)
    account.door("POST", "/faults", {"operation": "start", "connection": "hang_up"})
    address = f"https://{VERIFY}/v2/Services/{account.service}/Verifications"

    def start() -> requests.Response:
        return requests.post(
            address,
            {"To": TO, "Channel": "sms"},
            auth=(account.sid, account.token),
            proxies={"https": url},
            verify=str(proxy.authority.certificate),
            timeout=5,
        )

    with pytest.raises(requests.ConnectionError):
        start()
    assert start().json()["status"] == "pending"
    account.session.close()


def test_many_tunnels_at_once(url: str, proxy: Proxy) -> None:
    said: list[bytes] = []

    def take() -> None:
        with tunnel(url, proxy) as secure:
            said.append(ask(secure, "/v2/Services"))

    threads = [threading.Thread(target=take) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)

    assert [each[:13] for each in said] == [b"HTTP/1.1 401 "] * 20


@contextmanager
def started_proxy(*options: str) -> Iterator[tuple[str, Path, subprocess.Popen[str]]]:
    with started(*options) as server:
        assert server.stdout is not None
        url = server.stdout.readline().removeprefix("Listening on ").strip()
        line = server.stdout.readline().strip()
        at, ca = line.removeprefix("Proxy on ").split(" with the CA certificate ")
        assert at == url
        yield url, Path(ca), server


def test_it_ends_within_a_second_also_with_open_tunnels() -> None:
    with started_proxy("--proxy") as (url, ca, server):
        proxy = Proxy(authority=Authority(certificate=ca))
        with tunnel(url, proxy), connected(url) as line:
            line.sendall(ASKED)
            begin = time.monotonic()
            server.send_signal(signal.SIGTERM)
            code = server.wait(5)
            took = time.monotonic() - begin
        said = server.communicate()[1]

    assert code == 0
    assert took < 4  # a second, and what the machine's other work takes
    assert said == ""
    assert not ca.exists()


def test_the_certificate_goes_to_the_given_file(tmp_path: Path) -> None:
    """To a file that stays; another start puts its own in its place."""
    file = tmp_path / "ca.pem"

    for _ in range(2):
        with started_proxy("--proxy-ca", str(file)) as (url, ca, _):
            assert ca == file
            proxy = Proxy(authority=Authority(certificate=file))
            with tunnel(url, proxy) as secure:
                assert ask(secure, "/v2/Services").startswith(b"HTTP/1.1 401 ")
    assert b"PRIVATE" not in file.read_bytes()


def test_no_file_of_somebody_elses_is_overwritten(tmp_path: Path, proxy: Proxy) -> None:
    file = tmp_path / "bundle.pem"
    bundle = proxy.authority.certificate.read_bytes() * 2
    for content in (b"a letter", bundle):
        file.write_bytes(content)

        with started("--proxy-ca", str(file)) as server:
            said = server.communicate(timeout=10)[1]

        assert server.returncode == 2
        assert str(file) in said.replace("\n", "")
        assert "Traceback" not in said
        assert file.read_bytes() == content


def test_without_the_option_its_libraries_are_not_loaded() -> None:
    code = (
        "import sys; from verify_fakes.server import _serving, command; "
        "from verify_fakes.server.twilio._app import FakeTwilioApp; FakeTwilioApp(); "
        "sys.exit(bool({'trustme', 'cryptography'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
