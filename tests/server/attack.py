"""
Attacks on a running server: what one client can cost it, and what a page can do.

Small as tests (`test_attack.py`), in full by `python -m tests.server.attack --full`,
from the project's root. Each attack is a function of a target and a size; it raises
what went wrong.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse
from typing import Final, TypeAlias

import requests
from attrs import frozen

from tests.server.targets import Target, target
from verify_fakes.server._bounds import Bounds

MIB: Final = 1 << 20
ACCOUNT, SERVICE = "AC" + "a" * 32, "VA" + "b" * 32
TWILIO = "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
VONAGE = "Basic " + base64.b64encode(b"a1b2c3d4:secret").decode()
TO = "+15553231234"

Attack: TypeAlias = Callable[[Target, int], None]


@contextmanager
def connected(on: Target, *, timeout_s: float = 10) -> Iterator[socket.socket]:
    """A connection to a target, which keeps little that was not read."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        line.settimeout(timeout_s)
        line.connect(on.address)
        yield line


@contextmanager
def tunneled(on: Target, *, timeout_s: float = 10) -> Iterator[socket.socket]:
    """A connection to Twilio, as the client of a target's proxy believes."""
    context = ssl.create_default_context(cafile=str(on.ca))
    with connected(on, timeout_s=timeout_s) as line:
        line.sendall(b"CONNECT verify.twilio.com:443 HTTP/1.1\r\nHost: a\r\n\r\n")
        heard = line.recv(4_096)
        assert heard == b"HTTP/1.1 200 Connection established\r\n\r\n", heard
        with context.wrap_socket(line, server_hostname="verify.twilio.com") as inside:
            yield inside


def asked(
    on: Target, method: str, path: str, body: bytes = b"", *lines: str, host: str = ""
) -> bytes:
    """A request as bytes, with the credentials of an account."""
    secret = TWILIO if on.vendor == "twilio" else VONAGE
    head = (
        f"{method} {path} HTTP/1.1",
        f"Host: {host or on.url.removeprefix('http://')}",
        f"Authorization: {secret}",
        f"Content-Length: {len(body)}",
        *lines,
        "\r\n",
    )
    return "\r\n".join(head).encode() + body


def heard_by(line: socket.socket) -> bytes:
    """All that comes until the other side closes, or is silent."""
    heard = b""
    with suppress(OSError):
        while part := line.recv(65_536):
            heard += part
    return heard


def status_of(heard: bytes) -> int:
    """The status of the first answer; 0 without one."""
    return int(heard.split(b" ", 2)[1]) if heard.startswith(b"HTTP/1.1 ") else 0


def answered(line: socket.socket) -> int:
    """The status of the next answer, which is read whole, however it is cut up."""
    with HTTPResponse(line) as answer:
        answer.begin()
        answer.read()
        return answer.status


@contextmanager
def costing_at_most(on: Target, more: int) -> Iterator[None]:
    """See that a target's memory has not grown by more, and that it is well."""
    before = on.resident
    yield
    grown = on.resident - before
    assert on.is_well(), on.said
    assert grown <= more, f"grown by {grown / MIB:.1f} MiB"


def _path(on: Target) -> str:
    """Where a start goes."""
    vonage = on.vendor == "vonage"
    return "/v2/verify" if vonage else f"/v2/Services/{SERVICE}/Verifications"


# A1: what is logged and kept.


def long_bodies(on: Target, size: int) -> None:
    """1 MiB to any path with any credentials: each is refused, and nothing is kept."""
    body = b"To=" + b"a" * MIB
    with costing_at_most(on, 16 * MIB):
        for number in range(size):
            for path in ("/v2/anything", _path(on), f"/_fake/accounts/{ACCOUNT}/codes"):
                with connected(on) as line, suppress(OSError):
                    line.sendall(asked(on, "POST", f"{path}?{number}", body))
                    assert status_of(heard_by(line)) == 413


def full_bodies(on: Target, size: int) -> None:
    """As long as a body may be, of many short fields, in several accounts."""
    fields = b"&".join(b"a%d=%d" % (number, number) for number in range(900))
    members = json.dumps({f"a{number}": number for number in range(900)}).encode()
    fill = b"&To=" if on.vendor == "twilio" else b""
    most = on.bounds.body_bytes
    form = (fields + fill).ljust(most, b"1") if on.vendor == "twilio" else members
    with costing_at_most(on, 40 * MIB), connected(on) as line:
        for number in range(size):
            line.sendall(asked(on, "POST", _path(on), form, f"X: {number}"))
            assert 400 <= answered(line) < 500


def many_parameters(on: Target, size: int) -> None:
    """More parameters than one can mean: refused, and quickly."""
    body = (
        b"&".join([b"a"] * 30_000)
        if on.vendor == "twilio"
        else b"[" + b"1," * 30_000 + b"1]"
    )
    begin = time.monotonic()
    with costing_at_most(on, 8 * MIB), connected(on) as line:
        for _ in range(size):
            line.sendall(asked(on, "POST", _path(on), body))
            assert answered(line) == 413
    assert (time.monotonic() - begin) / size < 0.2


