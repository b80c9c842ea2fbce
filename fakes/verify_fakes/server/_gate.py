"""
What every request passes, whichever vendor's: who may come in, and where it belongs.

The inbox and the side door have paths of their own; everything else is the vendor's,
and so is the form of what it is refused with.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from ..kit._http import encoded
from ._access import Access
from ._asgi import ABSOLUTE, Answer, Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEALTH = "/_fake/health"
_SIDE_DOOR = "/_fake/"
_JSON = {"Content-Type": "application/json"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@frozen(kw_only=True)
class Reply:
    """An answer as a value; its headers are without Content-Length."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@frozen(kw_only=True)
class Call:
    """
    A request to a vendor's API, whole.

    Attributes:
        method: Upper case; `GET` for `HEAD`, whose answer goes without its body.
        url: As the client knows it: links in answers must lead back here.
        query: Still escaped, without its question mark.
        headers: Names in lower case.
    """

    method: str
    url: str = field(repr=False)
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class VendorApi(Protocol):
    """A vendor's API over all accounts of a server."""

    async def answer(self, call: Call) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: A fault breaks the connection.
        """
        ...

    def methods(self, call: Call) -> list[str]:
        """The methods that a call's path takes; empty where there is nothing."""
        ...

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in the vendor's form, before any account is asked."""
        ...


def problem_of(name: str, takes: str) -> dict[str, dict[str, str]]:
    """What the side door says to a request that it cannot use."""
    return {"error": {"field": name, "message": takes}}


@frozen(kw_only=True)
class Gate:
    """
    The ASGI application of a server.

    Attributes:
        people: The pages and the side door; None where they are switched off.
        pages: The paths of the pages.
    """

    api: VendorApi
    access: Access
    people: App | None = None
    pages: frozenset[str] = field(default=frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers, path = _headers_of(scope), scope["path"]
        is_page = path in self.pages or path.startswith("/_inbox/")
        stranger = self.access.stranger(
            headers,
            scheme=scope["scheme"],
            absolute=ABSOLUTE in scope,
            port=scope["server"][1],
            is_page=is_page,
        )
        if stranger is not None:
            no = self.refusal(403, stranger.why, path=path, name=stranger.field)
            await respond(send, no)
            return
        if self.access.origins:
            send = _sharing(send, self.access.shared_with(headers))
        own = is_page or path.startswith(_SIDE_DOOR)
        if not own or self.access.is_vendors(headers.get("host", "")):
            await respond(send, await self._call(scope, headers, receive))
        elif self.people is not None:
            await self.people(scope, receive, send)
        elif path == _HEALTH:
            healthy = encoded({"status": "ok"})
            await respond(send, Reply(status=200, headers=_JSON, body=healthy))
        else:
            await respond(send, await self._call(scope, headers, receive))

    def refusal(
        self, status: int, why: str, *, path: str = "", name: str = "request"
    ) -> Answer:
        """A refusal in the form of whomever the path belongs to."""
        if not path.startswith(_SIDE_DOOR):
            return self.api.refusal(status, why)
        body = encoded(problem_of(name, why))
        return Reply(status=status, headers=_JSON, body=body)

    async def _call(
        self, scope: Scope, headers: dict[str, str], receive: Receive
    ) -> Answer:
        host = headers.get("host") or "{}:{}".format(*scope["server"])
        path, query = scope["raw_path"], scope["query_string"]
        target = path + b"?" + query if query else path
        method = scope["method"]
        call = Call(
            method="GET" if method == "HEAD" else method,
            url=f"{scope['scheme']}://{host}{target.decode('latin-1')}",
            query=query.decode("latin-1"),
            headers=headers,
            body=(await receive())["body"],  # a connection gives it whole
        )
        if call.method == "OPTIONS" and (methods := self.api.methods(call)):
            return Reply(status=204, headers={"Allow": ", ".join(methods)})
        return await self.api.answer(call)


def _headers_of(scope: Scope) -> dict[str, str]:
    """The headers; names in lower case, the last of each."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
    }


def _sharing(send: Send, shared: list[tuple[bytes, bytes]]) -> Send:
    """Add headers to every answer."""

    async def sends(message: Any) -> None:  # noqa: ANN401 - ASGI's
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *shared]}
        await send(message)

    return sends


async def respond(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [_header(name, value) for name, value in answer.headers.items()]
    headers.append((b"content-length", b"%d" % len(answer.body)))
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send({"type": "http.response.body", "body": answer.body})


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    # What a client sent may come back to it, but begins no header of its own.
    safe = value if value.isprintable() else _CONTROL.sub("?", value)
    return name.lower().encode(), safe.encode("latin-1", "replace")
