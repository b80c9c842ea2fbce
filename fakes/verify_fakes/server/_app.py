"""One application: Twilio's paths, the side door, the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ..kit._http import encoded
from . import _views as views
from ._access import TWILIOS_HOSTS, Access
from ._acts import ACTS
from ._api import TwilioApi
from ._connection import Answer, Receive, Scope, Send
from ._courier import Courier
from ._delivery import Delivery
from ._events import Broadcast, Happening
from ._gate import Gate
from ._operations import OPERATIONS, openapi
from ._people import Endpoint, Row, guarded, people, problem
from ._settings import Settings
from ._side_door import SideDoor
from ._tenants import Tenants

_TYPES: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
}
_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_STATIC_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PAGES: Final = {"/": "index.html", "/requests": "requests.html"}


class FakeServerApp:
    """
    The ASGI application.

    Args:
        settings: Who may come in, and what is served.

    Attributes:
        tenants: The accounts.
        broadcast: What happens, told to listeners.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.broadcast = Broadcast()
        courier = Courier(
            settings.webhook_hosts,
            next_cursor=self.broadcast.next_cursor,
            tell=self._tell,
            settle=self._settle,
        )
        self.tenants = Tenants(
            settings, next_cursor=self.broadcast.next_cursor, courier=courier
        )
        self._gate = Gate(
            api=TwilioApi(self.tenants, self.broadcast, settings.bounds),
            access=Access(
                vendors_hosts=TWILIOS_HOSTS,
                loopback_only=settings.loopback_only,
                origins=settings.origins,
            ),
            bounds=settings.bounds,
            people=people(_rows(self.tenants, self.broadcast, settings))
            if settings.side_door
            else None,
            pages=frozenset(_PAGES),
        )

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        """What is said to a request to this path that no account is asked about."""
        return self._gate.refusal(status, why, path=path)

    def begin(self) -> None:
        """What the server does by itself begins; in its event loop."""
        if any(tenant.sinks for tenant in self.tenants):
            self.tenants.courier.watch()

    def _settle(self) -> None:
        self.tenants.settle_events()

    def end(self) -> None:
        """Let go of whoever listens; the server is about to end."""
        self.broadcast.close()

    def _tell(self, account_sid: str, delivery: Delivery) -> None:
        if self.broadcast.listened:
            happening = Happening(
                cursor=self.broadcast.next_cursor(),
                kind="delivery",
                account_sid=account_sid,
                data=views.delivery(account_sid, delivery),
            )
            self.broadcast.tell(happening)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._gate(scope, receive, send)


def _rows(tenants: Tenants, broadcast: Broadcast, settings: Settings) -> list[Row]:
    door = SideDoor(tenants, broadcast, settings.bounds)
    document = encoded(openapi())
    token = settings.side_door_token

    async def described(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    def endpoint(name: str) -> Endpoint:
        found = door.act(name) if name in ACTS else getattr(door, name)
        # Whoever watches a server's health need not know what opens it.
        return found if name == "health" else guarded(found, token)

    return [
        *((row.method, f"/_fake{row.path}", endpoint(row.name)) for row in OPERATIONS),
        ("GET", "/_fake/openapi.json", guarded(described, token)),
        *_files(),
    ]


def _files() -> list[Row]:
    """The pages and what they are made of."""
    folder = files(__package__).joinpath("inbox")
    known = {
        file.name: file
        for file in folder.iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }
    pages: list[Row] = [
        ("GET", path, partial(_file, known[name])) for path, name in _PAGES.items()
    ]
    return [*pages, ("GET", "/_inbox/{name}", partial(_asset, known))]


async def _asset(known: Mapping[str, Traversable], request: Request) -> Response:
    file = known.get(request.path_params["name"])
    if file is None:
        return problem(404, "path", "there is no such file")
    return await _file(file, request)


async def _file(file: Traversable, _request: Request) -> Response:
    kind = _TYPES[file.name.rpartition(".")[2]]
    return Response(file.read_bytes(), media_type=kind, headers=_STATIC_HEADERS)
