"""The ASGI application of a server, whichever vendor's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ._access import Access
from ._asgi import Answer, Receive, Scope, Send
from ._door import Door, Row
from ._events import Broadcast
from ._gate import Gate, VendorApi
from ._settings import ServerSettings


class FakeServerApp:
    """
    A vendor's API, the side door and the pages.

    Args:
        settings: Who may come in, and what is served.
        api: The vendor's.
        door: The side door; served unless the settings switch it off.
        pages: For people, with the side door.

    Attributes:
        broadcast: Passes what happens to listeners.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        api: VendorApi,
        door: Door[Any],
        hosts: re.Pattern[str],
        broadcast: Broadcast,
        pages: Sequence[Row],
    ) -> None:
        self.broadcast = broadcast
        self._gate = Gate(
            api=api,
            access=Access(
                vendors_hosts=hosts,
                loopback_only=settings.loopback_only,
                origins=settings.origins,
            ),
            people=door.application(*pages) if settings.side_door else None,
            pages=frozenset(path for _, path, _ in pages if "{" not in path),
        )

    def refusal(self, status: int, why: str, *, path: str = "") -> Answer:
        """What is said to a request to this path that no account is asked about."""
        return self._gate.refusal(status, why, path=path)

    def begin(self) -> None:
        """Begin what the server does without a request; in its event loop."""

    def end(self) -> None:
        """Let go of whoever listens; the server is about to end."""
        self.broadcast.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._gate(scope, receive, send)
