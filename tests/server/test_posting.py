"""One POST to servers that misbehave, and the bounds of what waits."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from verify_fakes.server._deliveries import (
    LOGGED,
    MOST_WAITING,
    Courier,
    Deliveries,
    Standing,
)
from verify_fakes.server._events import Broadcast
from verify_fakes.server._posting import (
    NotAllowed,
    NotPosted,
    plain_host,
    post,
    read_destination,
)
from verify_fakes.server.twilio._webhooks import TwilioOutgoing
from verify_fakes.twilio.resources._events import HookCall

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@contextmanager
def saying(answer: bytes, *, ends: bool = True) -> Iterator[str]:
    """A server that reads a request and says this, whatever it was; gives its URL."""
    over = threading.Event()

    def serve() -> None:
        talking, _ = listening.accept()
        with talking:
            talking.recv(65536)
            talking.sendall(answer)
            if not ends:
                over.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join(5)


def posted(url: str, answer_s: float = 5.0) -> int:
    """The status of one POST."""
    destination = read_destination(url, ())
    url = destination.url
    return asyncio.run(post(destination, url, {}, b"a=b", answer_s=answer_s))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 No\r\n\r\n", 503),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000, 200),
    ],
)
def test_the_status_is_what_counts(answer: bytes, status: int) -> None:
    with saying(answer) as url:
        assert posted(url) == status


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the connection broke before the answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "the connection broke before the answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "what came back is no HTTP answer"),
        (b"HTTP/1.1 200 " + b"x" * 100_000, "what came back is no HTTP answer"),
    ],
)
def test_what_is_no_answer_says_why(answer: bytes, why: str) -> None:
    with saying(answer) as url, pytest.raises(NotPosted, match=why):
        posted(url)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
)
def test_an_answer_has_its_time(answer: bytes) -> None:
    with saying(answer, ends=False) as url, pytest.raises(NotPosted, match=r"0\.05 s"):
        posted(url, answer_s=0.05)


def test_a_certificate_without_an_issuer_is_not_trusted() -> None:
    trustme = pytest.importorskip("trustme")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async def main() -> None:
        server = await asyncio.start_server(_hang_up, "127.0.0.1", 0, ssl=context)
        async with server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await post(read_destination(url, ()), url, {}, b"", answer_s=5)

    with pytest.raises(NotPosted, match="no TLS: CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(main())


def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("url", "signed", "port"),
    [
        ("http://127.0.0.1", "http://127.0.0.1/", 80),
        ("https://[::1]:444/a?b", "https://[::1]:444/a?b", 444),
        ("http://u:p@localhost:1/#x", "http://localhost:1/", 1),
        ("http://hooks.test/%41 b", "http://hooks.test/%41%20b", 80),
        ("http://Hooks.Test.:1/", "http://Hooks.Test.:1/", 1),
    ],
)
def test_a_url_is_signed_as_its_receiver_sees_it(
    url: str, signed: str, port: int
) -> None:
    found = read_destination(url, {"hooks.test"})

    assert (found.url, found.port) == (signed, port)
    assert "u:p" not in repr(found)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/", "http:///x", "file://localhost/", "http://[/"]
)
def test_what_cannot_be_posted_to_says_so(url: str) -> None:
    with pytest.raises(NotAllowed, match="the URL"):
        read_destination(url, ())


@given(
    url=st.builds(
        "http{}://{}{}:{}{}".format,
        st.sampled_from(["", "s"]),
        st.text(max_size=12),
        st.sampled_from(["localhost", ".localhost", "127.0.0.1", "[::1]", "", "@::1"]),
        st.sampled_from(["1", "0", "x", "99999", "\u0661"]),
        st.text(max_size=12).map(lambda text: f"/{text}"),
    )
)
def test_whatever_the_url_there_is_an_answer_or_a_reason(url: str) -> None:
    """Somebody's webhook may hold any text that looks like a URL."""
    with pytest.raises((NotAllowed, NotPosted)):
        posted(url)


@pytest.mark.parametrize(
    ("host", "plain"),
    [("Example.ORG.", "example.org"), ("[::0001]", "::1"), (" 10.0.0.1", "10.0.0.1")],
)
def test_a_host_has_one_form(host: str, plain: str) -> None:
    assert plain_host(host) == plain


def call(number: int) -> TwilioOutgoing:
    notification = HookCall(
        id=f"{number:032x}",
        type="factor.created",
        at=NOON,
        account_sid="AC",
        service_sid="VA",
        webhook_sid="YW",
        url="",
        form={},
    )
    return TwilioOutgoing(notification=notification, secret="0f1e2d")


def test_no_more_than_ten_thousand_of_an_account_wait() -> None:
    async def main() -> None:
        courier = Courier(Broadcast())
        deliveries = Deliveries("AC", {}, lambda: NOON, courier)
        for number in range(MOST_WAITING + 1):
            deliveries.put(call(number), "http://example.org/")

        last = deliveries.log[-1]
        assert (last.standing, last.reason) == (
            Standing.DROPPED,
            "too many deliveries wait already",
        )
        assert len(deliveries.log) == LOGGED
        assert deliveries.waiting == courier.waiting == MOST_WAITING
        deliveries.clear()
        assert deliveries.waiting == courier.waiting == 0
        assert deliveries.idle

    asyncio.run(main())


def test_of_all_accounts_together_no_more_than_twenty_thousand() -> None:
    async def main() -> None:
        courier = Courier(Broadcast())
        accounts = [Deliveries("AC", {}, lambda: NOON, courier) for _ in range(3)]
        for account in accounts:
            for number in range(MOST_WAITING):
                account.put(call(number), "http://example.org/")

        assert courier.waiting == 20_000
        assert {each.standing for each in accounts[-1].log} == {Standing.DROPPED}
        for account in accounts:
            account.clear()

    asyncio.run(main())


def test_a_delivery_shows_no_secret_when_printed() -> None:
    async def main() -> None:
        courier = Courier(Broadcast())
        deliveries = Deliveries("AC", {}, lambda: NOON, courier)
        deliveries.put(call(1), "http://ann:pass@example.org/")
        assert "0f1e2d" not in repr(deliveries.log[0])
        assert "pass" not in repr(deliveries.log[0])
        deliveries.clear()

    asyncio.run(main())
