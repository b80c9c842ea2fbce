"""Verify services: what a customer switches on and off."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from attrs import field, frozen

from ...kit._bounded import Shelf
from ...kit._hiding import Hidden, Revealed, hidden
from ..machine._rules import Switches

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


class Services:
    """
    The services of one machine.

    Args:
        now: The clock.
        new_sid: Gives a sid for a prefix.
        defaults: The switches of services that are created on first use, or with less.
        on_first_use: Whether a well-formed unknown sid becomes a service.

    Attributes:
        account_sid: The owner of a service that is created without one.
        shelf: All of them, in the order of their creation.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        new_sid: Callable[[str], str],
        defaults: Switches,
        on_first_use: bool = True,
    ) -> None:
        self.account_sid = new_sid("AC")
        self.defaults = defaults
        self.on_first_use = on_first_use
        self._now = now
        self._new_sid = new_sid
        self.shelf: Shelf[Service] = Shelf(_MOST_CREATED)
        self._deleted: dict[str, None] = {}

    def get(self, sid: str, account_sid: str | None = None) -> Service | None:
        """
        The service, if this account can see it; first use may create it now.

        Args:
            sid: The service's.
            account_sid: The caller's; None, as with an API key, sees every service.
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
