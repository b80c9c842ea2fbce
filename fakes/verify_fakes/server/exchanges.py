"""The request log: what was asked and answered, shown without codes and secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import field, frozen

from ..twilio import ConnectionBroken, Operation, Refused
from ..twilio.errors import ERRORS
from ..twilio.exchange import Request, Response
from ..twilio.parameters import SECRETS
from ..twilio.wire import route_of

_REDACTED: Final = "[redacted]"
# A new TOTP factor is told its secret, once, and as a URI for a code to be scanned.
_SECRET_MEMBERS: Final = re.compile(rb'("(?:secret|uri)": ?")[^"]*(")')


@frozen(kw_only=True)
class Exchange:
    """
    One request and its answer.

    Only kept as they were when they happen; what a log shows is worked out when
    somebody looks, since most requests are never looked at.

    Attributes:
        cursor: Its place among all that happened.
        at: By the account's clock.
    """

    cursor: int
    at: datetime
    _request: Request = field(repr=False, alias="request")
    _outcome: Response | ConnectionBroken = field(repr=False, alias="outcome")

    @property
    def method(self) -> str:
        """Such as `POST`."""
        return self._request.method

    @property
    def path(self) -> str:
        """As sent; may end in an address."""
        return self._request.path

    @property
    def operation(self) -> str | None:
        """The vendor's `operationId`, where there is one."""
        route = route_of(self._request)
        return route.operation if route else None

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters; codes and secrets redacted."""
        return {
            name: _REDACTED if name in SECRETS else value
            for name, value in self._request.parameters.items()
        }

    @property
    def user(self) -> str | None:
        """Of the credentials."""
        return self._request.user

    @property
    def status(self) -> int | None:
        """The HTTP status; None where the connection broke."""
        return self._outcome.status if isinstance(self._outcome, Response) else None

    @property
    def code(self) -> int | None:
        """Twilio's error code."""
        return ERRORS[self._refused.reason].code if self._refused else None

    @property
    def why(self) -> str | None:
        """What a verification that was not found had become; the wire never tells."""
        was = self._refused.was if self._refused else None
        return None if was is None else was.value

    @property
    def answer(self) -> bytes:
        """The body that went out, secrets redacted; no body holds a code."""
        body = self._outcome.body if isinstance(self._outcome, Response) else b""
        return _SECRET_MEMBERS.sub(rb"\1[redacted]\2", body)

    @property
    def _refused(self) -> Refused | None:
        return self._outcome.refused if isinstance(self._outcome, Response) else None


_OPERATIONS: Final = {
    "CreateVerification": Operation.START,
    "CreateVerificationCheck": Operation.CHECK,
    "FetchVerification": Operation.FETCH,
    "UpdateVerification": Operation.CANCEL,
    "FetchPhoneNumber": Operation.LOOKUP,
    "FetchPhoneNumberV1": Operation.LOOKUP,
}


def operation_of(request: Request) -> Operation | None:
    """The machine's word for what a request asks, where it has one."""
    route = route_of(request)
    if route is None:
        return None
    operation = _OPERATIONS.get(route.operation)
    if operation is Operation.CANCEL and request.parameters.get("Status") == "approved":
        return Operation.APPROVE
    return operation
