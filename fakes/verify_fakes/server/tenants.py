"""
Accounts side by side: each has a Twilio of its own, and none sees another's.

SDKs cannot add headers, so the account in the credentials is what parts one test from
the next: a fresh account sid per test needs no reset.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import Factory, define, evolve, field, frozen

from ..twilio import ConnectionBroken, Limits, Refused, VerifyStore
from ..twilio.exchange import Request, Response, refuse
from ..twilio.outbox import Message
from ..twilio.profile import PROFILES
from ..twilio.reasons import Reason
from ..twilio.verifications import Keep
from ..twilio.wire import handle
from .clock import RunningClock, system_now
from .delays import Delays
from .exchanges import Exchange, operation_of
from .settings import Account, Settings

MOST_TENANTS: Final = 1_000
"""Accounts kept; beyond that the one that was used longest ago leaves."""

_KEEP: Final = Keep(live=1_000_000, messages=2_000, attempts=10_000, events=2_000)
_REQUESTS_KEPT: Final = 1_000
_NO_LIMITS: Final = 1_000_000
_USER: Final = re.compile(r"(?:AC|SK)[0-9a-fA-F]{32}")


@frozen(kw_only=True)
class Received:
    """A message with its place among all that happened."""

    cursor: int
    message: Message


@define(eq=False)
class Tenant:
    """
    One account: its machine, its clock, and what tests and people may look at.

    Attributes:
        sid: The account, or the API key, that it belongs to.
        seed: For its codes and sids.
        profile: Name of its fidelity profile.
        limited: Whether Twilio's limits on sends, checks and polls hold.
    """

    sid: str
    seed: int | None = None
    profile: str = "default"
    limited: bool = True
    services: tuple[str, ...] | None = None
    clock: RunningClock = Factory(RunningClock)
    store: VerifyStore = field(init=False)
    delays: Delays = Factory(Delays)
    messages: deque[Received] = Factory(lambda: deque(maxlen=_KEEP.messages))
    exchanges: deque[Exchange] = Factory(lambda: deque(maxlen=_REQUESTS_KEPT))
    _newest: Message | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        limits = Limits()
        if not self.limited:
            limits = evolve(limits, sends=_NO_LIMITS, checks=_NO_LIMITS, polls={})
        self.store = VerifyStore(
            clock=self.clock,
            seed=self.seed,
            limits=limits,
            keep=_KEEP,
            profile=PROFILES[self.profile],
        )
        self._declare()
        self.delays.clear()
        self.messages.clear()
        self.exchanges.clear()
        self._newest = None

    def _declare(self) -> None:
        if self.services is None:
            return
        self.store.services.on_first_use = True
        for sid in self.services:
            self.store.services.get(sid, self.sid)
        self.store.services.on_first_use = False

    def new_messages(self) -> Iterator[Message]:
        """The messages since the last call, oldest first."""
        fresh: list[Message] = []
        for message in reversed(self.store.outbox):
            if message is self._newest:
                break
            fresh.append(message)
        if fresh:
            self._newest = fresh[0]
        return reversed(fresh)


def user_of(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """User and secret of Basic credentials that Twilio could accept, or None."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    user, _, secret = decoded.partition(":")
    return (user, secret) if secret and _USER.fullmatch(user) else None


class Tenants:
    """
    All accounts of one server.

    Args:
        settings: Who may come in, and how new accounts are set up.
        real_now: The time that runs.
    """

    def __init__(
        self, settings: Settings, real_now: Callable[[], datetime] = system_now
    ) -> None:
        self.settings = settings
        self._real_now = real_now
        self._known = _by_user(settings.accounts)
        self._tenants: OrderedDict[str, Tenant] = OrderedDict()
        # Answers what no account asked for.
        self._nobody = self._new("nobody")
        for account in settings.accounts or ():
            self._tenants[account.sid] = self._new(account.sid, account.services)

    def __iter__(self) -> Iterator[Tenant]:
        return iter(tuple(self._tenants.values()))

    def get(self, sid: str) -> Tenant:
        """
        The tenant of an account, made now if it was not there.

        Raises:
            KeyError: The server knows its accounts, and this is none of them.
        """
        tenant = self._tenants.get(sid)
        if tenant is None:
            if self._known is not None:
                raise KeyError(sid)
            tenant = self._tenants[sid] = self._new(sid)
            if len(self._tenants) > MOST_TENANTS:
                self._tenants.popitem(last=False)
        elif self._known is None:
            self._tenants.move_to_end(sid)
        return tenant

    def admit(self, headers: Mapping[str, str]) -> Tenant | None:
        """Whose request it is, or None where Twilio would not know."""
        found = user_of(headers)
        if found is None:
            return None
        user, secret = found
        if self._known is None:
            return self.get(user)
        account = self._known.get(user)
        expected = None if account is None else account.secret_of(user)
        if account is None or expected is None:
            return None
        same = hmac.compare_digest(secret.encode(), expected.encode())
        return self._tenants[account.sid] if same else None

    def refuse_stranger(self, request: Request) -> Response:
        """What Twilio says to wrong credentials."""
        return refuse(request, Refused(reason=Reason.UNAUTHENTICATED))

    def request_id(self, tenant: Tenant | None) -> str:
        """Twilio's name for an exchange."""
        return (tenant or self._nobody).store.chance.sid("RQ")

    def _new(self, sid: str, services: tuple[str, ...] | None = None) -> Tenant:
        return Tenant(
            sid=sid,
            seed=self.settings.seed,
            profile=self.settings.profile,
            services=services,
            clock=RunningClock(self._real_now),
        )


def _by_user(accounts: tuple[Account, ...] | None) -> dict[str, Account] | None:
    if accounts is None:
        return None
    return {
        user: account
        for account in accounts
        for user in (account.sid, *account.api_keys)
    }


def play(tenant: Tenant, request: Request) -> Response | ConnectionBroken:
    """An account's answer, or how its connection breaks; both are values here."""
    try:
        return handle(tenant.store, request)
    except ConnectionBroken as broken:
        return broken


def delay_of(tenant: Tenant, request: Request) -> timedelta:
    """How long the answer to this request is to be held back."""
    if not tenant.delays.armed:
        return timedelta(0)
    operation = operation_of(request)
    if operation is None:
        return timedelta(0)
    return tenant.delays.hit(operation, request.parameters.get("To"))
