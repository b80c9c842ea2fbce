"""Answers on their way: in order, whole, once, whatever way each of them takes."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from typing import Final

from hypothesis import given, settings, strategies as st

from tests.support.served import Account, address_of, exchange
from verify_fakes.kit import _http as jsontext
from verify_fakes.server._asgi import respond
from verify_fakes.twilio.http._exchange import Response

SID = "AC" + "d" * 32
KEY = base64.b64encode(f"{SID}:x".encode()).decode()
SERVICE = "VA" + "e" * 32
FORM = b"To=%2B15553231234&Channel=sms"
START: Final = (
    f"POST /v2/Services/{SERVICE}/Verifications HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"Authorization: Basic {KEY}\r\nContent-Length: {len(FORM)}\r\n\r\n"
).encode() + FORM


def asked(method: str, path: str, *headers: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")
    return "\r\n".join(lines).encode()


# Each takes another way out: from the API, from Starlette, and refused.
KINDS: Final = {
    "start": (START, {201, 429}),
    "stranger": (asked("POST", "/v2/Services"), {401}),
    "head": (asked("HEAD", "/v2/Services", f"Authorization: Basic {KEY}"), {200, 405}),
    "health": (asked("GET", "/_fake/health"), {200}),
    "nothing": (asked("GET", "/v2/No", f"Authorization: Basic {KEY}"), {404}),
    "last": (asked("POST", "/v2/Services", "Connection: close"), {401}),
}


def answers(heard: bytes, kinds: list[str]) -> Iterator[tuple[int, bytes]]:
    """The answers to these, taken apart; nothing may be left over."""
    for kind in kinds:
        head, _, heard = heard.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines)
        length = 0 if kind == "head" else int(fields[b"content-length"])
        yield int(status.split()[1]), heard[:length]
        heard = heard[length:]
    assert heard == b""


@settings(max_examples=40, deadline=None)
@given(kinds=st.lists(st.sampled_from(list(KINDS)[:-1]), max_size=12))
def test_pipelined_answers_come_whole_and_in_order(url: str, kinds: list[str]) -> None:
    kinds = [*kinds, "last"]
    sent = b"".join(KINDS[kind][0] for kind in kinds)

    heard = exchange(url, sent, silence_s=5, more=True)

    for kind, (status, body) in zip(kinds, answers(heard, kinds), strict=True):
        assert status in KINDS[kind][1], kind
        assert kind == "head" or json.loads(body)


def test_an_answer_leaves_though_nonsense_follows(url: str) -> None:
    with socket.create_connection(address_of(url), timeout=5) as line:
        line.sendall(START)
        heard = line.recv(65536)
        line.sendall(START)
        line.sendall(b"\x00nonsense\r\n\r\n")
        while part := line.recv(65536):
            heard += part

    assert heard.startswith((b"HTTP/1.1 201 ", b"HTTP/1.1 429 "))
    assert heard.count(b"HTTP/1.1 ") in {2, 3}
    assert b"HTTP/1.1 400 " in heard


def test_a_client_that_sends_no_more_still_reads_its_answer(account: Account) -> None:
    heard = exchange(account.url, START)

    assert heard.startswith((b"HTTP/1.1 201 ", b"HTTP/1.1 429 "))


def test_what_a_client_said_begins_no_header_of_its_own() -> None:
    sent: list[dict[str, object]] = []
    said = Response(
        status=429, headers={"X-Limit": "a\r\nSet-Cookie: b\x00é"}, body=b""
    )

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(respond(send, said))

    assert sent[0]["headers"] == [
        (b"x-limit", "a??Set-Cookie: b?é".encode("latin-1")),
        (b"content-length", b"0"),
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(content=JSON)
def test_json_says_the_same_with_and_without_the_fast_library(content: object) -> None:
    """What comes after the comma of a float may be written in two ways."""
    assert json.loads(jsontext.encoded(content)) == content
    assert json.loads(jsontext.plainly(content)) == content


def test_half_a_character_is_replaced() -> None:
    assert jsontext.encoded({"a": "\ud800"}) == b'{"a":"?"}'
    assert jsontext.encoded({"a": 10**30}) == b'{"a":1' + b"0" * 30 + b"}"
