"""How the providers of this project are set up for the cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import responses
from attrs import evolve

from verify_core.identifiers import Identifier
from verify_core.provider import (
    CancelSupport,
    LookupKey,
    Resend,
    VerifyProvider,
)
from verify_core.testing import (
    Bench,
    CaseVerdict,
    Harness,
    SeenMessage,
    all_cases,
    every_history,
    run_case,
)
from verify_fakes import FakeVonage, Message, VendorProfile
from verify_fakes.memory import CANCEL_WINDOW, LEAST, TELLS_ENDS_APART, TWILIO_LIKE
from verify_fakes.memory.bench import fake_bench
from verify_fakes.mounted._twilio import FakeTwilio
from verify_fakes.twilio import Break, Limits, Reason, Switches
from verify_fakes.twilio.machine._faults import TwilioFaults
from verify_fakes.vonage import Keyring, Limits as VonageLimits
from verify_providers.twilio import TwilioVerify
from verify_providers.vonage import VonageVerify

LIMITS = Limits()
OPERATIONS = ("start", "check", "fetch", "cancel")
SERVICE_SID = "VA" + "5" * 32
ACCOUNT_SID = "AC" + "6" * 32

KEY, SECRET = "a1b2c3d4", "sEcReT-0123456789"
VONAGE_LIMITS = VonageLimits()
VONAGE_OPERATIONS = ("start", "check", "cancel", "next")
VONAGE_WORDS = {"voice": "call"}

#: Half as many histories as an author gets, which come to every stage all the same.
SOME_HISTORIES = evolve(every_history, examples=50)

OTHERWISE = evolve(
    TELLS_ENDS_APART,
    name="otherwise",
    capabilities=evolve(
        TELLS_ENDS_APART.capabilities,
        check_key=LookupKey.IDENTIFIER,
        fetch=LookupKey.NONE,
        cancel=CancelSupport.WINDOW,
        resend=Resend.NEW_CODE,
    ),
    cancel_opens=CANCEL_WINDOW.cancel_opens,
)

#: Between them every way of every ability, for what stands around a vendor and passes
#: on what the vendor does.
SPANNING = (TWILIO_LIKE, LEAST, OTHERWISE)

#: Tried by the tutorial's provider alone, in test_tutorial: no shipped vendor replays.
REPLAYED = "repeated_start_is_replayed"


def never_passed(harnesses: Iterable[Harness]) -> set[str]:
    """
    The names of the cases that pass for not one of these, so prove nothing.

    Each case is tried until it passes: those that cost least come first.
    """
    left = list(all_cases())
    for harness in harnesses:
        left = [
            case
            for case in left
            if run_case(case, harness).verdict is not CaseVerdict.PASSED
        ]
    return {case.name for case in left}


def seen(messages: Iterable[Message], to: str) -> list[SeenMessage]:
    return [
        SeenMessage(
            code=message.code,
            channel=message.channel.value,
            locale=message.locale,
        )
        for message in messages
        if message.to == to
    ]


def lose_all_answers(faults: TwilioFaults) -> None:
    for operation in OPERATIONS:
        faults.arm(operation, Break.ANSWER_LOST)


def refuse_connections(faults: TwilioFaults) -> None:
    for operation in OPERATIONS:
        faults.arm(operation, Break.REFUSED)


def fake_harness(
    profile: VendorProfile = TWILIO_LIKE,
    wrap: Callable[[VerifyProvider], VerifyProvider] = lambda inner: inner,
    *,
    name: str = "fake",
) -> Harness:
    """The in-memory fake, or a provider around it that bears a name of its own."""
    return Harness(
        name=f"{name}, {profile.name}",
        open=lambda: nullcontext(fake_bench(wrap, profile=profile)),
    )


def twilio_harness() -> Harness:
    """Our provider for Twilio, over the fake of Twilio on `responses`."""

    @contextmanager
    def opened() -> Iterator[Bench]:
        twilio = StrangeTwilio(seed=7, switches=Switches(custom_code_enabled=True))
        with mounted(twilio), provider(twilio) as it:
            yield Bench(
                provider=it,
                inbox=lambda identifier: seen(twilio.outbox, identifier.value),
                guesses=LIMITS.checks,
                lifetime=LIMITS.time_to_live,
                advance=twilio.clock.advance,
                lose_next_start=lambda: arm_once(
                    twilio.faults, "start", Break.ANSWER_LOST
                ),
                lose_all_answers=lambda: lose_all_answers(twilio.faults),
                throttle_next_check=lambda: throttle_next_check(twilio.faults),
                speak_strangely=twilio.speak_strangely,
                refuse_connections=lambda: refuse_connections(twilio.faults),
            )

    return Harness(name="twilio in this process", open=opened)


def vonage_harness() -> Harness:
    """Our provider for Vonage, over the fake of Vonage on `responses`."""

    @contextmanager
    def opened() -> Iterator[Bench]:
        fake = StrangeVonage(seed=7, keyring=Keyring(secrets={KEY: SECRET}))

        def inbox(identifier: Identifier) -> list[SeenMessage]:
            return [
                SeenMessage(
                    code=message.code,
                    channel=VONAGE_WORDS.get(message.channel, message.channel),
                    locale=message.locale,
                )
                for message in fake.outbox.to(identifier.value)
            ]

        def arm(operations: Iterable[str], fault: Break | int, **span: int) -> None:
            for operation in operations:
                fake.faults.arm(operation, fault, **span)

        with mounted(fake), vonage(fake, whatsapp_from="44770090000") as it:
            yield Bench(
                provider=it,
                inbox=inbox,
                guesses=VONAGE_LIMITS.wrong_codes,
                lifetime=VONAGE_LIMITS.channel_timeout,
                advance=fake.clock.advance,
                lose_next_start=lambda: arm(["start"], Break.ANSWER_LOST, last=1),
                lose_all_answers=lambda: arm(VONAGE_OPERATIONS, Break.ANSWER_LOST),
                refuse_connections=lambda: arm(VONAGE_OPERATIONS, Break.REFUSED),
                throttle_next_check=lambda: arm(["check"], 429, last=1),
                speak_strangely=fake.speak_strangely,
            )

    return Harness(name="vonage in this process", open=opened)


def vonage(fake: FakeVonage, **more: Any) -> VonageVerify:  # noqa: ANN401 - its options
    return VonageVerify(
        brand="Acme", api_key=KEY, api_secret=SECRET, clock=fake.clock.now, **more
    )


@contextmanager
def mounted(fake: FakeTwilio | FakeVonage) -> Iterator[None]:
    """Let it answer for its vendor's hosts, and leave loopback to whom it belongs."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        fake.mount(mock)
        mock.add_passthru("http://127.0.0.1:")
        yield


