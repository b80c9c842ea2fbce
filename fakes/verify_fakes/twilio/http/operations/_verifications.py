"""Verifications and their checks over the wire."""

from __future__ import annotations

from typing import Final

from ...machine._commands import TemplateChoice, TwilioCheck, TwilioStart
from ...machine._reasons import Reason
from ...machine._state import TwilioChannel, TwilioVerification
from .. import _parameters as parameters
from .._bodies import check_body, verification_body
from .._exchange import Response
from .._routing import Route, RoutedRequest, deny, granted


def _answer(
    call: RoutedRequest, status: int, verification: TwilioVerification
) -> Response:
    body = verification_body(
        verification, call.request.base_url, as_documented=call.store.profile.docs
    )
    return call.answer(status, body)


def _create(call: RoutedRequest) -> Response:
    given = call.given
    channel: TwilioChannel = given["Channel"]
    if "AppHash" in given and channel is not TwilioChannel.SMS:
        raise deny(Reason.APP_HASH_NEEDS_SMS)
    if "CustomMessage" in given:
        raise deny(Reason.CUSTOM_MESSAGE)
    command = TwilioStart(
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
    """What is to be tried: `Templates` goes before `TemplateSid`."""
    several: tuple[TemplateChoice, ...] = call.given.get("Templates", ())
    if several or "TemplateSid" not in call.given:
        return several
    substitutions = call.given.get("TemplateCustomSubstitutions", {})
    one = TemplateChoice(sid=call.given["TemplateSid"], substitutions=substitutions)
    return (one,)


def _check(call: RoutedRequest) -> Response:
    given = call.given
    command = TwilioCheck(
        code=given["Code"],
        sid=given.get("VerificationSid"),
        to=given.get("To"),
        amount=given.get("Amount"),
        payee=given.get("Payee"),
    )
    checked = granted(
        call.store.check(call.names[0], command, account_sid=call.account_sid)
    )
    docs = call.store.profile.docs
    # The description has its schema under 201; captures have 200.
    status = 201 if docs else 200
    return call.answer(status, check_body(checked, as_documented=docs))


def _fetch(call: RoutedRequest) -> Response:
    service_sid, key = call.names
    fetched = call.store.fetch(service_sid, key, account_sid=call.account_sid)
    return _answer(call, 200, granted(fetched))


def _update(call: RoutedRequest) -> Response:
    service_sid, key = call.names
    updated = call.store.update(
        service_sid, key, call.given["Status"], account_sid=call.account_sid
    )
    return _answer(call, 200, granted(updated))


_ALL = "/v2/Services/{ServiceSid}/Verifications"
_ONE = f"{_ALL}/{{Sid}}"

ROUTES: Final = (
    Route(
        operation="CreateVerification",
        method="POST",
        path=_ALL,
        action=_create,
        table=parameters.CREATE_VERIFICATION,
    ),
    Route(operation="FetchVerification", method="GET", path=_ONE, action=_fetch),
    Route(
        operation="UpdateVerification",
        method="POST",
        path=_ONE,
        action=_update,
        table=parameters.UPDATE_VERIFICATION,
    ),
    Route(
        operation="CreateVerificationCheck",
        method="POST",
        path="/v2/Services/{ServiceSid}/VerificationCheck",
        action=_check,
        table=parameters.CREATE_CHECK,
    ),
)
