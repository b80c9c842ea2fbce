"""One application: Vonage's paths, and the side door."""

from __future__ import annotations

from itertools import count

from starlette.applications import Starlette

from ..transport import Receive, Scope, Send
from .accounts import Accounts
from .api import VonageApi
from .door import routes
from .settings import VonageSettings

_OF_VONAGE = ("/v1", "/v2")


class FakeVonageApp:
    """
    The ASGI application.

    Args:
        settings: Who may come in, and what is served.

    Attributes:
        accounts: The accounts.
    """

    def __init__(self, settings: VonageSettings | None = None) -> None:
        settings = settings or VonageSettings()
        next_cursor = count(1).__next__
        self.accounts = Accounts(settings, next_cursor=next_cursor)
        self._api = VonageApi(self.accounts, next_cursor)
        self._door = (
            Starlette(routes=routes(self.accounts, settings))
            if settings.side_door
            else None
        )

    def begin(self) -> None:
        """Nothing waits for the server to listen."""

    def end(self) -> None:
        """Nothing listens to the server's end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if self._door is not None and not scope["path"].startswith(_OF_VONAGE):
            await self._door(scope, receive, send)
        else:
            await self._api(scope, receive, send)
