"""Messaging configurations, templates and the safe list over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import seconds
from ..._sending import safe_key
from ...machine._numbers import is_phone
from ...machine._reasons import Reason
from ...resources._service_resources import (
    EVERYWHERE,
    MessagingConfiguration,
    SafeNumber,
)
from ...resources._templates import Template
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import Parameter, Table, country_code, sid, text
from .._routing import Route, RoutedRequest, deny, found

if TYPE_CHECKING:
    from ....kit._http import Json


def _shelf(call: RoutedRequest) -> Shelf[MessagingConfiguration]:
    return call.store.resources_of(call.service()).messaging


def _configuration(call: RoutedRequest) -> MessagingConfiguration:
    return found(_shelf(call).get(_normal(call.names[1])))


def _body(call: RoutedRequest, configuration: MessagingConfiguration) -> Json:
    path = f"/v2/Services/{call.names[0]}/MessagingConfigurations"
    return {
        "account_sid": call.service().account_sid,
        "service_sid": call.names[0],
        "country": configuration.country,
        "messaging_service_sid": configuration.messaging_service_sid,
        "date_created": seconds(configuration.created_at),
        "date_updated": seconds(configuration.updated_at),
        "url": call.url(f"{path}/{configuration.country}"),
    }


def _create(call: RoutedRequest) -> Response:
    shelf, now, country = _shelf(call), call.store.now(), call.given["Country"]
    if country in shelf:
        raise deny(Reason.MESSAGING_EXISTS)
    if shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    configuration = MessagingConfiguration(
        country=country,
        messaging_service_sid=call.given["MessagingServiceSid"],
        created_at=now,
        updated_at=now,
    )
    shelf.add(country, configuration)
    return call.answer(201, _body(call, configuration))


def _list(call: RoutedRequest) -> Response:
    return listed(
        call,
        "messaging_configurations",
        _shelf(call),
        lambda configuration: _body(call, configuration),
    )


def _fetch(call: RoutedRequest) -> Response:
    return call.answer(200, _body(call, _configuration(call)))


def _update(call: RoutedRequest) -> Response:
    changed = evolve(
        _configuration(call),
        messaging_service_sid=call.given["MessagingServiceSid"],
        updated_at=call.store.now(),
    )
    _shelf(call).replace(changed.country, changed)
    return call.answer(200, _body(call, changed))


def _delete(call: RoutedRequest) -> Response:
    _shelf(call).remove(_configuration(call).country)
    return call.answer(204, None)


def _normal(country: str) -> str:
    return country if country == EVERYWHERE else country.upper()


def _country(value: str) -> str:
    return value if value == EVERYWHERE else country_code(value)


# Templates' dates have nanoseconds in the document.
_NANOSECONDS = "%Y-%m-%dT%H:%M:%S.%f000Z"


def _template_body(template: Template) -> Json:
    since = template.since.strftime(_NANOSECONDS)
    default = next(iter(template.texts))
    return {
        "sid": template.sid,
        "account_sid": template.account_sid,
        "friendly_name": template.friendly_name,
        "channels": list(template.channels),
        "translations": {
            locale: {
                "is_default_translation": locale == default,
                "status": "approved",
                "locale": locale,
                "text": text,
                "date_updated": since,
                "date_created": since,
            }
            for locale, text in template.texts.items()
        },
    }


def _list_templates(call: RoutedRequest) -> Response:
    wanted = call.given.get("FriendlyName")
    return listed(
        call,
        "templates",
        call.store.templates.shelf,
        _template_body,
        matches=lambda template: (
            call.sees(template.account_sid) and wanted in (None, template.friendly_name)
        ),
    )


def _safe_key(call: RoutedRequest, number: str) -> str:
    return safe_key(call.owner_sid, number)


def _safe(call: RoutedRequest) -> SafeNumber:
    return found(call.store.safe_list.get(_safe_key(call, call.names[0])))


def _safe_body(call: RoutedRequest, safe: SafeNumber) -> Json:
    number = safe.phone_number
    url = call.url(f"/v2/SafeList/Numbers/{number}")
    return {"sid": safe.sid, "phone_number": number, "url": url}


def _create_safe(call: RoutedRequest) -> Response:
    number = call.given["PhoneNumber"]
    shelf, key = call.store.safe_list, _safe_key(call, number)
    if key in shelf:
        raise deny(Reason.SAFE_LIST_EXISTS)
    if shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    safe = SafeNumber(
        sid=call.store.random_source.sid("GN"),
        account_sid=call.owner_sid,
        phone_number=number,
    )
    shelf.add(key, safe)
    return call.answer(201, _safe_body(call, safe))


def _fetch_safe(call: RoutedRequest) -> Response:
    return call.answer(200, _safe_body(call, _safe(call)))


def _delete_safe(call: RoutedRequest) -> Response:
    call.store.safe_list.remove(_safe_key(call, _safe(call).phone_number))
    return call.answer(204, None)


def _phone(value: str) -> str:
    if not is_phone(value):
        raise ValueError
    return value


_SENDER = Parameter(reads=sid("MG"), required=True)
CREATE: Final[Table] = {
    "Country": Parameter(reads=_country, required=True),
    "MessagingServiceSid": _SENDER,
}
UPDATE: Final[Table] = {"MessagingServiceSid": _SENDER}
LIST_TEMPLATES: Final[Table] = {"FriendlyName": Parameter(reads=text()), **PAGE}
CREATE_SAFE: Final[Table] = {"PhoneNumber": Parameter(reads=_phone, required=True)}

_ALL = "/v2/Services/{ServiceSid}/MessagingConfigurations"
_ONE = f"{_ALL}/{{Country}}"
_SAFE = "/v2/SafeList/Numbers"
_SAFE_ONE = f"{_SAFE}/{{PhoneNumber}}"

ROUTES: Final = (
    Route(
        operation="CreateMessagingConfiguration",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(
        operation="ListMessagingConfiguration",
        method="GET",
        path=_ALL,
        action=_list,
        table=PAGE,
    ),
    Route(
        operation="FetchMessagingConfiguration", method="GET", path=_ONE, action=_fetch
    ),
    Route(
        operation="UpdateMessagingConfiguration",
        method="POST",
        path=_ONE,
        action=_update,
        table=UPDATE,
    ),
    Route(
        operation="DeleteMessagingConfiguration",
        method="DELETE",
        path=_ONE,
        action=_delete,
    ),
    Route(
        operation="ListVerificationTemplate",
        method="GET",
        path="/v2/Templates",
        action=_list_templates,
        table=LIST_TEMPLATES,
    ),
    Route(
        operation="CreateSafelist",
        method="POST",
        path=_SAFE,
        action=_create_safe,
        table=CREATE_SAFE,
    ),
    Route(operation="FetchSafelist", method="GET", path=_SAFE_ONE, action=_fetch_safe),
    Route(
        operation="DeleteSafelist",
        method="DELETE",
        path=_SAFE_ONE,
        action=_delete_safe,
    ),
)
