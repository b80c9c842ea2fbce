"""
The message APIs that codes of one's own leave by, as far as a sender needs them.

Twilio's Messages resource, Vonage's SMS API, WhatsApp's Cloud API, Amazon SNS and AWS
End User Messaging, behind one function from a request to an answer. The official SDKs
accept its answers. What it does not do: deliver, report, charge, check a signature's
value, or know which numbers, templates and senders an account has.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from attrs import field, frozen

from .kit._hiding import Hidden, Revealed, hidden, hidden_address, hidden_text
from .kit._http import header_of

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@frozen(kw_only=True)
class SentMessage:
    """
    One message that a vendor took over; only its own attributes show what is in it.

    Attributes:
        vendor: `twilio`, `vonage`, `whatsapp`, `sns` or `aws-sms`.
        id: The vendor's handle, as it was answered.
        to: The number, as it was written.
        text: What the person reads or hears; of a template, its variable.
        fields: Every field of the request.
    """

    vendor: str
    id: str
    _to: Hidden[str] = field(converter=hidden_address)
    _text: Hidden[str] = field(converter=hidden_text)
    _fields: Hidden[Mapping[str, Any]] = field(converter=hidden)

    to = Revealed[str]()
    text = Revealed[str]()
    fields = Revealed[Mapping[str, Any]]()


@frozen(kw_only=True)
class _Asked:
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


class FakeSenders:
    """
    Five vendors' message APIs in one: `handle` answers whichever a request is for.

    A WSGI application, too. A sender's `Reach(base_url=…)` names where it listens.

    Attributes:
        outbox: The messages that left, oldest first.
    """

    def __init__(self) -> None:
        self.outbox: list[SentMessage] = []
        self._refusals: list[tuple[str, Hidden[str] | None]] = []
        self._made = 0

    def refuse(self, code: str, *, to: str | None = None) -> None:
        """
        Refuse the next message, with a vendor's own word for it.

        Args:
            code: Such as `21610` (Twilio), `7` (Vonage), `131026` (WhatsApp),
                `Throttling` (SNS), or an exception and its reason of AWS End User
                Messaging: `ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT`.
            to: Refuse every message to this number, in E.164, rather than the next.
        """
        self._refusals.append((code, None if to is None else Hidden(to)))

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """
        Answer one request.

        Args:
            method: `POST`, or it is refused.
            target: Path and query.
            headers: By name, in any case.
            body: As sent.
        """
        path = target.partition("?")[0]
        asked = _Asked(
            path=path,
            fields=_fields_of(body, header_of(headers, "content-type")),
            authorization=header_of(headers, "authorization"),
            target=header_of(headers, "x-amz-target"),
        )
        for form, answer in _DOORS.items():
            if method == "POST" and re.fullmatch(form, path):
                return answer(self, asked)
        return 404, {}, b""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> list[bytes]:
        """Answer as a WSGI application: `make_server("", 8000, FakeSenders())`."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, found, answer = self.handle(
            environ["REQUEST_METHOD"], environ["PATH_INFO"], headers, body
        )
        start_response(f"{status} {HTTPStatus(status).phrase}", list(found.items()))
        return [answer]

    def taken(self, vendor: str, form: str, to: str, text: str, asked: _Asked) -> str:
        """Keep a message, and return its id of the vendor's form."""
        self._made += 1
        made = form.format(self._made)
        self.outbox.append(
            SentMessage(vendor=vendor, id=made, to=to, text=text, fields=asked.fields)
        )
        return made

    def refusal(self, to: str) -> str:
        """The code that refuses a message to this number; empty without one."""
        for position, (code, number) in enumerate(self._refusals):
            if number is None:
                del self._refusals[position]
                return code
            if number.reveal().lstrip("+") == to.lstrip("+"):
                return code
        return ""


def _fields_of(body: bytes, content_type: str) -> dict[str, Any]:
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


def _twilio(fake: FakeSenders, asked: _Asked) -> Answer:
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


def _twilio_flaw(asked: _Asked, number: str) -> str:
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
    wait = {"Retry_After": "3"} if status == 429 else {}  # noqa: PLR2004
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


def _vonage(fake: FakeSenders, asked: _Asked) -> Answer:
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


def _whatsapp(fake: FakeSenders, asked: _Asked) -> Answer:
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


