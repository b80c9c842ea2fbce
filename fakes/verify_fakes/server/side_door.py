"""
The side door, `/_fake/`: what tests and the inbox may see and move.

Each row of `operations.OPERATIONS` is a method of `SideDoor`, or one of `acts.ACTS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ..kit.jsontext import encoded
from ..twilio.exchange import ACCOUNT_OR_KEY
from . import reading, views
from .acts import ACTS, account
from .delivery import Delivery
from .events import Broadcast, Happening
from .exchanges import Exchange
from .guarding import Endpoint
from .operations import LONGEST_WAIT_S
from .reading import BadRequest
from .tenants import Received, Tenant, Tenants

_HEARTBEAT_S: Final = 15.0


class SideDoor:
    """
    The operations of the side door.

    Args:
        tenants: The accounts.
        broadcast: Tells what happens.
    """

    def __init__(self, tenants: Tenants, broadcast: Broadcast) -> None:
        self._tenants = tenants
        self._broadcast = broadcast

    async def health(self, _request: Request) -> Response:
        """Whether the server answers."""
        return _json({"status": "ok"})

    async def accounts(self, _request: Request) -> Response:
        """The accounts seen so far."""
        found = [account(tenant) for tenant in self._tenants]
        return _json({"accounts": found})

    async def messages(self, request: Request) -> Response:
        """Messages of all accounts, or of one."""
        return self._messages(request, self._asked(request))

    async def account_messages(self, request: Request) -> Response:
        """Messages of one account."""
        return self._messages(request, [self._tenant(request)])

    async def requests(self, request: Request) -> Response:
        """Requests of all accounts, or of one."""
        return self._requests(request, self._asked(request))

    async def account_requests(self, request: Request) -> Response:
        """Requests of one account."""
        return self._requests(request, [self._tenant(request)])

    async def deliveries(self, request: Request) -> Response:
        """Events and webhook calls of all accounts, or of one."""
        return self._deliveries(request, self._asked(request))

    async def account_deliveries(self, request: Request) -> Response:
        """Events and webhook calls of one account."""
        return self._deliveries(request, [self._tenant(request)])

    async def wait_deliveries(self, request: Request) -> Response:
        """The same, once none is under way or due; 204 if that took too long."""
        tenant = self._tenant(request)
        timeout_s = reading.number(
            request.query_params, "timeout_s", 10.0, 0, LONGEST_WAIT_S
        )
        ends = asyncio.get_running_loop().time() + timeout_s
        listener = self._broadcast.listen(tenant.sid)
        try:
            while not tenant.deliveries.idle:
                left = ends - asyncio.get_running_loop().time()
                if left <= 0 or self._broadcast.closed:
                    return Response(status_code=204)
                await listener.next(left)
        finally:
            self._broadcast.leave(listener)
        return self._deliveries(request, [tenant])

    async def sinks(self, request: Request) -> Response:
        """Where an account's events are posted to."""
        return _json(views.sinks(self._tenant(request)))

    async def wait_message(self, request: Request) -> Response:
        """The first message after a cursor; 204 if none came in time."""
        tenant, query = self._tenant(request), request.query_params
        after = reading.whole_number(query, "after", None, 0, None)
        since = self._broadcast.cursor if after is None else after
        timeout_s = reading.number(query, "timeout_s", 10.0, 0, LONGEST_WAIT_S)
        ends = asyncio.get_running_loop().time() + timeout_s
        listener = self._broadcast.listen(tenant.sid)
        try:
            while True:
                found = _first(tenant, since, query.get("to"))
                if found is not None:
                    return _json(views.message(tenant, found))
                left = ends - asyncio.get_running_loop().time()
                if left <= 0 or self._broadcast.closed:
                    return Response(status_code=204)
                await listener.next(left)
        finally:
            self._broadcast.leave(listener)

    async def events(self, request: Request) -> Response:
        """Server-sent events, until the listener goes."""
        stream = self._stream(request.query_params.get("account"))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            stream, media_type="text/event-stream", headers=headers
        )

    async def clock(self, request: Request) -> Response:
        """An account's clock."""
        return _json(account(self._tenant(request)))

    async def faults(self, request: Request) -> Response:
        """An account's rules."""
        tenant = self._tenant(request)
        rules = [views.fault(rule) for rule in tenant.store.faults.armed]
        scripted = [views.fault(rule) for rule in tenant.script.rules]
        return _json({"faults": rules + scripted})

    def act(self, name: str) -> Endpoint:
        """What answers an operation that changes an account."""

        async def acted(request: Request) -> Response:
            tenant = self._tenant(request)
            body = await reading.read_body(request, name)
            status, content = ACTS[name](tenant, body)
            self._changed(tenant)
            if content is None:
                return Response(status_code=status)
            return _json(content, status=status)

        return acted

    async def count_requests(self, request: Request) -> Response:
        """Count an account's requests that are like the body says."""
        tenant, body = (
            self._tenant(request),
            await reading.read_body(request, "count_requests"),
        )
        form = body.get("form", {})
        if not isinstance(form, dict):
            raise BadRequest("form", "takes an object of parameters")
        plain = {name: body[name] for name in body if name != "form"}
        like = [
            seen
            for seen in tenant.exchanges
            if all(getattr(seen, name) == value for name, value in plain.items())
            and all(seen.form.get(name) == value for name, value in form.items())
        ]
        return _json({"count": len(like)})

    def _tenant(self, request: Request) -> Tenant:
        sid = request.path_params["account"]
        if not ACCOUNT_OR_KEY.fullmatch(sid):
            raise BadRequest("account", "takes AC (or SK) and 32 hex digits")
        try:
            return self._tenants.get(sid)
        except KeyError:
            raise BadRequest("account", "is none that this server was told") from None

    def _asked(self, request: Request) -> list[Tenant]:
        wanted = request.query_params.get("account")
        return [t for t in self._tenants if wanted in {None, "", t.sid}]

    def _messages(self, request: Request, tenants: list[Tenant]) -> Response:
        query = request.query_params
        after, limit = reading.window(query)
        found = [
            (tenant, received)
            for tenant in tenants
            for received in tenant.messages
            if received.cursor > after and _matches(received, query)
        ]
        found.sort(key=lambda pair: pair[1].cursor)
        return _json(
            {
                "messages": [views.message(*pair) for pair in found[-limit:]],
                "cursor": self._broadcast.cursor,
                "now": {t.sid: views.instant(t.store.now()) for t in tenants},
            }
        )

    def _requests(self, request: Request, tenants: list[Tenant]) -> Response:
        after, limit = reading.window(request.query_params)
        found = [
            (tenant, seen)
            for tenant in tenants
            for seen in tenant.exchanges
            if seen.cursor > after and _asked_for(seen, request.query_params)
        ]
        found.sort(key=lambda pair: pair[1].cursor)
        shown = [views.exchange(*pair) for pair in found[-limit:]]
        return _json({"requests": shown, "cursor": self._broadcast.cursor})

    def _deliveries(self, request: Request, tenants: list[Tenant]) -> Response:
        after, limit = reading.window(request.query_params)
        found = [
            (tenant.sid, sent)
            for tenant in tenants
            for sent in tenant.deliveries.log
            if sent.cursor > after and _is_like(sent, request.query_params)
        ]
        found.sort(key=lambda pair: pair[1].cursor)
        shown = [views.delivery(*pair) for pair in found[-limit:]]
        return _json({"deliveries": shown, "cursor": self._broadcast.cursor})

    def _changed(self, tenant: Tenant) -> None:
        self._broadcast.tell(
            Happening(
                cursor=self._broadcast.next_cursor(),
                kind="changed",
                account_sid=tenant.sid,
                data={"account_sid": tenant.sid},
            )
        )

    async def _stream(self, account_sid: str | None) -> AsyncIterator[bytes]:
        listener = self._broadcast.listen(account_sid or None)
        try:
            yield b"retry: 1000\n\n"
            while not self._broadcast.closed:
                happening = await listener.next(_HEARTBEAT_S)
                yield b": still here\n\n" if happening is None else _event(happening)
        finally:
            self._broadcast.leave(listener)


