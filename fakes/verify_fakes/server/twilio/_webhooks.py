"""
What Twilio posts: events to sinks, and calls of a service's webhooks.

Sources: Twilio, "Event delivery retries and event duplication", "Webhooks security",
"Verify Push Webhooks" and "Event Streams: webhook quickstart", read 2026-11-23. No
connection, no answer in time, 429 and 5xx are tried again, ever more slowly, for four
hours; any other answer is the last. Twilio's steps vary at random; these double. Twilio
does not say what becomes of a webhook's failed call; it is treated like an event's.
"""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden_text
from ...kit._http import Json
from ...twilio.resources._events import HookCall, TwilioNotification
from ...twilio.resources._signing import HEADER, form_signature, signed_json
from .._deliveries import Retries

_SINK_ANSWER_S, _WEBHOOK_ANSWER_S = 5.0, 15.0
_TRIED_FOR = timedelta(hours=4)
_RETRIES = Retries(
    after=lambda status: status == 429 or status >= 500,  # noqa: PLR2004
    first=timedelta(seconds=1),
    longest=_TRIED_FOR,
    within=_TRIED_FOR,
)


@frozen(kw_only=True)
class TwilioOutgoing:
    """
    One event or webhook call.

    Attributes:
        secret: The account's token, which signs it.
    """

    retries = _RETRIES

    notification: TwilioNotification
    _secret: Hidden[str] = field(converter=hidden_text)

    secret = Revealed[str]()

    @property
    def type(self) -> str:
        return self.notification.type

    @property
    def answer_s(self) -> float:
        webhook = isinstance(self.notification, HookCall)
        return _WEBHOOK_ANSWER_S if webhook else _SINK_ANSWER_S

    def signed_for(self, url: str) -> tuple[str, dict[str, str], bytes]:
        """
        The URL, headers and body of the request.

        An event goes as a JSON array of one, with its hash in the URL's query; a
        webhook's call as a form. The other headers are as receivers have logged them.
        """
        if isinstance(self.notification, HookCall):
            kind = "application/x-www-form-urlencoded; charset=UTF-8"
            body = urlencode(self.notification.form).encode()
            signature = form_signature(self.secret, url, self.notification.form)
        else:
            kind = "application/json"
            body = json.dumps([self.notification.body], ensure_ascii=False).encode()
            url, signature = signed_json(self.secret, url, body)
        headers = {
            "Content-Type": kind,
            "Accept": "*/*",
            "User-Agent": "TwilioProxy/1.1",
            "Connection": "close",
            HEADER: signature,
            # The same in every attempt, so that a receiver can tell a second one.
            "I-Twilio-Idempotency-Token": str(UUID(self.notification.id)),
        }
        return url, headers, body

    def shown(self) -> Json:
        """What the log shows of it."""
        what = self.notification
        shown = {"service_sid": what.service_sid, "type": what.type, "id": what.id}
        if isinstance(what, HookCall):
            own = {"kind": "webhook", "webhook_sid": what.webhook_sid}
            return {**shown, **own, "body": dict(what.form)}
        return {**shown, "kind": "event", "webhook_sid": None, "body": dict(what.body)}
