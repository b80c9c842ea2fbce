"""
A fuzz of running servers: requests drawn from Twilio's documents, and bytes mutated.

Small as a test (`test_fuzz.py`), in full by `python -m tests.server.fuzz --full`, from
the project's root; `--seed` gives the same again. Whatever is sent, each answer is well
formed and no 500, what is refused is JSON, and the server stays well and small.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from attrs import Factory, define

from tests.server.attack import ACCOUNT, HASTY, MIB, SERVICE, asked
from tests.server.targets import Target, target
from tests.support.twilio import described

CONNECTIONS: Final = 24
_STATUSES: Final = frozenset({*range(200, 500), 501, 503, 505})
_MOST_GROWTH: Final = 100 * MIB

Draw: TypeAlias = Callable[[random.Random], bytes]


class Unsound(AssertionError):
    """An answer that no client could use; says what was sent."""


@define
class Tally:
    """What came of a fuzz, and the first things that went wrong."""

    statuses: Counter[int] = Factory(Counter)
    unsound: list[str] = Factory(list)
    lock: threading.Lock = Factory(threading.Lock)


def run(on: Target, draw: Draw, *, number: int, seed: int) -> Tally:
    """
    Send what is drawn, on 24 connections at a time.

    Args:
        on: Where to.
        draw: Makes what one connection sends, by chance.
        number: How often each connection is opened anew.
        seed: For chance.
    """
    tally, before = Tally(), on.resident

    def worker(which: int) -> None:
        chance = random.Random(f"{seed}:{which}")
        for _ in range(number):
            sent = draw(chance)
            try:
                statuses = list(answers(said_to(on, sent, chance)))
            except Unsound as wrong:
                with tally.lock:
                    tally.unsound.append(f"{wrong}, after {sent!r}")
                continue
            with tally.lock:
                tally.statuses.update(statuses or [0])

    threads = [
        threading.Thread(target=worker, args=(n,), daemon=True)
        for n in range(CONNECTIONS)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if not on.is_well():
        tally.unsound.append(f"the server says: {on.said}")
    grown = on.resident - before
    if grown > _MOST_GROWTH:
        tally.unsound.append(f"the server has grown by {grown / MIB:.0f} MiB")
    return tally


def said_to(on: Target, sent: bytes, chance: random.Random) -> bytes:
    """All that a server says to bytes, which arrive in up to three parts."""
    cuts = sorted(chance.randrange(len(sent) + 1) for _ in range(chance.randrange(3)))
    heard = b""
    with socket.create_connection(on.address, timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
                line.sendall(sent[begin:end])
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := line.recv(65_536):
                heard += part
    return heard


def answers(heard: bytes) -> Iterator[int]:
    """
    The statuses of the answers in a stream.

    Raises:
        Unsound: It is no sequence of answers, or one of them says what none may.
    """
    while heard:
        head, separator, heard = heard.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        if not separator or not first.startswith(b"HTTP/1.1 "):
            raise Unsound(f"no answer: {head[:200]!r}")
        status = int(first.split(b" ")[1])
        if status == 100:
            continue
        if first == b"HTTP/1.1 200 Connection established":  # what follows is TLS
            yield status
            return
        fields = dict(line.lower().split(b": ", 1) for line in lines)
        body, heard = _body(status, fields, heard)
        if status not in _STATUSES or b"Traceback" in body:
            raise Unsound(f"{status}: {body[:500]!r}")
        if status >= 400 or b"json" in fields.get(b"content-type", b""):
            _require_json(status, body)
        yield status


def _body(status: int, fields: dict[bytes, bytes], rest: bytes) -> tuple[bytes, bytes]:
    if status == 204:
        return b"", rest
    if b"transfer-encoding" in fields:  # an event stream; its end is the connection's
        return rest, b""
    if b"content-length" not in fields:
        raise Unsound(f"{status} has no length")
    length = int(fields[b"content-length"])
    if len(rest) < length:
        raise Unsound(f"cut off: {rest[:200]!r}")
    return rest[:length], rest[length:]


def _require_json(status: int, body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError:
        raise Unsound(f"{status} is no JSON: {body[:200]!r}") from None


# Bytes, mutated.

_START = b"To=%2B15553231234&Channel=sms"
_PART = (
    b'--x\r\nContent-Disposition: form-data; name="To"\r\n\r\n+15553231234\r\n--x--\r\n'
)
_STEP = b'{"brand":"A","workflow":[{"channel":"sms","to":"447700900000"}]}'
_MULTIPART = 'Content-Type: multipart/form-data; boundary="x"'
#: Method, path, body and further lines; `{account}` is the account.
_TWILIOS: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
    ("POST", f"/v2/Services/{SERVICE}/Verifications", _START, ()),
    ("POST", f"/v2/Services/{SERVICE}/Verifications", _PART, (_MULTIPART,)),
    ("POST", f"/v2/Services/{SERVICE}/VerificationCheck", _START + b"&Code=1234", ()),
    ("GET", f"/v2/Services/{SERVICE}/Verifications/+15553231234", b"", ()),
    ("POST", "/v2/Services", b"FriendlyName=Shop&CodeLength=4", ()),
    ("GET", "/v2/Services?PageSize=1&Page=0&PageToken=PA0", b"", ()),
    ("GET", "/v2/PhoneNumbers/+15553231234?Fields=line_type_intelligence", b"", ()),
    ("POST", f"/v2/Services/{SERVICE}/RateLimits", b"UniqueName=ip", ()),
    (
        *("POST", f"/v2/Services/{SERVICE}/Entities/identity-1/Factors"),
        *(b"FriendlyName=a&FactorType=totp", ()),
    ),
)
_VONAGES: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
    ("POST", "/v2/verify", _STEP, ("Content-Type: application/json",)),
    ("POST", f"/v2/verify/{'a' * 8}-bbbb-cccc-dddd-{'0' * 12}", b'{"code":"1234"}', ()),
    ("DELETE", f"/v2/verify/{'a' * 8}-bbbb-cccc-dddd-{'0' * 12}", b"", ()),
    ("POST", f"/v2/verify/{'a' * 8}-bbbb-cccc-dddd-{'0' * 12}/next_workflow", b"", ()),
)
_DOORS: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
    ("GET", "/", b"", ()),
    ("GET", "/_inbox/inbox.js", b"", ()),
    ("GET", "/_fake/messages?limit=5&after=0", b"", ()),
    ("GET", "/_fake/accounts/{account}/messages/wait?timeout_s=0", b"", ()),
    ("GET", "/_fake/accounts/{account}/requests", b"", ()),
    ("POST", "/_fake/accounts/{account}/clock", b'{"advance_s":1}', ()),
    ("POST", "/_fake/accounts/{account}/codes", b'{"to":"+1555","code":"4242"}', ()),
    ("POST", "/_fake/accounts/{account}/numbers", b'{"landline":["+15553230001"]}', ()),
    (
        *("POST", "/_fake/accounts/{account}/faults"),
        *(b'{"operation":"start","error":60203,"last":2}', ()),
    ),
    ("POST", "/_fake/accounts/{account}/reset", b'{"seed":1}', ()),
    ("OPTIONS", "/v2/Services", b"", ("Origin: http://evil.example",)),
    ("GET", "http://example.org/", b"", ()),
    ("CONNECT", "verify.twilio.com:443", b"", ()),
    ("POST", "/v2/Services", b"", ("Expect: 100-continue", "Upgrade: h2c")),
)
_ODD: Final = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\x00",
        b"\xff",
        b"%00",
        b"%ff",
        b"%",
        b"&",
        b"=",
        b"[",
        b"{",
    ),
    *(b'"', b"\\ud800", b"-1", b"0", b"9" * 30, b"1e999", b"NaN", b"null", b"true"),
    *(b"HTTP/1.1", b"HTTP/1.0", b"Host: localhost", b"Transfer-Encoding: chunked"),
    *(
        b"Content-Length: 5",
        b"Connection: close",
        b"Connection: upgrade",
        b"/..",
        b"//",
    ),
    *(b"http://", b"?", b"#", b" ", b"\t", b":", b"a" * 9_000, b"&a=1" * 1_100),
)


def mutated(on: Target) -> Draw:
    """What makes mutants of requests that a server knows."""
    own = _TWILIOS if on.vendor == "twilio" else _VONAGES
    account = ACCOUNT if on.vendor == "twilio" else "a1b2c3d4"
    known = [
        asked(on, method, path.replace("{account}", account), body, *lines)
        for method, path, body, lines in (*own, *own, *_DOORS)
    ]

    def draw(chance: random.Random) -> bytes:
        sent = b"".join(chance.choices(known, k=chance.choice((1, 1, 1, 2, 5))))
        for _ in range(chance.choice((0, 1, 1, 2, 4, 16))):
            sent = _mutant(sent, known, chance)
        return sent

    return draw


def _mutant(sent: bytes, known: list[bytes], chance: random.Random) -> bytes:
    """Bytes with one thing changed."""
    begin = chance.randrange(len(sent) + 1)
    end = min(len(sent), begin + chance.choice((0, 1, 1, 4, 40)))
    before, middle, after = sent[:begin], sent[begin:end], sent[end:]
    way = chance.randrange(6)
    if way == 0:
        return before + chance.randbytes(chance.choice((1, 1, 3, 30))) + after
    if way == 1:
        return before + after
    if way == 2:
        return before + middle * chance.choice((2, 3, 50)) + after
    if way == 3:
        return before + middle + chance.choice(_ODD) + after
    if way == 4:
        return before + chance.choice(known)[chance.randrange(100) :]
    return before + bytes(each ^ 0x20 for each in middle) + after


# Requests, drawn from the documents.

_VALUES: Final = (
    *("", "a", "0", "-1", "1", "true", "sms", "+15553231234", "ann@example.org", "{}"),
    *('{"a": "b"}', "[]", "null", "\x00", "\ud7ff", "é" * 300, "9" * 40, "x" * 20_000),
    *("2026-01-15T12:01:00Z", "VA" + "b" * 32, "http://127.0.0.1:1/", "%", "&=", "😀"),
)


def documented(on: Target) -> Draw:
    """What makes requests to operations of Twilio's documents, with odd values."""
    known = list(described.operations().values())

    def draw(chance: random.Random) -> bytes:
        method, path, operation, _ = chance.choice(known)
        filled = "/".join(
            _in_path(part, chance) if part.startswith("{") else part
            for part in path.split("/")
        )
        form = {
            name: _value(schema, chance)
            for name, schema in described.parameters(operation).items()
            if chance.random() < 0.5
        }
        text = urlencode(form, errors="replace")
        if method == "GET":
            return asked(on, method, f"{filled}?{text}"[:8_000])
        return asked(on, method, filled[:8_000], text.encode())

    return draw


