"""
Accounts side by side: each has a Vonage of its own, and none sees another's.

The API key, or the application of a JWT, is what parts one test from the next: a fresh
one needs no reset.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import datetime

from attrs import Factory, define, field, frozen

from ...kit._faults import ConnectionBroken
from ...vonage import Keep
from ...vonage._outbox import VonageMessage
from ...vonage._store import VonageStore
from ...vonage.http._exchange import Request, Response
from ...vonage.http._wire import handle
from ...vonage.machine._commands import VonageRefusal
from ...vonage.resources._auth import APPLICATION, caller_of
from .._bounds import Bounds
from .._clock import RunningClock, system_now
from .._request_log import RequestLog, Weight
from ._seen import Seen
from ._settings import PROFILES, VonageSettings

_LIVE, _EVENTS = 1_000_000, 2_000


@frozen(kw_only=True)
class Received:
    """A message with its place among all that happened."""

    cursor: int
    message: VonageMessage


@define(eq=False)
class Account:
    """
    One account: its machine, its clock, and what tests and people may look at.

    Attributes:
        name: The API key, or the application, that it belongs to.
        next_cursor: Gives places among all that happens on the server.
        seed: For its codes and ids.
        profile: Name of its fidelity profile.
        bounds: How much of it is kept.
        weight: What the logs of all accounts weigh.
        addresses: How many the side door has set something of since the reset.
    """

    name: str
    next_cursor: Callable[[], int]
    seed: int | None = None
    profile: str = "default"
    clock: RunningClock = Factory(RunningClock)
    bounds: Bounds = Factory(Bounds)
    weight: Weight = Factory(Weight)
    store: VonageStore = field(init=False)
    messages: deque[Received] = field(init=False)
    requests: RequestLog[Seen] = field(init=False)
    addresses: int = field(init=False, default=0)
    _taken: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        bounds = self.bounds
        self.messages = deque(maxlen=bounds.messages)
        self.requests = RequestLog(bounds.requests, bounds.log_bytes, self.weight)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        self.store = VonageStore(
            clock=self.clock,
            seed=self.seed,
            keep=Keep(live=_LIVE, messages=self.bounds.messages, events=_EVENTS),
            profile=PROFILES[self.profile],
            api_key=None if APPLICATION.fullmatch(self.name) else self.name,
        )
        self.messages.clear()
        self.requests.clear()
        self._taken = self.addresses = 0

    def play(self, request: Request) -> Response | ConnectionBroken:
        """The machine's answer, or how its connection breaks; both are values here."""
        try:
            # Who asks was found out before; the keyring is not asked twice.
            return handle(self.store, request)
        except ConnectionBroken as broken:
            return broken

    def receive(self) -> list[Received]:
        """Take in the messages that were sent since the last call, oldest first."""
        outbox = self.store.outbox
        fresh = min(outbox.added - self._taken, len(outbox))
        self._taken = outbox.added
        taken = outbox[len(outbox) - fresh :]
        received = [Received(cursor=self.next_cursor(), message=each) for each in taken]
        self.messages.extend(received)
        return received


class Accounts:
    """
    All accounts of one server.

    Args:
        settings: Who may come in, and how new accounts are set up.
        next_cursor: Gives places among all that happens on the server.
        real_now: The time that runs.
    """

    def __init__(
        self,
        settings: VonageSettings,
        *,
        next_cursor: Callable[[], int],
        real_now: Callable[[], datetime] = system_now,
    ) -> None:
        self._settings = settings
        self._next_cursor = next_cursor
        self._real_now = real_now
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self._weight = Weight()
        keyring = settings.keyring
        for name in () if keyring is None else keyring.secrets:
            self._accounts[name] = self._new(name)

    def __iter__(self) -> Iterator[Account]:
        return iter(tuple(self._accounts.values()))

    def get(self, name: str) -> Account:
        """
        The account of a name, made now if it was not there.

        Raises:
            KeyError: The server knows its accounts, and this is none of them.
        """
        name = self._settings.owners.get(name, name)
        account = self._accounts.get(name)
        if account is None:
            if self._settings.keyring is not None:
                raise KeyError(name)
            account = self._accounts[name] = self._new(name)
            if len(self._accounts) > self._settings.bounds.accounts:
                self._accounts.popitem(last=False)[1].requests.clear()
        elif self._settings.keyring is None:
            self._accounts.move_to_end(name)
        return account

    def admit(self, authorization: str) -> Account | VonageRefusal:
        """Whose request it is, or why Vonage would not know."""
        caller = caller_of(authorization, self._settings.keyring)
        return caller if isinstance(caller, VonageRefusal) else self.get(caller.name)

    def log(self, account: Account, seen: Seen) -> None:
        """Write down a request, and let go of what nobody has used for longest."""
        account.requests.add(seen)
        if self._weight.bytes > self._settings.bounds.all_log_bytes:
            others = (each for each in self._accounts.values() if each is not account)
            longest_ago = next((each for each in others if len(each.requests)), account)
            longest_ago.requests.clear()

    def _new(self, name: str) -> Account:
        return Account(
            name=name,
            next_cursor=self._next_cursor,
            seed=self._settings.seed,
            profile=self._settings.profile,
            clock=RunningClock(self._real_now),
            bounds=self._settings.bounds,
            weight=self._weight,
        )
