"""The shipped vendors' providers over their fakes, with every door that HTTP has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from tests.support.benches import (
    ACCOUNT_SID,
    KEY,
    LIMITS,
    SECRET,
    SERVICE_SID,
    VONAGE_LIMITS,
    VONAGE_WORDS,
    seen,
    with_a_strange_status,
)
from tests.support.kinds import blocking
from verify_core.errors import (
    InvalidIdentifier,
    Misconfigured,
    Refused,
    Throttled,
    TooSoon,
    Unavailable,
    UnsupportedChannel,
)
from verify_core.identifiers import Identifier
from verify_core.testing import (
    Bench,
    Blocking,
    Call,
    Harness,
    HttpDoors,
    SeenMessage,
    VendorReply,
    VendorRequest,
)
from verify_fakes import FakeVonage
from verify_fakes.mounted._twilio import FakeTwilio
from verify_fakes.twilio import Reason, Switches
from verify_fakes.vonage import Keyring, Reason as VonageReason
from verify_providers.twilio import AsyncTwilioVerify, TwilioVerify
from verify_providers.vonage import AsyncVonageVerify, MemoryEvents, VonageVerify
from verify_providers.vonage._webhooks import read_event

#: Short, for the cases of a vendor that stalls; all others have time.
DEADLINE = timedelta(seconds=1)
TIMEOUT = timedelta(seconds=10)
TOKEN = "7" * 32

REASONS = {
    InvalidIdentifier: Reason.LANDLINE,
    Refused: Reason.PREFIX_BLOCKED,
    TooSoon: Reason.MAX_SENDS,
    Throttled: Reason.TOO_MANY_REQUESTS,
    Misconfigured: Reason.UNAUTHENTICATED,
    Unavailable: Reason.UNAVAILABLE,
    UnsupportedChannel: Reason.CHANNEL_DISABLED,
}

NEXT_SECRET = "sEcReT-9876543210"

VONAGE_REASONS = {
    Misconfigured: VonageReason.LOW_BALANCE,
    Throttled: VonageReason.THROTTLED,
    Unavailable: VonageReason.UNAVAILABLE,
}

Handle = Callable[..., tuple[int, dict[str, str], bytes]]


def answering(handle: Handle, host: str) -> Callable[[VendorRequest], VendorReply]:
    """A fake that is called in this process, as a vendor behind the doors."""

    def answer(request: VendorRequest) -> VendorReply:
        url = f"https://{host}{request.target}"
        status, headers, body = handle(
            request.method, url, dict(request.headers), request.body
        )
        return VendorReply(status=status, headers=headers, body=body)

    return answer


def strange(_request: VendorRequest, reply: VendorReply) -> VendorReply:
    """The same answer, its status a word that no document knows."""
    if reply.status >= 400:
        return reply
    return VendorReply(
        status=reply.status,
        headers=reply.headers,
        body=with_a_strange_status(reply.body),
    )


def call_at_twilio(request: VendorRequest) -> Call:
    """Which call a request is; the look at what became of a start is a fetch."""
    if request.method == "GET":
        return Call.FETCH
    path = request.target.partition("?")[0]
    if path.endswith("/VerificationCheck"):
        return Call.CHECK
    return Call.START if path.endswith("/Verifications") else Call.CANCEL


def call_at_vonage(request: VendorRequest) -> Call:
    """Which call a request is; the next step of a workflow is a resend."""
    if request.method == "DELETE":
        return Call.CANCEL
    is_start = request.target.endswith(("/v2/verify", "/v2/verify/", "/next_workflow"))
    return Call.START if is_start else Call.CHECK


def twilio_over_doors(*, awaited: bool = False) -> Harness:
    """
    The provider for Twilio, over the fake of Twilio, through a real socket.

    Args:
        awaited: The one that is awaited, on an event loop in a thread.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        twilio = FakeTwilio(seed=7, switches=Switches(custom_code_enabled=True))
        vendor = answering(twilio.handle, "verify.twilio.com")
        with (
            HttpDoors(answer=vendor, call_of=call_at_twilio) as doors,
            ExitStack() as made,
        ):

            def provider(timeout: timedelta = TIMEOUT) -> TwilioVerify | Blocking:
                options: dict[str, Any] = {
                    "service_sid": SERVICE_SID,
                    "account_sid": ACCOUNT_SID,
                    "auth_token": TOKEN,
                    "base_url": doors.url,
                    "timeout": timeout,
                    "clock": twilio.clock.now,
                }
                if awaited:
                    return made.enter_context(blocking(AsyncTwilioVerify(**options)))
                return made.enter_context(TwilioVerify(**options))

            def refuse(reason: Reason) -> None:
                twilio.faults.arm("start", reason, last=1)

            yield Bench(
                provider=provider(),
                inbox=lambda identifier: seen(twilio.outbox, identifier.value),
                secrets=[TOKEN],
                guesses=LIMITS.checks,
                lifetime=LIMITS.time_to_live,
                now=twilio.clock.now,
                advance=twilio.clock.advance,
                another_process=provider,
                refuse_next_start={
                    kind: lambda reason=reason: refuse(reason)
                    for kind, reason in REASONS.items()
                },
                speak_strangely=lambda: doors.change_answers(strange),
                deadline=DEADLINE,
                impatient=partial(provider, DEADLINE),
                **doors.openings(),
            )

    return Harness(name="twilio, awaited" if awaited else "twilio", open=opened)


