"""HTTP as ASGI has it: a request with its body, and an answer on its way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from attrs import field, frozen

from ._connection import Answer, Receive, Scope, Send

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: Headers whose values are few, and no client's words.
_CONSTANT: Final = frozenset(
    {
        *("Content-Type", "X-Home-Region", "X-Shenanigans"),
        *("Twilio-Concurrent-Requests", "Twilio-Request-Duration"),
    }
)


@frozen(kw_only=True)
class Reply:
    """
    An answer as a value.

    Attributes:
        status: HTTP status.
        headers: Without Content-Length.
        body: Bytes.
    """

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def problem_of(name: str, takes: str) -> dict[str, dict[str, str]]:
    """What the side door says to a request that it cannot use."""
    return {"error": {"field": name, "message": takes}}


def json_parameters(value: object) -> int:
    """How many members and items there are in JSON, at any depth."""
    number, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            each = list(each.values())
        if isinstance(each, list):
            number += len(each)
            waiting += each
    return number


class BodyTooLong(Exception):
    """A body that is not read to its end."""


@frozen(kw_only=True)
class Call:
    """
    A request to a vendor's API, whole.

    Attributes:
        method: Upper case; `GET` for `HEAD`, whose answer goes without its body.
        base_url: Scheme and host as the client knows them.
        path: Still escaped.
        query: Still escaped, without its question mark.
        headers: Names in lower case.
        body: As sent.
    """

    method: str
    base_url: str
    path: str = field(repr=False)
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def url(self) -> str:
        """The whole address."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.base_url}{self.path}{query}"


async def read_call(
    scope: Scope, headers: Mapping[str, str], receive: Receive, most_bytes: int
) -> Call:
    """
    A request and its body.

    Args:
        scope: Of the request.
        headers: As `headers_of` gives them.
        receive: Where the body comes from.
        most_bytes: Of the body.

    Raises:
        BodyTooLong: It has more.
    """
    # Links in answers must lead back here, by whatever name the client came.
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    method = scope["method"]
    return Call(
        method="GET" if method == "HEAD" else method,
        base_url=f"{scope['scheme']}://{host}",
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _body(receive, most_bytes),
    )


async def _body(receive: Receive, most_bytes: int) -> bytes:
    whole = bytearray()
    while True:
        part: Any = await receive()
        whole += part.get("body", b"")
        if len(whole) > most_bytes:
            raise BodyTooLong
        if not part.get("more_body"):
            return bytes(whole)


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers; names in lower case, the last of each."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
    }


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    body = answer.body
    headers = [
        _constant(name, value) if name in _CONSTANT else _encoded(name, value)
        for name, value in answer.headers.items()
    ]
    headers.append((b"content-length", b"%d" % len(body)))
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=64)
def _constant(name: str, value: str) -> tuple[bytes, bytes]:
    return _encoded(name, value)


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    # What a client said may be told back to it, but begins no header of its own.
    said = value if value.isprintable() else _CONTROL.sub("?", value)
    return name.lower().encode(), said.encode("latin-1", "replace")
