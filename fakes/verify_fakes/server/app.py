"""One application: Twilio's paths, the side door, the inbox."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..kit.jsontext import encoded
from . import views
from .acts import ACTS
from .api import TwilioApi
from .courier import Courier
from .delivery import Delivery
from .events import Broadcast, Happening
from .guarding import Endpoint, guard, problem
from .operations import OPERATIONS, openapi
from .settings import Settings
from .side_door import SideDoor
from .tenants import Tenants
from .transport import Receive, Scope, Send

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
_OF_TWILIO: Final = ("/v1", "/v2")
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
        self._api = TwilioApi(self.tenants, self.broadcast)
        self._people = (
            Starlette(routes=_routes(self.tenants, self.broadcast, settings))
            if settings.side_door
            else None
        )

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
        """Serve one request, or one life of the server."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            people = self._people
            if people is not None and not scope["path"].startswith(_OF_TWILIO):
                await people(scope, receive, send)
            else:
                await self._api(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _routes(tenants: Tenants, broadcast: Broadcast, settings: Settings) -> list[Route]:
    door = SideDoor(tenants, broadcast)
    guarded = partial(
        guard,
        token=settings.side_door_token,
        loopback_only=settings.loopback_only,
    )
    routes = [
        Route(
            f"/_fake{row.path}",
            guarded(
                door.act(row.name) if row.name in ACTS else getattr(door, row.name)
            ),
            methods=[row.method],
            name=row.name,
        )
        for row in OPERATIONS
    ]
    document = encoded(openapi())

    async def described(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    routes.append(Route("/_fake/openapi.json", guarded(described)))
    routes += [Route(path, _page(name)) for path, name in _PAGES.items()]
    routes.append(Route("/_inbox/{name}", _asset))
    return routes


def _page(name: str) -> Endpoint:
    async def page(_request: Request) -> Response:
        return _file(name)

    return page


async def _asset(request: Request) -> Response:
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or "/" in name or "\\" in name or name.startswith("."):
        return problem(404, "path", "there is no such file")
    file = files(__package__).joinpath("inbox", name)
    if not file.is_file():
        return problem(404, "path", "there is no such file")
    return Response(file.read_bytes(), media_type=kind, headers=_STATIC_HEADERS)
