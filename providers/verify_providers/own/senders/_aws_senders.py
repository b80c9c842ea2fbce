"""
Amazon SNS, and AWS End User Messaging for SMS and voice.

Sources: botocore 1.44.8, models `sns` (2010-03-31) and `pinpoint-sms-voice-v2`
(2022-03-31); AWS, "Amazon SNS Developer Guide" and "AWS End User Messaging SMS API
Reference", read 2026-11-28. Neither has a key under which a message is sent once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from attrs import field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    UnsupportedChannel,
)
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import matching

from ...config import SecretSource
from ...http import FORM, HttpAnswer, HttpRequest, Reach, json_object, utc_now
from ._aws import (
    AwsKeys,
    AwsSender,
    key_arguments,
    region_of,
)
from ._http import (
    DEFAULT_REACH,
    Delivering,
    Failure,
    kind_of,
    post,
    reach_and_options,
    seconds_of,
    text_in,
)
from ._sender import Message, Sent

_SNS, _AWS_SMS = "sns", "aws-sms"
_WORD = re.compile("[A-Za-z_]{1,80}")
_PRICE_OR_NONE = optional(
    matching(r"[0-9]{0,2}\.[0-9]{1,5}", "takes US dollars as a text: 0.05")
)
_NAME_OR_NONE = optional(
    matching("[A-Za-z0-9-]{1,11}", "takes at most 11 letters and digits")
)
_RESOURCE_OR_NONE = optional(
    matching("[A-Za-z0-9_:/+-]{1,256}", "takes a name, an id or an ARN")
)
_MESSAGE_ID = re.compile("[0-9A-Za-z-]{8,64}")

_SNS_ERRORS: Mapping[str, type[NotSent] | None] = {
    "OptedOut": Refused,
    "Throttling": Throttled,
    "ThrottlingException": Throttled,
    "Throttled": Throttled,
    "InternalError": None,
    "InternalFailure": None,
    "ServiceUnavailable": None,
}


def _read_sns(answer: HttpAnswer) -> Sent | Failure | None:
    try:
        # As botocore reads it, and of at most 1 MiB; expat bounds what entities make.
        root = ET.fromstring(answer.body or b"")  # noqa: S314
    except ET.ParseError:
        return None
    found = {each.tag.rpartition("}")[2]: each.text or "" for each in root.iter()}
    if _MESSAGE_ID.fullmatch(found.get("MessageId", "")):
        return Sent(vendor_id=found["MessageId"])
    code, text = found.get("Code", ""), found.get("Message", "")
    if not _WORD.fullmatch(code):
        return None
    kind = _SNS_ERRORS.get(code, kind_of(answer.status))
    if code == "InvalidParameter" and "PhoneNumber" in text:
        kind = InvalidIdentifier
    return Failure(kind=kind, code=code, text=text)


_SNS_DELIVERING = Delivering(
    name=_SNS, shown="SNS", read=_read_sns, support="x-amzn-requestid"
)


@frozen(kw_only=True)
class _SnsForm:
    """What every message by SNS has in common."""

    sender_id: str | None = field(validator=_NAME_OR_NONE)
    origination_number: str | None = field(
        validator=optional(matching(r"\+?[0-9]{5,14}", "takes a number in E.164"))
    )
    max_price: str | None = field(validator=_PRICE_OR_NONE)

    def of(self, message: Message) -> HttpRequest:
        form = {
            "Action": "Publish",
            "Version": "2010-03-31",
            "PhoneNumber": message.to,
            "Message": message.text,
        }
        attributes = (
            ("AWS.SNS.SMS.SMSType", "String", "Transactional"),
            ("AWS.SNS.SMS.SenderID", "String", self.sender_id),
            ("AWS.MM.SMS.OriginationNumber", "String", self.origination_number),
            ("AWS.SNS.SMS.MaxPrice", "Number", self.max_price),
        )
        given = [each for each in attributes if each[2] is not None]
        for number, (name, kind, value) in enumerate(given, start=1):
            entry = f"MessageAttributes.entry.{number}"
            form[f"{entry}.Name"] = name
            form[f"{entry}.Value.DataType"] = kind
            form[f"{entry}.Value.StringValue"] = str(value)
        content_type = f"{FORM}; charset=utf-8"
        return post("/", urlencode(form).encode(), content_type=content_type)


class SnsSender(AwsSender):
    """
    Sends SMS by Amazon SNS (extra `aws`); safe for several threads.

    SNS takes a message for a number that has opted out, or over `max_price`, and drops
    it. AWS End User Messaging (`AwsSmsSender`) refuses both; prefer it.

    Args:
        region: AWS region, such as `eu-west-1`.
        access_key_id: With its secret; without it botocore looks for keys where AWS's
            own tools do, and refreshes them.
        secret_access_key: Its secret: a text, a callable, or the path of a file that
            is read for each request.
        session_token: Of temporary keys, in the same forms.
        profile: A profile of AWS's shared files.
        sender_id: A name of 1 to 11 letters and digits, where the country allows it.
        origination_number: A number of the account's, in E.164.
        max_price: In US dollars, for each message: `0.05`.
        reach: How AWS is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: A malformed setting, settings at odds, or botocore is missing.
    """

    channels = (Channel.SMS,)

    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        region: str,
        access_key_id: str | None = None,
        secret_access_key: SecretSource | None = None,
        session_token: SecretSource | None = None,
        profile: str | None = None,
        sender_id: str | None = None,
        origination_number: str | None = None,
        max_price: str | None = None,
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        form = _SnsForm(
            sender_id=sender_id,
            origination_number=origination_number,
            max_price=max_price,
        )
        keys = AwsKeys(
            name=_SNS,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            profile=profile,
        )
        super().__init__(
            form.of,
            delivering=_SNS_DELIVERING,
            service="sns",
            region=region,
            keys=keys,
            reach=reach,
            clock=clock,
        )


# By the reason, where there is one, else by the exception. What is not here is read by
# its status: 4xx is `Misconfigured`, and with 500 the message may have left.
_SMS_ERRORS: Mapping[str, type[NotSent] | None] = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": Refused,
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": Refused,
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": Refused,
    "DESTINATION_COUNTRY_BLOCKED": Refused,
    "COUNTRY_NOT_ENABLED": Refused,
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": Refused,
    "VOICE_CAPABILITY_NOT_AVAILABLE": UnsupportedChannel,
    "CHANNEL_NOT_ENABLED": UnsupportedChannel,
    "NUMBER_CAPABILITIES_MISMATCH": UnsupportedChannel,
    "DAILY_DESTINATION_CALL_LIMIT": TooSoon,
    "ThrottlingException": Throttled,
    "InternalServerException": None,
}
_ABOUT_A_FIELD = {"CANNOT_PARSE", "INVALID_PARAMETER", "FIELD_VALIDATION_FAILED"}


def _read_sms(answer: HttpAnswer) -> Sent | Failure | None:
    body = json_object(answer.body)
    vendor_id = text_in(body, "MessageId")
    if _MESSAGE_ID.fullmatch(vendor_id):
        return Sent(vendor_id=vendor_id)
    kind_name = text_in(body, "__type").rpartition("#")[2]
    code = text_in(body, "Reason") or kind_name
    if not _WORD.fullmatch(code):
        return None
    kind = _SMS_ERRORS.get(code, _SMS_ERRORS.get(kind_name, kind_of(answer.status)))
    fields = [text_in(body, "Fields", place, "Name") for place in range(8)]
    if code in _ABOUT_A_FIELD and "DestinationPhoneNumber" in fields:
        kind = InvalidIdentifier
    return Failure(kind=kind, code=code, text=text_in(body, "Message"))


_SMS_DELIVERING = Delivering(
    name=_AWS_SMS,
    shown="AWS End User Messaging",
    read=_read_sms,
    support="x-amzn-requestid",
)


@frozen(kw_only=True)
class _SmsBody:
    """What every message by AWS End User Messaging has in common."""

    origination_identity: str | None = field(validator=_RESOURCE_OR_NONE)
    configuration_set: str | None = field(validator=_RESOURCE_OR_NONE)
    max_price: str | None = field(validator=_PRICE_OR_NONE)
    voice: str | None = field(
        validator=optional(matching("[A-Z]{2,20}", "takes a voice such as JOANNA"))
    )

    @property
    def channels(self) -> tuple[Channel, ...]:
        calls = self.origination_identity is not None
        return (Channel.SMS, Channel.CALL) if calls else (Channel.SMS,)

    def of(self, message: Message) -> HttpRequest:
        of_channel = {"MessageType": "TRANSACTIONAL", "MaxPrice": self.max_price}
        action = "SendTextMessage"
        if message.channel is Channel.CALL:
            of_channel = {"MessageBodyTextType": "TEXT", "VoiceId": self.voice}
            action = "SendVoiceMessage"
        given = {
            "DestinationPhoneNumber": message.to,
            "OriginationIdentity": self.origination_identity,
            "MessageBody": message.text,
            **of_channel,
            "ConfigurationSetName": self.configuration_set,
            "TimeToLive": seconds_of(message, least=5, most=259_200),
            "Context": {"attempt": message.attempt_id[:800].strip() or "-"},
        }
        body = {name: value for name, value in given.items() if value is not None}
        return post(
            "/",
            json.dumps(body).encode(),
            content_type="application/x-amz-json-1.0",
            headers={"X-Amz-Target": f"PinpointSMSVoiceV2.{action}"},
        )


class AwsSmsSender(AwsSender):
    """
    Sends SMS and calls by AWS End User Messaging (extra `aws`); safe for threads.

    The attempt's id goes along as `attempt` in the context, which event destinations
    see. A message is not delivered after the code's lifetime.

    Args:
        region: AWS region, such as `eu-west-1`.
        access_key_id: See `SnsSender`, as for the next three.
        secret_access_key: Its secret.
        session_token: Of temporary keys.
        profile: A profile of AWS's shared files.
        origination_identity: A number, sender id or pool, by name, id or ARN; calls
            need a number or a pool, and without one only SMS is served.
        configuration_set: Where events are reported.
        max_price: In US dollars, for each SMS: `0.05`; what would cost more is refused.
        voice: Of calls, such as `JOANNA`; None leaves it to AWS.
        reach: How AWS is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: A malformed setting, settings at odds, or botocore is missing.
    """

    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        region: str,
        access_key_id: str | None = None,
        secret_access_key: SecretSource | None = None,
        session_token: SecretSource | None = None,
        profile: str | None = None,
        origination_identity: str | None = None,
        configuration_set: str | None = None,
        max_price: str | None = None,
        voice: str | None = None,
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        body = _SmsBody(
            origination_identity=origination_identity,
            configuration_set=configuration_set,
            max_price=max_price,
            voice=voice,
        )
        self.channels = body.channels
        keys = AwsKeys(
            name=_AWS_SMS,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            profile=profile,
        )
        super().__init__(
            body.of,
            delivering=_SMS_DELIVERING,
            service="sms-voice",
            region=region,
            keys=keys,
            reach=reach,
            clock=clock,
        )


def sns_from_settings(settings: ProviderSettings) -> SnsSender:
    """The sender of `sns://eu-west-1?sender_id=Shop`; keys as `key_arguments` says."""
    return SnsSender(
        **_arguments(settings, "sender_id", "origination_number", "max_price")
    )


def aws_sms_from_settings(settings: ProviderSettings) -> AwsSmsSender:
    """The sender of `aws-sms://REGION?origination_identity=…`; keys as for SNS."""
    names = ("origination_identity", "configuration_set", "max_price", "voice")
    return AwsSmsSender(**_arguments(settings, *names))


def _arguments(settings: ProviderSettings, *names: str) -> dict[str, Any]:
    types = dict.fromkeys(("profile", *names), str)
    reach, options = reach_and_options(settings, types)
    region = region_of(settings)
    return {"region": region, "reach": reach, **options, **key_arguments(settings)}
