"""
Vonage Verify without a socket: `with fake_vonage() as vonage:`.

Within the block every `requests`-based client, the official SDK included, that calls
api.nexmo.com or api.vonage.com talks to the fake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from .._clock import FakeClock
from ..kit._hiding import Hidden, Revealed, hidden, hidden_text
from ..vonage._store import VonageStore
from ..vonage.http._exchange import Request, Response, read_request, redacted
from ..vonage.http._wire import handle, route_of
from ..vonage.machine._commands import Reason
from ._mounting import MountedFake, answering

if TYPE_CHECKING:
    from ..vonage._outbox import VonageOutbox
    from ..vonage._store import Profile
    from ..vonage.machine._verifications import Keep
    from ..vonage.machine._workflow import Limits
    from ..vonage.resources._auth import Keyring
    from ..vonage.resources._events import VonageNotification

#: Vonage's hosts, with or without a region.
VONAGE_HOSTS = re.compile(
    r"https://api(?:-[a-z0-9-]+)?\.(?:nexmo|vonage)\.com/v2/verify"
)


@frozen(kw_only=True)
class RecordedVonageRequest:
    """
    One request that the fake saw.

    Attributes:
        at: When, by the fake's clock.
        method: Such as `POST`.
        path: Such as `/v2/verify`.
        operation: The vendor's `operationId`, where there is one.
        body: Its JSON, codes redacted; addresses are in it in full. None where it is
            not an object.
        status: The HTTP status answered; None where the connection broke.
        reason: Why it was refused, if it was.
    """

    at: datetime
    method: str
    _path: Hidden[str] = field(converter=hidden_text)
    operation: str | None
    _body: Hidden[Any] = field(converter=hidden)
    status: int | None
    reason: Reason | None

    path = Revealed[str]()
    body = Revealed[Any]()


class FakeVonage(MountedFake[Request, Response, RecordedVonageRequest]):
    """
    A Vonage of one's own, spoken to in HTTP but without a socket.

    Two of them share nothing.

    Args:
        seed: For codes and ids; None is unpredictable.
        clock: Moves by hand; one that starts at `DEFAULT_START` if not given.
        keyring: The accounts to let in; None accepts all well-formed credentials.
        profile: Which of several faithful behaviours.
        limits: Vonage's numbers, such as the channel time-out.
        keep: How much is kept.

    Attributes:
        clock: `clock.advance(timedelta(minutes=3))` lets a step expire.
        store: The machine behind the wire.
        faults: Failures on purpose: `faults.arm("start", 429)`.
        traits: What is true of addresses: `traits.block("447700900000")`.
        codes: The codes: `codes.fix("447700900000", "271828")`.
    """

    hosts = VONAGE_HOSTS

    def __init__(
        self,
        *,
        seed: int | None = None,
        clock: FakeClock | None = None,
        keyring: Keyring | None = None,
        profile: Profile | None = None,
        limits: Limits | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.clock = clock or FakeClock()
        self.store = VonageStore(
            clock=self.clock, seed=seed, limits=limits, keep=keep, profile=profile
        )
        self.faults = self.store.faults
        self.traits = self.store.traits
        self.codes = self.store.codes
        self._keyring = keyring
        super().__init__(self.store.lock)

    @property
    def outbox(self) -> VonageOutbox:
        """What people received; `outbox[-1].code` is the newest code."""
        return self.store.outbox

    @property
    def events(self) -> Sequence[VonageNotification]:
        """What would have been posted to webhooks, oldest first."""
        return self.store.events

    def _read(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None,
    ) -> Request:
        instance = self.store.random_source.uuid()
        return read_request(method, url, headers, body, instance=instance)

    def _answer(self, request: Request) -> Response:
        return handle(self.store, request, self._keyring)

    def _recorded(
        self, request: Request, response: Response | None
    ) -> RecordedVonageRequest:
        route = route_of(request)
        refused = response.refused if response else None
        return RecordedVonageRequest(
            at=self.store.now(),
            method=request.method,
            path=request.path,
            operation=route.operation if route else None,
            body=redacted(request.body),
            status=response.status if response else None,
            reason=refused.reason if refused else None,
        )


fake_vonage = answering(FakeVonage, "fake_vonage")
"""
Answer for Vonage's Verify hosts within a block; any other host is refused there.

It takes the arguments of `FakeVonage`. To keep other hosts reachable, or to answer for
them too, use `FakeVonage().mount(mock)` on a `responses.RequestsMock` of your own; two
vendors' fakes answer side by side there. Without the library `responses` (the extra
`verify-core[testing]`) it raises ImportError.
"""