def provider(twilio: FakeTwilio) -> TwilioVerify:
    return TwilioVerify(
        service_sid=SERVICE_SID,
        account_sid=ACCOUNT_SID,
        auth_token="7" * 32,
        clock=twilio.clock.now,
    )


def arm_once(faults: TwilioFaults, operation: str, effect: Break | Reason) -> None:
    faults.arm(operation, effect, last=1)


def throttle_next_check(faults: TwilioFaults) -> None:
    arm_once(faults, "check", Reason.TOO_MANY_REQUESTS)


def with_a_strange_status(body: bytes) -> bytes:
    """An answer whose status is a word that no document knows."""
    said = json.loads(body or b"{}")
    if "status" not in said:
        return body
    return json.dumps({**said, "status": "contemplating"}).encode()


class Strange:
    """What a fake of a vendor needs to use words that its vendor does not document."""

    is_strange = False

    def handle(self, *request: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401 - the fake's
        status, headers, body = super().handle(*request, **more)  # type: ignore[misc]
        if self.is_strange and status < 400:
            body = with_a_strange_status(body)
        return status, headers, body

    def speak_strangely(self) -> None:
        self.is_strange = True


class StrangeTwilio(Strange, FakeTwilio):
    """A fake Twilio that can be made to speak strangely."""


class StrangeVonage(Strange, FakeVonage):
    """A fake Vonage that can be made to speak strangely."""
