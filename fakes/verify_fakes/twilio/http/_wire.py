"""
Twilio's HTTP interface over a store: request to command, answer to JSON.

`ROUTES` has a row for each operation of the vendor's documents. Everything else is, as
at Twilio, a resource that was not found. Nothing here knows the life cycle.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import evolve

from ..machine._commands import TwilioRefusal
from ..machine._errors import Reason
from . import _parameters as parameters
from ._exchange import Request, Response, refuse
from ._routing import Denied, Fitting, Route, RoutedRequest, RouteTable, deny
from .operations import (
    _attempts as attempts,
    _entities as entities,
    _lookups as lookups,
    _messaging as messaging,
    _rate_limits as rate_limits,
    _services as services,
    _verifications as verifications,
    _webhooks as webhooks,
)

if TYPE_CHECKING:
    from .._store import VerifyStore

_SERVICE = "/v2/Services/{ServiceSid}"
_PASSKEYS = f"{_SERVICE}/Passkeys"
_CHALLENGE = f"{_SERVICE}/Entities/{{Identity}}/Challenges/{{ChallengeSid}}"
_OVERRIDE = "/v2/PhoneNumbers/{PhoneNumber}/Overrides/{Field}"
_LIMIT = "/v2/RateLimits/Fields/{Field}/Bucket/{Bucket}"

# Operations of the vendor's documents that are not served, and say so: a made-up answer
# would be worse than an error, since a test could pass on it.
_UNSERVED = {
    "verify": (
        # Access tokens are for the client libraries of push factors.
        ("CreateAccessToken", "POST", f"{_SERVICE}/AccessTokens"),
        ("FetchAccessToken", "GET", f"{_SERVICE}/AccessTokens/{{Sid}}"),
        ("FetchForm", "GET", "/v2/Forms/{FormType}"),
        # Sends a push message again.
        ("CreateNotification", "POST", f"{_CHALLENGE}/Notifications"),
        ("CreateNewFactorPasskey", "POST", f"{_PASSKEYS}/Factors"),
        ("UpdatePasskeysFactor", "POST", f"{_PASSKEYS}/VerifyFactor"),
        ("CreateChallengePasskeys", "POST", f"{_PASSKEYS}/Challenges"),
        ("UpdateChallengePasskeys", "POST", f"{_PASSKEYS}/ApproveChallenge"),
    ),
    "lookups": (
        ("CreateBulkLookup", "POST", "/v2/batch/query"),
        ("FetchLookupAccountRateLimits", "GET", "/v2/RateLimits"),
        ("FetchLookupRateLimit", "GET", _LIMIT),
        ("UpdateLookupRateLimit", "PUT", _LIMIT),
        ("DeleteLookupRateLimit", "DELETE", _LIMIT),
        ("FetchLookupPhoneNumberOverrides", "GET", _OVERRIDE),
        ("CreateLookupPhoneNumberOverrides", "POST", _OVERRIDE),
        ("UpdateLookupPhoneNumberOverrides", "PUT", _OVERRIDE),
        ("DeleteLookupPhoneNumberOverrides", "DELETE", _OVERRIDE),
    ),
}

#: Every operation of the vendor's documents that the fake knows of.
ROUTES: tuple[Route, ...] = (
    *services.ROUTES,
    *verifications.ROUTES,
    *attempts.ROUTES,
    *rate_limits.ROUTES,
    *messaging.ROUTES,
    *entities.ROUTES,
    *webhooks.ROUTES,
    *lookups.ROUTES,
    *(
        Route(*row, action=None, product=product)
        for product, rows in _UNSERVED.items()
        for row in rows
    ),
)

_TABLES = {
    product: RouteTable(route for route in ROUTES if route.product == product)
    for product in _UNSERVED
}


def handle(store: VerifyStore, request: Request) -> Response:
    """
    Answer a request as Twilio would.

    Raises:
        ConnectionBroken: A fault or a magic number asks for it.
    """
    if request.user is None:
        return refuse(request, TwilioRefusal(reason=Reason.UNAUTHENTICATED))
    if request.unreadable is not None:
        return refuse(request, TwilioRefusal(reason=request.unreadable))
    with store.lock:
        try:
            return _dispatch(store, request)
        except Denied as denied:
            why = denied.refused
    refused = refuse(request, why)
    if why.reason is not Reason.METHOD_NOT_ALLOWED:
        return refused
    allow = {"Allow": ", ".join(methods_of(request))}
    return evolve(refused, headers={**refused.headers, **allow})


def methods_of(request: Request) -> list[str]:
    """
    The methods that a path takes; empty where there is no such path.

    HEAD goes with GET, and OPTIONS with every path (RFC 9110, 9.3.2 and 9.3.7).
    """
    fitting = _fitting(request.host, request.segments)
    if fitting is None:
        return []
    found = {*fitting[0], "OPTIONS"}
    return sorted(found | {"HEAD"} if "GET" in found else found)


def route_of(request: Request) -> Route | None:
    """The operation that a request asks for; None where Twilio has none."""
    fitting = _fitting(request.host, request.segments)
    return fitting[0].get(request.method) if fitting else None


def _dispatch(store: VerifyStore, request: Request) -> Response:
    fitting = _fitting(request.host, request.segments)
    if fitting is None:
        raise deny(Reason.NOT_FOUND)
    by_method, names = fitting
    route = by_method.get(request.method)
    if route is None:
        raise deny(Reason.METHOD_NOT_ALLOWED)
    if route.action is None:
        raise deny(Reason.NOT_SERVED, route.operation)
    given = parameters.read(request.parameters, route.table, request.repeated)
    if isinstance(given, TwilioRefusal):
        raise Denied(given)
    return route.action(
        RoutedRequest(store=store, request=request, names=names, given=given)
    )


@lru_cache(maxsize=1024)
def _fitting(host: str, segments: tuple[str, ...]) -> Fitting | None:
    product, _, domain = host.partition(".")
    # At Twilio each product has its own host; elsewhere (a local server) one has all.
    if domain.endswith("twilio.com"):
        table = _TABLES.get(product)
        return table.find(segments) if table else None
    found = (table.find(segments) for table in _TABLES.values())
    return next((fitting for fitting in found if fitting is not None), None)
