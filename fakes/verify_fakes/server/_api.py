"""Twilio's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from ..kit._faults import ConnectionBroken
from ..kit._http import encoded
from ..twilio import Break
from ..twilio.http._exchange import Request, Response, read_request, refuse
from ..twilio.http._wire import methods_of
from ..twilio.machine._commands import TwilioRefusal
from ..twilio.machine._errors import Reason
from . import _views as views
from ._asgi import Call, Reply
from ._bounds import Bounds
from ._connection import Answer, HangUp
from ._events import Broadcast, Happening
from ._exchanges import noted, operation_of
from ._script import Rule
from ._tenants import Tenant, Tenants, scripted

_READS: Final = frozenset({"GET", "HEAD"})
#: Between the parts of multipart/form-data (RFC 2046, 5.1.1).
_BOUNDARY: Final = b"\r\n--"
_ERRORS_PAGE: Final = "https://www.twilio.com/docs/errors"


class TwilioApi:
    """
    Everything that is Twilio's, over the accounts of a server.

    Args:
        tenants: The accounts.
        broadcast: Hears of messages, requests and changes.
        bounds: What a request is held to.
    """

    def __init__(self, tenants: Tenants, broadcast: Broadcast, bounds: Bounds) -> None:
        self._tenants = tenants
        self._broadcast = broadcast
        self._bounds = bounds

    async def answer(self, call: Call) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: A fault breaks the connection.
        """
        if not self._is_readable(call):
            return self.refusal(
                413, f"There are over {self._bounds.parameters:,} parameters."
            )
        tenant = self._tenants.admit(call.headers)
        try:
            request = self._request(call, tenant)
        except ValueError:
            return self.refusal(400, "The address of the request cannot be read.")
        if tenant is None:
            return self._tenants.refuse_stranger(request)
        return await self._answer(tenant, request)

    def methods(self, call: Call) -> list[str]:
        """The methods that a call's path takes; none where there is nothing."""
        try:
            return methods_of(self._request(call, None))
        except ValueError:
            return []

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in Twilio's form, before any account is asked."""
        content = {
            "code": status,
            "message": f"{HTTPStatus(status).phrase}: {why}",
            "more_info": _ERRORS_PAGE,
            "status": status,
        }
        headers = {"Content-Type": "application/json"}
        return Reply(status=status, headers=headers, body=encoded(content))

    def _is_readable(self, call: Call) -> bool:
        """Whether the parameters are few enough to be looked at."""
        least = max(
            call.query.count("&"), call.body.count(b"&"), call.body.count(_BOUNDARY) - 1
        )
        return least < self._bounds.parameters

    def _request(self, call: Call, tenant: Tenant | None) -> Request:
        return read_request(
            call.method,
            call.url,
            call.headers,
            call.body,
            request_id=self._tenants.request_id(tenant),
            at=None if tenant is None else tenant.store.now(),
        )

    async def _answer(self, tenant: Tenant, request: Request) -> Answer:
        rules = scripted(tenant, request)
        outcome = _outcome(tenant, request, rules) if rules else tenant.play(request)
        self._tell(tenant, request, outcome)
        for rule in rules:
            if isinstance(rule.effect, timedelta):
                await asyncio.sleep(rule.effect.total_seconds())
        if isinstance(outcome, Response):
            return outcome
        if outcome.kind is Break.ANSWER_LATE:
            await asyncio.sleep(self._bounds.late_s)
        raise HangUp

    def _tell(
        self, tenant: Tenant, request: Request, outcome: Response | ConnectionBroken
    ) -> None:
        sid = tenant.sid
        for received in tenant.receive():
            if self._broadcast.listened:
                data = views.message(tenant, received)
                self._happened(received.cursor, "message", sid, data)
        seen = noted(
            request,
            outcome,
            cursor=self._broadcast.next_cursor(),
            at=request.at or tenant.store.now(),
        )
        self._tenants.log(tenant, seen)
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
                request, TwilioRefusal(reason=rule.effect, retry_after=rule.retry_after)
            )
    return tenant.play(request)
