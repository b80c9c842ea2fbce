"""
Accounts side by side: each has a Twilio of its own, and none sees another's.

SDKs cannot add headers, so the account in the credentials is what parts one test from
the next: a fresh account sid per test needs no reset.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Final

from attrs import Factory, define, evolve, field, frozen

from ..kit._faults import ConnectionBroken
from ..twilio import Limits
from ..twilio._outbox import Message
from ..twilio._store import VerifyStore
from ..twilio.http._exchange import Request, Response, credentials_of, refuse
from ..twilio.http._wire import handle, route_of
from ..twilio.machine._commands import TwilioRefusal
from ..twilio.machine._errors import Reason
from ..twilio.machine._rules import PROFILES
from ..twilio.machine._verifications import Keep
from ..twilio.resources._events import HookCall, TwilioNotification
from ._bounds import Bounds
from ._clock import RunningClock, system_now
from ._courier import Courier
from ._deliveries import Deliveries
from ._exchanges import Exchange, operation_of
from ._request_log import RequestLog, Weight
from ._script import Rule, Script
from ._settings import Account, Settings

_LIVE, _ATTEMPTS, _EVENTS = 1_000_000, 10_000, 2_000
_LIMITS: Final = {
    True: Limits(),
    False: Limits(sends=1_000_000, checks=1_000_000, polls={}, factors=False),
}


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
        next_cursor: Gives places among all that happens on the server.
        profile: Name of its fidelity profile.
        limited: Whether Twilio's limits on sends, checks, polls and factors hold.
        declared: What a strict server was told of it; None where it knows nobody.
        declared_sinks: Where its events go from the start.
        secret: What its webhooks are signed with: the token of its last request.
        courier: Delivers events and webhook calls.
        bounds: How much of it is kept.
        weight: What the logs of all accounts weigh.
        sinks: Where its events go now.
        addresses: How many the side door has set something of since the reset.
    """

    sid: str
    next_cursor: Callable[[], int]
    seed: int | None = None
    profile: str = "default"
    limited: bool = True
    declared: Account | None = None
    declared_sinks: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    clock: RunningClock = Factory(RunningClock)
    courier: Courier = Factory(Courier)
    bounds: Bounds = Factory(Bounds)
    weight: Weight = Factory(Weight)
    store: VerifyStore = field(init=False)
    script: Script = Factory(Script)
    messages: deque[Received] = field(init=False)
    exchanges: RequestLog[Exchange] = field(init=False)
    sinks: tuple[str, ...] = field(init=False, default=())
    addresses: int = field(init=False, default=0)
    deliveries: Deliveries = field(init=False)
    _newest: Message | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        bounds = self.bounds
        self.deliveries = Deliveries(self.sid, self.clock, self.courier)
        self.messages = deque(maxlen=bounds.messages)
        self.exchanges = RequestLog(bounds.requests, bounds.log_bytes, self.weight)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        self.store = VerifyStore(
            clock=self.clock,
            seed=self.seed,
            limits=_LIMITS[self.limited],
            # A key does not tell whose it is; what it makes belongs to this account.
            account_sid=f"AC{self.sid[2:]}",
            keep=Keep(
                live=_LIVE,
                messages=self.bounds.messages,
                attempts=_ATTEMPTS,
                events=_EVENTS,
            ),
            profile=evolve(
                PROFILES[self.profile], templates_on_first_use=self.declared is None
            ),
        )
        self.store.records.events.listen(self._deliver)
        self.declare()
        self.sinks = self.declared_sinks
        self.deliveries.clear()
        self.script.clear()
        self.messages.clear()
        self.exchanges.clear()
        self.addresses = 0
        self._newest = None

    def limit(self, *, on: bool) -> None:
        """Switch Twilio's limits on or off, and forget nothing."""
        self.limited = on
        self.store.limit(_LIMITS[on])

    def declare(self) -> None:
        """Let there be what a strict server was told of, and nothing else by itself."""
        if self.declared is None:
            return
        self.store.services.on_first_use = True
        for sid in self.declared.services:
            self.store.services.get(sid, self.sid)
        self.store.services.on_first_use = False
        for template in self.declared.templates:
            template.add_to(self.store.templates)

    @property
    def empty(self) -> bool:
        """Whether nobody would miss anything."""
        own = self.sinks != self.declared_sinks
        return not (len(self.store) or self.messages or self.script.rules or own)

    def _deliver(self, told: TwilioNotification) -> None:
        urls = (told.url,) if isinstance(told, HookCall) else self.sinks
        for url in urls:
            self.deliveries.put(told, url, self.secret)

    def play(self, request: Request) -> Response | ConnectionBroken:
        """The machine's answer, or how its connection breaks; both are values here."""
        try:
            return handle(self.store, request)
        except ConnectionBroken as broken:
            return broken

    def receive(self) -> list[Received]:
        """Take in the messages that were sent since the last call, oldest first."""
        sent: list[Message] = []
        for message in reversed(self.store.outbox):
            if message is self._newest:
                break
            sent.append(message)
        if not sent:
            return []
        self._newest = sent[0]
        fresh = [
            Received(cursor=self.next_cursor(), message=message)
            for message in reversed(sent)
        ]
        self.messages.extend(fresh)
        return fresh


