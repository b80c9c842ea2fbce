"""
The exchange itself, blocking and awaited: deadlines, limits, threads.

Real sockets; the same tests for both drivers.
"""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from tests.support.drivers import GET, POST, SLACK_S, ask, client, zero
from tests.support.loopback import Loopback, Received, Reply, http, silent_address
from verify_providers.http import HttpAnswer, HttpRequest, NoAnswer
from verify_providers.http._blocking import HttpClient
from verify_providers.http._messages import MAX_BODY_BYTES, flaw_of

pytestmark = pytest.mark.usefixtures("driver")


def test_answer_comes_whole(loopback: Loopback) -> None:
    loopback.answer = lambda _request: http(201, {"a": 1}, X_Thing="y")

    answer = ask(loopback.url)

    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body) == (201, b'{"a": 1}')
    assert answer.headers["x-thing"] == "y"


@pytest.mark.parametrize("part", ["head", "body"])
def test_dribbling_server_cannot_outlast_the_deadline(
    loopback: Loopback, part: str
) -> None:
    """A byte now and then renews no time-out of ours, in whatever part it comes."""
    raw = http(201, {"a": 1})

    def answer(_request: Received) -> Reply:
        return Reply(raw=raw, dribble_s=0.05 if part == "head" else 0.02)

    if part == "body":
        raw = b"HTTP/1.1 201 X\r\nContent-Length: 500\r\n\r\n" + b"x" * 500
    loopback.answer = answer
    began = time.monotonic()

    lost = ask(loopback.url, seconds=0.3)

    assert time.monotonic() - began < 0.3 + SLACK_S
    assert lost == NoAnswer(maybe_sent=True, reason="no answer in time")


def test_silent_server_cannot_outlast_the_deadline(loopback: Loopback) -> None:
    loopback.answer = lambda _request: Reply(raw=http(201, {}), dribble_s=60)
    began = time.monotonic()

    lost = ask(loopback.url, seconds=0.2)

    assert time.monotonic() - began < 0.2 + SLACK_S
    assert isinstance(lost, NoAnswer)
    assert lost.maybe_sent


def test_endless_interim_answers_cannot_outlast_the_deadline(
    loopback: Loopback,
) -> None:
    """RFC 9110, section 15.2: any number of 1xx answers may come first."""
    loopback.answer = lambda _request: Reply(
        raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, dribble_s=0.001
    )
    began = time.monotonic()

    lost = ask(loopback.url, seconds=0.3)

    assert time.monotonic() - began < 0.3 + SLACK_S
    assert isinstance(lost, NoAnswer)


@pytest.mark.parametrize("status", [b"100", b"102", b"103", b"199"])
@pytest.mark.parametrize("dribble_s", [None, 0.0005])
def test_interim_answer_is_never_taken_for_the_final_one(
    loopback: Loopback, status: bytes, dribble_s: float | None
) -> None:
    """Else the final one would be read as the answer to the next request."""
    interim = b"HTTP/1.1 " + status + b" X\r\nLink: </a>\r\n\r\n"
    numbers = itertools.count()
    loopback.answer = lambda _request: Reply(
        raw=interim + http(200, {"n": next(numbers)}), dribble_s=dribble_s
    )

    with client(loopback.url) as made:
        answers = [
            made.exchange(
                POST,
                authorization="Basic eA==",
                seconds=2,
                elapsed_s=zero,
            )
            for _ in range(3)
        ]

    bodies = [answer.body for answer in answers if isinstance(answer, HttpAnswer)]
    assert bodies == [b'{"n": 0}', b'{"n": 1}', b'{"n": 2}']
    assert loopback.connections == 1


def test_switch_of_protocols_is_no_answer(loopback: Loopback) -> None:
    """RFC 9110, section 15.2.2: we asked for none, and no HTTP follows."""
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    loopback.answer = lambda _request: raw

    assert ask(loopback.url) == NoAnswer(
        maybe_sent=True, reason="the connection broke before the answer"
    )


def test_line_that_is_no_header_stays_out_of_the_logs(
    loopback: Loopback, caplog: pytest.LogCaptureFixture, driver: str
) -> None:
    """The blocking driver reads past it; the awaiting one calls the answer unread."""
    loopback.answer = lambda _request: (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n+1 555 323 1234 482913\r\n\r\n{}"
    )

    with caplog.at_level(logging.DEBUG):
        answer = ask(loopback.url)

    if driver == "blocking":
        assert isinstance(answer, HttpAnswer)
        assert answer.body == b"{}"
    else:
        assert isinstance(answer, NoAnswer)
        assert answer.maybe_sent
    assert "482913" not in caplog.text
    assert "555 323" not in caplog.text


def test_full_backlog_is_not_sent() -> None:
    """A server that does not accept gets no byte of ours."""
    with silent_address() as (_host, port):
        began = time.monotonic()

        lost = ask(f"http://127.0.0.1:{port}", seconds=0.3)

    assert time.monotonic() - began < 0.3 + SLACK_S
    assert lost == NoAnswer(maybe_sent=False, reason="no connection in time")


