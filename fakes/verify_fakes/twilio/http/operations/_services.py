"""Services over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve

from ...machine._reasons import Reason
from ...machine._switches import Switches
from ...resources._services import Service
from .._bodies import service_body
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import (
    Parameter,
    Table,
    flag,
    friendly_name,
    shaped,
    sid,
    text,
    whole,
)
from .._routing import Route, RoutedRequest, deny

_SWITCHES = {
    "FriendlyName": "friendly_name",
    "CodeLength": "code_length",
    "LookupEnabled": "lookup_enabled",
    "SkipSmsToLandlines": "skip_sms_to_landlines",
    "DtmfInputRequired": "dtmf_input_required",
    "Psd2Enabled": "psd2_enabled",
    "DoNotShareWarningEnabled": "do_not_share_warning_enabled",
    "CustomCodeEnabled": "custom_code_enabled",
    "DefaultTemplateSid": "default_template_sid",
    "VerifyEventSubscriptionEnabled": "verify_event_subscription_enabled",
}


def _switched(before: Switches, given: Mapping[str, Any]) -> Switches:
    changes = {_SWITCHES[name]: given[name] for name in _SWITCHES if name in given}
    return evolve(before, **changes)


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in _SWITCHES}


def _answer(call: RoutedRequest, status: int, service: Service) -> Response:
    return call.answer(status, service_body(service, call.request.base_url))


def _create(call: RoutedRequest) -> Response:
    services = call.store.services
    if services.shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    service = services.create(
        _switched(services.defaults, call.given),
        account_sid=call.account_sid,
        options=_options(call.given),
    )
    return _answer(call, 201, service)


def _list(call: RoutedRequest) -> Response:
    base_url = call.request.base_url
    return listed(
        call,
        "services",
        call.store.services.shelf,
        lambda service: service_body(service, base_url),
        matches=lambda service: call.sees(service.account_sid),
    )


def _fetch(call: RoutedRequest) -> Response:
    return _answer(call, 200, call.service())


def _update(call: RoutedRequest) -> Response:
    service = call.service()
    changed = call.store.services.update(
        service, _switched(service.switches, call.given), _options(call.given)
    )
    return _answer(call, 200, changed)


def _delete(call: RoutedRequest) -> Response:
    call.store.delete_service(call.service())
    return call.answer(204, None)


_PREFERENCE = shaped("required|preferred|discouraged")

UPDATE: Final[Table] = {
    "FriendlyName": Parameter(reads=friendly_name),
    "CodeLength": Parameter(reads=whole(4, 10)),
    "LookupEnabled": Parameter(reads=flag),
    "SkipSmsToLandlines": Parameter(reads=flag),
    "DtmfInputRequired": Parameter(reads=flag),
    "TtsName": Parameter(reads=text()),
    "Psd2Enabled": Parameter(reads=flag),
    "DoNotShareWarningEnabled": Parameter(reads=flag),
    "CustomCodeEnabled": Parameter(reads=flag),
    "DefaultTemplateSid": Parameter(reads=sid("HJ")),
    "VerifyEventSubscriptionEnabled": Parameter(reads=flag),
    "Push.IncludeDate": Parameter(reads=flag),
    "Push.ApnCredentialSid": Parameter(reads=sid("CR")),
    "Push.FcmCredentialSid": Parameter(reads=sid("CR")),
    "Totp.Issuer": Parameter(reads=text()),
    "Totp.TimeStep": Parameter(reads=whole(20, 60)),
    "Totp.CodeLength": Parameter(reads=whole(3, 8)),
    "Totp.Skew": Parameter(reads=whole(0, 2)),
    "Whatsapp.MsgServiceSid": Parameter(reads=sid("MG")),
    "Whatsapp.From": Parameter(reads=text()),
    # Passkeys are not served; that a value is none of Twilio's is seen all the same.
    "Passkeys.AuthenticatorAttachment": Parameter(
        reads=shaped("platform|cross-platform|any")
    ),
    "Passkeys.DiscoverableCredentials": Parameter(reads=_PREFERENCE),
    "Passkeys.UserVerification": Parameter(reads=_PREFERENCE),
}

CREATE: Final[Table] = {
    **UPDATE,
    "FriendlyName": Parameter(reads=friendly_name, required=True),
}

_ALL = "/v2/Services"
_ONE = "/v2/Services/{Sid}"

ROUTES: Final = (
    Route(
        operation="CreateService",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(operation="ListService", method="GET", path=_ALL, action=_list, table=PAGE),
    Route(operation="FetchService", method="GET", path=_ONE, action=_fetch),
    Route(
        operation="UpdateService",
        method="POST",
        path=_ONE,
        action=_update,
        table=UPDATE,
    ),
    Route(operation="DeleteService", method="DELETE", path=_ONE, action=_delete),
)
