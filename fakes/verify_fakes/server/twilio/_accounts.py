"""Accounts of the fake Twilio, with the faults that only a server can script."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import define, evolve, field

from ...kit._faults import ArmedFault, Break, ConnectionBroken
from ...kit._hiding import Hidden
from ...twilio import Limits
from ...twilio._outbox import Message
from ...twilio._store import VerifyStore
from ...twilio.http._exchange import Request, Response, credentials_of
from ...twilio.http._wire import ROUTES, handle, route_of
from ...twilio.machine._commands import TwilioCommand
from ...twilio.machine._errors import Reason
from ...twilio.machine._rules import PROFILES
from ...twilio.machine._state import TwilioStatus
from ...twilio.machine._verifications import Keep
from ...twilio.resources._events import HookCall, TwilioNotification
from .._accounts import EVENTS, LIVE, Account, Accounts
from .._events import Broadcast
from ._log import TwilioExchange, operation_of
from ._settings import DeclaredTwilioAccount, TwilioSettings
from ._webhooks import TwilioOutgoing

_ATTEMPTS = 10_000
_LIMITS = {
    True: Limits(),
    False: Limits(sends=1_000_000, checks=1_000_000, polls={}, factors=False),
}
_OPERATIONS = {*TwilioCommand, *(route.operation for route in ROUTES)}


@define(eq=False, kw_only=True)
class TwilioAccount(Account[Message, TwilioExchange]):
    """
    An account sid or an API key, and what belongs to it.

    Attributes:
        limited: Whether Twilio's limits on sends, checks, polls and factors hold.
        declared: What a strict server's file says of it; None where any account may
            come.
    """

    called = "account_sid"
    profiles = PROFILES

    limited: bool = True
    declared: DeclaredTwilioAccount | None = None
    store: VerifyStore = field(init=False)

    def new_machine(self) -> VerifyStore:
        store = VerifyStore(
            clock=self.clock,
            seed=self.seed,
            limits=_LIMITS[self.limited],
            # A key does not say whose it is; what it makes belongs to this account.
            account_sid=f"AC{self.name[2:]}",
            keep=Keep(
                live=LIVE,
                messages=self.bounds.messages,
                attempts=_ATTEMPTS,
                events=EVENTS,
            ),
            profile=evolve(
                PROFILES[self.profile], templates_on_first_use=self.declared is None
            ),
        )
        store.records.events.listen(self._deliver)
        return store

    def reset(self) -> None:
        """Forget everything but the clock and how this account was set up."""
        super().reset()
        self._declare()

    def _declare(self) -> None:
        """Let there be what the server's file declares, and nothing on first use."""
        if self.declared is None:
            return
        self.store.services.on_first_use = True
        for sid in self.declared.services:
            self.store.services.get(sid, self.name)
        self.store.services.on_first_use = False
        for template in self.declared.templates:
            self.store.templates.add(**template)

    def shown(self) -> dict[str, object]:
        return {**super().shown(), "limits": self.limited}

    def limit(self, *, on: bool) -> None:
        """Switch Twilio's limits on or off, and forget nothing."""
        self.limited = on
        self.store.limit(_LIMITS[on])

    def _deliver(self, notification: TwilioNotification) -> None:
        outgoing = TwilioOutgoing(notification=notification, secret=self.secret)
        if isinstance(notification, HookCall):
            self.deliveries.put(outgoing, notification.url)
        else:
            self.post_event(outgoing)

    def play(self, request: Request) -> Response | ConnectionBroken:
        """The machine's answer, or how its connection breaks."""
        try:
            return handle(self.store, request)
        except ConnectionBroken as broken:
            return broken

    def arm(
        self,
        operation: str,
        effect: Reason | Break | timedelta,
        **calls: Any,  # noqa: ANN401 - as `ArmedFault` takes them
    ) -> ArmedFault[Any, Any]:
        """
        Arm a rule.

        The machine counts its own operations after it has read their parameters, and
        knows the address behind a sid; what it cannot do is scripted around it.

        Raises:
            ValueError: There is no such operation.
        """
        if operation in set(TwilioCommand) and not isinstance(effect, timedelta):
            return self.store.faults.arm(operation, effect, **calls)
        if operation not in _OPERATIONS:
            words = ", ".join(TwilioCommand)
            raise ValueError(
                f"no operation {operation[:40]!r}; there are {words}, and "
                "Twilio's operationIds such as CreateService"
            )
        rule = ArmedFault[Any, Any](operation=operation, effect=effect, **calls)
        self.rules.append(rule)
        return rule

    def end(self, verification: str, status: str) -> None:
        self.store.end(verification, TwilioStatus(status))

    def scripted(self, request: Request) -> list[ArmedFault[Any, Any]]:
        """Count a request under the rules; those that hit it."""
        route = route_of(request) if self.rules else None
        if route is None:
            return []
        names = {route.operation, operation_of(request)}
        to = self._address(request)
        return [
            rule
            for rule in self.rules
            if rule.operation in names and rule.meets(rule.operation, {to})
        ]

    def _address(self, request: Request) -> str:
        """The address that a request is about, also where it only names a sid."""
        parameters, segments = request.parameters, request.segments
        if "To" in parameters:
            return parameters["To"]
        key = parameters.get("VerificationSid") or segments[-1]
        if "Services" not in segments:
            return key
        service = segments[segments.index("Services") + 1 :][:1]
        held = self.store.peek(service[0], key) if service else None
        return key if held is None else held.to


class TwilioAccounts(Accounts[TwilioAccount]):
    """All accounts of one server."""

    def __init__(
        self,
        settings: TwilioSettings,
        broadcast: Broadcast,
    ) -> None:
        declared = settings.accounts
        self._declared = {each.sid: each for each in declared or ()}
        self._users = {
            user: each
            for each in self._declared.values()
            for user in (each.sid, *each.api_keys)
        }
        super().__init__(
            settings,
            broadcast,
            declared=None if declared is None else self._declared,
        )
        self._unknown = self.new("unknown")  # answers what no account asked for

    def new(self, name: str) -> TwilioAccount:
        account = self._declared.get(name)
        if account is None:
            return TwilioAccount(name=name, **self.set_up())
        own = {
            "declared": account,
            "declared_sinks": account.sinks,
            "secret": account.auth_token,
        }
        return TwilioAccount(name=name, **{**self.set_up(), **own})

    def admit(self, headers: Mapping[str, str]) -> TwilioAccount | None:
        """Whose request it is, or None where Twilio would not know."""
        found = credentials_of(headers.get("authorization", ""))
        if found is None:
            return None
        user, secret = found
        if not self.strict:
            account = self.get(user)
            account.secret = Hidden(secret)
            return account
        declared = self._users.get(user)
        if declared is None:
            return None
        expected = declared.secret_of(user)
        same = hmac.compare_digest(secret.encode(), expected.encode())
        return self.get(declared.sid) if same else None

    def request_id(self, account: TwilioAccount | None) -> str:
        """Twilio's name for an exchange."""
        return (account or self._unknown).store.random_source.sid("RQ")
