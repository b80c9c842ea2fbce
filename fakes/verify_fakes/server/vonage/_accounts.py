"""Accounts of the fake Vonage: an API key, or the application of a JWT, each."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from ...kit._faults import ConnectionBroken
from ...vonage import Keep
from ...vonage._outbox import VonageMessage
from ...vonage._store import VonageStore
from ...vonage.http._exchange import Request, Response
from ...vonage.http._wire import handle
from ...vonage.machine._commands import VonageRefusal
from ...vonage.machine._workflow import VonageStatus
from ...vonage.resources._auth import APPLICATION, caller_of
from .._accounts import EVENTS, LIVE, Account, Accounts
from ._log import VonageExchange
from ._settings import PROFILES, VonageSettings


@define(eq=False, kw_only=True)
class VonageAccount(Account[VonageMessage, VonageExchange]):
    """An API key or an application, and what belongs to it."""

    called = "account"
    profiles = PROFILES

    store: VonageStore = field(init=False)

    def new_machine(self) -> VonageStore:
        return VonageStore(
            clock=self.clock,
            seed=self.seed,
            keep=Keep(live=LIVE, messages=self.bounds.messages, events=EVENTS),
            profile=PROFILES[self.profile],
            api_key=None if APPLICATION.fullmatch(self.name) else self.name,
        )

    def play(self, request: Request) -> Response | ConnectionBroken:
        """The machine's answer, or how its connection breaks."""
        try:
            # Who asks was found out before; the keyring is not asked twice.
            return handle(self.store, request)
        except ConnectionBroken as broken:
            return broken

    def disarm(self, number: int) -> bool:
        found = [r for r in self.store.faults.armed if r.number == number]
        for rule in found:
            self.store.faults.disarm(rule)
        return bool(found)

    def end(self, verification: str, status: str) -> None:
        self.store.end(verification, VonageStatus(status))


class VonageAccounts(Accounts[VonageAccount]):
    """All accounts of one server."""

    def __init__(
        self,
        settings: VonageSettings,
        next_cursor: Callable[[], int],
    ) -> None:
        self._keyring = settings.keyring
        super().__init__(
            settings,
            next_cursor,
            declared=None if self._keyring is None else self._keyring.secrets,
            owners=settings.owners,
        )

    def new(self, name: str) -> VonageAccount:
        return VonageAccount(name=name, **self.set_up())

    def admit(self, authorization: str) -> VonageAccount | VonageRefusal:
        """Whose request it is, or why Vonage would not know."""
        caller = caller_of(authorization, self._keyring)
        return caller if isinstance(caller, VonageRefusal) else self.get(caller.name)
