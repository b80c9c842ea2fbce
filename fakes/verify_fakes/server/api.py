"""Twilio's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from ..kit.jsontext import encoded
from ..twilio import Break, ConnectionBroken, Refused
from ..twilio.exchange import Request, Response, read_request, refuse
from ..twilio.reasons import Reason
from . import views
from .asgi import BodyRefused, body_of, headers_of, respond, url_of
from .events import Broadcast, Happening
from .exchanges import Exchange, operation_of
from .script import Rule
from .tenants import Tenant, Tenants, scripted
from .transport import Aborter, Receive, Scope, Send

_LATE_S: Final = 120.0
_READS: Final = frozenset({"GET", "HEAD"})


class TwilioApi:
    """
    The ASGI application for everything that is Twilio's.

    Args:
        tenants: The accounts.
        broadcast: Hears of messages, requests and changes.
    """

    def __init__(self, tenants: Tenants, broadcast: Broadcast) -> None:
        self._tenants = tenants
        self._broadcast = broadcast

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = headers_of(scope)
        tenant = self._tenants.admit(headers)
        try:
            body = await body_of(scope, receive)
        except BodyRefused as refused:
            await _plain(scope, send, refused.status)
            return
        request = self._request(scope, headers, body, tenant)
        if request is None:
            await _plain(scope, send, 400)
            return
        if tenant is None:
            await respond(scope, send, self._tenants.refuse_stranger(request))
            return
        await self._answer(scope, send, tenant, request)

    def _request(
        self,
        scope: Scope,
        headers: dict[str, str],
        body: bytes,
        tenant: Tenant | None,
    ) -> Request | None:
        try:
            url = url_of(scope, headers)
            return read_request(
                scope["method"],
                url,
                headers,
                body,
                request_id=self._tenants.request_id(tenant),
                at=None if tenant is None else tenant.store.now(),
            )
        except ValueError:
            return None

    async def _answer(
        self, scope: Scope, send: Send, tenant: Tenant, request: Request
    ) -> None:
        rules = scripted(tenant, request)
        outcome = _outcome(tenant, request, rules) if rules else tenant.play(request)
        self._tell(tenant, request, outcome)
        for rule in rules:
            if isinstance(rule.effect, timedelta):
                await asyncio.sleep(rule.effect.total_seconds())
        if isinstance(outcome, Response):
            await respond(scope, send, outcome)
            return
        if outcome.kind is Break.ANSWER_LATE:
            await asyncio.sleep(_LATE_S)
        await Aborter(scope).abort()

    def _tell(
        self, tenant: Tenant, request: Request, outcome: Response | ConnectionBroken
    ) -> None:
        sid = tenant.sid
        for received in tenant.receive():
            if self._broadcast.listened:
                data = views.message(tenant, received)
                self._happened(received.cursor, "message", sid, data)
        seen = Exchange(
            cursor=self._broadcast.next_cursor(),
            at=request.at or tenant.store.now(),
            request=request,
            outcome=outcome,
        )
        tenant.exchanges.append(seen)
        if self._broadcast.listened:
            data = views.exchange(tenant, seen)
            self._happened(seen.cursor, "request", sid, data)
            if request.method not in _READS and operation_of(request) is not None:
                cursor = self._broadcast.next_cursor()
                self._happened(cursor, "changed", sid, {"account_sid": sid})

    def _happened(
        self, cursor: int, kind: str, account_sid: str, data: dict[str, object]
    ) -> None:
        self._broadcast.tell(
            Happening(cursor=cursor, kind=kind, account_sid=account_sid, data=data)
        )


def _outcome(
    tenant: Tenant, request: Request, rules: list[Rule]
) -> Response | ConnectionBroken:
    """What comes of a request that rules hit; the first that is more than slow wins."""
    for rule in rules:
        if isinstance(rule.effect, Break):
            broken = ConnectionBroken(rule.effect)
            if broken.processed:
                tenant.play(request)
            return broken
        if isinstance(rule.effect, Reason):
            return refuse(
                request, Refused(reason=rule.effect, retry_after=rule.retry_after)
            )
    return tenant.play(request)


_TEXTS: Final = {400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large"}


async def _plain(scope: Scope, send: Send, status: int) -> None:
    """A refusal of the transport's, before any account is asked; Twilio's shape."""
    content = {
        "code": status,
        "message": _TEXTS[status],
        "more_info": "https://www.twilio.com/docs/errors",
        "status": status,
    }
    response = Response(
        status=status,
        headers={"Content-Type": "application/json", "Connection": "close"},
        body=encoded(content),
    )
    await respond(scope, send, response)
