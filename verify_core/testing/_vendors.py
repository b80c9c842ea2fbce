"""How a vendor's fake is asked: as a function, by WSGI, by ASGI, or on a port."""

from __future__ import annotations

import asyncio
import http.client
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from ._troubles import VendorReply, VendorRequest

Answer = Callable[[VendorRequest], VendorReply]
"""A vendor: what it answers to one request."""

WsgiApp = Callable[..., Iterable[bytes]]
AsgiApp = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_PATIENCE_S = 10.0

# RFC 9110, section 7.6.1: of one connection, so not passed on; and what is framed anew.
_NOT_PASSED_ON = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"),
        *("transfer-encoding", "content-length"),
    }
)


def passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that are not of one connection alone."""
    return {
        name: value for name, value in headers if name.lower() not in _NOT_PASSED_ON
    }


def vendor_of(
    answer: Answer | None,
    wsgi: WsgiApp | None,
    asgi: AsgiApp | None,
    forward_to: str | None,
) -> Answer:
    """The one vendor that is named; in this process, asked by one thread at a time."""
    if sum(each is not None for each in (answer, wsgi, asgi, forward_to)) != 1:
        raise TypeError("HttpDoors takes one of answer, wsgi, asgi and forward_to")
    if forward_to is not None:
        return at_url(forward_to)
    inner = by_wsgi(wsgi) if wsgi else by_asgi(asgi) if asgi else answer
    assert inner is not None  # noqa: S101 - one of the four is there
    lock = Lock()

    def locked(request: VendorRequest) -> VendorReply:
        with lock:
            return inner(request)

    return locked


def at_url(url: str) -> Answer:
    """A vendor that listens at an address of its own, plain HTTP."""
    place = urlsplit(url)

    def answer(request: VendorRequest) -> VendorReply:
        connection = http.client.HTTPConnection(
            place.hostname or "127.0.0.1", place.port or 80, timeout=_PATIENCE_S
        )
        # Each fake answers to its own name; the one of the doors it does not know.
        headers = passed_on(request.headers.items()) | {"host": place.netloc}
        try:
            target = place.path.rstrip("/") + request.target
            connection.request(request.method, target, request.body, headers)
            found = connection.getresponse()
            return VendorReply(
                status=found.status,
                body=found.read(),
                headers=passed_on(found.getheaders()),
            )
        finally:
            connection.close()

    return answer


def by_wsgi(app: WsgiApp) -> Answer:
    """A vendor that is a WSGI application (PEP 3333): Flask, Django, Bottle."""

    def answer(request: VendorRequest) -> VendorReply:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: object = None
        ) -> Callable[[bytes], None]:
            started.append((status, headers))
            return written.append

        parts = app(_environ(request), start_response)
        try:
            body = b"".join([*written, *parts])
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started[-1]
        return VendorReply(
            status=int(status.split()[0]), body=body, headers=passed_on(headers)
        )

    return answer


def _environ(request: VendorRequest) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    named = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in request.headers.items()
    }
    return {
        **named,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # PEP 3333: the bytes of the path, each as one character.
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def by_asgi(app: AsgiApp) -> Answer:
    """A vendor that is an ASGI application (Starlette, FastAPI); no lifespan is run."""

    def answer(request: VendorRequest) -> VendorReply:
        return asyncio.run(_ask_asgi(app, request))

    return answer


async def _ask_asgi(app: AsgiApp, request: VendorRequest) -> VendorReply:
    said: list[Mapping[str, Any]] = []
    asked = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    await app(_scope(request), receive, send)
    head = next(each for each in said if each["type"] == "http.response.start")
    parts = (each for each in said if each["type"] == "http.response.body")
    headers = ((k.decode("latin-1"), v.decode("latin-1")) for k, v in head["headers"])
    return VendorReply(
        status=head["status"],
        body=b"".join(part.get("body", b"") for part in parts),
        headers=passed_on(headers),
    )


def _scope(request: VendorRequest) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.items()
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
