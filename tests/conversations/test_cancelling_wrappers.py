"""Telemetry and test numbers, cancelled at every point of every method."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import define, field

from tests.support.failover import request
from tests.support.kinds import Awaited, Points
from verify_core.provider import AsyncVerifyProvider
from verify_core.verification import CheckResult, Started, VerificationRef
from verify_fakes import FakeVerifyProvider
from verify_providers.conversations import LateAnswer, OnLate
from verify_providers.telemetry import AsyncTelemetry
from verify_providers.test_numbers import AsyncTestNumbers

POINTS = 6
"""More than there are in any call."""

Wrap = Callable[[AsyncVerifyProvider, OnLate], Any]


def telemetry(provider: AsyncVerifyProvider, on_late: OnLate) -> AsyncTelemetry:
    return AsyncTelemetry(provider, on_late=on_late)


def test_numbers(provider: AsyncVerifyProvider, on_late: OnLate) -> AsyncTestNumbers:
    return AsyncTestNumbers(
        provider,
        {"+14155550123": "0000"},
        until=datetime(9000, 1, 1, tzinfo=UTC),
        on_late=on_late,
    )


test_numbers.__test__ = False  # type: ignore[attr-defined]  # it makes a provider


def both(provider: AsyncVerifyProvider, on_late: OnLate) -> AsyncTelemetry:
    return telemetry(test_numbers(provider, lambda _late: None), on_late)


WRAPS = pytest.mark.parametrize("wrap", [telemetry, test_numbers, both])


@define
class Wrapped:
    """A wrapper around a fake; every wait of the fake is a point."""

    wrap: Wrap
    points: Points
    late: list[LateAnswer] = field(factory=list)
    fake: FakeVerifyProvider = field(factory=lambda: FakeVerifyProvider(seed=1))
    provider: Any = field(init=False)
    ref: VerificationRef = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.provider = self.wrap(Awaited(self.fake, self.points), self.late.append)
        self.ref = self.fake.start(request()).ref

    def call(self, method: str) -> Coroutine[Any, Any, object]:
        calls: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "start": lambda: self.provider.start(request(), previous=self.ref),
            "check": lambda: self.provider.check(self.ref, "0000"),
            "fetch": lambda: self.provider.fetch(self.ref),
            "cancel": lambda: self.provider.cancel(self.ref),
        }
        return calls[method]()

    async def is_reached_by(self, task: asyncio.Task[object]) -> bool:
        """Wait until the task stops at the point, or ends without coming there."""
        reached = asyncio.create_task(self.points.reached.wait())
        await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        return self.points.reached.is_set()


@WRAPS
@pytest.mark.parametrize("method", ["start", "check", "fetch", "cancel"])
def test_call_cancelled_at_any_point_ends_its_caller_and_loses_no_answer(
    wrap: Wrap, method: str
) -> None:
    async def scenario(at: int) -> bool:
        it = Wrapped(wrap, Points(at=at))
        task = asyncio.create_task(it.call(method))
        if not await it.is_reached_by(task):
            await task
            assert it.late == []
            return False
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        it.points.let_through.set()
        await it.provider.aclose()
        kinds = {"start": [Started], "check": [CheckResult]}.get(method, [])
        assert [type(each.answer) for each in it.late] == kinds
        assert len(it.fake.outbox) == (2 if method == "start" else 1)
        return True

    reached = [asyncio.run(scenario(at)) for at in range(POINTS)]
    assert sum(reached) == 2


@WRAPS
@pytest.mark.parametrize("method", ["start", "check", "fetch", "cancel"])
def test_loop_that_closes_at_any_point_reports_what_had_an_effect(
    wrap: Wrap, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    def ends(at: int) -> bool:
        it = Wrapped(wrap, Points(at=at))

        async def leaves() -> None:
            task = asyncio.create_task(it.call(method))
            await it.is_reached_by(task)

        asyncio.run(leaves())
        if not it.points.reached.is_set():
            return False
        assert len(it.late) == (method in {"start", "check"})
        return True

    assert sum(ends(at) for at in range(POINTS)) == 2
    assert [each for each in caplog.records if each.name == "asyncio"] == []
