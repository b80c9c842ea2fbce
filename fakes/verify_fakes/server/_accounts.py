"""
Accounts side by side: each has a machine of its own, and none sees another's.

SDKs cannot add headers, so the account in the credentials is what parts one test from
the next: a fresh account per test needs no reset.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from attrs import Factory, define, field, frozen

from .._clock import RunningClock
from ..kit._faults import ArmedFault, ArmedFaults
from ..kit._hiding import Hidden, hidden_text
from ..kit._http import Json, milliseconds
from ..kit._machine import FixedCodes
from ..kit._outbox import KeptMessages, MessageT
from ._bounds import Bounds
from ._deliveries import Courier, Deliveries, Outgoing
from ._events import Broadcast
from ._request_log import ExchangeT, LoggedExchange, RequestLog, Weight
from ._settings import ServerSettings

#: Verifications and events that one account keeps.
LIVE, EVENTS = 1_000_000, 2_000


@frozen(kw_only=True)
class Received(Generic[MessageT]):
    """A message with its place among all that happened."""

    cursor: int
    message: MessageT


class Machine(Protocol[MessageT]):
    """What both vendors' machines have."""

    @property
    def codes(self) -> FixedCodes: ...
    @property
    def faults(self) -> ArmedFaults[Any, Any]: ...
    @property
    def outbox(self) -> KeptMessages[MessageT]: ...
    def __len__(self) -> int: ...
    def now(self) -> datetime: ...
    def settle(self) -> None: ...


