"""Webhooks over the wire."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import Json, is_web_address
from ...resources._services import Webhook
from .._collections import OwnedCollection, renamed, stamps, stored
from .._parameters import Parameter, Table, checked, shaped, text
from .._routing import RoutedRequest


def _shelf(call: RoutedRequest) -> Shelf[Webhook]:
    return call.store.resources_of(call.service()).webhooks


def _shown(_call: RoutedRequest, webhook: Webhook) -> Json:
    return {
        "friendly_name": webhook.friendly_name,
        "event_types": list(webhook.event_types),
        "status": "enabled" if webhook.enabled else "disabled",
        "version": webhook.version,
        "webhook_url": webhook.url,
        "webhook_method": "POST",
    }


_FIELDS = {
    "FriendlyName": "friendly_name",
    "EventTypes": "event_types",
    "WebhookUrl": "url",
    "Version": "version",
}


def _given(call: RoutedRequest) -> dict[str, Any]:
    status = call.given.get("Status")
    enabled = {} if status is None else {"enabled": status == "enabled"}
    return {**renamed(call.given, _FIELDS), **enabled}


def _create(call: RoutedRequest) -> Webhook:
    webhook = Webhook(sid=call.sid("YW"), **_given(call), **stamps(call))
    return stored(_shelf(call), webhook.sid, webhook)


def _update(call: RoutedRequest, webhook: Webhook) -> Webhook:
    return evolve(webhook, **_given(call), updated_at=call.store.now())


def _web_address(value: str) -> str:
    return checked(value, is_web_address(value))


_EVENT = shaped(
    r"\*|factor\.created|factor\.verified|factor\.deleted|challenge\.approved"
    r"|challenge\.denied"
)
_UPDATE: Table = {
    "FriendlyName": Parameter(text(1, 64)),
    "EventTypes": Parameter(_EVENT, repeats=20),
    "WebhookUrl": Parameter(_web_address),
    "Status": Parameter(shaped("enabled|disabled")),
    "Version": Parameter(shaped("v1|v2")),
}
_NEEDED = ("FriendlyName", "EventTypes", "WebhookUrl")
_CREATE: Table = {
    name: evolve(row, required=name in _NEEDED) for name, row in _UPDATE.items()
}

_WEBHOOKS = OwnedCollection(
    name="Webhook",
    items="webhooks",
    path="/v2/Services/{ServiceSid}/Webhooks",
    shelf=_shelf,
    shows=_shown,
)
ROUTES = (
    _WEBHOOKS.creates(_create, _CREATE),
    _WEBHOOKS.lists(),
    _WEBHOOKS.fetches(),
    _WEBHOOKS.updates(_update, _UPDATE),
    _WEBHOOKS.deletes(),
)