def full_logs(on: Target, size: int) -> None:
    """Logs of many accounts, each as full as it gets; and all of them in one answer."""
    with (
        costing_at_most(on, on.bounds.all_log_bytes * 3),
        requests.Session() as session,
    ):
        for number in range(size):
            account = f"AC{number:032x}" if on.vendor == "twilio" else f"{number:08x}"
            for _ in range(20):
                session.post(
                    on.url + _path(on),
                    data={"To": TO, "Channel": "x" * 900, "Locale": "y" * 900},
                    auth=(account, "x"),
                    timeout=10,
                )
        if on.vendor == "twilio":
            listed = session.get(f"{on.url}/_fake/requests", timeout=10)
            assert listed.ok
            assert len(listed.content) < on.bounds.answer_bytes * 1.1


# A2: answers that are not read.


def _asking_for_much(on: Target) -> bytes:
    """A request with a long answer."""
    if on.vendor == "twilio":
        return asked(on, "GET", f"/v2/{'a' * 5_000}")  # which its refusal repeats
    for number in range(40):
        step = {"channel": "sms", "to": f"4477009000{number:02}"}
        body = json.dumps({"brand": "A", "workflow": [step]}).encode()
        with connected(on) as line:
            line.sendall(asked(on, "POST", _path(on), body))
            assert status_of(line.recv(4_096)) == 202
    return asked(on, "GET", "/_fake/messages")


def pipelining(on: Target, size: int) -> None:
    """Many requests on one connection, and no answer is read."""
    many = _asking_for_much(on) * 100
    for way in (connected, tunneled) if on.ca else (connected,):
        sent = 0
        with costing_at_most(on, 16 * MIB), way(on, timeout_s=60) as line:
            with suppress(OSError):
                while sent < size:
                    line.sendall(many)
                    sent += 100
            assert sent < size, "everything was read"


# A3: who takes their time, and who goes.


def slow_bodies(on: Target, size: int) -> None:
    """A body for the side door of which one byte comes: answered, and soon over."""
    path = f"/_fake/accounts/{ACCOUNT}/codes"
    head = asked(on, "POST", path, b"123456789")[:-8]
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(on, timeout_s=60)) for _ in range(size)]
        for line in lines:
            with suppress(OSError):
                line.sendall(head)
        begin = time.monotonic()
        statuses = {status_of(heard_by(line)) for line in lines}
    assert statuses <= {408, 503, 0}, statuses
    assert 408 in statuses
    assert time.monotonic() - begin < on.bounds.body_s * 2 + 10
    assert on.is_well(), on.said


def leaving(on: Target, size: int) -> None:
    """Clients that go in the middle of anything: nothing is said, nothing stays."""
    whole = (
        asked(on, "POST", _path(on), b"To=%2B15553231234&Channel=sms"),
        asked(
            on, "POST", f"/_fake/accounts/{ACCOUNT}/codes", b'{"to": "a", "code": "1"}'
        ),
        asked(on, "GET", f"/_fake/accounts/{ACCOUNT}/messages/wait?timeout_s=60"),
        asked(on, "GET", "/_fake/events"),
        asked(on, "GET", "/_fake/requests"),
    )
    with costing_at_most(on, 16 * MIB):
        for number in range(size):
            sent = whole[number % len(whole)]
            cut = len(sent) * (number % 7 + 1) // 7
            with connected(on) as line:
                line.sendall(sent[:cut])
                if number % 3 == 0:
                    line.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
                    )


# A9: pages, and names that were let point here.


def pages(on: Target, _size: int) -> None:
    """Whatever a page sends, it starts, sees and pushes out nothing."""
    own = on.url.removeprefix("http://")
    before = _happened(on)
    body = b"To=%2B15553231234&Channel=sms"
    hook = b"FriendlyName=a&EventTypes=*&WebhookUrl=http://127.0.0.1:1/"
    ways = (
        ("evil.example", "Origin: http://evil.example"),
        ("evil.example:4010", "X: y"),
        (own, "Origin: http://evil.example"),
        (own, "Origin: null"),
        (own, "Origin: http://["),
        (own, f"Origin: http://{own}.evil.example"),
        (own, "Sec-Fetch-Site: cross-site"),
        ("127.0.0.1.evil.example", "X: y"),
        (f"{own}.evil.example", "X: y"),
    )
    for host, line_ in ways:
        for method, path, form in (
            ("POST", _path(on), body),
            ("POST", f"/v2/Services/{SERVICE}/Webhooks", hook),
            ("GET", "/_fake/messages", b""),
            ("GET", "/_fake/events", b""),
            ("POST", f"/_fake/accounts/{ACCOUNT}/reset", b"{}"),
            ("OPTIONS", _path(on), b""),
        ):
            with connected(on) as line:
                line.sendall(
                    asked(on, method, path, form, line_, "Connection: close", host=host)
                )
                heard = heard_by(line)
            assert status_of(heard) in {400, 403}, (host, line_, method, path, heard)
            assert b"access-control-allow-origin" not in heard.lower()
    assert _happened(on) == before