@define(eq=False, kw_only=True)
class Account(ABC, Generic[MessageT, ExchangeT]):
    """
    One account: its machine, its clock, and what tests and people may look at.

    Attributes:
        name: The account sid, API key or application that it belongs to.
        broadcast: Gives places among all that happens on the server.
        courier: Posts what it has for its receivers.
        seed: For its codes and ids.
        profile: Name of its fidelity profile.
        bounds: How much of it is kept.
        weight: What the logs of all accounts weigh.
        declared_sinks: Where its events go from the start.
        secret: What signs its events.
        sinks: Where its events go now.
        rules: Faults that the machine does not know, scripted around it.
        addresses: How many the side door has set something of since the reset.
        called: What answers call the name.
        profiles: The fidelity profiles that there are.
    """

    called: ClassVar[str]
    profiles: ClassVar[Mapping[str, object]]

    name: str
    broadcast: Broadcast
    courier: Courier
    seed: int | None = None
    profile: str = "default"
    clock: RunningClock = Factory(RunningClock)
    bounds: Bounds = Factory(Bounds)
    weight: Weight = Factory(Weight)
    declared_sinks: tuple[str, ...] = ()
    secret: Hidden[str] = field(default="", converter=hidden_text)
    store: Machine[MessageT] = field(init=False)
    messages: deque[Received[MessageT]] = field(init=False)
    requests: RequestLog[ExchangeT] = field(init=False)
    deliveries: Deliveries = field(init=False)
    sinks: tuple[str, ...] = field(init=False, default=())
    rules: list[ArmedFault[Any, Any]] = field(init=False, factory=list)
    addresses: int = field(init=False, default=0)
    _taken: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.messages = deque(maxlen=self.bounds.messages)
        self.requests = RequestLog(self.bounds, self.weight)
        self.deliveries = Deliveries(self.name, self.named, self.clock, self.courier)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        self.store = self.new_machine()
        self.messages.clear()
        self.requests.clear()
        self.deliveries.clear()
        self.sinks = self.declared_sinks
        self.rules.clear()
        self._taken = self.addresses = 0

    @abstractmethod
    def new_machine(self) -> Machine[MessageT]:
        """A machine without a past."""

    @property
    def named(self) -> dict[str, object]:
        """The account's name as answers carry it."""
        return {self.called: self.name}

    def shown(self) -> dict[str, object]:
        """How the account stands, as JSON types."""
        now = milliseconds(self.store.now())
        return {**self.named, "now": now, "profile": self.profile, "seed": self.seed}

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it to miss."""
        nothing = not (len(self.store) or self.messages)
        return nothing and not self.rules and self.sinks == self.declared_sinks

    def leave(self) -> None:
        """The server has no room for the account any more."""
        self.requests.clear()
        self.deliveries.clear()

    def moved(self) -> None:
        """The clock was moved: let expire what is due, in order."""
        self.store.settle()
        self.deliveries.hurry()

    def post_event(self, outgoing: Outgoing) -> None:
        """Let an event be delivered to each sink."""
        for url in self.sinks:
            self.deliveries.put(outgoing, url)

    @property
    def faults(self) -> tuple[ArmedFault[Any, Any], ...]:
        """The armed rules, those around the machine last."""
        return (*self.store.faults.armed, *self.rules)

    def clear_faults(self) -> None:
        self.store.faults.clear()
        self.rules.clear()

    def disarm(self, number: int) -> bool:
        """Take one rule away; False where it is not there."""
        found = [rule for rule in self.faults if rule.number == number]
        for rule in found:
            self.store.faults.disarm(rule)
            self.rules = [each for each in self.rules if each is not rule]
        return bool(found)

    def forget(self, gone: Callable[[Received[MessageT]], bool]) -> None:
        """Delete messages from the inbox; what was verified with them stays."""
        kept = [each for each in self.messages if not gone(each)]
        self.messages.clear()
        self.messages.extend(kept)

    @abstractmethod
    def end(self, verification: str, status: str) -> None:
        """
        Let a verification end, as a person at the inbox asks for it.

        Raises:
            ValueError: It is not there, has ended, or cannot end so.
        """

    def pass_on(self, shown: Callable[[Received[MessageT]], Json]) -> tuple[int, ...]:
        """Pass on the messages that were sent since the last call; their places."""
        fresh = self.receive()
        if self.broadcast.has_listeners:
            for each in fresh:
                data = shown(each)
                self.broadcast.publish("message", self.name, data, cursor=each.cursor)
        return tuple(each.cursor for each in fresh)

    def receive(self) -> list[Received[MessageT]]:
        """Take in the messages that were sent since the last call, oldest first."""
        outbox = self.store.outbox
        if outbox.added == self._taken:
            return []
        fresh = min(outbox.added - self._taken, len(outbox))
        self._taken = outbox.added
        received = [
            Received(cursor=self.broadcast.next_cursor(), message=each)
            for each in reversed(list(islice(reversed(outbox), fresh)))
        ]
        self.messages.extend(received)
        return received


AccountT = TypeVar("AccountT", bound=Account[Any, Any])


class Accounts(ABC, Generic[AccountT]):
    """
    All accounts of one server.

    Args:
        settings: How new accounts are set up.
        broadcast: Passes on what happens to them, and gives its places.
        declared: Names of the accounts that there are; None lets any one come.
        owners: Names of accounts by other names for them.
    """

    def __init__(
        self,
        settings: ServerSettings,
        broadcast: Broadcast,
        *,
        declared: Iterable[str] | None = None,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        self.bounds = settings.bounds
        self._settings = settings
        self._broadcast = broadcast
        self._courier = Courier(broadcast, settings.webhook_hosts)
        self._owners = owners or {}
        self._weight = Weight()
        self.strict = declared is not None
        self._accounts: OrderedDict[str, AccountT] = OrderedDict(
            (name, self.new(name)) for name in declared or ()
        )

    @abstractmethod
    def new(self, name: str) -> AccountT:
        """An account without a past."""

    def set_up(self) -> dict[str, Any]:
        """What every account of the server is made with."""
        return {
            "broadcast": self._broadcast,
            "courier": self._courier,
            "seed": self._settings.seed,
            "profile": self._settings.profile,
            "clock": RunningClock(),
            "bounds": self.bounds,
            "weight": self._weight,
            "declared_sinks": self._settings.sinks,
        }

    def watch(self) -> None:
        """From now on, notice without a request what expires for a receiver."""
        self._courier.watch(self._settle)

    def _settle(self) -> None:
        for account in self:
            if account.sinks:
                account.store.settle()

    def __iter__(self) -> Iterator[AccountT]:
        return iter(tuple(self._accounts.values()))

    def get(self, name: str) -> AccountT:
        """
        The account of a name, made now if it was not there.

        Raises:
            KeyError: The server knows its accounts, and this one is not among them.
        """
        name = self._owners.get(name, name)
        account = self._accounts.get(name)
        if account is None:
            if self.strict:
                raise KeyError(name)
            account = self._accounts[name] = self.new(name)
            if len(self._accounts) > self.bounds.accounts:
                self._make_room()
        elif not self.strict:
            self._accounts.move_to_end(name)
        return account

    def _make_room(self) -> None:
        # The newest is just being used; of the others an empty one goes first.
        others = list(self._accounts.values())[:-1]
        leaver = next((each for each in others if each.empty), others[0])
        del self._accounts[leaver.name]
        leaver.leave()

    def log(
        self,
        account: AccountT,
        seen: LoggedExchange,
        shown: Callable[[], Json],
        *,
        changes: bool,
    ) -> None:
        """
        Write down a request and pass it on; `changes` says that it changed the account.

        Where all logs are too heavy, that of the account used longest ago goes.
        """
        account.requests.add(seen)
        if self._weight.bytes > self.bounds.all_log_bytes:
            others = (each for each in self._accounts.values() if each is not account)
            longest_ago = next((each for each in others if len(each.requests)), account)
            longest_ago.requests.clear()
        if self._broadcast.has_listeners:
            publish, name = self._broadcast.publish, account.name
            publish("request", name, shown(), cursor=seen.cursor)
            if changes:
                publish("changed", name, account.named)
