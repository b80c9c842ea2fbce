"""The laws of the protocol, held against a failover over two fakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.conformance.benches import never_passed, results_of, seen
from tests.support.failover import down
from verify_core.provider import Resend
from verify_core.testing import Bench, Call, Harness, require_kept
from verify_core.testing.troubles import FAILED_INSIDE
from verify_fakes import PROFILES, FakeVerifyProvider, VendorProfile
from verify_fakes.clock import FakeClock
from verify_fakes.memory import CHECK_BY_ID, LEAST, NEW_CODE, TWILIO_LIKE
from verify_fakes.memory.bench import PATIENCE, REFUSALS, FaultyVendor
from verify_fakes.twilio import Break, Limits
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
        vendors = [FaultyVendor(fake) for fake in fakes]
        if second:
            down(fakes[0])
        yield bench(fakes, vendors, clock, works=vendors[second])

    which = "the second works" if second else "the first works"
    return Harness(name=f"{one.name}, {two.name}: {which}", open=opened)


def bench(
    fakes: list[FakeVerifyProvider],
    vendors: list[FaultyVendor],
    clock: FakeClock,
    *,
    works: FaultyVendor,
) -> Bench:
    """
    The failover's world and its doors.

    What the vendor acts upon goes wrong at the child that works; what it refuses, it
    refuses at both, or the other one would do it.
    """

    def provider() -> FailoverProvider:
        children = [
            Child(name=name, provider=vendor)
            for name, vendor in zip(("one", "two"), vendors, strict=True)
        ]
        return FailoverProvider(children, clock=clock)

    def everywhere(arrange: Callable[[FaultyVendor], None]) -> Callable[[], None]:
        return lambda: [arrange(vendor) for vendor in vendors] and None

    def fail_next(status: int, call: Call) -> None:
        for vendor in [works] if status in FAILED_INSIDE else vendors:
            vendor.fail_next(status, call)

    return Bench(
        provider=provider(),
        inbox=lambda identifier: [
            message for fake in fakes for message in seen(fake.outbox, identifier.value)
        ],
        guesses=LIMITS.checks,
        lifetime=LIMITS.time_to_live,
        now=clock.now,
        advance=clock.advance,
        another_process=provider,
        lose_next=lambda call: works.arm_next(Break.ANSWER_LOST, call),
        lose_all_answers=everywhere(FaultyVendor.lose_all_answers),
        drop_next_start=lambda: works.arm_next(Break.HANG_UP),
        fail_next=fail_next,
        garble_next=works.garble_next,
        redirect_next=works.redirect_next,
        refuse_next_start={
            kind: everywhere(lambda vendor, reason=reason: vendor.arm_next(reason))
            for kind, reason in REFUSALS.items()
            # Where the first is away for another reason, that one is named.
            if works is vendors[0]
        },
        speak_strangely=everywhere(FaultyVendor.speak_strangely),
        refuse_connections=everywhere(FaultyVendor.refuse_connections),
        stall=everywhere(FaultyVendor.stall),
        trickle=everywhere(FaultyVendor.stall),
        deadline=PATIENCE,
        stopwatch=lambda: sum(vendor.waited_s() for vendor in vendors),
    )


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
    "code_length_hint_of_a_resend_is_kept_or_listed",
    "no_key_is_shown",
    "nothing_is_asked_before_the_first_call",
    "repeated_start_is_replayed",
    "time_to_live_hint_is_honoured",
}


def test_every_case_applies_to_some_pair() -> None:
    assert never_passed(HARNESSES) == OF_OTHER_VENDORS


def test_pair_that_differs_promises_no_kind_of_resend() -> None:
    with harness(TWILIO_LIKE, NEW_CODE, second=False).open() as bench:
        assert bench.provider.capabilities.resend is Resend.VARIES