def _event(happening: Happening) -> bytes:
    data = encoded(happening.data)
    head = f"id: {happening.cursor}\nevent: {happening.kind}\n".encode()
    return head + b"data: " + data + b"\n\n"


def _first(tenant: Tenant, after: int, to: str | None) -> Received | None:
    # From the newest back: waits ask for what came last.
    found = None
    for received in reversed(tenant.messages):
        if received.cursor <= after:
            break
        if to in {None, "", received.message.to}:
            found = received
    return found


def _matches(received: Received, query: Any) -> bool:  # noqa: ANN401 - query params
    message = received.message
    return (
        query.get("to") in {None, "", message.to}
        and query.get("service") in {None, "", message.service_sid}
        and query.get("channel") in {None, "", message.channel.value}
    )


def _asked_for(seen: Exchange, query: Any) -> bool:  # noqa: ANN401 - query params
    status = query.get("status")
    return (
        query.get("operation") in {None, "", seen.operation}
        and query.get("to") in {None, "", seen.form.get("To")}
        and (not status or status == str(seen.status))
    )


def _is_like(sent: Delivery, query: Any) -> bool:  # noqa: ANN401 - query params
    return query.get("status") in {None, "", sent.standing.value} and query.get(
        "type"
    ) in {None, "", sent.told.type}


def _json(content: object, status: int = 200) -> Response:
    return Response(
        encoded(content),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