def _aws(fake: FakeSenders, asked: _Asked) -> Answer:
    speaks_json = bool(asked.target)
    scope = "sms-voice" if speaks_json else "sns"
    signed = re.fullmatch(
        rf"AWS4-HMAC-SHA256 Credential=\w+/[0-9]{{8}}/[a-z0-9-]+/{scope}/aws4_request, "
        r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}",
        asked.authorization,
    )
    answer = _aws_sms if speaks_json else _sns
    return answer(fake, asked, is_signed=signed is not None)


def _sns(fake: FakeSenders, asked: _Asked, *, is_signed: bool) -> Answer:
    to, text = asked.text("PhoneNumber"), asked.text("Message")
    if not is_signed:
        return _sns_error("IncompleteSignature", "the request is not signed")
    if asked.text("Action") != "Publish" or asked.text("Version") != "2010-03-31":
        return _sns_error("InvalidAction", "no such action")
    if not _E164.fullmatch(to):
        return _sns_error(
            "InvalidParameter",
            f"Invalid parameter: PhoneNumber Reason: {to} is not valid",
        )
    if not text or len(text.encode()) > 1600:  # noqa: PLR2004
        return _sns_error("InvalidParameter", "Invalid parameter: Message")
    refused = fake.refusal(to)
    if refused:
        return _sns_error(refused, "Refused")
    form = "567910cd-659e-55d4-8ccb-{:012x}"
    made = fake.taken("sns", form, to, text, asked)
    return _xml(200, f"<PublishResult><MessageId>{made}</MessageId></PublishResult>")


def _xml(status: int, inside: str) -> Answer:
    kind = "PublishResponse" if status == 200 else "ErrorResponse"  # noqa: PLR2004
    request_id = "d74b8436-ae13-5ab4-a9ff-ce54dfea72a0"
    meta = f"<RequestId>{request_id}</RequestId>"
    if status == 200:  # noqa: PLR2004
        meta = f"<ResponseMetadata>{meta}</ResponseMetadata>"
    text = (
        f'<{kind} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
        f"{inside}{meta}</{kind}>"
    )
    return status, {"Content-Type": "text/xml"}, text.encode()


def _sns_error(code: str, text: str) -> Answer:
    status = _SNS_STATUSES.get(code, 400)
    side = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004
    return _xml(
        status,
        f"<Error><Type>{side}</Type><Code>{escape(code)}</Code>"
        f"<Message>{escape(text)}</Message></Error>",
    )


def _aws_sms(fake: FakeSenders, asked: _Asked, *, is_signed: bool) -> Answer:
    action = asked.target.removeprefix("PinpointSMSVoiceV2.")
    to, text = asked.text("DestinationPhoneNumber"), asked.text("MessageBody")
    if not is_signed:
        return _aws_sms_error("AccessDeniedException")
    if action not in {"SendTextMessage", "SendVoiceMessage"}:
        return _aws_sms_error("UnknownOperationException")
    most = 1600 if action == "SendTextMessage" else 6000
    if not re.fullmatch(r"\+?[1-9][0-9]{1,18}", to):
        field_name = "DestinationPhoneNumber"
    elif not 1 <= len(text) <= most:
        field_name = "MessageBody"
    elif action == "SendVoiceMessage" and not asked.text("OriginationIdentity"):
        field_name = "OriginationIdentity"
    else:
        field_name = ""
    if field_name:
        return _aws_sms_error(
            "ValidationException FIELD_VALIDATION_FAILED",
            Fields=[{"Name": field_name, "Message": "Member must be valid"}],
        )
    refused = fake.refusal(to)
    if refused:
        return _aws_sms_error(refused)
    form = "0b1c9a64-0000-4000-8000-{:012x}"
    return _json(200, {"MessageId": fake.taken("aws-sms", form, to, text, asked)})


def _aws_sms_error(named: str, **facts: object) -> Answer:
    kind, _, reason = named.partition(" ")
    content: dict[str, object] = {
        "__type": f"com.amazonaws.pinpointsmsvoicev2#{kind}",
        "Message": "Refused",
        **facts,
    }
    if reason:
        content["Reason"] = reason
    return _json(500 if kind == "InternalServerException" else 400, content)


_DOORS: Mapping[str, Callable[[FakeSenders, _Asked], Answer]] = {
    r"/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages\.json": _twilio,
    "/sms/json": _vonage,
    r"/v[0-9]{1,3}\.[0-9]/[0-9]{5,20}/messages": _whatsapp,
    "/": _aws,
}
