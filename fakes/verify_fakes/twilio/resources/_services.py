"""Verify services: what a customer switches on and off, and what belongs to each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from attrs import Factory, define, field, frozen

from ...kit._bounded import Shelf
from ...kit._hiding import Hidden, Revealed, hidden, hidden_address
from ...kit._machine import CodeSource
from ..machine._commands import StartCommand
from ..machine._lookup import line_type
from ..machine._numbers import Trait, country_of
from ..machine._rules import Switches
from ..machine._state import SentCode, TwilioChannel, TwilioVerification
from ._factors import MOST_ENTITIES, Entity
from ._rate_limits import RateLimits

#: A setting of a part of the product that has no behaviour here, kept as it was given.
Option: TypeAlias = str | int | bool | None

# Public sids are case-insensitive in hexadecimal digits; Twilio writes them lower.
_SERVICE_SID = re.compile(r"VA[0-9a-fA-F]{32}")

#: How many deleted services are remembered, so that no request creates them again.
_DELETED_KEPT = 10_000
#: Beyond so many, first use creates none: memory stays bounded, whatever is asked for.
MOST_SERVICES = 10_000
#: Beyond so many, a request cannot create one either.
_MOST_CREATED = 2 * MOST_SERVICES


@frozen(kw_only=True)
class Service:
    """
    One service.

    Attributes:
        options: Settings without behaviour here, by Twilio's parameter name, such as
            `Totp.Issuer`; kept and shown.
    """

    sid: str
    account_sid: str
    switches: Switches
    _options: Hidden[Mapping[str, Option]] = field(factory=dict, converter=hidden)
    created_at: datetime
    updated_at: datetime

    options = Revealed[Mapping[str, Option]]()

    def begin(
        self,
        command: StartCommand,
        *,
        sid: str,
        draw: CodeSource,
        trait: Trait | None,
        now: datetime,
    ) -> TwilioVerification:
        """The verification that a start begins; it may bring its code."""
        switches, email = self.switches, command.channel is TwilioChannel.EMAIL
        looked_up = switches.lookup_enabled and not email
        return TwilioVerification(
            sid=sid,
            service_sid=self.sid,
            account_sid=self.account_sid,
            to=command.to,
            code=command.custom_code or draw(command.to, switches.code_length),
            sends=(SentCode(now, command.channel),),
            updated_at=now,
            line_type=line_type(command.to, trait) if looked_up else None,
            amount=command.amount if switches.psd2_enabled else None,
            payee=command.payee if switches.psd2_enabled else None,
            friendly_name=command.friendly_name,
            tags=command.tags or None,
        )


@define(kw_only=True)
class Services:
    """
    The services of one machine.

    Attributes:
        account_sid: The owner of a service that is created without one.
        defaults: The switches of services that are created on first use, or with less.
        on_first_use: Whether a well-formed unknown sid becomes a service.
        shelf: All of them, in the order of their creation.
    """

    _now: Callable[[], datetime]
    _new_sid: Callable[[str], str]
    account_sid: str
    defaults: Switches
    on_first_use: bool
    shelf: Shelf[Service] = field(init=False, factory=lambda: Shelf(_MOST_CREATED))
    _deleted: dict[str, None] = field(init=False, factory=dict)

    def get(self, sid: str, account_sid: str | None = None) -> Service | None:
        """
        The service, if this account can see it; first use may create it now.

        An `account_sid` of None, as with an API key, sees every service.
        """
        service = self.shelf.get(sid)
        if service is None:
            return self._created_on_first_use(sid, account_sid)
        if account_sid is not None and service.account_sid != account_sid:
            return None
        return service

    def create(
        self,
        switches: Switches | None = None,
        *,
        account_sid: str | None = None,
        options: Mapping[str, Option] | None = None,
    ) -> Service:
        """
        A new service.

        Raises:
            ValueError: There are too many; ask `shelf.full` before.
        """
        if self.shelf.full:
            raise ValueError("too many services: delete some")
        sid = self._new_sid("VA")
        return self._add(sid, account_sid, switches or self.defaults, options or {})

    def delete(self, service: Service) -> None:
        """Forget a service; its sid stays unknown from now on."""
        self.shelf.remove(service.sid)
        self._deleted[service.sid] = None
        if len(self._deleted) > _DELETED_KEPT:
            del self._deleted[next(iter(self._deleted))]

    def __len__(self) -> int:
        return len(self.shelf)

    def _created_on_first_use(
        self, sid: str, account_sid: str | None
    ) -> Service | None:
        may = self.on_first_use and len(self.shelf) < MOST_SERVICES
        if not may or sid in self._deleted or not _SERVICE_SID.fullmatch(sid):
            return None
        return self._add(sid, account_sid, self.defaults, {})

    def _add(
        self,
        sid: str,
        account_sid: str | None,
        switches: Switches,
        options: Mapping[str, Option],
    ) -> Service:
        now = self._now()
        service = Service(
            sid=sid,
            account_sid=account_sid or self.account_sid,
            switches=switches,
            options=dict(options),
            created_at=now,
            updated_at=now,
        )
        self.shelf.add(sid, service)
        return service


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

    def sender_for(self, command: StartCommand) -> str | None:
        """The sid of the messaging service that sends an SMS, where one is set."""
        if not len(self.messaging) or command.channel is not TwilioChannel.SMS:
            return None
        own = self.messaging.get(country_of(command.to) or "")
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
