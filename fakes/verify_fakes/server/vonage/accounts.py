"""
Accounts side by side: each has a Vonage of its own, and none sees another's.

The API key, or the application of a JWT, is what parts one test from the next: a fresh
one needs no reset.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from attrs import Factory, define, field, frozen

from ...kit.breaks import ConnectionBroken
from ...vonage import Keep, Message, Refused, VonageStore
from ...vonage.auth import APPLICATION, caller_of
from ...vonage.exchange import Request, Response
from ...vonage.wire import handle
from ..clock import RunningClock, system_now
from .settings import PROFILES, VonageSettings

MOST_ACCOUNTS: Final = 1_000
"""Accounts kept; beyond that the one that was used longest ago leaves."""

_KEEP: Final = Keep(live=1_000_000, messages=2_000, events=2_000)
_REQUESTS_KEPT: Final = 1_000


@frozen(kw_only=True)
class Received:
    """A message with its place among all that happened."""

    cursor: int
    message: Message


@frozen(kw_only=True)
class Seen:
    """
    A request and what came of it.

    Attributes:
        cursor: Its place among all that happened.
        at: By the account's clock.
        operation: The vendor's `operationId`, where there is one.
        body: Its JSON, codes redacted.
        outcome: The answer, or how the connection broke.
    """

    cursor: int
    at: datetime
    method: str
    path: str
    operation: str | None
    body: Any = field(repr=False)
    outcome: Response | ConnectionBroken = field(repr=False)


@define(eq=False)
class Account:
    """
    One account: its machine, its clock, and what tests and people may look at.

    Attributes:
        name: The API key, or the application, that it belongs to.
        next_cursor: Gives places among all that happens on the server.
        seed: For its codes and ids.
        profile: Name of its fidelity profile.
    """

    name: str
    next_cursor: Callable[[], int]
    seed: int | None = None
    profile: str = "default"
    clock: RunningClock = Factory(RunningClock)
    store: VonageStore = field(init=False)
    messages: deque[Received] = Factory(lambda: deque(maxlen=_KEEP.messages))
    requests: deque[Seen] = Factory(lambda: deque(maxlen=_REQUESTS_KEPT))
    _taken: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        self.store = VonageStore(
            clock=self.clock,
            seed=self.seed,
            keep=_KEEP,
            profile=PROFILES[self.profile],
            api_key=None if APPLICATION.fullmatch(self.name) else self.name,
        )
        self.messages.clear()
        self.requests.clear()
        self._taken = 0

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
            if len(self._accounts) > MOST_ACCOUNTS:
                self._accounts.popitem(last=False)
        elif self._settings.keyring is None:
            self._accounts.move_to_end(name)
        return account

    def admit(self, authorization: str) -> Account | Refused:
        """Whose request it is, or why Vonage would not know."""
        caller = caller_of(authorization, self._settings.keyring)
        return caller if isinstance(caller, Refused) else self.get(caller.name)

    def _new(self, name: str) -> Account:
        return Account(
            name=name,
            next_cursor=self._next_cursor,
            seed=self._settings.seed,
            profile=self._settings.profile,
            clock=RunningClock(self._real_now),
        )
