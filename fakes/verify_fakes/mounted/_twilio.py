"""
Twilio Verify without a socket: `with fake_twilio() as twilio:`.

Within the block every `requests`-based client, the official SDK included, that calls
verify.twilio.com or lookups.twilio.com talks to the fake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import field, frozen

from .._clock import FakeClock
from ..kit._hiding import Hidden, Revealed, hidden, hidden_text
from ..twilio._store import VerifyStore
from ..twilio.http._exchange import Request, Response, read_request
from ..twilio.http._parameters import is_secret
from ..twilio.http._wire import handle
from ..twilio.machine._errors import ERRORS
from ..twilio.machine._rules import Profile
from ._mounting import REDACTED, MountedFake, answering

if TYPE_CHECKING:
    from ..twilio.machine._rules import Switches
    from ..twilio.machine._state import Limits
    from ..twilio.machine._verifications import Keep

#: Twilio's hosts for both products, with or without an edge and a region.
TWILIO_HOSTS = re.compile(
    r"https://(?:verify|lookups)(?:\.[a-z0-9-]+){0,2}\.twilio\.com/"
)


@frozen(kw_only=True)
class RecordedRequest:
    """
    One request that the fake saw.

    Attributes:
        at: When, by the fake's clock.
        method: Such as `POST`.
        path: Such as `/v2/Services/VA…/Verifications`; may end in an address.
        form: Its parameters, codes redacted; addresses are in it in full.
        account_sid: The account that asked, unless an API key did.
        status: The HTTP status answered; None where the connection broke.
        code: Twilio's error code, if the answer was an error.
    """

    at: datetime
    method: str
    _path: Hidden[str] = field(converter=hidden_text)
    _form: Hidden[Mapping[str, str]] = field(converter=hidden)
    account_sid: str | None
    status: int | None
    code: int | None

    path = Revealed[str]()
    form = Revealed[Mapping[str, str]]()


class FakeTwilio(MountedFake[Request, Response, RecordedRequest]):
    """
    A Twilio of one's own, spoken to in HTTP but without a socket.

    Two of them share nothing.

    Args:
        seed: For codes and sids; None is unpredictable.
        clock: Moves by hand; one that starts at `DEFAULT_START` if not given.
        switches: Of the services that spring up on first use.
        profile: Which of several faithful behaviours.
        limits: Twilio's numbers, such as the time to live.
        keep: How much is kept.

    Attributes:
        clock: `clock.advance(timedelta(minutes=11))` lets what is pending expire.
        store: The machine behind the wire.
        outbox: What people received; `outbox[-1].code` is the newest code.
        faults: Failures on purpose: `faults.arm("start", 60203)`.
        traits: What is true of numbers: `traits.landline("+15555550100")`.
        codes: The codes: `codes.fix("+15555550100", "271828")`.
    """

    hosts = TWILIO_HOSTS

    def __init__(
        self,
        *,
        seed: int | None = None,
        clock: FakeClock | None = None,
        switches: Switches | None = None,
        profile: Profile | None = None,
        limits: Limits | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.clock = clock or FakeClock()
        self.store = VerifyStore(
            clock=self.clock,
            seed=seed,
            switches=switches,
            profile=profile,
            limits=limits,
            keep=keep,
        )
        self.outbox = self.store.outbox
        self.faults = self.store.faults
        self.traits = self.store.traits
        self.codes = self.store.codes
        self.services = self.store.services
        super().__init__(self.store.lock)

    def _read(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None,
    ) -> Request:
        return read_request(
            method,
            url,
            headers,
            body,
            request_id=self.store.random_source.sid("RQ"),
            at=self.store.now(),
        )

    def _answer(self, request: Request) -> Response:
        return handle(self.store, request)

    def _recorded(self, request: Request, response: Response | None) -> RecordedRequest:
        refused = response.refused if response else None
        return RecordedRequest(
            at=self.store.now(),
            method=request.method,
            path=request.path,
            form={
                name: REDACTED if is_secret(name) else value
                for name, value in request.parameters.items()
            },
            account_sid=request.account_sid,
            status=response.status if response else None,
            code=ERRORS[refused.reason].code if refused else None,
        )


fake_twilio = answering(FakeTwilio, "fake_twilio")
"""
Answer for Twilio's hosts within a block; any other host is refused there.

It takes the arguments of `FakeTwilio`. Where blocks are nested, the innermost answers.
To keep other hosts reachable, or to answer for them too, use `FakeTwilio().mount(mock)`
on a `responses.RequestsMock` of your own. Without the library `responses` (the extra
`verify-core[testing]`) it raises ImportError.
"""
