"""From bytes to requests: the same however they arrive, one at a time."""

from __future__ import annotations

import re

from hypothesis import example, given, strategies as st

from tests.support.each import require_each
from verify_fakes.server._bounds import Bounds
from verify_fakes.server._incoming import Incoming, ReadPhase, RequestReader

BOUNDS = Bounds(head_bytes=2_000, body_bytes=1_000, target_bytes=500)
HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
REQUESTS = (
    b"GET /v2/Services HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /a?b=c HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\n"
    + HOST
    + CHUNKED
    + b"\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: t\r\n\r\n",
    b"GET http://verify.twilio.com/v2 HTTP/1.1\r\n" + HOST + b"\r\n",
    # As Java's client asks for another protocol (JEP 321), with and without a body.
    b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    b"Content-Length: 3\r\n\r\nabc",
)
LAST = b"GET /last HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


def read(
    data: bytes, cuts: tuple[int, ...] = (), bounds: Bounds = BOUNDS
) -> list[Incoming]:
    """All requests in these bytes, which arrive in parts that end at the cuts."""
    reader, found, begin = RequestReader(BOUNDS), list[Incoming](), 0
    for end in (*sorted(cuts), len(data)):
        reader.feed(data[begin:end])
        begin = max(begin, end)
        while (incoming := reader.next()) is not None:
            found.append(incoming)
    return found


def seen(found: list[Incoming]) -> list[object]:
    """What can be said of requests."""
    return [
        (
            each.method,
            each.path,
            each.query,
            each.headers,
            bytes(each.body),
            each.refusal,
        )
        for each in found
    ]


def statuses(data: bytes) -> list[int]:
    """200 for each request that an application may have, and what the others get."""
    refusals = [each.refusal for each in read(data)]
    return [200 if refusal is None else refusal.status for refusal in refusals]


@given(
    requests=st.lists(st.sampled_from(REQUESTS), max_size=6).map(b"".join),
    rest=st.sampled_from([LAST, b"\x00\r\n\r\n", b"GET / HTTP/3.0\r\n\r\n"]),
    cuts=st.lists(st.integers(0, 1_500), max_size=8).map(tuple),
)
def test_requests_are_the_same_however_they_arrive(
    requests: bytes, rest: bytes, cuts: tuple[int, ...]
) -> None:
    assert seen(read(requests + rest, cuts)) == seen(read(requests + rest))


@given(requests=st.lists(st.sampled_from(REQUESTS), max_size=8))
def test_each_request_comes_out_once_and_in_order(requests: list[bytes]) -> None:
    found = read(b"".join((*requests, LAST)))

    assert [each.refusal for each in found] == [None] * (len(requests) + 1)
    assert [each.target for each in found[:-1]] == [
        request.split(b" ")[1] for request in requests
    ]


def test_another_protocol_is_not_taken_up_and_no_body_is_lost() -> None:
    [first, second] = read(REQUESTS[5] + LAST)

    assert bytes(first.body) == b"abc"
    assert b"upgrade" not in dict(first.headers)
    assert second.target == b"/last"


def test_what_stands_behind_a_chunked_body_is_no_header() -> None:
    [request] = read(REQUESTS[2])

    assert (bytes(request.body), dict(request.headers).get(b"t")) == (b"abc", None)


@given(number=st.integers(2, 500))
@example(number=50_000)
def test_what_comes_behind_a_request_stays_bytes(number: int) -> None:
    """Whatever a client sends ahead, a kibibyte of it at most is parsed ahead."""
    reader, sent = RequestReader(BOUNDS), REQUESTS[0] * number
    reader.feed(sent)

    reader.next()

    assert len(reader.held) >= len(sent) - len(REQUESTS[0]) - 1_024


