"""Messaging configurations, templates and the safe list over the wire."""

from __future__ import annotations

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import Json
from ...machine._errors import Reason
from ...machine._numbers import is_phone
from ...resources._services import (
    EVERYWHERE,
    MessagingConfiguration,
    SafeNumber,
    safe_key,
)
from ...resources._templates import MessageTemplate
from .._collections import PAGE, Collection, OwnedCollection, stamps, stored
from .._parameters import Parameter, checked, country_code, sid, text
from .._routing import RoutedRequest, deny


def _configurations(call: RoutedRequest) -> Shelf[MessagingConfiguration]:
    return call.store.resources_of(call.service()).messaging


def _shown(_call: RoutedRequest, configuration: MessagingConfiguration) -> Json:
    sender = configuration.messaging_service_sid
    return {"country": configuration.country, "messaging_service_sid": sender}


def _create(call: RoutedRequest) -> MessagingConfiguration:
    country = call.given["Country"]
    if country in _configurations(call):
        raise deny(Reason.MESSAGING_EXISTS)
    sender = call.given["MessagingServiceSid"]
    configuration = MessagingConfiguration(
        country=country, messaging_service_sid=sender, **stamps(call)
    )
    return stored(_configurations(call), country, configuration)


def _update(
    call: RoutedRequest, before: MessagingConfiguration
) -> MessagingConfiguration:
    sender, now = call.given["MessagingServiceSid"], call.store.now()
    return evolve(before, messaging_service_sid=sender, updated_at=now)


def _country_in_path(call: RoutedRequest) -> str:
    country = call.names[1]
    return country if country == EVERYWHERE else country.upper()


def _country(value: str) -> str:
    return value if value == EVERYWHERE else country_code(value)


def _template_body(_call: RoutedRequest, template: MessageTemplate) -> Json:
    # Templates' dates have nanoseconds in the document.
    since = template.since.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
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


def _safe_body(call: RoutedRequest, safe: SafeNumber) -> Json:
    number = safe.phone_number
    url = call.url(f"/v2/SafeList/Numbers/{number}")
    return {"sid": safe.sid, "phone_number": number, "url": url}


def _create_safe(call: RoutedRequest) -> SafeNumber:
    number, owner = call.given["PhoneNumber"], call.owner_sid
    key = safe_key(owner, number)
    if key in call.store.safe_list:
        raise deny(Reason.SAFE_LIST_EXISTS)
    safe = SafeNumber(sid=call.sid("GN"), account_sid=owner, phone_number=number)
    return stored(call.store.safe_list, key, safe)


def _phone(value: str) -> str:
    return checked(value, is_phone(value))


_SENDER = Parameter(sid("MG"), required=True)

_CONFIGURATIONS = OwnedCollection(
    name="MessagingConfiguration",
    items="messaging_configurations",
    path="/v2/Services/{ServiceSid}/MessagingConfigurations",
    one="Country",
    names="country",
    shelf=_configurations,
    shows=_shown,
    key=_country_in_path,
)
_TEMPLATES = Collection(
    name="VerificationTemplate",
    items="templates",
    path="/v2/Templates",
    shelf=lambda call: call.store.templates.shelf,
    shows=_template_body,
    matches=lambda call: (
        lambda template: (
            call.sees(template.account_sid)
            and call.given.get("FriendlyName") in (None, template.friendly_name)
        )
    ),
)
_SAFE = Collection(
    name="Safelist",
    items="numbers",
    path="/v2/SafeList/Numbers",
    one="PhoneNumber",
    shelf=lambda call: call.store.safe_list,
    shows=_safe_body,
    key=lambda call: safe_key(call.owner_sid, call.names[0]),
)
ROUTES = (
    _CONFIGURATIONS.creates(
        _create,
        {
            "Country": Parameter(_country, required=True),
            "MessagingServiceSid": _SENDER,
        },
    ),
    _CONFIGURATIONS.lists(),
    _CONFIGURATIONS.fetches(),
    _CONFIGURATIONS.updates(_update, {"MessagingServiceSid": _SENDER}),
    _CONFIGURATIONS.deletes(),
    _TEMPLATES.lists({"FriendlyName": Parameter(text()), **PAGE}),
    _SAFE.creates(_create_safe, {"PhoneNumber": Parameter(_phone, required=True)}),
    _SAFE.fetches(),
    _SAFE.deletes(),
)
