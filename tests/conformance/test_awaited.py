"""The laws of the protocol, held against awaited providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.benches import SPANNING, fake_harness
from tests.support.kinds import Awaited, blocking
from verify_core.provider import AsyncVerifyProvider, VerifyProvider
from verify_core.testing import Bench, Harness, SeenMessage, require_kept, run_cases
from verify_fakes import AsyncFakeVerifyProvider
from verify_fakes.memory import VendorProfile
from verify_fakes.twilio import Break, Limits
from verify_providers.failover import AsyncFailoverProvider, Child
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    GuardPolicy,
    Per,
    WrongCodes,
)
from verify_providers.test_numbers import AsyncTestNumbers
from verify_providers.threads import as_async

BUDGETS = [Budget(per=per, starts=999, window=timedelta(hours=1)) for per in Per]
COUNTS_ALL = GuardPolicy(budgets=BUDGETS, wrong_codes=WrongCodes())


def guarded(inner: VerifyProvider) -> AsyncVerifyProvider:
    """A guard that counts everything and has room for all."""
    return AsyncGuardProvider(Awaited(inner), COUNTS_ALL)


def listed(inner: VerifyProvider) -> AsyncVerifyProvider:
    until = datetime(2099, 1, 1, tzinfo=UTC)
    return AsyncTestNumbers(Awaited(inner), {"+1 555 323 9999": "424242"}, until=until)


def failing_over(inner: VerifyProvider) -> AsyncVerifyProvider:
    return AsyncFailoverProvider([Child(name="one", provider=Awaited(inner))])


MADE: dict[str, Callable[[VerifyProvider], AsyncVerifyProvider]] = {
    "awaited guard": guarded,
    "awaited test numbers": listed,
    "awaited failover": failing_over,
    "as_async": as_async,
}


def harness(name: str, profile: VendorProfile) -> Harness:
    make = MADE[name]
    return fake_harness(profile, lambda inner: blocking(make(inner)), name=name)


def awaited_fake(profile: VendorProfile) -> Harness:
    @contextmanager
    def opened() -> Iterator[Bench]:
        fake = AsyncFakeVerifyProvider(seed=7, profile=profile)

        def arm(effect: Break, *operations: str, last: int | None = None) -> None:
            for operation in operations:
                fake.faults.arm(operation, effect, last=last)

        yield Bench(
            provider=blocking(fake),
            inbox=lambda identifier: [
                SeenMessage(
                    code=message.code,
                    channel=message.channel.value,
                    locale=message.locale,
                )
                for message in fake.outbox
                if message.to == identifier.value
            ],
            guesses=Limits().checks,
            lifetime=Limits().time_to_live,
            now=fake.clock.now,
            advance=fake.clock.advance,
            lose_next_start=lambda: arm(Break.ANSWER_LOST, "start", last=1),
            lose_all_answers=lambda: arm(Break.ANSWER_LOST, *OPERATIONS),
            refuse_connections=lambda: arm(Break.REFUSED, *OPERATIONS),
        )

    return Harness(name=f"awaited fake, {profile.name}", open=opened)


OPERATIONS = ("start", "check", "fetch", "cancel")
HARNESSES = [
    *(harness(name, profile) for name in MADE for profile in SPANNING),
    *(awaited_fake(profile) for profile in SPANNING),
]


@pytest.mark.parametrize("under_test", HARNESSES, ids=str)
def test_awaited_provider_keeps_the_laws(under_test: Harness) -> None:
    require_kept(run_cases(under_test))
