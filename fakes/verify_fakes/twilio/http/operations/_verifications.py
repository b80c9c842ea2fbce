"""
Verifications and their checks over the wire.

Bodies are as live captures show them where they differ from the document. Seen in
published captures (2021-10-19, 2023-03-24, 2025-02-11, 2025-06-26), against the
document (Twilio's API description, 2026-04-14): `lookup` is `{"carrier": null}` where
nothing was looked up, not `{}`; a send attempt's `channel` is lower case and its `time`
has milliseconds, while the dates of the resource have whole seconds; `sna` and
`sna_attempts_error_codes` are absent where silent network authentication was not used,
not null or empty.
"""

from __future__ import annotations

from ....kit._http import Json, milliseconds, seconds
from ...machine._commands import CheckCommand, StartCommand, TemplateChoice
from ...machine._errors import Reason
from ...machine._state import TwilioChannel, TwilioVerification
from ...resources._attempts import attempt_sid
from .. import _parameters as parameters
from .._collections import dates
from .._exchange import Response
from .._routing import Route, RoutedRequest, deny, granted
from ._lookups import CARRIER, network_of

# The document's examples have WhatsApp in lower case and the others in upper case.
_DOCUMENTED_CHANNELS = {
    TwilioChannel.SMS: "SMS",
    TwilioChannel.CALL: "CALL",
    TwilioChannel.EMAIL: "EMAIL",
    TwilioChannel.WHATSAPP: "whatsapp",
}


def _answer(
    call: RoutedRequest, status: int, verification: TwilioVerification
) -> Response:
    docs = call.store.profile.docs
    carrier = _carrier(verification.line_type)
    body = {
        **_identity(verification),
        **dates(verification),
        "lookup": {} if docs and carrier is None else {"carrier": carrier},
        **_payment(verification),
        "send_code_attempts": [
            {
                "time": (seconds if docs else milliseconds)(sent.at),
                "channel": _DOCUMENTED_CHANNELS[sent.channel] if docs else sent.channel,
                "attempt_sid": attempt_sid(verification.sid, place),
            }
            for place, sent in enumerate(verification.sends)
        ],
        **({"sna": None} if docs else {}),
        "url": call.url(
            f"/v2/Services/{verification.service_sid}/Verifications/{verification.sid}"
        ),
    }
    return call.answer(status, body)


def _identity(verification: TwilioVerification) -> Json:
    """What a verification and its check have in common."""
    return {
        "sid": verification.sid,
        "service_sid": verification.service_sid,
        "account_sid": verification.account_sid,
        "to": verification.to,
        "channel": verification.channel,
        "status": verification.status,
        "valid": verification.valid,
    }


def _payment(verification: TwilioVerification) -> Json:
    return {"amount": verification.amount, "payee": verification.payee}


def _carrier(line_type: str | None) -> Json | None:
    if line_type is None:
        return None
    country, network = network_of(line_type)
    return {
        "mobile_country_code": country,
        "type": line_type,
        "error_code": None,
        "mobile_network_code": network,
        "name": CARRIER,
    }


def _create(call: RoutedRequest) -> Response:
    given = call.given
    channel: TwilioChannel = given["Channel"]
    if "AppHash" in given and channel is not TwilioChannel.SMS:
        raise deny(Reason.APP_HASH_NEEDS_SMS)
    if "CustomMessage" in given:
        raise deny(Reason.CUSTOM_MESSAGE)
    command = StartCommand(
        to=given["To"],
        channel=channel,
        custom_code=given.get("CustomCode"),
        friendly_name=given.get("CustomFriendlyName"),
        amount=given.get("Amount"),
        payee=given.get("Payee"),
        risk_check=given.get("RiskCheck") != "disable",
        locale=given.get("Locale"),
        rate_limits=given.get("RateLimits", {}),
        app_hash=given.get("AppHash"),
        templates=_templates(call),
        tags=given.get("Tags", {}),
    )
    started = call.store.start(call.names[0], command, account_sid=call.account_sid)
    return _answer(call, 201, granted(started))


def _templates(call: RoutedRequest) -> tuple[TemplateChoice, ...]:
    """The templates to try: `Templates` goes before `TemplateSid`."""
    several: tuple[TemplateChoice, ...] = call.given.get("Templates", ())
    if several or "TemplateSid" not in call.given:
        return several
    substitutions = call.given.get("TemplateCustomSubstitutions", {})
    return (TemplateChoice(sid=call.given["TemplateSid"], substitutions=substitutions),)


def _check(call: RoutedRequest) -> Response:
    given, docs = call.given, call.store.profile.docs
    command = CheckCommand(
        code=given["Code"],
        sid=given.get("VerificationSid"),
        to=given.get("To"),
        amount=given.get("Amount"),
        payee=given.get("Payee"),
    )
    checked = granted(
        call.store.check(call.names[0], command, account_sid=call.account_sid)
    )
    documented: Json = {"sna_attempts_error_codes": []} if docs else {}
    body = {
        **documented,
        **_identity(checked),
        **_payment(checked),
        **dates(checked),
    }
    # The description has its schema under 201; captures have 200.
    return call.answer(201 if docs else 200, body)


def _fetch(call: RoutedRequest) -> Response:
    fetched = call.store.fetch(*call.names, account_sid=call.account_sid)
    return _answer(call, 200, granted(fetched))


def _update(call: RoutedRequest) -> Response:
    service_sid, key = call.names
    updated = call.store.update(
        service_sid, key, call.given["Status"], account_sid=call.account_sid
    )
    return _answer(call, 200, granted(updated))


_SERVICE = "/v2/Services/{ServiceSid}"
_ALL = f"{_SERVICE}/Verifications"
_ONE = f"{_ALL}/{{Sid}}"
_CHECKS = f"{_SERVICE}/VerificationCheck"

ROUTES = (
    Route("CreateVerification", "POST", _ALL, _create, parameters.CREATE_VERIFICATION),
    Route("FetchVerification", "GET", _ONE, _fetch),
    Route("UpdateVerification", "POST", _ONE, _update, parameters.UPDATE_VERIFICATION),
    Route("CreateVerificationCheck", "POST", _CHECKS, _check, parameters.CREATE_CHECK),
)
