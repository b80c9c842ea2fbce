"""Accounts of the fake Vonage: an API key, or the application of a JWT, each."""

from __future__ import annotations

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
from ...vonage.resources._events import VonageNotification
from .._accounts import EVENTS, LIVE, Account, Accounts
from .._events import Broadcast
from ._log import VonageExchange
from ._settings import PROFILES, VonageSettings, keyring_of
from ._webhooks import VonageOutgoing

_NO_APPLICATION = (
    "started by API key and secret; Vonage posts what an application's token started"
)
_NO_SINK = "no sink is set; --event-sink or POST /sinks sets one"


@define(eq=False, kw_only=True)
class VonageAccount(Account[VonageMessage, VonageExchange]):
    """An API key or an application, and what belongs to it."""

    called = "account"
    profiles = PROFILES

    store: VonageStore = field(init=False)

    def new_machine(self) -> VonageStore:
        store = VonageStore(
            clock=self.clock,
            seed=self.seed,
            keep=Keep(live=LIVE, messages=self.bounds.messages, events=EVENTS),
            profile=PROFILES[self.profile],
            api_key=None if APPLICATION.fullmatch(self.name) else self.name,
        )
        store.notifications.listen(self._deliver)
        return store

    def _deliver(self, notification: VonageNotification) -> None:
        outgoing = VonageOutgoing(notification=notification, secret=self.secret)
        if notification.application_id is None:
            self.deliveries.keep(outgoing, _NO_APPLICATION)
        elif not self.sinks:
            self.deliveries.keep(outgoing, _NO_SINK)
        else:
            self.post_event(outgoing)

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
        broadcast: Broadcast,
    ) -> None:
        declared = settings.accounts
        self._declared = {each.key: each for each in declared or ()}
        self._secret = settings.signature_secret
        self._keyring = None if declared is None else keyring_of(declared)
        super().__init__(
            settings,
            broadcast,
            declared=None if declared is None else self._declared,
            owners={
                application: each.key
                for each in declared or ()
                for application in each.applications
            },
        )

    def new(self, name: str) -> VonageAccount:
        account = self._declared.get(name)
        if account is None:
            return VonageAccount(name=name, secret=self._secret, **self.set_up())
        own = {"declared_sinks": account.sinks, "secret": account.signature_secret}
        return VonageAccount(name=name, **{**self.set_up(), **own})

    def admit(self, authorization: str) -> VonageAccount | VonageRefusal:
        """Whose request it is, or why Vonage would not know."""
        caller = caller_of(authorization, self._keyring)
        return caller if isinstance(caller, VonageRefusal) else self.get(caller.name)
