"""The fake Twilio as a server: its API, the side door, the inbox."""

from __future__ import annotations

from ...twilio.http._exchange import ACCOUNT_OR_KEY
from .._access import TWILIOS_HOSTS
from .._app import FakeServerApp
from .._door import Door
from .._events import Broadcast
from .._pages import pages
from ._accounts import TwilioAccounts
from ._api import TwilioApi
from ._door import OPERATIONS
from ._settings import TwilioSettings


class FakeTwilioApp(FakeServerApp):
    """The ASGI application."""

    def __init__(self, settings: TwilioSettings | None = None) -> None:
        settings = settings or TwilioSettings()
        broadcast = Broadcast()
        self.accounts = TwilioAccounts(settings, broadcast)
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
            pages=pages("Twilio"),
        )
