"""
Twilio Programmable Messaging: the text as it is, by SMS or WhatsApp.

Sources: Twilio, "Messages resource" (OpenAPI document `twilio_api_v2010`, 2026-04-14)
and "Error and Warning Dictionary", read 2026-11-28.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from attrs import field, frozen
from attrs.validators import optional

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
)
from verify_core.masking import Secret, to_secret
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import matching, require_kind

from ...config import SecretSource
from ...http import HttpAnswer, HttpRequest, Reach, json_object, utc_now
from ...twilio._credentials import address_of, credentials_of, is_sid, require_sid
from ...twilio._settings import credential_options
from ._http import (
    DEFAULT_REACH,
    ConversationSender,
    Delivering,
    Failure,
    kind_of,
    post,
    reach_and_options,
    require_bare,
    seconds_of,
    text_in,
)
from ._sender import Message, Sent

_NAME = "twilio-messages"
_SENDER = r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}"
_MOST_S = 36_000  # ValidityPeriod

# The code decides, not the HTTP status. A code that is not here is `Misconfigured`.
_ERRORS: Mapping[str, type[NotSent] | None] = {
    "21211": InvalidIdentifier,
    "21214": InvalidIdentifier,  # cannot be reached
    "21217": InvalidIdentifier,
    "21401": InvalidIdentifier,
    "21604": InvalidIdentifier,
    "21612": InvalidIdentifier,  # not from this sender, at least
    "21614": InvalidIdentifier,  # not a mobile number
    "21635": InvalidIdentifier,  # a landline
    "63003": InvalidIdentifier,  # not on WhatsApp
    "63024": InvalidIdentifier,
    "21215": Refused,  # country not enabled
    "21216": Refused,  # block list
    "21408": Refused,  # country not enabled
    "21610": Refused,  # replied STOP
    "63013": Refused,
    "63014": Refused,  # blocked by the user
    "63032": Refused,
    "63033": Refused,
    "14107": TooSoon,  # too many between these two numbers
    "20429": Throttled,
    "21611": Throttled,  # the sender's queue is full
    "63017": Throttled,
    "63018": Throttled,
    "63038": Throttled,
    "21730": Unavailable,  # maintenance
    "20500": None,
    "20503": None,
    "30500": None,
}


@frozen(kw_only=True)
class _Form:
    """What every message has in common."""

    account_sid: Secret = field(converter=to_secret)
    sender: str | None = field(
        validator=optional(
            matching(_SENDER, "takes +E.164, a short code, or a name of 11 characters")
        )
    )
    messaging_service_sid: str | None
    content_sid: str | None

    def __attrs_post_init__(self) -> None:
        if (self.sender is None) is (self.messaging_service_sid is None):
            raise InvalidSetting("sender", "pass it or messaging_service_sid")
        if self.messaging_service_sid is not None:
            require_sid("messaging_service_sid", "MG", self.messaging_service_sid)
        if self.content_sid is not None:
            require_sid("content_sid", "HX", self.content_sid)

    def of(self, message: Message) -> HttpRequest:
        place = "/2010-04-01/Accounts/{}/Messages.json"
        path, body = place.format(self.account_sid.reveal()), self._fields(message)
        return post(path, urlencode(body).encode(), shown_path=place.format("***"))

    def _fields(self, message: Message) -> dict[str, str]:
        prefix = "whatsapp:" if message.channel is Channel.WHATSAPP else ""
        form = {"To": prefix + message.to}
        if self.sender is not None:
            form["From"] = prefix + self.sender
        if self.messaging_service_sid is not None:
            form["MessagingServiceSid"] = self.messaging_service_sid
        if self.content_sid is None:
            form["Body"] = message.text
        else:
            form["ContentSid"] = self.content_sid
            form["ContentVariables"] = json.dumps({"1": message.code.reveal()})
        form["ValidityPeriod"] = str(seconds_of(message, most=_MOST_S))
        return form


def _read(answer: HttpAnswer) -> Sent | Failure | None:
    body = json_object(answer.body)
    sid = text_in(body, "sid")
    if is_sid(sid, "SM") or is_sid(sid, "MM"):
        return Sent(vendor_id=sid)
    code = str(body.get("code"))
    if not re.fullmatch("[1-9][0-9]{4}", code):
        return None
    kind = _ERRORS.get(code, kind_of(answer.status))
    return Failure(kind=kind, code=code, text=text_in(body, "message"))


_DELIVERING = Delivering(
    name=_NAME, shown="Twilio", read=_read, support="twilio-request-id"
)


class TwilioMessagesSender(ConversationSender):
    """
    Sends by Twilio's Messages resource, SMS and WhatsApp; safe for several threads.

    Twilio knows no key under which a message is sent once.

    Args:
        account_sid: The account, `AC…`; with its token, or beside an API key.
        auth_token: The account's token: a text, a callable, or the path of a file that
            is read for each request.
        api_key: An API key, `SK…`, instead of the token.
        api_secret: Its secret, in the same forms as the token.
        sender: A number in E.164, a short code, or a name of at most 11 characters;
            for WhatsApp the number.
        messaging_service_sid: Instead of `sender`, `MG…`.
        content_sid: A template, `HX…`, whose variable 1 is the code; WhatsApp takes
            codes only in one of category authentication. Without it the text is sent.
        edge: Twilio edge, such as `dublin`.
        region: Twilio region, such as `ie1`.
        reach: How Twilio is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: A malformed SID or sender, a missing secret, settings at odds.
    """

    channels = (Channel.SMS, Channel.WHATSAPP)

    def __init__(  # noqa: PLR0913 - settings, each by its name
        self,
        *,
        account_sid: str,
        auth_token: SecretSource | None = None,
        api_key: str | None = None,
        api_secret: SecretSource | None = None,
        sender: str | None = None,
        messaging_service_sid: str | None = None,
        content_sid: str | None = None,
        edge: str | None = None,
        region: str | None = None,
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        form = _Form(
            account_sid=require_sid("account_sid", "AC", account_sid),
            sender=sender,
            messaging_service_sid=messaging_service_sid,
            content_sid=content_sid,
        )
        super().__init__(
            form.of,
            delivering=_DELIVERING,
            address=address_of(
                "api",
                edge=edge,
                region=region,
                base_url=require_kind("reach", reach, Reach).base_url,
            ),
            reach=reach,
            clock=clock,
            credentials=credentials_of(account_sid, auth_token, api_key, api_secret),
        )


def from_settings(settings: ProviderSettings) -> TwilioMessagesSender:
    """
    The sender of `twilio-messages://AC…:TOKEN@?sender=%2B15550001111`.

    User, secret and variables are those of `twilio://…`; the other arguments are
    options.
    """
    types = dict.fromkeys(
        ("sender", "messaging_service_sid", "content_sid", "edge", "region"), str
    )
    reach, options = reach_and_options(settings, types, also=("account", "token_file"))
    require_bare(settings)
    return TwilioMessagesSender(reach=reach, **options, **credential_options(settings))
