"""The laws, and the search over histories, for what stands on other providers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define

from tests.support.benches import SOME_HISTORIES, SPANNING, fake_harness, vonage_harness
from tests.support.failover import failover_harness
from verify_core.provider import Capabilities, VerifyProvider
from verify_core.testing import Harness, every_history, require_kept, run_cases
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)
from verify_fakes.memory import (
    CANCEL_WINDOW,
    CHECK_BY_ID,
    LEAST,
    NEW_CODE,
    TWILIO_LIKE,
)
from verify_providers.guard import Budget, GuardPolicy, GuardProvider, Per
from verify_providers.test_numbers import TestNumbers
from verify_providers.threads import ThreadedProvider, as_async

LISTED = {"+14155550123": "246810"}
ROOM = [Budget(per=per, starts=9999, window=timedelta(hours=1)) for per in Per]


@define
class Awaited:
    """A provider that awaits, asked by a caller that does not."""

    inner: ThreadedProvider

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return asyncio.run(self.inner.start(request, previous=previous))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return asyncio.run(self.inner.check(ref, code))

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return asyncio.run(self.inner.fetch(ref))

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return asyncio.run(self.inner.cancel(ref))


def with_test_numbers(inner: VerifyProvider) -> VerifyProvider:
    """Others are listed than those whom the cases reach."""
    until = datetime(2999, 1, 1, tzinfo=UTC)
    return TestNumbers(inner, LISTED, until=until)


def guarded(inner: VerifyProvider) -> VerifyProvider:
    return GuardProvider(inner, GuardPolicy(budgets=ROOM))


def awaited(inner: VerifyProvider) -> VerifyProvider:
    return Awaited(as_async(inner, threads=1))


AROUND: dict[str, Callable[[VerifyProvider], VerifyProvider]] = {
    "test numbers": with_test_numbers,
    "guard": guarded,
    "threads": awaited,
    "guard, test numbers": lambda inner: guarded(with_test_numbers(inner)),
}
#: The guard alone, and threads, are tried where they are tested.
STACKS = [
    *(fake_harness(each, with_test_numbers, name="test numbers") for each in SPANNING),
    fake_harness(wrap=AROUND["guard, test numbers"], name="guard, test numbers"),
]
PAIRS = [
    failover_harness(TWILIO_LIKE, NEW_CODE, second=False),
    failover_harness(TWILIO_LIKE, NEW_CODE, second=True),
    failover_harness(CHECK_BY_ID, CHECK_BY_ID, second=True),
    failover_harness(CANCEL_WINDOW, TWILIO_LIKE, second=False),
    failover_harness(TWILIO_LIKE, LEAST, second=True),
]


@pytest.mark.parametrize("stack", STACKS, ids=str)
def test_what_stands_around_a_provider_keeps_the_laws(stack: Harness) -> None:
    require_kept(run_cases(stack))


WRAPPED = [fake_harness(wrap=wrap, name=name) for name, wrap in AROUND.items()]


@pytest.mark.parametrize("stack", [*WRAPPED, *PAIRS], ids=str)
def test_every_history_keeps_the_laws(stack: Harness) -> None:
    require_kept(run_cases(stack, [SOME_HISTORIES]))


def test_more_histories_come_into_the_window_of_a_cancel() -> None:
    require_kept(run_cases(vonage_harness(), [every_history]))
