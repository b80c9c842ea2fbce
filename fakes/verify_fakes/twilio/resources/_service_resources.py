"""What belongs to a service besides its switches, and goes when it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import Factory, define, field, frozen

from ...kit._bounded import Shelf
from ...kit._hiding import Hidden, Revealed, hidden, hidden_address
from ._factors import MOST_ENTITIES, Entity
from ._rate_limits import RateLimits

#: The countries of the world, and `all`.
_MOST_CONFIGURATIONS = 300
_MOST_WEBHOOKS = 100
#: The configuration for countries without one of their own.
EVERYWHERE = "all"


@frozen(kw_only=True)
class MessagingConfiguration:
    """Which messaging service sends to a country (ISO 3166 code, or `all`)."""

    country: str
    messaging_service_sid: str
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Webhook:
    """
    Where a service's events go.

    Attributes:
        event_types: Such as `factor.created`, or `*` for all.
        url: Where they are posted.
        enabled: Whether they are.
        version: `v1` or `v2`.
    """

    sid: str
    friendly_name: str
    event_types: tuple[str, ...]
    _url: Hidden[str] = field(converter=hidden)
    enabled: bool = True
    version: str = "v2"
    created_at: datetime
    updated_at: datetime

    url = Revealed[str]()

    def wants(self, kind: str) -> bool:
        """Whether an event of this kind goes there."""
        return self.enabled and bool({kind, "*"} & set(self.event_types))


@define
class ServiceResources:
    """What one service has: configurations by country, entities by identity."""

    rate_limits: RateLimits = Factory(RateLimits)
    messaging: Shelf[MessagingConfiguration] = Factory(
        lambda: Shelf(_MOST_CONFIGURATIONS)
    )
    webhooks: Shelf[Webhook] = Factory(lambda: Shelf(_MOST_WEBHOOKS))
    entities: Shelf[Entity] = Factory(lambda: Shelf(MOST_ENTITIES))

    def sender_for(self, country: Callable[[], str | None]) -> str | None:
        """
        The messaging service that sends to a country, where one is configured.

        `country` is called only where it matters, because it takes time.
        """
        if not len(self.messaging):
            return None
        own = self.messaging.get(country() or "")
        chosen = own or self.messaging.get(EVERYWHERE)
        return chosen.messaging_service_sid if chosen else None


@frozen(kw_only=True)
class SafeNumber:
    """A number (E.164) that Fraud Guard never blocks."""

    sid: str
    account_sid: str
    _phone_number: Hidden[str] = field(converter=hidden_address)

    phone_number = Revealed[str]()


def safe_key(account_sid: str, number: str) -> str:
    """The key of a number on the safe list."""
    return f"{account_sid}:{number}"
