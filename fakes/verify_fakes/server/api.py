"""Twilio's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from ..twilio import Break, ConnectionBroken, Refused
from ..twilio.exchange import Request, Response, read_request, refuse
from ..twilio.reasons import Reason
from . import views
from .events import Broadcast, Happening
from .exchanges import Exchange, operation_of
from .script import Rule
from .tenants import Tenant, Tenants, scripted
from .transport import Aborter, Receive, Scope, Send, is_whole

MAX_BODY_BYTES: Final = 1 << 20
"""Longest request body; Twilio's own forms stay far below."""

BODY_TIMEOUT_S: Final = 20.0
_LATE_S: Final = 120.0
_READS: Final = frozenset({"GET", "HEAD"})


class _TooLarge(Exception):
    pass


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
        headers = _headers(scope)
        tenant = self._tenants.admit(headers)
        try:
            if is_whole(scope):
                body = await _body(receive)
            else:
                async with asyncio.timeout(BODY_TIMEOUT_S):
                    body = await _body(receive)
        except _TooLarge:
            await _plain(send, 413)
            return
        except TimeoutError:
            await _plain(send, 408)
            return
        request = self._request(scope, headers, body, tenant)
        if request is None:
            await _plain(send, 400)
            return
        if tenant is None:
            await _respond(send, self._tenants.refuse_stranger(request))
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
            url = _url(scope, headers)
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
        journal = self._tenants.journal
        if journal is not None and request.method not in _READS:
            journal.request(tenant, request)
        rules = scripted(tenant, request)
        outcome = _outcome(tenant, request, rules) if rules else tenant.play(request)
        self._tell(tenant, request, outcome)
        if journal is not None:
            journal.settle(tenant)
        for rule in rules:
            if isinstance(rule.effect, timedelta):
                await asyncio.sleep(rule.effect.total_seconds())
        if isinstance(outcome, Response):
            await _respond(send, outcome)
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
            at=tenant.store.now(),
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


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
    }


def _url(scope: Scope, headers: dict[str, str]) -> str:
    # Links in answers must lead back here, by whatever name the client came.
    host = headers.get("host") or "{}:{}".format(*scope["server"])
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{host}{path}" + (f"?{query}" if query else "")


async def _body(receive: Receive) -> bytes:
    whole: bytes = b""
    while True:
        part: Any = await receive()
        if part["type"] == "http.disconnect":
            return whole
        more: bytes = part.get("body", b"")
        whole += more
        if len(whole) > MAX_BODY_BYTES:
            raise _TooLarge
        if not part.get("more_body"):
            return whole


async def _respond(send: Send, response: Response) -> None:
    headers = [_header(name, value) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": headers,
        }
    )
    await send({"type": "http.response.body", "body": response.body})


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    """As ASGI wants it; most are the same in every answer."""
    if name == "Twilio-Request-Id":
        return b"twilio-request-id", value.encode("latin-1")
    return _encoded(name, value)


@lru_cache(maxsize=256)
def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode("latin-1", "replace")


_TEXTS: Final = {400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large"}


async def _plain(send: Send, status: int) -> None:
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
        body=views.encode(content),
    )
    await _respond(send, response)
