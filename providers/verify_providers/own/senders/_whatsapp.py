"""
WhatsApp's Cloud API: the code in an authentication template with a code button.

Sources: Meta, "Authentication templates", "Error codes" (2025-11-14) and "Time to
live" (2026-05-21), read 2026-11-28.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
)
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import matching, require_all

from ...config import BearerToken, SecretSource, secret_in
from ...http import JSON, HttpAnswer, HttpRequest, Reach, json_object, utc_now
from ._http import (
    DEFAULT_REACH,
    ConversationSender,
    Delivering,
    Failure,
    kind_of,
    post,
    reach_and_options,
    text_in,
)
from ._sender import Message, Sent

_NAME = "whatsapp"
_MOST_CHARACTERS = 15  # of a code
# Meta names regions where tags name the script.
_REGIONS = {"zh": ("zh_cn",), "zh_hans": ("zh_cn",), "zh_hant": ("zh_tw", "zh_hk")}
_PERMISSIONS = range(200, 300)  # codes of the Graph API

# The code decides: Meta's tables name other statuses than its servers send. A code that
# is not here is read by its status.
_ERRORS: Mapping[int, type[NotSent] | None] = {
    131021: InvalidIdentifier,  # the recipient is the sender
    131026: InvalidIdentifier,  # undeliverable: no WhatsApp at this number, mostly
    131062: InvalidIdentifier,
    130472: Refused,  # Meta chose not to deliver, as with the next
    131049: Refused,
    130497: Refused,  # country
    131050: Refused,  # the person stopped such messages
    131056: TooSoon,  # too many to this number
    4: Throttled,
    80007: Throttled,
    130429: Throttled,
    131057: Throttled,  # maintenance
    2: Unavailable,
    131016: Unavailable,
    133004: Unavailable,
    1: None,
    131000: None,  # "something went wrong"
    **dict.fromkeys(
        (
            *(0, 3, 10, 33, 100, 190, 368),
            *(131005, 131008, 131009, 131030, 131031, 131037, 131042, 131045),
            *(131047, 131048, 131051, 132000, 132001, 132005, 132007, 132012, 132015),
            *(132016, 133010, 134011, 135000),
        ),
        Misconfigured,
    ),
}


@frozen(kw_only=True)
class _Body:
    """What every message has in common; `languages` are those that Meta approved."""

    api_version: str = field(
        validator=matching(r"v[0-9]{1,3}\.[0-9]", "takes a version such as v26.0")
    )
    phone_number_id: str = field(
        validator=matching("[0-9]{5,20}", "takes the digits of an id, not a number")
    )
    template: str = field(
        validator=matching("[a-z0-9_]{1,512}", "takes letters, digits and underscores")
    )
    languages: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.languages:
            raise InvalidSetting("languages", "takes at least one")
        for language in self.languages:
            if not re.fullmatch("[a-z]{2,3}(_[A-Z]{2})?", language):
                raise InvalidSetting("languages", "takes codes such as en_US")

    def language_of(self, message: Message) -> str:
        """The approved language that is nearest to the message's; else the first."""
        wanted = message.language.replace("-", "_").lower()
        base = wanted.partition("_")[0]
        known = {language.lower(): language for language in self.languages}
        exact = [
            known[each] for each in (wanted, *_REGIONS.get(wanted, ())) if each in known
        ]
        of_base = [each for each in self.languages if each.partition("_")[0] == base]
        return (exact + of_base or list(self.languages))[0]

    def of(self, message: Message) -> HttpRequest:
        if len(message.code.reveal()) > _MOST_CHARACTERS:
            raise Misconfigured("WhatsApp takes codes of 15 characters", _NAME)
        path = f"/{self.api_version}/{self.phone_number_id}/messages"
        body = json.dumps(self._body(message)).encode()
        return post(path, body, content_type=JSON)

    def _body(self, message: Message) -> Mapping[str, object]:
        code = [{"type": "text", "text": message.code.reveal()}]
        button = {"sub_type": "url", "index": "0", "parameters": code}
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.to,
            "type": "template",
            "template": {
                "name": self.template,
                "language": {"code": self.language_of(message)},
                "components": [
                    {"type": "body", "parameters": code},
                    {"type": "button", **button},
                ],
            },
            "biz_opaque_callback_data": message.attempt_id[:512],
        }


def _read(answer: HttpAnswer) -> Sent | Failure | None:
    body = json_object(answer.body)
    vendor_id = text_in(body, "messages", 0, "id")
    if re.fullmatch(r"wamid\.[A-Za-z0-9+/=_-]{1,300}", vendor_id):
        return Sent(vendor_id=vendor_id)
    error = body.get("error")
    if not isinstance(error, dict) or type(error.get("code")) is not int:
        return None
    code: int = error["code"]
    kind = _ERRORS.get(code, kind_of(answer.status))
    if code in _PERMISSIONS:
        kind = Misconfigured
    return Failure(kind=kind, code=str(code), text=text_in(error, "message"))


_DELIVERING = Delivering(
    name=_NAME, shown="WhatsApp", read=_read, support="x-fb-trace-id"
)


class WhatsAppSender(ConversationSender):
    """
    Sends codes by WhatsApp's Cloud API, in a template; safe for several threads.

    The text is Meta's: the message brings the code and its language. The template's own
    `message_send_ttl_seconds` should be the lifetime of the codes. A number without
    WhatsApp is mostly reported later, by webhook; the attempt's id comes with the
    report as `biz_opaque_callback_data`.

    Args:
        phone_number_id: Of the number that sends, from Meta's app dashboard.
        access_token: A system user's token: a text, a callable, or the path of a file
            that is read for each request.
        template: The name of a template of category authentication with a code button.
        languages: In which it is approved, as Meta writes them: `en_US`, `de`. The
            nearest to the message's is used, else the first.
        api_version: Of the Graph API.
        reach: How Meta is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: A malformed setting or a missing token; names it.
    """

    channels = (Channel.WHATSAPP,)

    def __init__(
        self,
        *,
        phone_number_id: str,
        access_token: SecretSource,
        template: str,
        languages: Iterable[str],
        api_version: str = "v26.0",
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        request = _Body(
            api_version=api_version,
            phone_number_id=phone_number_id,
            template=template,
            languages=require_all("languages", languages, str),
        )
        super().__init__(
            request.of,
            delivering=_DELIVERING,
            address="https://graph.facebook.com",
            reach=reach,
            clock=clock,
            credentials=BearerToken(
                setting="access_token", provider=_NAME, source=access_token
            ),
        )


def from_settings(settings: ProviderSettings) -> WhatsAppSender:
    """
    The sender of `whatsapp://:TOKEN@PHONE_NUMBER_ID/TEMPLATE?languages=en_US,de`.

    Without a token in the URL, `token_file` or `WHATSAPP_TOKEN` has it.
    """
    reach, options = reach_and_options(
        settings, {"languages": str, "api_version": str}, also=("token_file",)
    )
    token = secret_in(settings, "token_file")
    return WhatsAppSender(
        phone_number_id=settings.host,
        access_token=token or settings.secret_or("WHATSAPP_TOKEN"),
        template=settings.path,
        languages=options.pop("languages", "").split(","),
        reach=reach,
        **options,
    )
