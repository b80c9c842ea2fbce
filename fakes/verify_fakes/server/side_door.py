"""
The side door, `/_fake/`: what tests and the inbox may see and move.

Each method of `SideDoor` is a row of `operations.OPERATIONS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ..twilio import Break
from ..twilio.profile import PROFILES
from . import reading, views
from .events import Broadcast, Happening
from .operations import LONGEST_WAIT_S, Json
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
        found = [_account(tenant) for tenant in self._tenants]
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
        return _json(_account(self._tenant(request)))

    async def move_clock(self, request: Request) -> Response:
        """Move an account's clock, and let what is due expire."""
        tenant, body = (
            self._tenant(request),
            await reading.read_body(request, "move_clock"),
        )
        if ("advance_s" in body) is ("set" in body):
            raise BadRequest("advance_s", "give either advance_s or set")
        try:
            if "advance_s" in body:
                tenant.clock.advance(
                    timedelta(seconds=reading.seconds(body, "advance_s"))
                )
            else:
                tenant.clock.set(reading.instant(body, "set"))
        except ValueError as error:
            if isinstance(error, BadRequest):
                raise
            raise BadRequest("clock", str(error)) from None
        tenant.store.settle()
        self._changed(tenant)
        return _json(_account(tenant))

    async def faults(self, request: Request) -> Response:
        """An account's rules."""
        tenant = self._tenant(request)
        rules = [views.fault(rule) for rule in tenant.store.faults.armed]
        slow = [views.fault(rule, delay) for rule, delay in tenant.delays.listed]
        return _json({"faults": rules + slow})

    async def arm_fault(self, request: Request) -> Response:
        """Arm a rule."""
        tenant, body = (
            self._tenant(request),
            await reading.read_body(request, "arm_fault"),
        )
        effects = [name for name in ("error", "connection", "delay_ms") if name in body]
        if len(effects) != 1:
            raise BadRequest("error", "give one of error, connection and delay_ms")
        first = body.get("first", 1)
        calls: Json = {"first": first, "last": body.get("last", first)}
        if "to" in body:
            calls["to"] = reading.text(body, "to")
        try:
            rule, delay = _arm(tenant, body, effects[0], calls)
        except (ValueError, TypeError) as error:
            raise BadRequest("fault", str(error)) from None
        return _json(views.fault(rule, delay), status=201)

    async def clear_faults(self, request: Request) -> Response:
        """Disarm every rule of an account."""
        tenant = self._tenant(request)
        tenant.store.faults.clear()
        tenant.delays.clear()
        return Response(status_code=204)

    async def set_numbers(self, request: Request) -> Response:
        """Say what is true of numbers."""
        tenant, body = (
            self._tenant(request),
            await reading.read_body(request, "set_numbers"),
        )
        traits = tenant.store.traits
        acts: dict[str, Callable[[str], None]] = {
            "landline": traits.landline,
            "unreachable": traits.unreachable,
            "verified": traits.verify,
            "blocked_prefixes": traits.block_prefix,
            "blocked_countries": traits.block_country,
        }
        given = {name: reading.texts(body, name) for name in acts if name in body}
        for name, values in given.items():
            for value in values:
                try:
                    acts[name](value)
                except ValueError as error:
                    raise BadRequest(name, str(error)) from None
        return Response(status_code=204)

    async def fix_code(self, request: Request) -> Response:
        """Fix the code of an address."""
        tenant, body = (
            self._tenant(request),
            await reading.read_body(request, "fix_code"),
        )
        to = reading.text(body, "to")
        if body.get("code") is None:
            tenant.store.codes.release(to)
        else:
            try:
                tenant.store.codes.fix(to, reading.text(body, "code"))
            except ValueError as error:
                raise BadRequest("code", str(error)) from None
        return Response(status_code=204)

    async def reset(self, request: Request) -> Response:
        """Set an account up anew."""
        tenant = self._tenant(request)
        body = await reading.read_body(request, "reset")
        seed = body.get("seed", tenant.seed)
        limited = body.get("limits", tenant.limited)
        profile = body.get("profile", tenant.profile)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise BadRequest("seed", "takes a whole number, or null")
        if not isinstance(limited, bool):
            raise BadRequest("limits", "takes true or false")
        if profile not in PROFILES:
            raise BadRequest("profile", f"takes one of {', '.join(PROFILES)}")
        tenant.seed, tenant.limited, tenant.profile = seed, limited, profile
        tenant.reset()
        self._changed(tenant)
        return _json(_account(tenant))

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
        if len(sid) != 34 or sid[:2] not in {"AC", "SK"}:  # noqa: PLR2004 - of a sid
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
            if seen.cursor > after
        ]
        found.sort(key=lambda pair: pair[1].cursor)
        shown = [views.exchange(*pair) for pair in found[-limit:]]
        return _json({"requests": shown, "cursor": self._broadcast.cursor})

    def _changed(self, tenant: Tenant) -> None:
        self._broadcast.tell(
            Happening(
                cursor=self._broadcast.next_cursor(),
                kind="changed",
                account_sid=tenant.sid,
                data={"account_sid": tenant.sid},
            )
        )

    async def _stream(self, account: str | None) -> AsyncIterator[bytes]:
        listener = self._broadcast.listen(account or None)
        try:
            yield b"retry: 1000\n\n"
            while not self._broadcast.closed:
                happening = await listener.next(_HEARTBEAT_S)
                yield b": still here\n\n" if happening is None else _event(happening)
        finally:
            self._broadcast.leave(listener)


def _arm(
    tenant: Tenant, body: Json, effect: str, calls: Json
) -> tuple[Any, timedelta | None]:
    operation = reading.text(body, "operation")
    if effect == "delay_ms":
        delay = timedelta(milliseconds=reading.seconds(body, "delay_ms"))
        return tenant.delays.arm(operation, delay, **calls), delay
    if effect == "connection":
        broken = Break(reading.text(body, "connection"))
        return tenant.store.faults.arm(operation, broken, **calls), None
    if "retry_after_s" in body:
        calls["retry_after"] = timedelta(seconds=reading.seconds(body, "retry_after_s"))
    code = body["error"]
    if isinstance(code, bool) or not isinstance(code, int):
        raise BadRequest("error", "takes a Twilio error code, such as 60203")
    return tenant.store.faults.arm(operation, code, **calls), None


def _event(happening: Happening) -> bytes:
    data = views.encode(happening.data)
    head = f"id: {happening.cursor}\nevent: {happening.kind}\n".encode()
    return head + b"data: " + data + b"\n\n"


def _account(tenant: Tenant) -> Json:
    return {
        "account_sid": tenant.sid,
        "now": views.instant(tenant.store.now()),
        "limits": tenant.limited,
        "profile": tenant.profile,
        "seed": tenant.seed,
    }


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


def _json(content: object, status: int = 200) -> Response:
    return Response(
        views.encode(content),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