def _in_path(name: str, chance: random.Random) -> str:
    if name == "{ServiceSid}" and chance.random() < 0.8:
        return SERVICE
    return quote(_value({}, chance), safe="")


def _value(schema: dict[str, Any], chance: random.Random) -> str:
    values: list[Any] = schema.get("enum") or []
    if values and chance.random() < 0.7:
        return str(chance.choice(values))
    return chance.choice(_VALUES)


def fuzzes(on: Target) -> Iterator[tuple[str, Draw]]:
    """The fuzzes that a target can have, by name."""
    yield "mutation", mutated(on)
    if on.vendor == "twilio" and described.DOCUMENTS.is_dir():
        yield "document", documented(on)


def main(arguments: Iterable[str] | None = None) -> int:
    """Fuzz servers of both vendors; the exit status says whether one gave way."""
    parser = argparse.ArgumentParser(prog="python -m tests.server.fuzz")
    parser.add_argument("--full", action="store_true", help="minutes, not seconds")
    parser.add_argument(
        "--seed", type=int, default=0, help="another one, other requests"
    )
    given = parser.parse_args(None if arguments is None else list(arguments))
    number, failed = 4_000 if given.full else 40, 0
    if not described.DOCUMENTS.is_dir():
        print(f"no documents of Twilio's in {described.DOCUMENTS}: mutation alone")
    for vendor in ("twilio", "vonage"):
        with target(vendor, proxy=vendor == "twilio", bounds=HASTY) as on:
            for name, draw in fuzzes(on):
                begin = time.monotonic()
                tally = run(on, draw, number=number, seed=given.seed)
                failed += len(tally.unsound)
                seen = sorted(tally.statuses.items())
                shown = ", ".join(f"{status}: {times:,}" for status, times in seen)
                took, sent = time.monotonic() - begin, CONNECTIONS * number
                print(f"{vendor} {name}: {sent:,} in {took:.0f} s; {shown}", flush=True)
                for wrong in tally.unsound[:5]:
                    print(f"  {wrong}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
