"""Accounts of the fake Vonage: an API key, or the application of a JWT, each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import define, field

from ...kit._faults import ArmedFault, Break, ConnectionBroken
from ...kit._hiding import Hidden
from ...vonage import Keep
from ...vonage._outbox import VonageMessage
from ...vonage._store import VonageStore
from ...vonage.http._exchange import Request, Response
from ...vonage.http._wire import handle
from ...vonage.machine._commands import Reason, VonageOperation, VonageRefusal
from ...vonage.machine._numbers import plain
from ...vonage.machine._workflow import VonageStatus
from ...vonage.resources._auth import APPLICATION, caller_of
from ...vonage.resources._events import VonageNotification
from .._accounts import EVENTS, LIVE, Account, Accounts
from .._events import Broadcast
from ._log import VonageExchange, addresses_in, operation_of
from ._settings import PROFILES, VonageSettings, keyring_of
from ._webhooks import VonageOutgoing

_NO_APPLICATION = "started by API key and secret: Vonage posts to applications only"
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

    def arm(
        self,
        operation: VonageOperation,
        effect: Reason | Break | int | timedelta,
        **calls: Any,  # noqa: ANN401 - as `ArmedFaults.arm` takes them
    ) -> ArmedFault[Any, Any]:
        """
        Arm a rule; a delay is scripted around the machine, which knows no time to wait.

        Raises:
            ValueError: The fake has no such error.
        """
        if not isinstance(effect, timedelta):
            return self.store.faults.arm(operation, effect, **calls)
        to = calls.pop("to")
        rule = ArmedFault[Any, Any](
            operation=operation,
            effect=effect,
            to=None if to is None else plain(to),
            **calls,
        )
        self.rules.append(rule)
        return rule

    def delay(self, request: Request) -> float:
        """Count a request under the rules; how many seconds its answer is to wait."""
        operation = operation_of(request) if self.rules else None
        if operation is None:
            return 0.0
        to = self._addresses(request)
        delays = [
            rule.effect.total_seconds()
            for rule in self.rules
            if isinstance(rule.effect, timedelta) and rule.meets(operation, to)
        ]
        return sum(delays)

    def _addresses(self, request: Request) -> list[str]:
        """The addresses that a request is about, also where it only names an id."""
        if operation_of(request) is VonageOperation.START:
            return addresses_in(request)
        held = self.store.peek(request.segments[2])
        return [] if held is None else [held.step.to]

    def end(self, verification: str, status: str) -> None:
        self.store.end(verification, VonageStatus(status))


class VonageAccounts(Accounts[VonageAccount]):
    """All accounts of one server."""

    def __init__(self, settings: VonageSettings, broadcast: Broadcast) -> None:
        declared = settings.accounts
        self._declared = {each.key: each for each in declared or ()}
        self._secret = Hidden(settings.signature_secret)
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