def _happened(on: Target) -> tuple[int, int]:
    """How many accounts there are, and the cursor of the newest that happened."""
    accounts, newest = (
        requests.get(f"{on.url}/_fake/{name}", timeout=10).json()
        for name in ("accounts", "messages?limit=1")
    )
    return len(accounts["accounts"]), newest["cursor"]


# A10 and A13: what is not a request.


def odd_requests(on: Target, _size: int) -> None:
    """Each gets the vendor's JSON, or nothing, and never a 500."""
    host = on.url.removeprefix("http://")
    last = "Connection: close"
    own = f"{last}\r\nHost: {host}".encode()
    for line_ in (
        b"GET / HTTP/1.1\r\n" + own + b"\r\nOrigin: http://[\r\n\r\n",
        b"GET /_inbox/" + b"a" * 300 + b" HTTP/1.1\r\n" + own + b"\r\n\r\n",
        b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n" + own + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + own + b"\r\n" + own + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET http://example.org/ HTTP/1.1\r\n" + own + b"\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + own + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + own + b"\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        asked(on, "POST", _path(on), b'{"workflow": [{"mode": {}}]}', last),
        asked(on, "POST", _path(on), b"[" * 60_000, last),
        asked(on, "POST", f"/_fake/accounts/{ACCOUNT}/clock", b"[" * 60_000, last),
    ):
        with connected(on, timeout_s=0.5) as line, suppress(BrokenPipeError):
            line.sendall(line_)
            heard = heard_by(line)
        head, _, body = heard.partition(b"\r\n\r\n")
        assert 200 <= status_of(heard) < 500, (line_[:80], heard[:200])
        if status_of(heard) >= 400:
            assert b"json" in head, (line_[:80], heard[:200])
            assert json.loads(body)
    assert on.is_well(), on.said


# A14: streams that are not read.


def unread_streams(on: Target, size: int) -> None:
    """Streams beyond the bound are refused; those that are not read are dropped."""
    with costing_at_most(on, 40 * MIB), ExitStack() as stack:
        lines = [stack.enter_context(connected(on)) for _ in range(size)]
        for line in lines:
            line.sendall(asked(on, "GET", "/_fake/events"))
        statuses = [status_of(line.recv(512)) for line in lines]
        assert statuses.count(200) <= on.bounds.streams
        assert set(statuses) <= {200, 503}
        with requests.Session() as session:
            begin = time.monotonic()
            for number in range(size):
                session.post(
                    on.url + _path(on),
                    data={
                        "To": f"+1555{number:07d}",
                        "Channel": "sms",
                        "Tags": "x" * 900,
                    },
                    auth=(ACCOUNT, "token"),
                    timeout=10,
                )
            assert (time.monotonic() - begin) / size < 0.1


@frozen(kw_only=True)
class Row:
    """
    An attack.

    Attributes:
        act: What it does.
        vendors: Whose servers it is for.
        small: Its size as a test.
        full: Its size in full.
    """

    act: Attack
    vendors: tuple[str, ...] = ("twilio", "vonage")
    small: int = 1
    full: int = 1


ATTACKS: Final = (
    Row(act=long_bodies, small=4, full=350),
    Row(act=full_bodies, small=30, full=3_000),
    Row(act=many_parameters, small=5, full=500),
    Row(act=full_logs, small=3, full=1_000),
    Row(act=pipelining, small=20_000, full=800_000),
    Row(act=slow_bodies, small=20, full=1_100),
    Row(act=leaving, small=40, full=3_000),
    Row(act=pages),
    Row(act=odd_requests),
    Row(act=unread_streams, vendors=("twilio",), small=80, full=900),
)
#: As by default, but nothing takes long.
HASTY: Final = Bounds(head_s=1, body_s=1, write_s=1, linger_s=0.5)


def main(arguments: Iterable[str] | None = None) -> int:
    """Attack servers of both vendors; the exit status says whether one gave way."""
    parser = argparse.ArgumentParser(prog="python -m tests.server.attack")
    parser.add_argument("--full", action="store_true", help="minutes, not seconds")
    full = parser.parse_args(None if arguments is None else list(arguments)).full
    failed = 0
    for row in ATTACKS:
        for vendor in row.vendors:
            size = row.full if full else row.small
            bounds = Bounds() if full else HASTY
            with target(vendor, proxy=vendor == "twilio", bounds=bounds) as on:
                before, begin = on.resident, time.monotonic()
                try:
                    row.act(on, size)
                    verdict = "held"
                except (AssertionError, OSError, requests.RequestException) as error:
                    verdict, failed = f"FAILED: {error}", failed + 1
                grown = (on.resident - before) / MIB
            took = time.monotonic() - begin
            print(
                f"{row.act.__name__:16} {vendor:7} {size:>8,}  {grown:+7.1f} MiB "
                f"{took:6.1f} s  {verdict}",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
