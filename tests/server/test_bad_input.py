"""Any bytes get a well-formed 4xx or a closed connection; never a 500, never a hang."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Iterator

import pytest
import requests
from hypothesis import example, given, settings, strategies as st

from tests.support.served import Account, address_of, exchange, running
from verify_fakes.server._bounds import Bounds
from verify_fakes.server.twilio._door import OPERATIONS
from verify_fakes.server.twilio._settings import TwilioSettings
from verify_fakes.twilio.http._wire import ROUTES

SID = "AC" + "f" * 32
KEY = base64.b64encode(f"{SID}:x".encode()).decode()
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
PATHS = (
    "/",
    "/requests",
    "/_inbox/inbox.js",
    "/_inbox/..%2f..%2fapp.py",
    *(
        path.replace("{account}", SID)
        for row in OPERATIONS
        for path, name in row.paths.items()
        if name not in {"event_stream", "wait_message"}
    ),
    *(route.path for route in ROUTES),
)


def well_formed(answer: bytes) -> int | None:
    """The status of an answer; None where it is not HTTP."""
    if not answer:
        return None
    head, separator, body = answer.partition(b"\r\n\r\n")
    assert separator, answer[:200]
    version, status, *_ = head.split(b"\r\n")[0].split(b" ")
    assert version == b"HTTP/1.1"
    assert b"Traceback" not in answer
    if b"content-type: application/json" in head.lower() and body:
        json.loads(body)
    return int(status)


@given(sent=st.binary(max_size=300))
@example(b"GET / HTTP/1.1\r\n\r\n")
@example(b"GET  HTTP/1.1\r\nHost: x\r\n\r\n")
@example(b"GET http://[ HTTP/1.1\r\nHost: [\r\n\r\n")
@example(b"POST /v2/Services HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
@example(b"POST /v2/Services HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
@example(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
@example(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
def test_any_bytes(url: str, sent: bytes) -> None:
    status = well_formed(exchange(url, sent, silence_s=0.3))

    assert status is None or status < 500


TEXT = st.text(max_size=40) | st.sampled_from(
    ["+15553231234", "sms", "\x00", "\ud7ff", "[]", "{", '{"a":"\\ud800"}', "9" * 400]
)
FORM = st.dictionaries(
    st.sampled_from(["To", "Channel", "Code", "Identity", "FriendlyName", "Tags"])
    | TEXT,
    TEXT,
    max_size=5,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=8,
)
MEMBERS = st.dictionaries(
    st.sampled_from(sorted({name for row in OPERATIONS for name in row.body})),
    JSON,
    max_size=4,
)


@settings(max_examples=400)
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from(PATHS),
    name=st.sampled_from(["VA" + "b" * 32, "x", "%00", "%ff", "é", "+15553231234"]),
    body=FORM | MEMBERS | JSON | st.binary(max_size=60),
)
def test_any_endpoint(
    session: requests.Session,
    url: str,
    method: str,
    path: str,
    name: str,
    body: object,
) -> None:
    account = Account(url, sid=SID, session=session)
    filled = "/".join(
        name if part.startswith("{") else part for part in path.split("/")
    )
    data: object = body if isinstance(body, bytes) else json.dumps(body)
    if path.startswith("/v2") and isinstance(body, dict):
        data = body

    answer = session.request(
        method,
        account.url + filled,
        data=data,  # type: ignore[arg-type] - nonsense on purpose
        headers={"Authorization": f"Basic {KEY}"},
        timeout=10,
    )

    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    assert "Traceback" not in answer.text
    if path.startswith("/v2") and answer.status_code >= 400 and answer.content:
        assert set(answer.json()) >= {"code", "message", "more_info", "status"}


@given(query=st.text(max_size=30), headers=st.binary(max_size=60))
def test_any_query_and_header(url: str, query: str, headers: bytes) -> None:
    line = f"GET /_fake/messages?{query} HTTP/1.1".encode(errors="replace")
    clean = headers.replace(b"\r", b"").replace(b"\n", b"")
    sent = (
        line + b"\r\nHost: localhost\r\nX: " + clean + b"\r\nConnection: close\r\n\r\n"
    )

    status = well_formed(exchange(url, sent, silence_s=0.3))

    assert status is None or status < 500


@pytest.mark.parametrize("path", ["/v2/Services", "/_fake/accounts/AC1/codes", "/"])
@pytest.mark.parametrize("sized", [True, False], ids=["sized", "chunked"])
def test_a_body_over_the_bound_is_refused(url: str, path: str, sized: bool) -> None:  # noqa: FBT001 - a parameter
    body = b"a" * (Bounds().body_bytes + 1)
    data = body if sized else iter([body])

    answer = requests.post(url + path, data=data, auth=(SID, "x"), timeout=10)

    assert answer.status_code == 413
    if path.startswith("/_fake/"):
        assert answer.json()["error"]["field"] == "request"
    else:
        assert answer.json()["status"] == 413


def test_a_body_at_the_bound_is_read(account: Account) -> None:
    body = b"FriendlyName=a&x=".ljust(Bounds().body_bytes, b"a")

    answer = account.session.post(
        f"{account.url}/v2/Services", data=body, auth=(SID, "x"), timeout=10
    )

    assert answer.status_code != 413


def head_of(size: int) -> bytes:
    """A head of exactly so many bytes, whatever is in it."""
    begin = b"GET /v2/Services HTTP/1.1\r\nHost: localhost\r\nX: "
    return begin + b"a" * (size - len(begin) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize("part", [1 << 20, 60_000, 1_000])
@pytest.mark.parametrize(
    ("over", "status"), [(0, 401), (1, 431), (5_000, 431), (40_000, 431)]
)
def test_a_head_over_the_bound_is_refused_however_it_arrives(
    url: str, part: int, over: int, status: int
) -> None:
    sent = head_of(Bounds().head_bytes + over)
    with socket.create_connection(address_of(url), timeout=5) as line:
        for at in range(0, len(sent), part):
            line.sendall(sent[at : at + part])
        heard = line.recv(65536)

    assert well_formed(heard) == status


def test_a_target_over_the_bound_is_refused(url: str) -> None:
    path = "/v2/" + "a" * Bounds().target_bytes

    assert requests.get(url + path, timeout=5).status_code == 414


@pytest.mark.parametrize(
    "flood",
    [b"X: a\r\n" * 400_000, b"X: " + b"a" * (1 << 20), b"\r\n" * 400_000],
    ids=["lines", "a line", "nothing"],
)
def test_a_head_without_end_is_cut_off(url: str, flood: bytes) -> None:
    begin = b"" if flood.startswith(b"\r") else b"GET / HTTP/1.1\r\n"

    assert well_formed(exchange(url, begin + flood)) in {431, None}


@pytest.mark.parametrize(
    "flood",
    [
        b"0\r\nX: " + b"a" * (2 << 20),
        b"1;x=" + b"a" * (2 << 20),
        b"1\r\na\r\n" * 99_999,
    ],
    ids=["a trailer", "an extension", "chunks"],
)
def test_a_chunked_body_without_end_is_cut_off(url: str, flood: bytes) -> None:
    head = (
        b"POST /v2/Services HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )

    assert well_formed(exchange(url, head + flood)) in {413, None}


@pytest.fixture(scope="module")
def hasty() -> Iterator[str]:
    """A server that waits for nothing."""
    bounds = Bounds(head_s=0.1, body_s=0.1, idle_s=0.2, linger_s=0.1, write_s=0.2)
    with running(TwilioSettings(bounds=bounds)) as address:
        yield address


BODY = b"HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", None),
        (b"\r\n", 408),
        (b"GET / HTTP/1.1\r\nHost:", 408),
        (b"POST /v2/Services " + BODY, 408),
        (b"POST /_fake/accounts/AC1/codes " + BODY, 408),
    ],
    ids=["nothing", "a blank line", "a head", "a body", "a body for the side door"],
)
def test_what_drags_on_ends(hasty: str, sent: bytes, status: int | None) -> None:
    begin = time.monotonic()

    heard = exchange(hasty, sent, silence_s=5, more=True)

    assert well_formed(heard) == status
    assert time.monotonic() - begin < 4


def test_a_connection_ends_that_asks_nothing_more(hasty: str) -> None:
    sent = b"GET /_fake/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    begin = time.monotonic()

    heard = exchange(hasty, sent, silence_s=5, more=True)

    assert well_formed(heard) == 200
    assert time.monotonic() - begin < 4


def test_two_requests_in_one_packet_get_two_answers(url: str) -> None:
    one = b"GET /_fake/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert (
        exchange(url, one + one, silence_s=0.5, more=True).count(b"HTTP/1.1 200") == 2
    )


def test_other_requests_are_answered_while_one_sends_slowly(account: Account) -> None:
    with socket.create_connection(address_of(account.url), timeout=5) as slow:
        slow.sendall(
            b"POST /v2/Services HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 9\r\n\r\n"
        )

        assert account.start("+15553231234").status_code == 201