#: What a refusal is for: bytes, and what they get.
REFUSED = (
    (b"\x16\x03\x01\x02\x00", 400),
    (b"GET / HTTP/1.1\n" + HOST + b"\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.0\r\n" + HOST + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x@localhost\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: localhost:999999\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: [\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", 400),
    (b"GET http://[/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET http://a@b/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET ftp://a/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400),
    (
        b"POST / HTTP/1.1\r\n"
        + HOST
        + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
    ),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n" + CHUNKED + b"\r\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\nzz\r\n", 400),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1001\r\n\r\n", 413),
    (b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n3e9\r\n" + b"a" * 1_001, 413),
    (b"GET /" + b"a" * 500 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 2_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A:\r\n" * 500 + b"\r\n", 431),
    (b"GET /\r\n\r\n", 505),
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
)


def test_what_is_no_request_for_one_host_is_refused() -> None:
    def refused(row: tuple[bytes, int]) -> None:
        sent, status = row
        assert statuses(sent) == [status]

    require_each(REFUSED, refused)


def test_nothing_comes_after_a_refusal() -> None:
    def nothing(row: tuple[bytes, int]) -> None:
        sent, status = row
        assert statuses(REQUESTS[0] + sent + LAST) == [200, status]

    require_each(REFUSED, nothing)


def test_what_is_behind_the_last_request_is_not_looked_at() -> None:
    assert statuses(LAST + b"\x00nonsense" * 100) == [200]


def test_a_request_without_host_is_an_old_one() -> None:
    assert statuses(b"GET / HTTP/1.0\r\n\r\n") == [200]


@given(
    size=st.integers(1_990, 2_010),
    cuts=st.lists(st.integers(0, 2_010), max_size=5).map(tuple),
)
def test_a_head_is_measured_to_the_byte(size: int, cuts: tuple[int, ...]) -> None:
    begin = b"GET / HTTP/1.1\r\n" + HOST + b"X: "
    head = begin + b"a" * (size - len(begin) - 4) + b"\r\n\r\n"

    [request] = read(head, cuts)

    over = request.refusal is not None and request.refusal.status == 431
    assert over is (size > BOUNDS.head_bytes)


ENDLESS = {
    "a line": (b"GET / HTTP/1.1\r\nX: ", b"a"),
    "lines": (b"GET / HTTP/1.1\r\n", b"X: a\r\n"),
    "blanks": (b"GET / HTTP/1.1\r\nX:", b" "),
    "a target": (b"GET /", b"a"),
    "nothing": (b"", b"\r\n"),
    "a trailer": (REQUESTS[2].partition(b"\r\n\r\n")[0] + b"\r\n\r\n0\r\nX: ", b"a"),
    "an extension": (REQUESTS[2].partition(b"\r\n\r\n")[0] + b"\r\n\r\n1;x=", b"a"),
    "chunks": (REQUESTS[2].partition(b"\r\n\r\n")[0] + b"\r\n\r\n", b"1\r\na\r\n"),
}


def test_what_has_no_end_is_refused_before_long() -> None:
    most = BOUNDS.head_bytes + 9 * BOUNDS.body_bytes + 4_096

    def ends(name: str) -> None:
        begin, again = ENDLESS[name]
        reader, sent = RequestReader(BOUNDS), len(begin)
        reader.feed(begin)
        while (found := reader.next()) is None:
            assert sent <= most
            reader.feed(again * (700 // len(again)))
            sent += len(again) * (700 // len(again))
        assert found.refusal is not None
        assert found.refusal.status in {413, 414, 431}

    require_each(ENDLESS, ends)


def test_what_it_waits_for() -> None:
    reader = RequestReader(BOUNDS)
    phases = []
    for part in (
        b"",
        b"\r\n",
        b"GET ",
        b"/ HTTP/1.1\r\n",
        HOST,
        b"Content-Length: 2\r\n",
    ):
        reader.feed(part)
        reader.next()
        phases.append(reader.phase)
    for part in (b"\r\n", b"a"):
        reader.feed(part)
        reader.next()
        phases.append(reader.phase)
    reader.feed(b"b")
    assert reader.next() is not None

    assert phases == [ReadPhase.IDLE, *[ReadPhase.HEAD] * 5, *[ReadPhase.BODY] * 2]
    assert reader.phase is ReadPhase.IDLE


@given(sent=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=3))
def test_no_bytes_break_it(sent: bytes, cuts: list[int]) -> None:
    for each in read(sent, tuple(cuts)):
        assert each.refusal is None or 400 <= each.refusal.status <= 505


def test_a_refusal_says_why_in_words() -> None:
    def words(row: tuple[bytes, int]) -> None:
        [request] = read(row[0])
        assert request.refusal is not None
        assert re.fullmatch(r"[A-Z][\w ,./]+\.", request.refusal.why)

    require_each(REFUSED, words)
