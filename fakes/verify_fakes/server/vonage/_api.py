"""Vonage's own paths: a request comes in, the account's machine answers."""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from uuid import uuid4

from ...kit._faults import ConnectionBroken
from ...kit._http import encoded
from ...vonage.http._exchange import Request, Response, read_request, refuse
from ...vonage.http._wire import methods_of
from ...vonage.machine._commands import VonageRefusal
from .._accounts_api import AccountsApi
from .._asgi import Answer, ApiCall, Reply
from . import _views as views
from ._accounts import VonageAccount, VonageAccounts
from ._log import json_parameters, noted

_ERRORS_PAGE = "https://developer.vonage.com/en/api-errors"


class VonageApi(AccountsApi[VonageAccount]):
    """Everything that is Vonage's, over the accounts of a server."""

    _accounts: VonageAccounts

    async def answer(self, call: ApiCall) -> Answer:
        """
        The answer to a call.

        Raises:
            HangUp: A fault breaks the connection.
        """
        most = self._bounds.parameters
        if len(call.body) > most and _parameters(call.body) > most:
            return self.refusal(413, f"There are over {most:,} members.")
        account = self._accounts.admit(call.headers.get("authorization", ""))
        try:
            request = _request(call, account)
        except ValueError:
            return self.refusal(400, "The address of the request cannot be read.")
        if isinstance(account, VonageRefusal):
            return refuse(request, account)
        delay_s = account.delay(request)
        outcome = account.play(request)
        self._write_down(account, request, outcome)
        return await self.due(outcome, delay_s)

    def _write_down(
        self,
        account: VonageAccount,
        request: Request,
        outcome: Response | ConnectionBroken,
    ) -> None:
        messages = account.pass_on(partial(views.message, account))
        cursor, now = self._broadcast.next_cursor(), account.store.now()
        seen = noted(request, outcome, cursor=cursor, at=now, messages=messages)
        shown = partial(views.exchange, account, seen)
        self._accounts.log(account, seen, shown, changes=request.method != "GET")

    def methods(self, call: ApiCall) -> list[str]:
        """The methods that a call's path takes; empty where there is nothing."""
        try:
            return methods_of(_request(call, None))
        except ValueError:
            return []

    def refusal(self, status: int, why: str) -> Answer:
        """A refusal in Vonage's form, before any account is asked."""
        title = HTTPStatus(status).phrase
        content = {
            "title": title,
            "type": f"{_ERRORS_PAGE}#{title.lower().replace(' ', '-')}",
            "detail": why,
            "instance": str(uuid4()),
        }
        headers = {"Content-Type": "application/problem+json"}
        return Reply(status=status, headers=headers, body=encoded(content))


def _request(call: ApiCall, account: VonageAccount | VonageRefusal | None) -> Request:
    if isinstance(account, VonageAccount):
        instance = account.store.random_source.uuid()
    else:
        instance = str(uuid4())
    return read_request(
        call.method, call.url, call.headers, call.body, instance=instance
    )


def _parameters(body: bytes) -> int:
    try:
        return json_parameters(json.loads(body))
    except (ValueError, RecursionError):
        return 0  # and it is refused as what it is