def test_refused_connection_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    lost = ask(f"http://127.0.0.1:{port}")

    assert lost == NoAnswer(maybe_sent=False, reason="no connection could be made")


def test_unknown_host_is_not_sent() -> None:
    """RFC 6761, section 6.4: `invalid` never resolves."""
    lost = ask("http://verify.invalid")

    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent


def test_redirects_are_answers(loopback: Loopback) -> None:
    loopback.answer = lambda _request: http(307, {}, Location=loopback.url + "/b")

    answer = ask(loopback.url)

    assert isinstance(answer, HttpAnswer)
    assert answer.status == 307
    assert len(loopback.requests) == 1


def test_nothing_is_retried(loopback: Loopback) -> None:
    for status in (408, 429, 500, 502, 503, 504):
        loopback.requests.clear()
        loopback.answer = lambda _request, s=status: http(s, {}, Retry_After="0")

        ask(loopback.url)

        assert len(loopback.requests) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_request_that_a_kept_connection_loses_is_sent_once(
    loopback: Loopback, method: str, *, reset: bool
) -> None:
    """Libraries repeat what HTTP calls idempotent: RFC 9110, section 9.2.2."""
    request = evolve(POST, method=method, body=None)
    loopback.answer = lambda _request: http(200, {})
    with client(loopback.url) as made:
        first = made.exchange(request, authorization="x", seconds=2, elapsed_s=zero)
        loopback.answer = lambda _request: Reply(raw=b"", cut_at=0, reset=reset)
        lost = made.exchange(request, authorization="x", seconds=2, elapsed_s=zero)

    assert isinstance(first, HttpAnswer)
    assert isinstance(lost, NoAnswer)
    assert lost.maybe_sent
    assert len(loopback.requests) == 2


def test_cookies_are_not_sent_back(loopback: Loopback) -> None:
    loopback.answer = lambda _request: http(200, {}, Set_Cookie="a=b")
    with client(loopback.url) as made:
        for _ in range(2):
            made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

    assert "cookie" not in loopback.requests[1].headers


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1])
def test_long_bodies_are_not_read_to_the_end(loopback: Loopback, size: int) -> None:
    loopback.answer = lambda _request: http(200, raw_body=b"x" * size)

    answer = ask(loopback.url)

    assert isinstance(answer, HttpAnswer)
    assert (answer.body is None) is (size > MAX_BODY_BYTES)


PLAIN = b'{"a": 1}'
PACKED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"\0" * (MAX_BODY_BYTES * 60), mtime=0)),
        ("gzip", PACKED),
        ("gzip", PACKED[:-8]),
        ("deflate", zlib.compress(PLAIN)),
        ("br", b"\x0b\x03\x80"),
        ("gzip, gzip", gzip.compress(PACKED, mtime=0)),
        ("pig-latin", PLAIN),
    ],
)
def test_what_comes_compressed_is_not_unpacked(
    loopback: Loopback, coding: str, body: bytes
) -> None:
    """None was asked for; RFC 9110, section 12.5.3."""
    loopback.answer = lambda _request: http(200, raw_body=body, Content_Encoding=coding)

    answer = ask(loopback.url)

    assert isinstance(answer, HttpAnswer)
    assert answer.body is None
    assert loopback.requests[0].headers["accept-encoding"] == "identity"


def chunked(body: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%b\r\n" % (len(body), body) + end


def test_chunked_bodies_are_read(loopback: Loopback) -> None:
    loopback.answer = lambda _request: chunked(PLAIN)

    with client(loopback.url) as made:
        for _ in range(2):
            answer = made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

            assert isinstance(answer, HttpAnswer)
            assert answer.body == PLAIN
    assert loopback.connections == 1


@pytest.mark.parametrize("end", [b"", b"0", b"0\r\n", b"0\r\nX: y", b"0\r\nX: y\r\n"])
def test_chunked_body_without_its_end_is_no_answer(
    loopback: Loopback, end: bytes
) -> None:
    """RFC 9112, section 8: such a message is incomplete, however whole it looks."""
    raw = chunked(PLAIN, end)
    loopback.answer = lambda _request: Reply(raw=raw, cut_at=len(raw))

    assert ask(loopback.url) == NoAnswer(
        maybe_sent=True, reason="the connection broke before the answer"
    )


@pytest.mark.parametrize("length", [len(PLAIN) + 1, 500])
def test_body_shorter_than_it_says_is_no_answer(
    loopback: Loopback, length: int
) -> None:
    raw = http(200, raw_body=PLAIN, Content_Length=str(length))
    loopback.answer = lambda _request: Reply(raw=raw, cut_at=len(raw))

    assert isinstance(ask(loopback.url), NoAnswer)


def test_null_character_is_refused_though_the_standard_library_writes_it() -> None:
    """RFC 9110, section 5.5."""
    assert flaw_of(POST, "Bearer a\0b") is not None


@given(
    st.text(max_size=12),
    st.sampled_from(["/a", "/a?b=%20", "/"]) | st.text(max_size=12),
)
def test_a_request_is_refused_beforehand_or_can_be_written(
    authorization: str, path: str
) -> None:
    """By http.client, on a socket that nobody reads."""
    request = evolve(POST, path=path)
    if flaw_of(request, authorization) is not None:
        return
    written = HTTPConnection("127.0.0.1", 1)

    written.putrequest(request.method, request.path)
    written.putheader("Authorization", authorization)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1", "", "//127.0.0.1:1", "ftp://127.0.0.1:1", "http://", "x"]
)
def test_address_that_is_none_is_not_sent_to(url: str) -> None:
    lost = ask(url)

    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent


