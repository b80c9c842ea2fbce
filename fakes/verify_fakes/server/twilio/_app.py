"""The fake Twilio as a server: its API, the side door, the inbox."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from ...twilio.http._exchange import ACCOUNT_OR_KEY
from .._access import TWILIOS_HOSTS
from .._app import FakeServerApp
from .._door import Door, Row, problem
from .._events import Broadcast
from . import _views as views
from ._accounts import TwilioAccounts
from ._api import TwilioApi
from ._deliveries import Courier, WebhookDelivery
from ._door import OPERATIONS
from ._settings import TwilioSettings

_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
}
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
STATIC_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_PAGES = {"/": "index.html", "/requests": "requests.html"}


class FakeTwilioApp(FakeServerApp):
    """
    The ASGI application.

    Attributes:
        accounts: The accounts.
    """

    def __init__(self, settings: TwilioSettings | None = None) -> None:
        settings = settings or TwilioSettings()
        broadcast = Broadcast()
        courier = Courier(
            settings.webhook_hosts,
            next_cursor=broadcast.next_cursor,
            changed=self._delivery_changed,
            settle=self._settle,
        )
        self.accounts = TwilioAccounts(settings, broadcast.next_cursor, courier)
        super().__init__(
            settings,
            api=TwilioApi(self.accounts, broadcast),
            door=Door(
                title="Side door of the fake Twilio Verify",
                operations=OPERATIONS,
                accounts=self.accounts,
                broadcast=broadcast,
                form=ACCOUNT_OR_KEY,
                takes="takes AC (or SK) and 32 hex digits",
                token=settings.side_door_token,
            ),
            hosts=TWILIOS_HOSTS,
            pages=pages(),
        )

    def begin(self) -> None:
        """Notice without a request what expires, where events have a receiver."""
        if any(account.sinks for account in self.accounts):
            self.accounts.courier.watch()

    def _settle(self) -> None:
        self.accounts.settle_events()

    def _delivery_changed(self, account_sid: str, delivery: WebhookDelivery) -> None:
        if self.broadcast.has_listeners:
            shown = views.delivery(account_sid, delivery)
            self.broadcast.publish("delivery", account_sid, shown)


def pages() -> list[Row]:
    """The pages and what they are made of."""
    folder = files("verify_fakes.server").joinpath("inbox")
    known = {
        file.name: file
        for file in folder.iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }

    async def asset(request: Request) -> Response:
        file = known.get(request.path_params["name"])
        if file is None:
            return problem(404, "path", "there is no such file")
        return await _file(file, request)

    rows: list[Row] = [
        ("GET", path, partial(_file, known[name])) for path, name in _PAGES.items()
    ]
    return [*rows, ("GET", "/_inbox/{name}", asset)]


async def _file(file: Traversable, _request: Request) -> Response:
    kind = _TYPES[file.name.rpartition(".")[2]]
    return Response(file.read_bytes(), media_type=kind, headers=STATIC_HEADERS)
