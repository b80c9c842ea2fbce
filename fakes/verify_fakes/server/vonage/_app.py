"""One application: Vonage's paths, and the side door."""

from __future__ import annotations

from itertools import count

from .._access import VONAGES_HOSTS, Access
from .._connection import Answer, Receive, Scope, Send
from .._gate import Gate
from .._people import people
from ._accounts import Accounts
from ._api import VonageApi
from ._door import rows
from ._settings import VonageSettings


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
        self._gate = Gate(
            api=VonageApi(self.accounts, next_cursor, settings.bounds),
            access=Access(
                vendors_hosts=VONAGES_HOSTS,
                loopback_only=settings.loopback_only,
                origins=settings.origins,
            ),
            bounds=settings.bounds,
            people=people(rows(self.accounts, settings))
            if settings.side_door
            else None,
            pages=frozenset({"/"}),
        )

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        """What is said to a request to this path that no account is asked about."""
        return self._gate.refusal(status, why, path=path)

    def begin(self) -> None:
        """Nothing waits for the server to listen."""

    def end(self) -> None:
        """Nothing listens to the server's end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._gate(scope, receive, send)
