"""
The side door, `/_fake/`: what tests and the inbox may see and move.

Each row of `operations.OPERATIONS` is a method of `SideDoor`, or one of `acts.ACTS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..twilio.http._exchange import ACCOUNT_OR_KEY
from ..twilio.machine._faults import TwilioFault
from . import _reading as reading, _views as views
from ._acts import ACTS, account
from ._bounds import Bounds
from ._delivery import Delivery
from ._events import Broadcast, Happening
from ._exchanges import Exchange
from ._operations import LONGEST_WAIT_S
from ._people import Endpoint, as_json, as_list, problem
from ._reading import BadRequest
from ._script import Rule
from ._tenants import Received, Tenant, Tenants

_HEARTBEAT_S: Final = 15.0

#: A cursor, and what makes the JSON of what happened there.
Shown: TypeAlias = tuple[int, Callable[[], object]]


class SideDoor:
    """
    The operations of the side door.

    Args:
        tenants: The accounts.
        broadcast: Tells what happens.
        bounds: What its answers and streams are held to.
    """

    def __init__(self, tenants: Tenants, broadcast: Broadcast, bounds: Bounds) -> None:
        self._tenants = tenants
        self._broadcast = broadcast
        self._bounds = bounds

    async def health(self, _request: Request) -> Response:
        """Whether the server answers."""
        return as_json({"status": "ok"})

    async def accounts(self, _request: Request) -> Response:
        """The accounts seen so far."""
        found = [account(tenant) for tenant in self._tenants]
        return as_json({"accounts": found})

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
        return as_json(views.sinks(self._tenant(request)))

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
                    return as_json(views.message(tenant, found))
                left = ends - asyncio.get_running_loop().time()
                if left <= 0 or self._broadcast.closed:
                    return Response(status_code=204)
                await listener.next(left)
        finally:
            self._broadcast.leave(listener)

    async def events(self, request: Request) -> Response:
        """Server-sent events, until the listener goes or does not read."""
        streams = self._broadcast.streams
        if streams >= self._bounds.streams:
            return problem(503, "events", f"there are {streams} streams already")
        account_sid = request.query_params.get("account") or None
        return _Stream(self._broadcast, account_sid)

    async def clock(self, request: Request) -> Response:
        """An account's clock."""
        return as_json(account(self._tenant(request)))

    async def faults(self, request: Request) -> Response:
        """An account's rules."""
        tenant = self._tenant(request)
        rules: list[TwilioFault | Rule] = [
            *tenant.store.faults.armed,
            *tenant.script.rules,
        ]
        return as_list(
            "faults",
            [partial(views.fault, rule) for rule in rules],
            most=len(rules),
            most_bytes=self._bounds.answer_bytes,
            newest=False,
        )

    def act(self, name: str) -> Endpoint:
        """What answers an operation that changes an account."""

        async def acted(request: Request) -> Response:
            tenant = self._tenant(request)
            body = await reading.read_body(request, name)
            status, content = ACTS[name](tenant, body)
            self._changed(tenant)
            if content is None:
                return Response(status_code=status)
            return as_json(content, status=status)

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
        return as_json({"count": len(like)})

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
            (received.cursor, partial(views.message, tenant, received))
            for tenant in tenants
            for received in tenant.messages
            if received.cursor > after and _matches(received, query)
        ]
        now = {each.sid: views.instant(each.store.now()) for each in tenants}
        return self._newest("messages", found, limit, now=now)

    def _requests(self, request: Request, tenants: list[Tenant]) -> Response:
        after, limit = reading.window(request.query_params)
        found = [
            (seen.cursor, partial(views.exchange, tenant, seen))
            for tenant in tenants
            for seen in tenant.exchanges
            if seen.cursor > after and _asked_for(seen, request.query_params)
        ]
        return self._newest("requests", found, limit)

    def _deliveries(self, request: Request, tenants: list[Tenant]) -> Response:
        after, limit = reading.window(request.query_params)
        found = [
            (sent.cursor, partial(views.delivery, tenant.sid, sent))
            for tenant in tenants
            for sent in tenant.deliveries.log
            if sent.cursor > after and _is_like(sent, request.query_params)
        ]
        return self._newest("deliveries", found, limit)

    def _newest(
        self, name: str, found: Iterable[Shown], limit: int, **more: object
    ) -> Response:
        """The newest of a list, oldest first, as many as were asked for and fit."""
        ordered = sorted(found, key=itemgetter(0))
        return as_list(
            name,
            [shown for _, shown in ordered],
            most=limit,
            most_bytes=self._bounds.answer_bytes,
            newest=True,
            cursor=self._broadcast.cursor,
            **more,
        )

    def _changed(self, tenant: Tenant) -> None:
        self._broadcast.tell(
            Happening(
                cursor=self._broadcast.next_cursor(),
                kind="changed",
                account_sid=tenant.sid,
                data={"account_sid": tenant.sid},
            )
        )


class _Stream(StreamingResponse):
    """
    What happens, as it happens, until the listener goes or does not read.

    Args:
        broadcast: Tells it.
        account_sid: Whose; None is everybody's.
    """

    def __init__(self, broadcast: Broadcast, account_sid: str | None) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(
            self._events(), media_type="text/event-stream", headers=headers
        )
        self._broadcast = broadcast
        # From now on, not from the first time that it is read: streams are counted.
        self._listener = broadcast.listen(account_sid, stream=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._broadcast.leave(self._listener)

    async def _events(self) -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"
        while not self._broadcast.closed:
            happening = await self._listener.next(_HEARTBEAT_S)
            yield b": still here\n\n" if happening is None else happening.event


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
