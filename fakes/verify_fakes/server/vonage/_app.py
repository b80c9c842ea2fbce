"""The fake Vonage as a server: its API, and the side door."""

from __future__ import annotations

from .._access import VONAGES_HOSTS
from .._app import FakeServerApp
from .._door import Door
from .._events import Broadcast
from .._pages import pages
from ._accounts import VonageAccounts
from ._api import VonageApi
from ._door import NAME, OPERATIONS
from ._settings import VonageSettings


class FakeVonageApp(FakeServerApp):
    """
    The ASGI application.

    Attributes:
        accounts: The accounts.
    """

    def __init__(self, settings: VonageSettings | None = None) -> None:
        settings = settings or VonageSettings()
        broadcast = Broadcast()
        self.accounts = VonageAccounts(settings, broadcast)
        super().__init__(
            settings,
            api=VonageApi(self.accounts, broadcast),
            door=Door(
                title="Side door of the fake Vonage Verify",
                operations=OPERATIONS,
                accounts=self.accounts,
                broadcast=broadcast,
                form=NAME,
                takes="takes an API key, or the id of an application",
                token=settings.side_door_token,
            ),
            hosts=VONAGES_HOSTS,
            pages=pages("Vonage"),
        )
