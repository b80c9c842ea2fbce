"""Services over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ....kit._http import Json
from ...machine._errors import Reason
from ...machine._rules import Switches
from ...resources._services import Service
from .._collections import Collection, dates, renamed
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
from .._routing import RoutedRequest, deny

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
_LINKS = {
    "verification_checks": "VerificationCheck",
    "verifications": "Verifications",
    "rate_limits": "RateLimits",
    "messaging_configurations": "MessagingConfigurations",
    "entities": "Entities",
    "webhooks": "Webhooks",
    "access_tokens": "AccessTokens",
}


def _body(call: RoutedRequest, service: Service) -> Json:
    """A service, its parts nested as Twilio nests them."""
    url = call.url(f"/v2/Services/{service.sid}")
    switches, option = service.switches, service.options.get
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        **{name: getattr(switches, name) for name in _SWITCHES.values()},
        "tts_name": option("TtsName"),
        "push": {
            "include_date": bool(option("Push.IncludeDate")),
            "apn_credential_sid": option("Push.ApnCredentialSid"),
            "fcm_credential_sid": option("Push.FcmCredentialSid"),
        },
        "totp": {
            "issuer": option("Totp.Issuer", switches.friendly_name),
            "time_step": option("Totp.TimeStep", 30),
            "code_length": option("Totp.CodeLength", 6),
            "skew": option("Totp.Skew", 1),
        },
        "whatsapp": {
            "msg_service_sid": option("Whatsapp.MsgServiceSid"),
            "from": option("Whatsapp.From"),
        },
        "passkeys": None,  # not served; see LIMITS.md
        **dates(service),
        "url": url,
        "links": {name: f"{url}/{path}" for name, path in _LINKS.items()},
    }


def _switched(before: Switches, given: Mapping[str, Any]) -> Switches:
    return evolve(before, **renamed(given, _SWITCHES))


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in _SWITCHES}


def _create(call: RoutedRequest) -> Service:
    services = call.store.services
    if services.shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    return services.create(
        _switched(services.defaults, call.given),
        account_sid=call.account_sid,
        options=_options(call.given),
    )


def _update(call: RoutedRequest, service: Service) -> Service:
    return evolve(
        service,
        switches=_switched(service.switches, call.given),
        options={**service.options, **_options(call.given)},
        updated_at=call.store.now(),
    )


_PREFERENCE = shaped("required|preferred|discouraged")
_UPDATE: Table = {
    "FriendlyName": Parameter(friendly_name),
    "CodeLength": Parameter(whole(4, 10)),
    "LookupEnabled": Parameter(flag),
    "SkipSmsToLandlines": Parameter(flag),
    "DtmfInputRequired": Parameter(flag),
    "TtsName": Parameter(text()),
    "Psd2Enabled": Parameter(flag),
    "DoNotShareWarningEnabled": Parameter(flag),
    "CustomCodeEnabled": Parameter(flag),
    "DefaultTemplateSid": Parameter(sid("HJ")),
    "VerifyEventSubscriptionEnabled": Parameter(flag),
    "Push.IncludeDate": Parameter(flag),
    "Push.ApnCredentialSid": Parameter(sid("CR")),
    "Push.FcmCredentialSid": Parameter(sid("CR")),
    "Totp.Issuer": Parameter(text()),
    "Totp.TimeStep": Parameter(whole(20, 60)),
    "Totp.CodeLength": Parameter(whole(3, 8)),
    "Totp.Skew": Parameter(whole(0, 2)),
    "Whatsapp.MsgServiceSid": Parameter(sid("MG")),
    "Whatsapp.From": Parameter(text()),
    # Passkeys are not served; a value that Twilio does not know is refused, though.
    "Passkeys.AuthenticatorAttachment": Parameter(
        shaped("platform|cross-platform|any")
    ),
    "Passkeys.DiscoverableCredentials": Parameter(_PREFERENCE),
    "Passkeys.UserVerification": Parameter(_PREFERENCE),
}
_CREATE: Table = {**_UPDATE, "FriendlyName": Parameter(friendly_name, required=True)}


class _Services(Collection[Service]):
    def find(self, call: RoutedRequest) -> Service:
        """Services may spring up where they are looked for."""
        return call.service()


_SERVICES = _Services(
    name="Service",
    items="services",
    path="/v2/Services",
    shelf=lambda call: call.store.services.shelf,
    shows=_body,
    matches=lambda call: lambda service: call.sees(service.account_sid),
)
ROUTES = (
    _SERVICES.creates(_create, _CREATE),
    _SERVICES.lists(),
    _SERVICES.fetches(),
    _SERVICES.updates(_update, _UPDATE),
    _SERVICES.deletes(lambda call, service: call.store.delete_service(service)),
)