def vonage_over_doors(*, awaited: bool = False) -> Harness:
    """
    The provider for Vonage, over the fake of Vonage, through a real socket.

    Without WhatsApp and a store of webhooks it is tried over another stand-in, in
    tests/vonage/test_conformance.py.

    Args:
        awaited: The one that is awaited, on an event loop in a thread.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        account = {KEY: SECRET}
        fake = FakeVonage(seed=7, keyring=Keyring(secrets=account))
        vendor = answering(fake.handle, "api.nexmo.com")
        events = MemoryEvents()
        with (
            HttpDoors(answer=vendor, call_of=call_at_vonage) as doors,
            ExitStack() as made,
        ):

            def provider(timeout: timedelta = TIMEOUT) -> VonageVerify | Blocking:
                options: dict[str, Any] = {
                    "brand": "Acme",
                    "api_key": KEY,
                    "api_secret": lambda: account[KEY],
                    "base_url": doors.url,
                    "timeout": timeout,
                    "clock": fake.clock.now,
                    "whatsapp_from": "44770090000",
                    "events": events,
                }
                if awaited:
                    return made.enter_context(blocking(AsyncVonageVerify(**options)))
                return made.enter_context(VonageVerify(**options))

            def inbox(identifier: Identifier) -> list[SeenMessage]:
                return [
                    SeenMessage(
                        code=message.code,
                        channel=VONAGE_WORDS.get(message.channel, message.channel),
                        locale=message.locale,
                    )
                    for message in fake.outbox.to(identifier.value)
                ]

            def refuse(reason: VonageReason) -> None:
                fake.faults.arm("start", reason, last=1)

            def speak_strangely() -> None:
                """In answers, and in webhooks, which are all that fetch has."""
                doors.change_answers(strange)
                for message in fake.outbox:
                    said = {"request_id": message.request_id, "status": "pondering"}
                    event = read_event(said)
                    if event is not None:
                        events.add(event)

            yield Bench(
                provider=provider(),
                inbox=inbox,
                secrets=[SECRET, NEXT_SECRET],
                rotate_key=lambda: account.update({KEY: NEXT_SECRET}),
                guesses=VONAGE_LIMITS.wrong_codes,
                lifetime=VONAGE_LIMITS.channel_timeout,
                now=fake.clock.now,
                advance=fake.clock.advance,
                another_process=provider,
                refuse_next_start={
                    kind: lambda reason=reason: refuse(reason)
                    for kind, reason in VONAGE_REASONS.items()
                },
                speak_strangely=speak_strangely,
                deadline=DEADLINE,
                impatient=partial(provider, DEADLINE),
                **doors.openings(),
            )

    return Harness(name="vonage, awaited" if awaited else "vonage", open=opened)
