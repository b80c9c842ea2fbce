"""Webhooks over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attrs import evolve

from ....kit._bounded import Shelf
from ....kit._http import seconds
from ...machine._reasons import Reason
from ...resources._service_resources import Webhook
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import Parameter, Table, shaped, text
from .._routing import Route, RoutedRequest, deny, found

if TYPE_CHECKING:
    from ....kit._http import Json


def _shelf(call: RoutedRequest) -> Shelf[Webhook]:
    return call.store.resources_of(call.service()).webhooks


def _webhook(call: RoutedRequest) -> Webhook:
    return found(_shelf(call).get(call.names[1]))


def _body(call: RoutedRequest, webhook: Webhook) -> Json:
    return {
        "sid": webhook.sid,
        "service_sid": call.names[0],
        "account_sid": call.service().account_sid,
        "friendly_name": webhook.friendly_name,
        "event_types": list(webhook.event_types),
        "status": "enabled" if webhook.enabled else "disabled",
        "version": webhook.version,
        "webhook_url": webhook.url,
        "webhook_method": "POST",
        "date_created": seconds(webhook.created_at),
        "date_updated": seconds(webhook.updated_at),
        "url": call.url(f"/v2/Services/{call.names[0]}/Webhooks/{webhook.sid}"),
    }


def _create(call: RoutedRequest) -> Response:
    shelf, given, now = _shelf(call), call.given, call.store.now()
    if shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    webhook = Webhook(
        sid=call.store.random_source.sid("YW"),
        friendly_name=given["FriendlyName"],
        event_types=given["EventTypes"],
        url=given["WebhookUrl"],
        enabled=given.get("Status") != "disabled",
        version=given.get("Version", "v2"),
        created_at=now,
        updated_at=now,
    )
    shelf.add(webhook.sid, webhook)
    return call.answer(201, _body(call, webhook))


def _list(call: RoutedRequest) -> Response:
    return listed(call, "webhooks", _shelf(call), lambda webhook: _body(call, webhook))


def _fetch(call: RoutedRequest) -> Response:
    return call.answer(200, _body(call, _webhook(call)))


def _update(call: RoutedRequest) -> Response:
    before, given = _webhook(call), call.given
    enabled = before.enabled if "Status" not in given else given["Status"] == "enabled"
    changed = evolve(
        before,
        friendly_name=given.get("FriendlyName", before.friendly_name),
        event_types=given.get("EventTypes", before.event_types),
        url=given.get("WebhookUrl", before.url),
        enabled=enabled,
        version=given.get("Version", before.version),
        updated_at=call.store.now(),
    )
    _shelf(call).replace(changed.sid, changed)
    return call.answer(200, _body(call, changed))


def _delete(call: RoutedRequest) -> Response:
    _shelf(call).remove(_webhook(call).sid)
    return call.answer(204, None)


def web_address(value: str) -> str:
    """An absolute address that can be posted to."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError
    return value


_EVENT = shaped(
    r"\*|factor\.created|factor\.verified|factor\.deleted|challenge\.approved"
    r"|challenge\.denied"
)
UPDATE: Final[Table] = {
    "FriendlyName": Parameter(reads=text(1, 64)),
    "EventTypes": Parameter(reads=_EVENT, repeats=20),
    "WebhookUrl": Parameter(reads=web_address),
    "Status": Parameter(reads=shaped("enabled|disabled")),
    "Version": Parameter(reads=shaped("v1|v2")),
}
_NEEDED = ("FriendlyName", "EventTypes", "WebhookUrl")
CREATE: Final[Table] = {
    name: evolve(row, required=name in _NEEDED) for name, row in UPDATE.items()
}

_ALL = "/v2/Services/{ServiceSid}/Webhooks"
_ONE = f"{_ALL}/{{Sid}}"

ROUTES: Final = (
    Route(
        operation="CreateWebhook",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(operation="ListWebhook", method="GET", path=_ALL, action=_list, table=PAGE),
    Route(operation="FetchWebhook", method="GET", path=_ONE, action=_fetch),
    Route(
        operation="UpdateWebhook",
        method="POST",
        path=_ONE,
        action=_update,
        table=UPDATE,
    ),
    Route(operation="DeleteWebhook", method="DELETE", path=_ONE, action=_delete),
)
