"""
Vonage's SMS API: the text as it is.

Sources: Vonage's OpenAPI document `vonage_sms` 1.2.0 and "SMS API error codes", read
2026-11-28. Every answer comes with HTTP status 200; its own status says what became of
the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from verify_core.channels import Channel
from verify_core.errors import (
    InvalidIdentifier,
    InvalidSetting,
    Misconfigured,
    NotSent,
    Refused,
    Throttled,
)
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import require_kind

from ...config import BasicCredentials, SecretReader, SecretSource
from ...http import HttpAnswer, HttpRequest, Reach, json_object, utc_now
from ...vonage._settings import api_key_of
from .._segments import is_gsm7
from ._http import (
    DEFAULT_REACH,
    ConversationSender,
    Delivering,
    Failure,
    post,
    reach_and_options,
    require_bare,
    seconds_of,
    text_in,
)
from ._sender import Message, Sent

_NAME = "vonage-sms"
_SENDER = re.compile(r"\+?[0-9]{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}")
_LEAST_S, _MOST_S = 20, 604_800  # ttl

_STATUSES: Mapping[str, type[NotSent] | None] = {
    "1": Throttled,
    "2": Misconfigured,  # a parameter is missing
    "3": Misconfigured,  # a parameter is invalid; but see `_failure`
    "4": Misconfigured,  # credentials
    "5": None,  # an error inside Vonage
    "6": InvalidIdentifier,  # the prefix cannot be routed
    "7": Refused,  # the number is barred
    "8": Misconfigured,  # the account is barred
    "9": Misconfigured,  # no credit
    "10": Throttled,  # too many connections
    "11": Misconfigured,
    "12": Misconfigured,  # too long
    "14": Misconfigured,  # the signature
    "15": Misconfigured,  # the sender
    "22": Misconfigured,
    "23": Misconfigured,
    "29": Misconfigured,  # a demo account, and the number is not on its list
    "32": Misconfigured,
    "33": InvalidIdentifier,  # the number is no longer in use
}


def _read(answer: HttpAnswer) -> Sent | Failure | None:
    body = json_object(answer.body)
    parts = body.get("messages")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return None
    statuses = [text_in(part, "status") for part in parts]
    if set(statuses) == {"0"}:
        return Sent(vendor_id=_id_in(parts[0]))
    if not set(statuses) <= _STATUSES.keys():  # "0" too: a part of a long text left
        return None
    return _failure(statuses[0], text_in(parts[0], "error-text")) if parts else None


def _id_in(part: Mapping[str, object]) -> str:
    found = text_in(part, "message-id")
    return found if re.fullmatch("[0-9A-Za-z-]{8,64}", found) else ""


def _failure(status: str, text: str) -> Failure:
    kind = _STATUSES[status]
    if status == "3" and re.search(r"\bto\b", text):
        kind = InvalidIdentifier
    return Failure(kind=kind, code=status, text=text)


def _request(sender: str, message: Message) -> HttpRequest:
    form = {
        "to": message.to.removeprefix("+"),
        "from": sender.removeprefix("+"),
        "text": message.text,
        "type": "text" if is_gsm7(message.text) else "unicode",
        "ttl": seconds_of(message, least=_LEAST_S, most=_MOST_S) * 1000,
        "client-ref": message.attempt_id[:100],
    }
    return post("/sms/json", urlencode(form).encode())


_DELIVERING = Delivering(name=_NAME, shown="Vonage", read=_read, refuses_by_200=True)


class VonageSmsSender(ConversationSender):
    """
    Sends by Vonage's SMS API; safe for several threads.

    The attempt's id goes along as `client-ref`, and comes back in delivery receipts.

    Args:
        api_key: The account's key.
        api_secret: Its secret: a text, a callable, or the path of a file that is read
            for each request.
        sender: A number, or a name of 3 to 11 letters and digits.
        reach: How Vonage is reached.
        clock: The present, aware.

    Raises:
        InvalidSetting: A malformed sender or a missing secret; names it.
    """

    channels = (Channel.SMS,)

    def __init__(
        self,
        *,
        api_key: str,
        api_secret: SecretSource,
        sender: str,
        reach: Reach = DEFAULT_REACH,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        if not _SENDER.fullmatch(require_kind("sender", sender, str)):
            raise InvalidSetting("sender", "takes a number, or a name of 11 characters")
        if not require_kind("api_key", api_key, str):
            raise InvalidSetting("api_key", "missing")
        super().__init__(
            partial(_request, sender),
            delivering=_DELIVERING,
            address="https://rest.nexmo.com",
            reach=reach,
            clock=clock,
            credentials=BasicCredentials(
                user=api_key,
                secret=SecretReader(
                    setting="api_secret", provider=_NAME, source=api_secret
                ),
            ),
        )


def from_settings(settings: ProviderSettings) -> VonageSmsSender:
    """
    The sender of `vonage-sms://KEY:SECRET@?sender=Shop`.

    Key, secret and their variables are those of `vonage://…`.
    """
    reach, options = reach_and_options(
        settings, {"sender": str}, also=("api_secret_file",)
    )
    require_bare(settings)
    if "sender" not in options:
        raise InvalidSetting("sender", "missing; put it into the URL")
    return VonageSmsSender(reach=reach, **options, **api_key_of(settings))
