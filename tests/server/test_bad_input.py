"""Any bytes get a well-formed 4xx or a closed connection; never a 500, never a hang."""

from __future__ import annotations

import base64
import json
import socket
import time

import pytest
import requests
from hypothesis import example, given, settings, strategies as st

from tests.support.served import Account, address_of, exchange
from verify_fakes.server import asgi, transport
from verify_fakes.server.operations import OPERATIONS
from verify_fakes.twilio.wire import ROUTES

SID = "AC" + "f" * 32
KEY = base64.b64encode(f"{SID}:x".encode()).decode()
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
PATHS = (
    "/",
    "/requests",
    "/_inbox/inbox.js",
    "/_inbox/..%2f..%2fapp.py",
    *(
        f"/_fake{row.path}".replace("{account}", SID)
        for row in OPERATIONS
        if row.name not in {"events", "wait_message"}
    ),
    *(route.path for route in ROUTES),
)


def well_formed(answer: bytes) -> int | None:
    """The status of an answer that is one; None where there is none."""
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


def test_a_body_over_the_bound_is_refused_and_not_read(account: Account) -> None:
    body = b"a" * (asgi.MAX_BODY_BYTES + 1)

    answer = requests.post(
        f"{account.url}/v2/Services", data=body, auth=(account.sid, "x"), timeout=10
    )

    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_a_body_over_the_bound_is_refused_by_the_side_door(account: Account) -> None:
    body = {"to": "a" * (1 << 20)}

    answer = account.door_response("POST", "/codes", body)

    assert answer.json()["error"]["field"] == "body"


def test_a_head_over_the_bound_is_refused(url: str) -> None:
    sent = b"GET / HTTP/1.1\r\nX: " + b"a" * (transport.MAX_HEAD_BYTES + 1)

    assert well_formed(exchange(url, sent)) in {400, 431}


def test_a_head_without_end_is_cut_off(url: str) -> None:
    flood = b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 400_000

    assert well_formed(exchange(url, flood)) in {400, 431, None}


def test_a_head_that_drags_on_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HEAD_TIMEOUT_S", 0.1)
    with socket.create_connection(address_of(url), timeout=5) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost:")
        begin = time.monotonic()

        assert slow.recv(100) == b""
        assert time.monotonic() - begin < 4


def test_a_body_that_drags_on_ends(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "BODY_TIMEOUT_S", 0.1)
    with socket.create_connection(address_of(account.url), timeout=5) as slow:
        slow.sendall(
            b"POST /v2/Services HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            b"Authorization: Basic " + KEY.encode() + b"\r\n\r\na"
        )

        assert well_formed(slow.recv(4096)) == 408


def test_two_requests_in_one_packet_get_two_answers(url: str) -> None:
    one = b"GET /_fake/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert (
        exchange(url, one + one, silence_s=0.5, more=True).count(b"HTTP/1.1 200") == 2
    )


def test_other_requests_are_answered_while_one_sends_slowly(account: Account) -> None:
    with socket.create_connection(address_of(account.url), timeout=5) as slow:
        slow.sendall(
            b"POST /v2/Services HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        )

        assert account.start("+15553231234").status_code == 201
