"""What both vendors' APIs do over the accounts of a server."""

from __future__ import annotations

import asyncio
from typing import Any, Generic

from ..kit._faults import Break, ConnectionBroken
from ..kit._http import VendorResponse
from ._accounts import Accounts, AccountT
from ._asgi import Answer, HangUp
from ._events import Broadcast


class AccountsApi(Generic[AccountT]):
    """A vendor's API; subclasses read its requests and write its refusals."""

    def __init__(self, accounts: Accounts[AccountT], broadcast: Broadcast) -> None:
        self._accounts = accounts
        self._broadcast = broadcast
        self._bounds = accounts.bounds

    async def due(
        self, outcome: VendorResponse[Any] | ConnectionBroken, delay_s: float
    ) -> Answer:
        """
        The answer that came out, once it may go.

        Raises:
            HangUp: A fault breaks the connection.
        """
        if delay_s:
            await asyncio.sleep(delay_s)
        if isinstance(outcome, VendorResponse):
            return outcome
        if outcome.kind is Break.ANSWER_LATE:
            await asyncio.sleep(self._bounds.late_s)
        raise HangUp
