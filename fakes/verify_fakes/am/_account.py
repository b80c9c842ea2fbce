"""The one account of an endpoint: the machine of the fake, walks and sessions."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from attrs import define, field, frozen

from ..kit._faults import ArmedFault, Break
from ..memory._pretended import PretendedVendor
from ..memory._profiles import TWILIO_LIKE
from ..server._bounds import Bounds
from ..server.twilio._accounts import TwilioAccount, TwilioAccounts
from ..twilio._outbox import Message
from ..twilio._store import VerifyStore
from ..twilio.machine._commands import TwilioCommand
from ..twilio.machine._errors import Reason
from ..twilio.machine._state import TwilioChannel
from ._sessions import Sessions
from ._walks import ServedWalk, ServedWalks

ACCOUNT = f"AC{0:032x}"
"""The one account of the fake behind the endpoint."""


@frozen(kw_only=True)
class JourneyBounds(Bounds):
    """Bounds of the endpoint, besides those of any server of a fake."""

    walks: int = 1_000  # then the one used longest ago is forgotten
    walk_steps: int = 500  # of one walk; its time is over then
    all_steps: int = 20_000  # of all walks together; then as for walks
    sessions: int = 10_000  # then the one used longest ago ends


@define(eq=False, kw_only=True)
class JourneyAccount(TwilioAccount):
    """
    What the endpoint's side door is about: the fake's account, and the walks.

    Attributes:
        vendor: The fake as a provider and a lookup, on the account's machine.
    """

    vendor: PretendedVendor = field(init=False)
    walks: ServedWalks = field(init=False)
    sessions: Sessions = field(init=False)

    def new_machine(self) -> VerifyStore:
        store = super().new_machine()
        self.vendor = PretendedVendor(store, TWILIO_LIKE, name="fake", extras=())
        return store

    def __attrs_post_init__(self) -> None:
        bounds = self.bounds
        assert isinstance(bounds, JourneyBounds)  # noqa: S101 - for type checkers
        draw = partial(secrets.token_urlsafe, 24)
        self.walks = ServedWalks(
            now=self.clock,
            draw=draw,
            key=secrets.token_bytes(32),
            most=bounds.walks,
            most_steps=bounds.all_steps,
            longest=bounds.walk_steps,
        )
        self.sessions = Sessions(now=self.clock, draw=draw, most=bounds.sessions)
        super().__attrs_post_init__()

    def reset(self) -> None:
        """Forget walks and sessions, too."""
        super().reset()
        self.walks.clear()
        self.sessions.clear()

    def arm(
        self,
        operation: str,
        effect: Reason | Break | timedelta,
        **calls: Any,  # noqa: ANN401 - as `ArmedFault` takes them
    ) -> ArmedFault[Any, Any]:
        """
        Arm a rule of the machine; the endpoint has no other operations of Twilio.

        Raises:
            ValueError: There is no such operation, or it cannot be slow.
        """
        if operation not in set(TwilioCommand) or isinstance(effect, timedelta):
            words = ", ".join(TwilioCommand)
            raise ValueError(f"takes one of {words}, with error or connection")
        return super().arm(operation, effect, **calls)

    def keep_messages(self, served: ServedWalk) -> None:
        """Take what AM's own senders sent in a walk into the inbox."""
        fresh = served.walk.outbox[served.sent :]
        served.sent += len(fresh)
        for each in fresh:
            code = served.walk.state.get("oneTimePassword")
            self.store.outbox.add(
                Message(
                    to=each.to,
                    channel=TwilioChannel(each.channel),
                    code=code if isinstance(code, str) and code else each.text,
                    body=each.text,
                    subject=each.subject,
                    at=self.store.now(),
                    verification_sid="",
                    service_sid="",
                )
            )


class JourneyAccounts(TwilioAccounts):
    """The one account of an endpoint."""

    def new(self, name: str) -> JourneyAccount:
        return JourneyAccount(name=name, **self.set_up())