def test_authorities_that_are_not_there_are_not_sent_to(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")

    with client(loopback.url.replace("http:", "https:"), trust_env=True) as made:
        lost = made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

    assert isinstance(lost, NoAnswer)
    assert not lost.maybe_sent


def test_head_that_is_cut_is_no_answer(loopback: Loopback) -> None:
    """http.client would take it for a whole one with an empty body."""
    loopback.answer = lambda _request: Reply(raw=b"HTTP/1.1 200 OK\r\nA: b", cut_at=99)

    lost = ask(loopback.url)

    assert isinstance(lost, NoAnswer)
    assert lost.maybe_sent


def test_sixteen_threads_get_their_own_answers(loopback: Loopback) -> None:
    """Two hundred exchanges over one pool, each answer belongs to its request."""
    loopback.answer = lambda request: http(200, raw_body=request.body)
    barrier = threading.Barrier(16)

    def work(made: HttpClient, thread: int) -> list[bool]:
        barrier.wait(timeout=5)
        results = []
        for turn in range(12):
            body = f"thread={thread}&turn={turn}".encode()
            request = HttpRequest(
                method="POST", path=f"/{thread}", shown_path="/*", body=body
            )
            answer = made.exchange(
                request, authorization=f"x{thread}", seconds=5, elapsed_s=zero
            )
            results.append(isinstance(answer, HttpAnswer) and answer.body == body)
        return results

    with (
        client(loopback.url, pool_size=16) as made,
        ThreadPoolExecutor(max_workers=16) as pool,
    ):
        results = list(pool.map(lambda thread: work(made, thread), range(16)))

    assert all(all(one) for one in results)
    assert len(loopback.requests) == 16 * 12
    assert loopback.connections <= 16
    for request in loopback.requests:
        thread = request.target.removeprefix("/")
        assert request.headers["authorization"] == f"x{thread}"
        assert request.form["thread"] == thread


def test_connection_is_kept_open(loopback: Loopback) -> None:
    loopback.answer = lambda _request: http(200, {})
    with client(loopback.url) as made:
        for _ in range(5):
            made.exchange(POST, authorization="x", seconds=2, elapsed_s=zero)

    assert loopback.connections == 1


def test_true_path_goes_to_the_server_and_at_most_a_masked_one_to_the_logs(
    loopback: Loopback, caplog: pytest.LogCaptureFixture, driver: str
) -> None:
    loopback.answer = lambda _request: http(200, {})
    with caplog.at_level(logging.DEBUG):
        ask(loopback.url, GET)

    assert loopback.requests[0].target == "/a/+15553231234"
    assert ("/a/***" in caplog.text) is (driver == "blocking")
    assert "5553231234" not in caplog.text


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_none(raw: bytes) -> None:
    """Whatever a server sends, nothing is raised and nothing called unsent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        thread = threading.Thread(target=serve)
        thread.start()
        found = ask(f"http://127.0.0.1:{listener.getsockname()[1]}", seconds=5)
        thread.join()

    assert isinstance(found, HttpAnswer) or found.maybe_sent


@given(
    head=st.lists(
        st.sampled_from(
            [
                b"Content-Length: 5",
                b"Content-Length: -1",
                b"Content-Length: 5, 6",
                b"Content-Length: x",
                b"Transfer-Encoding: chunked",
                b"Content-Encoding: gzip",
                b"Content-Encoding: deflate, gzip",
                b"Connection: close",
                b" folded",
                b"no colon",
                b"\xff\xfe: \xff",
            ]
        ),
        max_size=4,
    ),
    status=st.sampled_from([b"200", b"204", b"304", b"999", b"099", b"2x0", b"-20"]),
    body=st.binary(max_size=30),
)
def test_any_head_is_an_answer_or_none(
    head: list[bytes], status: bytes, body: bytes
) -> None:
    raw = b"\r\n".join([b"HTTP/1.1 " + status + b" X", *head, b"", b""]) + body
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(raw)

        thread = threading.Thread(target=serve)
        thread.start()
        found = ask(f"http://127.0.0.1:{listener.getsockname()[1]}", seconds=5)
        thread.join()

    assert isinstance(found, HttpAnswer) or found.maybe_sent
