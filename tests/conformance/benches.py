"""How the providers of this project are set up for the cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache

import responses

from verify_core.provider import VerifyProvider
from verify_core.testing import (
    Bench,
    CaseResult,
    CaseVerdict,
    Harness,
    SeenMessage,
    all_cases,
    run_cases,
)
from verify_fakes import Message, VendorProfile
from verify_fakes.memory import TWILIO_LIKE
from verify_fakes.memory.bench import fake_bench
from verify_fakes.mounted.twilio import FakeTwilio
from verify_fakes.twilio import Break, Faults, Limits, Reason, Switches
from verify_providers.twilio import TwilioVerify

LIMITS = Limits()
OPERATIONS = ("start", "check", "fetch", "cancel")
SERVICE_SID = "VA" + "5" * 32
ACCOUNT_SID = "AC" + "6" * 32


@cache
def results_of(harness: Harness) -> tuple[CaseResult, ...]:
    """How every case ended; each harness is run once in a process."""
    return tuple(run_cases(harness))


def never_passed(harnesses: Iterable[Harness]) -> set[str]:
    """The names of the cases that pass for not one of these, so prove nothing."""
    passed = {
        result.case.name
        for harness in harnesses
        for result in results_of(harness)
        if result.verdict is CaseVerdict.PASSED
    }
    return {case.name for case in all_cases()} - passed


def seen(messages: Iterable[Message], to: str) -> list[SeenMessage]:
    return [
        SeenMessage(code=message.code, channel=message.channel.value)
        for message in messages
        if message.to == to
    ]


def lose_all_answers(faults: Faults) -> None:
    for operation in OPERATIONS:
        faults.arm(operation, Break.ANSWER_LOST)


def refuse_connections(faults: Faults) -> None:
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
        twilio = FakeTwilio(seed=7, switches=Switches(custom_code_enabled=True))
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
                speak_strangely=lambda: speak_strangely(twilio),
                refuse_connections=lambda: refuse_connections(twilio.faults),
            )

    return Harness(name="twilio in this process", open=opened)


@contextmanager
def mounted(twilio: FakeTwilio) -> Iterator[None]:
    """Let it answer for Twilio's hosts, and leave loopback to whom it belongs."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        twilio.mount(mock)
        mock.add_passthru("http://127.0.0.1:")
        yield


def provider(twilio: FakeTwilio) -> TwilioVerify:
    return TwilioVerify(
        service_sid=SERVICE_SID,
        account_sid=ACCOUNT_SID,
        auth_token="7" * 32,
        clock=twilio.clock.now,
    )


def arm_once(faults: Faults, operation: str, effect: Break | Reason) -> None:
    faults.arm(operation, effect, last=1)


def throttle_next_check(faults: Faults) -> None:
    arm_once(faults, "check", Reason.TOO_MANY_REQUESTS)


def speak_strangely(twilio: FakeTwilio) -> None:
    """Let every answer's status be a word that Twilio does not document."""
    plain = twilio.handle

    def strange(*request: object, **more: object) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = plain(*request, **more)  # type: ignore[arg-type]
        answer = json.loads(body)
        if "valid" in answer:
            answer["status"] = "contemplating"
        return status, headers, json.dumps(answer).encode()

    twilio.handle = strange  # type: ignore[method-assign]
