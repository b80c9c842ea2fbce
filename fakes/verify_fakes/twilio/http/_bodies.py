"""
The JSON of each resource, as live captures show it where they differ from the document.

Seen in published captures (2021-10-19, 2023-03-24, 2025-02-11, 2025-06-26), against the
document (Twilio's API description, 2026-04-14): `lookup` is `{"carrier": null}` where
nothing was looked up, not `{}`; a send attempt's `channel` is lower case and its `time`
has milliseconds, while the dates of the resource have whole seconds; `sna` and
`sna_attempts_error_codes` are absent where silent network authentication was not used,
not null or empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...kit._http import Json, milliseconds, seconds
from ..machine._state import TwilioChannel
from ..resources._attempts import attempt_sid

if TYPE_CHECKING:
    from collections.abc import Callable, Set as AbstractSet

    from ..machine._lookup import LookedUp
    from ..machine._state import TwilioVerification
    from ..resources._services import Option, Service


def verification_body(
    verification: TwilioVerification, base_url: str, *, as_documented: bool = False
) -> Json:
    """
    A verification, as create, fetch and update answer it.

    Args:
        verification: What is answered.
        base_url: Begins its own address.
        as_documented: Keep to the document's form where captures differ.
    """
    body = _captured(verification, base_url)
    if as_documented:
        if verification.line_type is None:
            body["lookup"] = {}
        body["send_code_attempts"] = [
            {
                "time": seconds(sent.at),
                "channel": _DOCUMENTED_CHANNELS[sent.channel],
                "attempt_sid": attempt_sid(verification.sid, place),
            }
            for place, sent in enumerate(verification.sends)
        ]
        body["sna"] = None
    return body


# The document's examples have WhatsApp in lower case and the others in upper case.
_DOCUMENTED_CHANNELS = {
    TwilioChannel.SMS: "SMS",
    TwilioChannel.CALL: "CALL",
    TwilioChannel.EMAIL: "EMAIL",
    TwilioChannel.WHATSAPP: "whatsapp",
}


def _captured(verification: TwilioVerification, base_url: str) -> Json:
    return {
        **_identity(verification),
        "status": verification.status,
        "valid": verification.valid,
        "date_created": seconds(verification.created_at),
        "date_updated": seconds(verification.updated_at),
        "lookup": {"carrier": _carrier(verification.line_type)},
        "amount": verification.amount,
        "payee": verification.payee,
        "send_code_attempts": [
            {
                "time": milliseconds(sent.at),
                "channel": sent.channel,
                "attempt_sid": attempt_sid(verification.sid, place),
            }
            for place, sent in enumerate(verification.sends)
        ],
        "url": f"{base_url}/v2/Services/{verification.service_sid}"
        f"/Verifications/{verification.sid}",
    }


def check_body(
    verification: TwilioVerification, *, as_documented: bool = False
) -> Json:
    """A check; it has no sid of its own, no url, no lookup and no attempts."""
    documented: Json = {"sna_attempts_error_codes": []} if as_documented else {}
    return {
        **documented,
        **_identity(verification),
        "status": verification.status,
        "valid": verification.valid,
        "amount": verification.amount,
        "payee": verification.payee,
        "date_created": seconds(verification.created_at),
        "date_updated": seconds(verification.updated_at),
    }


def service_body(service: Service, base_url: str) -> Json:
    """A service, its parts nested as Twilio nests them."""
    url = f"{base_url}/v2/Services/{service.sid}"
    switches, option = service.switches, service.options.get
    return {
        "sid": service.sid,
        "account_sid": service.account_sid,
        "friendly_name": switches.friendly_name,
        "code_length": switches.code_length,
        "lookup_enabled": switches.lookup_enabled,
        "psd2_enabled": switches.psd2_enabled,
        "skip_sms_to_landlines": switches.skip_sms_to_landlines,
        "dtmf_input_required": switches.dtmf_input_required,
        "tts_name": option("TtsName"),
        "do_not_share_warning_enabled": switches.do_not_share_warning_enabled,
        "custom_code_enabled": switches.custom_code_enabled,
        "push": _push(service),
        "totp": _totp(service),
        "whatsapp": {
            "msg_service_sid": option("Whatsapp.MsgServiceSid"),
            "from": option("Whatsapp.From"),
        },
        "passkeys": None,  # not served; see LIMITS.md
        "default_template_sid": switches.default_template_sid,
        "verify_event_subscription_enabled": (
            switches.verify_event_subscription_enabled
        ),
        "date_created": seconds(service.created_at),
        "date_updated": seconds(service.updated_at),
        "url": url,
        "links": {
            "verification_checks": f"{url}/VerificationCheck",
            "verifications": f"{url}/Verifications",
            "rate_limits": f"{url}/RateLimits",
            "messaging_configurations": f"{url}/MessagingConfigurations",
            "entities": f"{url}/Entities",
            "webhooks": f"{url}/Webhooks",
            "access_tokens": f"{url}/AccessTokens",
        },
    }


def lookup_body(found: LookedUp, fields: AbstractSet[str], base_url: str) -> Json:
    """What Lookup says of a number; packages not asked for, or not served, are null."""
    asked = fields if found.valid else frozenset()

    def package(name: str, tell: Callable[[LookedUp], Json]) -> Json | None:
        return tell(found) if name in asked else None

    return {
        "calling_country_code": found.calling_code,
        "country_code": found.country,
        "phone_number": found.number,
        "national_format": found.national_format,
        "valid": found.valid,
        "validation_errors": list(found.errors) or None,
        "caller_name": None,
        "sim_swap": None,
        "call_forwarding": None,
        "line_status": package("line_status", _line_status),
        "line_type_intelligence": package(
            "line_type_intelligence", _line_type_intelligence
        ),
        "identity_match": None,
        "reassigned_number": None,
        "sms_pumping_risk": package("sms_pumping_risk", _sms_pumping_risk),
        "phone_number_quality_score": None,
        "pre_fill": None,
        "url": f"{base_url}/v2/PhoneNumbers/{found.number}",
    }


def lookup_v1_body(found: LookedUp, types: AbstractSet[str], base_url: str) -> Json:
    """What Lookup v1 says of a valid number; what was not asked for is null."""
    named = "caller-name" in types and found.country == "US"  # of no other country
    return {
        "caller_name": dict(_NO_CALLER) if named else None,
        "country_code": found.country,
        "phone_number": found.number,
        "national_format": found.national_format,
        "carrier": _carrier_v1(found) if "carrier" in types else None,
        "add_ons": None,
        "url": f"{base_url}/v1/PhoneNumbers/{found.number}",
    }


def _identity(verification: TwilioVerification) -> Json:
    return {
        "sid": verification.sid,
        "service_sid": verification.service_sid,
        "account_sid": verification.account_sid,
        "to": verification.to,
        "channel": verification.channel,
    }


# MCC 001, MNC 01 is the test network of ITU-T E.212.
NETWORK: Final = ("001", "01")
_CARRIER = "Fake Carrier"


def _carrier(line_type: str | None) -> Json | None:
    if line_type is None:
        return None
    country, network = NETWORK if line_type == "mobile" else (None, None)
    return {
        "mobile_country_code": country,
        "type": line_type,
        "error_code": None,
        "mobile_network_code": network,
        "name": _CARRIER,
    }


def _line_type_intelligence(found: LookedUp) -> Json:
    country, network = NETWORK if found.line_type == "mobile" else (None, None)
    return {
        "mobile_country_code": country,
        "mobile_network_code": network,
        "carrier_name": _CARRIER,
        "type": found.line_type,
        "error_code": None,
    }


# Whose number it is, is not known: the form of a name that is not available.
_NO_CALLER: Json = dict.fromkeys(("caller_name", "caller_type", "error_code"))
# Version 1 has three kinds of line.
_V1_LINES = {
    "landline": "landline",
    "mobile": "mobile",
    "fixedVoip": "voip",
    "nonFixedVoip": "voip",
}


def _carrier_v1(found: LookedUp) -> Json:
    country, network = NETWORK if found.line_type == "mobile" else (None, None)
    return {
        "mobile_country_code": country,
        "mobile_network_code": network,
        "name": _CARRIER,
        "type": _V1_LINES.get(found.line_type or ""),
        "error_code": None,
    }


def _line_status(found: LookedUp) -> Json:
    status = "active" if found.reachable else "unreachable"
    return {"status": status, "error_code": None}


def _sms_pumping_risk(found: LookedUp) -> Json:
    # Blocked is what a test has blocked; all other numbers are free of any risk.
    return {
        "carrier_risk_category": "high" if found.blocked else "low",
        "number_blocked": found.blocked,
        "number_blocked_date": None,
        "number_blocked_last_3_months": found.blocked,
        "sms_pumping_risk_score": 100 if found.blocked else 0,
        "error_code": None,
    }


def _push(service: Service) -> Json:
    option = service.options.get
    return {
        "include_date": bool(option("Push.IncludeDate")),
        "apn_credential_sid": option("Push.ApnCredentialSid"),
        "fcm_credential_sid": option("Push.FcmCredentialSid"),
    }


def _totp(service: Service) -> Json:
    def option(name: str, default: Option) -> Option:
        return service.options.get(name, default)

    return {
        "issuer": option("Totp.Issuer", service.switches.friendly_name),
        "time_step": option("Totp.TimeStep", 30),
        "code_length": option("Totp.CodeLength", 6),
        "skew": option("Totp.Skew", 1),
    }
