"""Twilio's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from ...kit._faults import ArmedFault, ConnectionBroken
from ...kit._http import encoded
from ...twilio.http._exchange import Request, Response, read_request, refuse
from ...twilio.http._wire import methods_of
from ...twilio.machine._commands import TwilioRefusal
from ...twilio.machine._errors import Reason
from .._accounts_api import AccountsApi
from .._asgi import Answer, ApiCall, Reply
from . import _views as views
from ._accounts import TwilioAccount, TwilioAccounts
from ._log import noted, operation_of

#: Between the parts of multipart/form-data (RFC 2046, 5.1.1).
_BOUNDARY = b"\r\n--"
_ERRORS_PAGE = "https://www.twilio.com/docs/errors"


class TwilioApi(AccountsApi[TwilioAccount]):
    """Everything that is Twilio's, over the accounts of a server."""

    _accounts: TwilioAccounts

    async def answer(self, call: ApiCall) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: A fault breaks the connection.
        """
        if not self._is_readable(call):
            return self.refusal(
                413, f"There are over {self._bounds.parameters:,} parameters."
            )
        account = self._accounts.admit(call.headers)
        try:
            request = self._request(call, account)
        except ValueError:
            return self.refusal(400, "The address of the request cannot be read.")
        if account is None:
            return refuse(request, TwilioRefusal(reason=Reason.UNAUTHENTICATED))
        return await self._answer(account, request)

    def methods(self, call: ApiCall) -> list[str]:
        """The methods that a call's path takes; empty where there is nothing."""
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

    def _is_readable(self, call: ApiCall) -> bool:
        """Whether the parameters are few enough to be looked at."""
        least = max(
            call.query.count("&"), call.body.count(b"&"), call.body.count(_BOUNDARY) - 1
        )
        return least < self._bounds.parameters

    def _request(self, call: ApiCall, account: TwilioAccount | None) -> Request:
        return read_request(
            call.method,
            call.url,
            call.headers,
            call.body,
            request_id=self._accounts.request_id(account),
            at=None if account is None else account.store.now(),
        )

    async def _answer(self, account: TwilioAccount, request: Request) -> Answer:
        rules = account.scripted(request)
        outcome = _outcome(account, request, rules)
        self._write_down(account, request, outcome)
        delays = [x.effect for x in rules if isinstance(x.effect, timedelta)]
        return await self.due(outcome, sum(delays, timedelta()).total_seconds())

    def _write_down(
        self,
        account: TwilioAccount,
        request: Request,
        outcome: Response | ConnectionBroken,
    ) -> None:
        messages = account.pass_on(partial(views.message, account))
        cursor = self._broadcast.next_cursor()
        at = request.at or account.store.now()
        seen = noted(request, outcome, cursor=cursor, at=at, messages=messages)
        changes = request.method != "GET" and operation_of(request) is not None
        shown = partial(views.exchange, account, seen)
        self._accounts.log(account, seen, shown, changes=changes)


def _outcome(
    account: TwilioAccount, request: Request, rules: list[ArmedFault[Any, Any]]
) -> Response | ConnectionBroken:
    """What comes of a request that rules hit; the first that is more than slow wins."""
    for rule in rules:
        if rule.broken is not None:
            broken = ConnectionBroken(rule.broken)
            if broken.processed:
                account.play(request)
            return broken
        if isinstance(rule.effect, Reason):
            return refuse(
                request, TwilioRefusal(reason=rule.effect, retry_after=rule.retry_after)
            )
    return account.play(request)
