"""One connection: how answers go out, and what becomes of clients that do not read."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias

import pytest

from tests.support.served import address_of, exchange, serving
from verify_fakes.server._asgi import Answer, HangUp, Receive, Reply, Scope, Send
from verify_fakes.server._bounds import Bounds

Answering: TypeAlias = Callable[["App", Scope, Receive, Send], Awaitable[None]]


def asked(method: str, path: str, *headers: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")
    return "\r\n".join(lines).encode()


class App:
    """An application whose answers a test chooses by path."""

    def __init__(self, *answers: Answering) -> None:
        self.answers = {f"/{each.__name__}": each for each in answers}
        self.gone = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answers[scope["path"]](self, scope, receive, send)

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        body = f"{status} {path} {why}".encode()
        return Reply(status=status, headers={"Content-Type": "text/plain"}, body=body)

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass


async def parts(_app: App, _scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in (b"one ", b"", b"two"):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def nothing(_app: App, _scope: Scope, _receive: Receive, send: Send) -> None:
    length = (b"content-length", b"0")
    await send({"type": "http.response.start", "status": 204, "headers": [length]})
    await send({"type": "http.response.body"})


async def echo(_app: App, _scope: Scope, receive: Receive, send: Send) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def fails(_app: App, _scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError


async def fails_late(_app: App, _scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    raise ZeroDivisionError


async def silent(_app: App, _scope: Scope, _receive: Receive, _send: Send) -> None:
    pass


async def hangs_up(_app: App, _scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HangUp


async def waits(app: App, _scope: Scope, receive: Receive, _send: Send) -> None:
    await receive()
    try:
        await receive()
    finally:
        app.gone.set()


async def floods(app: App, _scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    try:
        while True:
            part = b"a" * 65_536
            await send({"type": "http.response.body", "body": part, "more_body": True})
    finally:
        app.gone.set()


APP = App(parts, nothing, echo, fails, fails_late, silent, hangs_up, waits, floods)
HASTY = Bounds(write_s=0.2, linger_s=0.2)


@pytest.fixture(scope="module", params=["asyncio", "auto"])
def own(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where `APP` is served."""
    with serving(APP, loop=request.param, bounds=HASTY) as address:
        yield address


def heard_from(own: str, path: str, version: str = "1.1", method: str = "GET") -> bytes:
    line = f"{method} /{path} HTTP/{version}\r\nHost: localhost\r\n"
    return exchange(own, f"{line}Connection: close\r\n\r\n".encode(), more=True)


def test_an_answer_in_parts_is_chunked(own: str) -> None:
    head, _, body = heard_from(own, "parts").partition(b"\r\n\r\n")

    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert body == b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"


def test_to_an_old_client_it_ends_with_the_connection(own: str) -> None:
    head, _, body = heard_from(own, "parts", "1.0").partition(b"\r\n\r\n")

    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == b"one two"


def test_head_is_answered_as_get_without_a_body(own: str) -> None:
    got, headed = heard_from(own, "echo"), heard_from(own, "echo", method="HEAD")

    assert headed == got.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_no_content_has_no_length(own: str) -> None:
    """RFC 9110, 8.6: a server MUST NOT send Content-Length with 204."""
    heard = heard_from(own, "nothing")

    assert heard.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"content-length" not in heard


def test_what_fails_is_answered_and_logged(
    own: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        heard = heard_from(own, "fails")

    assert heard.startswith(b"HTTP/1.1 500 ")
    assert heard.endswith(b"500 /fails The fake has failed; its log says how.")
    assert "ZeroDivisionError" in caplog.text


def test_what_fails_after_its_begin_is_cut_off(own: str) -> None:
    heard = heard_from(own, "fails_late")

    assert not heard.endswith(b"0\r\n\r\n")


def test_an_application_that_says_nothing_has_failed(own: str) -> None:
    assert heard_from(own, "silent").startswith(b"HTTP/1.1 500 ")


def test_a_connection_can_be_closed_without_an_answer(own: str) -> None:
    assert heard_from(own, "hangs_up") == b""


def test_a_client_that_waits_for_leave_to_send_a_body_gets_it(own: str) -> None:
    head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
    with socket.create_connection(address_of(own), timeout=5) as line:
        line.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")

        assert line.recv(1_000).endswith(b"abc")


def test_nor_is_a_body_waited_for_that_would_be_refused(own: str) -> None:
    head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n"
    heard = exchange(own, f"{head}Expect: 100-continue\r\n\r\n".encode(), more=True)

    assert heard.startswith(b"HTTP/1.1 413 ")
    assert b"413 /echo" in heard


def test_what_waits_ends_when_its_client_goes(own: str) -> None:
    APP.gone.clear()
    with socket.create_connection(address_of(own), timeout=5) as line:
        line.sendall(asked("GET", "/waits"))
        line.settimeout(0.05)
        with pytest.raises(TimeoutError):
            line.recv(1)

    assert APP.gone.wait(5)


def test_a_stream_that_is_not_read_ends(own: str) -> None:
    APP.gone.clear()
    with socket.create_connection(address_of(own), timeout=5) as line:
        line.sendall(asked("GET", "/floods"))

        assert APP.gone.wait(5)


def test_nothing_is_read_behind_answers_that_are_not_read(own: str) -> None:
    """A client that pipelines and reads nothing is stopped, and then dropped."""
    sent, body = [0], b"a" * 10_000
    one = asked("POST", "/echo", f"Content-Length: {len(body)}") + body

    def send(line: socket.socket) -> None:
        while sent[0] < 64 << 20:
            sent[0] += line.send(one * 10)

    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        line.settimeout(5)
        line.connect(address_of(own))
        with pytest.raises(ConnectionError):
            send(line)

    # What the sockets themselves hold, on both sides; not all that was on its way.
    assert sent[0] < 32 << 20


def test_one_connection_too_many_gets_a_503() -> None:
    with (
        serving(APP, bounds=Bounds(connections=1)) as url,
        socket.create_connection(address_of(url), timeout=5) as first,
    ):
        first.sendall(asked("GET", "/echo"))
        assert first.recv(1_000).startswith(b"HTTP/1.1 200 ")

        assert exchange(url, b"", more=True).startswith(b"HTTP/1.1 503 ")


def test_room_is_made_when_a_client_goes() -> None:
    with serving(APP, bounds=Bounds(connections=1)) as url:
        for _ in range(5):
            heard = b" 503 "
            while b" 503 " in heard:
                heard = heard_from(url, "echo")
            assert heard.startswith(b"HTTP/1.1 200 ")


def test_another_protocol_is_not_taken_up(own: str) -> None:
    """As Java's client asks for HTTP/2 with its first request, body and all."""
    upgrade = (
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: A",
    )
    head = asked("POST", "/echo", *upgrade, "Content-Length: 3")
    heard = exchange(own, head + b"abc" + asked("GET", "/nothing"), silence_s=1)

    assert heard.startswith(b"HTTP/1.1 200 ")
    assert b"\r\n\r\nabcHTTP/1.1 204 " in heard
