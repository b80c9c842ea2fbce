"""
What happened, put as Twilio puts it on the wire, and signed.

Sources: Twilio, "Webhooks security", "Verify Push Webhooks" and "Event Streams: webhook
quickstart", read 2026-11-23; the other headers as receivers have logged them.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from attrs import field, frozen

from ..twilio.resources._events import HookCall, TwilioNotification
from ..twilio.resources._signing import HEADER, form_signature, signed_json

#: The same in every attempt, so that a receiver can tell a second one.
IDEMPOTENCY: Final = "I-Twilio-Idempotency-Token"
_FORM: Final = "application/x-www-form-urlencoded; charset=UTF-8"
_JSON: Final = "application/json"


@frozen(kw_only=True)
class Envelope:
    """
    One request to come.

    Attributes:
        url: Where; for a JSON body with its hash in the query.
    """

    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def sealed(told: TwilioNotification, url: str, auth_token: str) -> Envelope:
    """
    The request that tells something.

    Args:
        told: What happened: an event goes as a JSON array of one, a webhook as a form.
        url: Where it is posted to.
        auth_token: The account's secret.
    """
    if isinstance(told, HookCall):
        body = urlencode(told.form).encode()
        signature, kind = form_signature(auth_token, url, told.form), _FORM
    else:
        body = json.dumps([told.body], ensure_ascii=False).encode()
        url, signature = signed_json(auth_token, url, body)
        kind = _JSON
    headers = {
        "Content-Type": kind,
        "Accept": "*/*",
        "User-Agent": "TwilioProxy/1.1",
        "Connection": "close",
        HEADER: signature,
        IDEMPOTENCY: str(UUID(told.id)),
    }
    return Envelope(url=url, headers=headers, body=body)
