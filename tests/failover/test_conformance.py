"""The laws of the protocol, held against a failover over two fakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conformance.benches import (
    lose_all_answers,
    never_passed,
    results_of,
    seen,
    throttle_next_check,
)
from tests.conformance.broken import StrangeVendor
from tests.support.failover import deaf, down
from verify_core.provider import Resend
from verify_core.testing import Bench, Harness, require_kept
from verify_fakes import PROFILES, FakeVerifyProvider, VendorProfile
from verify_fakes.clock import FakeClock
from verify_fakes.profiles import CHECK_BY_ID, LEAST, NEW_CODE, TWILIO_LIKE
from verify_fakes.twilio import Limits
from verify_providers.failover import Child, FailoverProvider

LIMITS = Limits()


def harness(one: VendorProfile, two: VendorProfile, *, second: bool) -> Harness:
    """
    A failover over two fakes that share no codes.

    Args:
        one: What the first can do.
        two: What the second can do.
        second: Whether the first is out of order, so that the second works.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        clock = FakeClock()
        fakes = [
            FakeVerifyProvider(seed=7, clock=clock, profile=one),
            FakeVerifyProvider(seed=8, clock=clock, profile=two),
        ]
        vendors = [StrangeVendor(fake) for fake in fakes]
        if second:
            down(fakes[0])

        def lose_answers() -> None:
            for fake in fakes:
                lose_all_answers(fake.faults)

        def throttle() -> None:
            for fake in fakes:
                throttle_next_check(fake.faults)

        def speak_strangely() -> None:
            for vendor in vendors:
                vendor.speak_strangely()

        yield Bench(
            provider=FailoverProvider(
                [
                    Child(name="one", provider=vendors[0]),
                    Child(name="two", provider=vendors[1]),
                ],
                clock=clock,
            ),
            inbox=lambda identifier: [
                message
                for fake in fakes
                for message in seen(fake.outbox, identifier.value)
            ],
            guesses=LIMITS.checks,
            lifetime=LIMITS.time_to_live,
            advance=clock.advance,
            lose_next_start=lambda: deaf(fakes[second], times=1),
            lose_all_answers=lose_answers,
            throttle_next_check=throttle,
            speak_strangely=speak_strangely,
        )

    which = "the second works" if second else "the first works"
    return Harness(name=f"{one.name}, {two.name}: {which}", open=opened)


HARNESSES = [
    *(harness(each, each, second=False) for each in PROFILES.values()),
    *(harness(each, each, second=True) for each in PROFILES.values()),
    harness(TWILIO_LIKE, NEW_CODE, second=False),
    harness(TWILIO_LIKE, NEW_CODE, second=True),
    harness(CHECK_BY_ID, TWILIO_LIKE, second=False),
    harness(CHECK_BY_ID, TWILIO_LIKE, second=True),
    harness(TWILIO_LIKE, LEAST, second=False),
]


@pytest.mark.parametrize("under_test", HARNESSES, ids=str)
def test_failover_keeps_the_laws(under_test: Harness) -> None:
    require_kept(results_of(under_test))


#: What no profile of the in-memory fake declares, or its bench can arrange.
OF_OTHER_VENDORS = {
    "code_length_hint_is_honoured",
    "repeated_start_is_replayed",
    "stalled_vendor_is_given_up_in_time",
    "time_to_live_hint_is_honoured",
    "unreachable_vendor_is_not_sent",
}


def test_every_case_applies_to_some_pair() -> None:
    assert never_passed(HARNESSES) == OF_OTHER_VENDORS


def test_pair_that_differs_promises_no_kind_of_resend() -> None:
    with harness(TWILIO_LIKE, NEW_CODE, second=False).open() as bench:
        assert bench.provider.capabilities.resend is Resend.VARIES
