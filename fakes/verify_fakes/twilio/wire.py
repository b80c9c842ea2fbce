"""
Twilio's HTTP interface over a store: request to command, answer to JSON.

`ROUTES` lists what is served. Everything else is, as at Twilio, a resource that was not
found. Nothing here knows the life cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, frozen

from . import parameters
from .bodies import check_body, lookup_body, service_body, verification_body
from .commands import Check, Refused, Start
from .exchange import Request, Response, answer, refuse
from .reasons import Reason
from .state import Channel

if TYPE_CHECKING:
    from .lookup import LookedUp
    from .services import Service, Switches
    from .store import VerifyStore


@frozen(kw_only=True)
class Call:
    """
    One request that found its route, its parameters read.

    Attributes:
        names: The variable parts of the path, in order.
        given: The parameters that were there, as values.
    """

    store: VerifyStore
    request: Request
    names: tuple[str, ...]
    given: dict[str, Any]

    @property
    def account_sid(self) -> str | None:
        """Who asks, where that is known."""
        return self.request.account_sid

    def service(self) -> Service | None:
        """The service in the path."""
        return self.store.services.get(self.names[0], self.account_sid)


Action: TypeAlias = Callable[[Call], Response]


@frozen(kw_only=True)
class Route:
    """
    One served operation.

    Attributes:
        method: Of the request.
        product: The first label of Twilio's host for it.
        path: Its segments; an empty one stands for any single name.
        action: What answers.
        table: The parameters that it accepts.
    """

    method: str
    product: str
    path: tuple[str, ...]
    action: Action
    table: parameters.Table

    def names(self, segments: tuple[str, ...]) -> tuple[str, ...] | None:
        """The variable parts of a path that fits; None where it does not."""
        if len(segments) != len(self.path):
            return None
        pairs = list(zip(self.path, segments, strict=True))
        if not all(got and wanted in ("", got) for wanted, got in pairs):
            return None
        return tuple(got for wanted, got in pairs if not wanted)


def handle(store: VerifyStore, request: Request) -> Response:
    """
    Answer a request as Twilio would.

    Raises:
        ConnectionBroken: A fault or a magic number asks for it.
    """
    if request.user is None:
        return refuse(request, Refused(reason=Reason.UNAUTHENTICATED))
    with store.lock:
        return _dispatch(store, request)


def _dispatch(store: VerifyStore, request: Request) -> Response:
    fitting = list(_fitting(request))
    if not fitting:
        return refuse(request, Refused(reason=Reason.NOT_FOUND))
    for route, names in fitting:
        if route.method == request.method:
            given = parameters.read(request.parameters, route.table)
            if isinstance(given, Refused):
                return refuse(request, given)
            call = Call(store=store, request=request, names=names, given=given)
            return route.action(call)
    return refuse(request, Refused(reason=Reason.METHOD_NOT_ALLOWED))


def _fitting(request: Request) -> list[tuple[Route, tuple[str, ...]]]:
    segments = request.segments
    product, _, domain = request.host.partition(".")
    # At Twilio each product has its own host; elsewhere (a local server) one has all.
    at_twilio = domain.endswith("twilio.com")
    return [
        (route, names)
        for route in ROUTES
        if (not at_twilio or route.product == product)
        and (names := route.names(segments)) is not None
    ]


def _create_verification(call: Call) -> Response:
    given = call.given
    channel: Channel = given["Channel"]
    if "AppHash" in given and channel is not Channel.SMS:
        return refuse(call.request, Refused(reason=Reason.APP_HASH_NEEDS_SMS))
    command = Start(
        to=given["To"],
        channel=channel,
        custom_code=given.get("CustomCode"),
        friendly_name=given.get("CustomFriendlyName"),
        amount=given.get("Amount"),
        payee=given.get("Payee"),
        risk_check=given.get("RiskCheck") != "disable",
    )
    started = call.store.start(call.names[0], command, account_sid=call.account_sid)
    if isinstance(started, Refused):
        return refuse(call.request, started)
    body = verification_body(started, call.request.base_url)
    return answer(call.request, 201, body)


def _create_check(call: Call) -> Response:
    given = call.given
    command = Check(
        code=given["Code"],
        sid=given.get("VerificationSid"),
        to=given.get("To"),
        amount=given.get("Amount"),
        payee=given.get("Payee"),
    )
    checked = call.store.check(call.names[0], command, account_sid=call.account_sid)
    if isinstance(checked, Refused):
        return refuse(call.request, checked)
    # The description lists 201 as well; captures have 200.
    return answer(call.request, 200, check_body(checked))


def _fetch_verification(call: Call) -> Response:
    service_sid, key = call.names
    found = call.store.fetch(service_sid, key, account_sid=call.account_sid)
    if isinstance(found, Refused):
        return refuse(call.request, found)
    body = verification_body(found, call.request.base_url)
    return answer(call.request, 200, body)


def _update_verification(call: Call) -> Response:
    service_sid, key = call.names
    updated = call.store.update(
        service_sid, key, call.given["Status"], account_sid=call.account_sid
    )
    if isinstance(updated, Refused):
        return refuse(call.request, updated)
    body = verification_body(updated, call.request.base_url)
    return answer(call.request, 200, body)


_SWITCHES: Final = {
    "FriendlyName": "friendly_name",
    "CodeLength": "code_length",
    "LookupEnabled": "lookup_enabled",
    "SkipSmsToLandlines": "skip_sms_to_landlines",
    "DtmfInputRequired": "dtmf_input_required",
    "Psd2Enabled": "psd2_enabled",
    "DoNotShareWarningEnabled": "do_not_share_warning_enabled",
    "CustomCodeEnabled": "custom_code_enabled",
}


def _switched(before: Switches, given: dict[str, Any]) -> Switches:
    changes = {_SWITCHES[name]: given[name] for name in _SWITCHES if name in given}
    return evolve(before, **changes)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in _SWITCHES}


def _create_service(call: Call) -> Response:
    services = call.store.services
    service = services.create(
        _switched(services.defaults, call.given),
        account_sid=call.account_sid,
        options=_options(call.given),
    )
    return answer(call.request, 201, service_body(service, call.request.base_url))


def _fetch_service(call: Call) -> Response:
    service = call.service()
    if service is None:
        return refuse(call.request, Refused(reason=Reason.NOT_FOUND))
    return answer(call.request, 200, service_body(service, call.request.base_url))


def _update_service(call: Call) -> Response:
    service = call.service()
    if service is None:
        return refuse(call.request, Refused(reason=Reason.NOT_FOUND))
    changed = call.store.services.update(
        service, _switched(service.switches, call.given), _options(call.given)
    )
    return answer(call.request, 200, service_body(changed, call.request.base_url))


def _delete_service(call: Call) -> Response:
    service = call.service()
    if service is None:
        return refuse(call.request, Refused(reason=Reason.NOT_FOUND))
    call.store.delete_service(service)
    return answer(call.request, 204, None)


def _look_up(call: Call) -> Response:
    found: LookedUp | Refused = call.store.look_up(
        call.names[0], call.given.get("CountryCode")
    )
    if isinstance(found, Refused):
        return refuse(call.request, found)
    fields = call.given.get("Fields", frozenset())
    return answer(call.request, 200, lookup_body(found, fields, call.request.base_url))


_ANY: Final = ""
_SERVICES: Final = ("v2", "Services")
_SERVICE: Final = (*_SERVICES, _ANY)
_VERIFICATIONS: Final = (*_SERVICE, "Verifications")
_VERIFICATION: Final = (*_VERIFICATIONS, _ANY)
_CHECKS: Final = (*_SERVICE, "VerificationCheck")
_NUMBER: Final = ("v2", "PhoneNumbers", _ANY)


def _route(
    method: str,
    path: tuple[str, ...],
    action: Action,
    table: parameters.Table | None = None,
) -> Route:
    product = "lookups" if path is _NUMBER else "verify"
    return Route(
        method=method, product=product, path=path, action=action, table=table or {}
    )


ROUTES: Final = (
    _route("POST", _SERVICES, _create_service, parameters.CREATE_SERVICE),
    _route("GET", _SERVICE, _fetch_service),
    _route("POST", _SERVICE, _update_service, parameters.UPDATE_SERVICE),
    _route("DELETE", _SERVICE, _delete_service),
    _route(
        "POST", _VERIFICATIONS, _create_verification, parameters.CREATE_VERIFICATION
    ),
    _route("GET", _VERIFICATION, _fetch_verification),
    _route("POST", _VERIFICATION, _update_verification, parameters.UPDATE_VERIFICATION),
    _route("POST", _CHECKS, _create_check, parameters.CREATE_CHECK),
    _route("GET", _NUMBER, _look_up, parameters.LOOK_UP),
)
