"""
What five vendors' message APIs answer, and which requests they refuse.

Each function gets the fake and a request.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from attrs import field, frozen

from .kit._hiding import Hidden, Revealed, hidden, hidden_text

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SUCCESS, _TOO_MANY, _FAILED_INSIDE = 200, 429, 500


@frozen(kw_only=True)
class ApiRequest:
    """One request, as far as an answer depends on it."""

    path: str
    _fields: Hidden[Mapping[str, Any]] = field(converter=hidden)
    _authorization: Hidden[str] = field(converter=hidden_text)
    target: str
    fields = Revealed[Mapping[str, Any]]()
    authorization = Revealed[str]()

    def text(self, name: str) -> str:
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""


class MessageDesk(Protocol):
    """What keeps the messages and knows which to refuse."""

    def taken(
        self, vendor: str, form: str, to: str, text: str, asked: ApiRequest
    ) -> str: ...
    def refusal(self, to: str) -> str: ...


def fields_of(body: bytes, content_type: str) -> dict[str, Any]:
    text = body.decode(errors="replace")
    if "json" not in content_type:
        return dict(parse_qsl(text, keep_blank_values=True))
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}


def _json(status: int, content: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"Content-Type": "application/json"}
    return status, kind | named, json.dumps(content).encode()


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, pair = authorization.partition(" ")
    user = secret = ""
    if scheme == "Basic":
        with suppress(ValueError):  # neither base64 nor UTF-8
            user, _, secret = b64decode(pair).decode().partition(":")
    return user, secret


# Twilio. Source: OpenAPI document twilio_api_v2010 (2026-04-14), Message.

_TWILIO_STATUSES = {"20003": 401, "20429": 429, "20500": 500, "20503": 503}


def _twilio(fake: MessageDesk, asked: ApiRequest) -> Answer:
    account, to = asked.path.split("/")[3], asked.text("To")
    number = to.removeprefix("whatsapp:")
    if not all(_basic(asked.authorization)):
        return _twilio_error("20003")
    flaw = _twilio_flaw(asked, number) or fake.refusal(number)
    if flaw:
        return _twilio_error(flaw)
    text = asked.text("Body") or asked.text("ContentVariables")
    sid = fake.taken("twilio", "SM{:032x}", number, text, asked)
    service = asked.text("MessagingServiceSid")
    return _json(
        201,
        {
            "account_sid": account,
            "api_version": "2010-04-01",
            "body": asked.text("Body"),
            "date_created": "Sat, 28 Nov 2026 12:00:00 +0000",
            "date_sent": None,
            "date_updated": "Sat, 28 Nov 2026 12:00:00 +0000",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": asked.text("From") or None,
            "messaging_service_sid": service or None,
            "num_media": "0",
            "num_segments": "0" if service else "1",
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{asked.path[:-5]}/{sid}/Media.json"},
            "to": to,
            "uri": f"{asked.path[:-5]}/{sid}.json",
        },
    )


def _twilio_flaw(asked: ApiRequest, number: str) -> str:
    validity = asked.text("ValidityPeriod") or "1"
    rules = {
        "21604": not number,
        "21211": not _E164.fullmatch(number),
        "21603": not (asked.text("From") or asked.text("MessagingServiceSid")),
        "21602": not (asked.text("Body") or asked.text("ContentSid")),
        "21617": len(asked.text("Body")) > 1600,  # noqa: PLR2004
        "21621": not validity.isdecimal() or not 1 <= int(validity) <= 36_000,  # noqa: PLR2004
    }
    return next((code for code, broken in rules.items() if broken), "")


def _twilio_error(code: str) -> Answer:
    status = _TWILIO_STATUSES.get(code, 400)
    wait = {"Retry_After": "3"} if status == _TOO_MANY else {}
    return _json(
        status,
        {
            "code": int(code),
            "message": f"Refused with {code}",
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        **wait,
    )


# Vonage: always 200, and every value a text. Source: OpenAPI document vonage_sms 1.2.0.


def _vonage(fake: MessageDesk, asked: ApiRequest) -> Answer:
    to, text = asked.text("to"), asked.text("text")
    if not all((*_basic(asked.authorization), text, asked.text("from"))):
        status = "2"
    elif not re.fullmatch("[0-9]{7,15}", to):
        status = "3"
    else:
        status = fake.refusal(to) or "0"
    if status != "0":
        refused = {"status": status, "error-text": f"Refused with {status}"}
        return _json(200, {"message-count": "1", "messages": [refused]})
    sent = {
        "to": to,
        "message-id": fake.taken("vonage", "0A{:014X}", to, text, asked),
        "status": "0",
        "remaining-balance": "3.14159265",
        "message-price": "0.03330000",
        "network": "12345",
        "client-ref": asked.text("client-ref"),
    }
    return _json(200, {"message-count": "1", "messages": [sent]})


# WhatsApp. Source: Meta, "Error codes" and "Authentication templates", 2025-11-14.

_WHATSAPP_STATUSES = {"190": 401, "132001": 404, "131000": 500, "131016": 500}


def _whatsapp(fake: MessageDesk, asked: ApiRequest) -> Answer:
    to = asked.text("to")
    if not re.fullmatch("Bearer .+", asked.authorization):
        return _whatsapp_error("190")
    code = _code_of(asked.fields)
    if code is None or asked.text("messaging_product") != "whatsapp":
        return _whatsapp_error("100")
    refused = fake.refusal(to)
    if refused:
        return _whatsapp_error(refused)
    made = fake.taken("whatsapp", "wamid.HBgL{:020X}", to, code, asked)
    return _json(
        200,
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to.lstrip("+")}],
            "messages": [{"id": made, "message_status": "accepted"}],
        },
    )


def _code_of(fields: Mapping[str, Any]) -> str | None:
    """The code of an authentication template, which stands there twice."""
    with suppress(KeyError, TypeError, IndexError):
        parts = {
            part["type"].lower(): part for part in fields["template"]["components"]
        }
        body, button = parts["body"], parts["button"]
        code = body["parameters"][0]["text"]
        again = button["parameters"][0]["text"]
        named = button["sub_type"].lower(), str(button["index"])
        if code == again and named == ("url", "0") and 0 < len(code) <= 15:  # noqa: PLR2004
            return str(code)
    return None


def _whatsapp_error(code: str) -> Answer:
    error = {
        "message": f"(#{code}) Refused",
        "type": "OAuthException",
        "code": int(code),
        "error_data": {"messaging_product": "whatsapp", "details": "Refused"},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }
    return _json(_WHATSAPP_STATUSES.get(code, 400), {"error": error})


# AWS: both at `/`. Sources: botocore 1.44.8, models `sns` and `pinpoint-sms-voice-v2`.

_SNS_STATUSES = {
    "InternalError": 500,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "Throttled": 429,
    "AuthorizationError": 403,
    "InvalidClientTokenId": 403,
    "SignatureDoesNotMatch": 403,
}


def _aws(fake: MessageDesk, asked: ApiRequest) -> Answer:
    return _aws_sms(fake, asked) if asked.target else _sns(fake, asked)


def _is_signed(asked: ApiRequest, scope: str) -> bool:
    signed = (
        rf"AWS4-HMAC-SHA256 Credential=\w+/[0-9]{{8}}/[a-z0-9-]+/{scope}/aws4_request, "
        r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}"
    )
    return re.fullmatch(signed, asked.authorization) is not None


def _sns(fake: MessageDesk, asked: ApiRequest) -> Answer:
    to, text = asked.text("PhoneNumber"), asked.text("Message")
    if not _is_signed(asked, "sns"):
        return _sns_error("IncompleteSignature", "the request is not signed")
    if asked.text("Action") != "Publish" or asked.text("Version") != "2010-03-31":
        return _sns_error("InvalidAction", "no such action")
    if not _E164.fullmatch(to):
        fault = f"Invalid parameter: PhoneNumber Reason: {to} is not valid"
        return _sns_error("InvalidParameter", fault)
    if not 1 <= len(text.encode()) <= 1600:  # noqa: PLR2004
        return _sns_error("InvalidParameter", "Invalid parameter: Message")
    refused = fake.refusal(to)
    if refused:
        return _sns_error(refused, "Refused")
    made = fake.taken("sns", "567910cd-659e-55d4-8ccb-{:012x}", to, text, asked)
    return _xml(200, f"<PublishResult><MessageId>{made}</MessageId></PublishResult>")


def _xml(status: int, inside: str) -> Answer:
    meta = "<RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId>"
    kind = "ErrorResponse"
    if status == _SUCCESS:
        meta, kind = f"<ResponseMetadata>{meta}</ResponseMetadata>", "PublishResponse"
    space = "http://sns.amazonaws.com/doc/2010-03-31/"
    text = f'<{kind} xmlns="{space}">{inside}{meta}</{kind}>'
    return status, {"Content-Type": "text/xml"}, text.encode()


def _sns_error(code: str, text: str) -> Answer:
    status = _SNS_STATUSES.get(code, 400)
    side = "Sender" if status < _FAILED_INSIDE else "Receiver"
    facts = {"Type": side, "Code": code, "Message": text}
    inside = "".join(f"<{name}>{escape(fact)}</{name}>" for name, fact in facts.items())
    return _xml(status, f"<Error>{inside}</Error>")


def _aws_sms(fake: MessageDesk, asked: ApiRequest) -> Answer:
    action = asked.target.removeprefix("PinpointSMSVoiceV2.")
    to, text = asked.text("DestinationPhoneNumber"), asked.text("MessageBody")
    if not _is_signed(asked, "sms-voice"):
        return _aws_sms_error("AccessDeniedException")
    if action not in {"SendTextMessage", "SendVoiceMessage"}:
        return _aws_sms_error("UnknownOperationException")
    is_call = action == "SendVoiceMessage"
    flaws = {
        "DestinationPhoneNumber": not re.fullmatch(r"\+?[1-9][0-9]{1,18}", to),
        "MessageBody": not 1 <= len(text) <= (6000 if is_call else 1600),
        "OriginationIdentity": is_call and not asked.text("OriginationIdentity"),
    }
    for name in filter(flaws.get, flaws):
        return _aws_sms_error(
            "ValidationException FIELD_VALIDATION_FAILED",
            Fields=[{"Name": name, "Message": "Member must be valid"}],
        )
    refused = fake.refusal(to)
    if refused:
        return _aws_sms_error(refused)
    form = "0b1c9a64-0000-4000-8000-{:012x}"
    return _json(200, {"MessageId": fake.taken("aws-sms", form, to, text, asked)})


def _aws_sms_error(named: str, **facts: object) -> Answer:
    kind, _, reason = named.partition(" ")
    name = f"com.amazonaws.pinpointsmsvoicev2#{kind}"
    because = {"Reason": reason} if reason else {}
    content = {"__type": name, "Message": "Refused", **facts, **because}
    return _json(500 if kind == "InternalServerException" else 400, content)


APIS: Mapping[str, Callable[[MessageDesk, ApiRequest], Answer]] = {
    r"/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages\.json": _twilio,
    "/sms/json": _vonage,
    r"/v[0-9]{1,3}\.[0-9]/[0-9]{5,20}/messages": _whatsapp,
    "/": _aws,
}
