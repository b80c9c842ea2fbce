"""
The ASGI application of a server: who may come in, and where a request belongs.

The inbox and the side door have paths of their own; everything else is the vendor's,
and so is the form of what it is refused with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from ..kit._http import encoded
from ._access import Access
from ._asgi import ABSOLUTE, Answer, ApiCall, Receive, Reply, Scope, Send, respond
from ._door import Door, Row, problem_of
from ._events import Broadcast
from ._settings import ServerSettings

_HEALTH = "/_fake/health"
_SIDE_DOOR = "/_fake/"
_JSON = {"Content-Type": "application/json"}


class VendorApi(Protocol):
    """A vendor's API over all accounts of a server."""

    async def answer(self, call: ApiCall) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: A fault breaks the connection.
        """
        ...

    def methods(self, call: ApiCall) -> list[str]:
        """The methods that a call's path takes; empty where there is nothing."""
        ...

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in the vendor's form, before any account is asked."""
        ...


class FakeServerApp:
    """
    A vendor's API, the side door and the pages, served to those who may come in.

    Args:
        settings: Who may come in, and what is served.
        hosts: The names of the vendor's API; there is no side door under them.
        door: Served unless the settings switch it off, and so are the pages.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        api: VendorApi,
        door: Door[Any],
        hosts: re.Pattern[str],
        pages: Sequence[Row],
    ) -> None:
        self.broadcast: Broadcast = door.broadcast
        self.bounds = settings.bounds
        self._accounts = door.accounts
        self._api = api
        self._access = Access(
            vendors_hosts=hosts,
            loopback_only=settings.loopback_only,
            origins=settings.origins,
        )
        self._people = door.application(*pages) if settings.side_door else None
        self._pages = {path for _, path, _ in pages if "{" not in path}

    def begin(self) -> None:
        """Begin what the server does without a request; in its event loop."""
        self._accounts.watch()

    def end(self) -> None:
        """Let go of whoever listens; the server is about to end."""
        self.broadcast.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers, path = _headers_of(scope), scope["path"]
        is_page = path in self._pages or path.startswith("/_inbox/")
        stranger = self._access.stranger(
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
        if shared := self._access.shared_with(headers):
            send = _sharing(send, shared)
        own = is_page or path.startswith(_SIDE_DOOR)
        if not own or self._access.is_vendors(headers.get("host", "")):
            await respond(send, await self._call(scope, headers, receive))
        elif self._people is not None:
            await self._people(scope, receive, send)
        elif path == _HEALTH:
            healthy = encoded({"status": "ok"})
            await respond(send, Reply(status=200, headers=_JSON, body=healthy))
        else:
            await respond(send, await self._call(scope, headers, receive))

    def refusal(
        self, status: int, why: str, *, path: str = "", name: str = "request"
    ) -> Answer:
        """A refusal in the form of the side door or the vendor, whose path it is."""
        if not path.startswith(_SIDE_DOOR):
            return self._api.refusal(status, why)
        body = encoded(problem_of(name, why))
        return Reply(status=status, headers=_JSON, body=body)

    async def _call(
        self, scope: Scope, headers: dict[str, str], receive: Receive
    ) -> Answer:
        host = headers.get("host") or "{}:{}".format(*scope["server"])
        path, query = scope["raw_path"], scope["query_string"]
        target = path + b"?" + query if query else path
        method = scope["method"]
        call = ApiCall(
            method="GET" if method == "HEAD" else method,
            url=f"{scope['scheme']}://{host}{target.decode('latin-1')}",
            query=query.decode("latin-1"),
            headers=headers,
            body=(await receive())["body"],  # a connection gives it whole
        )
        if call.method == "OPTIONS" and (methods := self._api.methods(call)):
            return Reply(status=204, headers={"Allow": ", ".join(methods)})
        return await self._api.answer(call)


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
