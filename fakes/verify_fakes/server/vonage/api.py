"""Vonage's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from ...kit.breaks import Break, ConnectionBroken
from ...vonage.commands import Refused
from ...vonage.exchange import Request, Response, read_request, redacted, refuse
from ...vonage.wire import route_of
from ..asgi import BodyRefused, body_of, headers_of, respond
from ..transport import Aborter, Receive, Scope, Send
from .accounts import Account, Accounts, Seen

_LATE_S: Final = 120.0


class VonageApi:
    """
    The ASGI application for everything that is Vonage's.

    Args:
        accounts: The accounts.
        next_cursor: Gives places among all that happens on the server.
    """

    def __init__(self, accounts: Accounts, next_cursor: Callable[[], int]) -> None:
        self._accounts = accounts
        self._next_cursor = next_cursor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = headers_of(scope)
        account = self._accounts.admit(headers.get("authorization", ""))
        try:
            body = await body_of(scope, receive)
        except BodyRefused as refused:
            await respond(scope, send, _bare(refused.status))
            return
        if isinstance(account, Account):
            instance = account.store.chance.uuid()
        else:
            instance = str(uuid4())
        path = scope["raw_path"].decode("latin-1")
        try:
            request = read_request(
                scope["method"], path, headers, body, instance=instance
            )
        except ValueError:  # such as a path that begins like a host, and is none
            await respond(scope, send, _bare(400))
            return
        if isinstance(account, Refused):
            await respond(scope, send, refuse(request, account))
            return
        outcome = account.play(request)
        self._remember(account, request, outcome)
        if isinstance(outcome, Response):
            await respond(scope, send, outcome)
            return
        if outcome.kind is Break.ANSWER_LATE:
            await asyncio.sleep(_LATE_S)
        await Aborter(scope).abort()

    def _remember(
        self, account: Account, request: Request, outcome: Response | ConnectionBroken
    ) -> None:
        account.receive()
        route = route_of(request)
        seen = Seen(
            cursor=self._next_cursor(),
            at=account.store.now(),
            method=request.method,
            path=request.path,
            operation=route.operation if route else None,
            body=redacted(request.body),
            outcome=outcome,
        )
        account.requests.append(seen)


def _bare(status: int) -> Response:
    """A refusal of the transport's, before any account is asked."""
    return Response(status=status, headers={"Connection": "close"}, body=b"")