class Tenants:
    """
    All accounts of one server.

    Args:
        settings: Who may come in, and how new accounts are set up.
        real_now: The time that runs.
        next_cursor: Gives places among all that happens on the server.

    Attributes:
        courier: Delivers what accounts tell, once it is open.
    """

    def __init__(
        self,
        settings: Settings,
        real_now: Callable[[], datetime] = system_now,
        *,
        next_cursor: Callable[[], int] | None = None,
        courier: Courier | None = None,
    ) -> None:
        self.settings = settings
        self.courier = courier or Courier()
        self._next_cursor = next_cursor or count(1).__next__
        self._real_now = real_now
        self._known = _by_user(settings.accounts)
        self._tenants: OrderedDict[str, Tenant] = OrderedDict()
        self._weight = Weight()
        # Answers what no account asked for.
        self._nobody = self._new("nobody")
        for account in settings.accounts or ():
            self._tenants[account.sid] = self._new(account.sid, account)

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
            if len(self._tenants) > self.settings.bounds.accounts:
                self._make_room()
        elif self._known is None:
            self._tenants.move_to_end(sid)
        return tenant

    def admit(self, headers: Mapping[str, str]) -> Tenant | None:
        """Whose request it is, or None where Twilio would not know."""
        found = credentials_of(headers.get("authorization", ""))
        if found is None:
            return None
        user, secret = found
        if self._known is None:
            tenant = self.get(user)
            tenant.secret = secret
            return tenant
        account = self._known.get(user)
        expected = None if account is None else account.secret_of(user)
        if account is None or expected is None:
            return None
        same = hmac.compare_digest(secret.encode(), expected.encode())
        return self._tenants[account.sid] if same else None

    def refuse_stranger(self, request: Request) -> Response:
        """What Twilio says to wrong credentials."""
        return refuse(request, TwilioRefusal(reason=Reason.UNAUTHENTICATED))

    def request_id(self, tenant: Tenant | None) -> str:
        """Twilio's name for an exchange."""
        return (tenant or self._nobody).store.random_source.sid("RQ")

    def _make_room(self) -> None:
        # The newest is just being used; of the others an empty one goes first.
        others = list(self._tenants.values())[:-1]
        leaver = next((each for each in others if each.empty), others[0])
        del self._tenants[leaver.sid]
        leaver.deliveries.clear()
        leaver.exchanges.clear()

    def log(self, tenant: Tenant, seen: Exchange) -> None:
        """Write down a request, and let go of what nobody has used for longest."""
        tenant.exchanges.add(seen)
        if self._weight.bytes > self.settings.bounds.all_log_bytes:
            others = (each for each in self._tenants.values() if each is not tenant)
            longest_ago = next((each for each in others if len(each.exchanges)), tenant)
            longest_ago.exchanges.clear()

    def settle_events(self) -> None:
        """Let what is due expire where somebody is to be told of it."""
        for tenant in self._tenants.values():
            if tenant.sinks:
                tenant.store.settle()

    def _new(self, sid: str, account: Account | None = None) -> Tenant:
        return Tenant(
            sid=sid,
            next_cursor=self._next_cursor,
            seed=self.settings.seed,
            profile=self.settings.profile,
            declared=account,
            declared_sinks=self.settings.sinks if account is None else account.sinks,
            secret="" if account is None else account.auth_token,
            clock=RunningClock(self._real_now),
            courier=self.courier,
            bounds=self.settings.bounds,
            weight=self._weight,
        )


def _by_user(accounts: tuple[Account, ...] | None) -> dict[str, Account] | None:
    if accounts is None:
        return None
    return {
        user: account
        for account in accounts
        for user in (account.sid, *account.api_keys)
    }


def scripted(tenant: Tenant, request: Request) -> list[Rule]:
    """Count a request under the account's scripted rules; those that hit it."""
    if not tenant.script.rules:
        return []
    route = route_of(request)
    if route is None:
        return []
    operation = operation_of(request)
    names = (route.operation,) if operation is None else (route.operation, operation)
    return tenant.script.hit(names, _address(tenant, request))


def _address(tenant: Tenant, request: Request) -> str | None:
    """The address that a request is about, also where it only names a sid."""
    parameters, segments = request.parameters, request.segments
    if "To" in parameters:
        return parameters["To"]
    key = parameters.get("VerificationSid") or segments[-1]
    if "Services" not in segments:
        return key
    service = segments[segments.index("Services") + 1 :][:1]
    held = tenant.store.peek(service[0], key) if service else None
    return key if held is None else held.to
