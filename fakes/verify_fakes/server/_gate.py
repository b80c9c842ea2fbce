"""
What every request passes, whichever vendor's: who may come in, and where it belongs.

The inbox and the side door have paths of their own; everything else is the vendor's,
and so is the form of what it is refused with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from attrs import field, frozen

from ..kit._http import encoded
from ._access import Access
from ._asgi import BodyTooLong, Call, Reply, headers_of, problem_of, read_call, respond
from ._bounds import Bounds
from ._connection import ABSOLUTE, Answer, Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEALTH: Final = "/_fake/health"
_SIDE_DOOR: Final = "/_fake/"
_JSON: Final = {"Content-Type": "application/json"}


class VendorApi(Protocol):
    """A vendor's API over all accounts of a server."""

    async def answer(self, call: Call) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: There is none, and the connection closes.
        """
        ...

    def methods(self, call: Call) -> list[str]:
        """The methods that a call's path takes; none where there is nothing."""
        ...

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in the vendor's form, before any account is asked."""
        ...


@frozen(kw_only=True)
class Gate:
    """
    The ASGI application of a server.

    Attributes:
        api: The vendor's API.
        access: Whom the server answers.
        bounds: What a request is held to.
        people: The pages and the side door; None where they are switched off.
        pages: The paths of the pages.
    """

    api: VendorApi
    access: Access
    bounds: Bounds
    people: App | None = None
    pages: frozenset[str] = field(default=frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        headers, path = headers_of(scope), scope["path"]
        server = scope.get("server")
        stranger = self.access.stranger(
            headers,
            scheme=scope["scheme"],
            absolute=ABSOLUTE in scope,
            port=None if server is None else server[1],
            is_page=self._is_page(path),
        )
        if stranger is not None:
            no = self.refusal(403, stranger.why, path=path, name=stranger.field)
            await respond(send, no)
            return
        if self.access.origins:
            send = _sharing(send, self.access.shared_with(headers))
        if not self._is_peoples(path) or self.access.is_vendors(
            headers.get("host", "")
        ):
            await self._call(scope, headers, receive, send)
        elif self.people is not None:
            await self.people(scope, receive, send)
        elif path == _HEALTH:
            healthy = encoded({"status": "ok"})
            await respond(send, Reply(status=200, headers=_JSON, body=healthy))
        else:
            await self._call(scope, headers, receive, send)

    def refusal(
        self, status: int, why: str, *, path: str = "", name: str = "request"
    ) -> Answer:
        """A refusal in the form of whomever the path belongs to."""
        if not path.startswith(_SIDE_DOOR):
            return self.api.refusal(status, why)
        body = encoded(problem_of(name, why))
        return Reply(status=status, headers=_JSON, body=body)

    def _is_peoples(self, path: str) -> bool:
        return path.startswith(_SIDE_DOOR) or self._is_page(path)

    def _is_page(self, path: str) -> bool:
        return path in self.pages or path.startswith("/_inbox/")

    async def _call(
        self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        try:
            call = await read_call(scope, headers, receive, self.bounds.body_bytes)
        except BodyTooLong:
            await respond(send, self.refusal(413, "The body is too long."))
            return
        methods = self.api.methods(call) if call.method == "OPTIONS" else []
        if methods:
            allow = {"Allow": ", ".join(methods)}
            await respond(send, Reply(status=204, headers=allow))
        else:
            await respond(send, await self.api.answer(call))


def _sharing(send: Send, shared: list[tuple[bytes, bytes]]) -> Send:
    """Add headers to every answer."""

    async def sends(message: Any) -> None:  # noqa: ANN401 - ASGI's
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *shared]}
        await send(message)

    return sends
