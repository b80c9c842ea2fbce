"""
What Vonage posts: events and summaries, to the status webhook of an application.

Sources: Vonage, "Verify API Webhooks" (any answer but 2xx is tried again), "HTTP
session time-out limits for a webhook response" (15 s) and "How long does Vonage retry
inbound messages" (of its Messages API: 5 s later, then ever twice as long up to 15
minutes, for 24 hours), read 2026-11-28. How often Verify tries is not documented.
"""

from __future__ import annotations

from datetime import timedelta

from attrs import field, frozen

from ..._clock import system_now
from ...kit._hiding import Hidden, Revealed, hidden_text
from ...kit._http import Json
from ...vonage import signed
from ...vonage.resources._events import VonageNotification
from .._deliveries import Retries

_RETRIES = Retries(
    after=lambda _status: True,
    first=timedelta(seconds=5),
    longest=timedelta(minutes=15),
    within=timedelta(hours=24),
)


@frozen(kw_only=True)
class VonageOutgoing:
    """
    One event or summary.

    Attributes:
        secret: The account's signature secret.
    """

    retries = _RETRIES
    answer_s = 15.0

    notification: VonageNotification
    _secret: Hidden[str] = field(converter=hidden_text)

    secret = Revealed[str]()

    @property
    def type(self) -> str:
        return f"{self.notification.type} {self.notification.status}"

    def signed_for(self, url: str) -> tuple[str, dict[str, str], bytes]:
        """The URL, headers and body of the request, signed by the machine's clock."""
        # A receiver refuses what the future has signed, and goes by no account's clock.
        made = signed(self.notification, self.secret, at=system_now())
        return url, {**made.headers, "Connection": "close"}, made.body

    def shown(self) -> Json:
        """What the log shows of it."""
        return {
            "kind": "webhook",
            "type": self.type,
            "id": self.notification.id,
            "application_id": self.notification.application_id,
            "body": self.notification.body,
        }
