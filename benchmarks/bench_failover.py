"""
What a failover adds to a start, beside a whole start on loopback.

The cost is taken in memory, over a child that answers at once: a start of the failover
less a start of the child, in turns. It is judged against a start of the Twilio provider
with a server on loopback, measured in the same run. Target: at most 5 % of that, and
the same awaited.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from bench_twilio_start import ACCOUNT, SERVICE, TOKEN, _serve

from verify_core.phone import read_phone
from verify_core.provider import Capabilities
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_providers._wrapping import AsyncWrapping, WrappingConversations
from verify_providers.failover import (
    AsyncFailoverProvider,
    Child,
    FailoverEvent,
    FailoverProvider,
)
from verify_providers.twilio import AsyncTwilioVerify, TwilioVerify

T = TypeVar("T")

NUMBER = read_phone("+15553231234")
STARTS = 20_000
LOOPBACK_STARTS = 600
WARM_UP = 50
TARGET = 0.05


class Instant:
    """A provider that answers at once, as nobody's network does."""

    name = "instant"
    capabilities = Capabilities(channels=["sms"])  # type: ignore[arg-type]

    def __init__(self) -> None:
        ref = VerificationRef(
            provider=self.name,
            vendor_id="VE" + "d4" * 16,
            identifier=NUMBER,
            channel="sms",  # type: ignore[arg-type]
            attempt_id="a" * 32,
            created_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
            vendor_data={"service": SERVICE},
        )
        self._started = Started(ref=ref)

    def start(
        self, _request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        del previous
        return self._started

    def check(self, _ref: VerificationRef, _code: str) -> CheckResult:
        return CheckResult(verdict=Verdict.WRONG_CODE)

    def fetch(self, _ref: VerificationRef) -> VerificationState:
        return VerificationState(status=Status.UNKNOWN)

    def cancel(self, _ref: VerificationRef) -> CancelOutcome:
        return CancelOutcome.NOT_SUPPORTED


def _ignore(_event: FailoverEvent, /) -> None:
    """A hook that does nothing, so that what is measured is the telling."""


@contextmanager
def served() -> Iterator[str]:
    """A server on loopback, in a process of its own; gives its address."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    server = context.Process(target=_serve, args=(far,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{near.recv()}"
    finally:
        server.terminate()
        server.join()


def loopback() -> float:
    """Median microseconds of a start with Twilio's provider, server on loopback."""
    with served() as url:
        provider = TwilioVerify(
            account_sid=ACCOUNT, auth_token=TOKEN, service_sid=SERVICE, base_url=url
        )
        call = _starting(provider.start)
        return measure({"loopback": call}, LOOPBACK_STARTS)["loopback"]


def _starting(start: Callable[[StartRequest], T]) -> Callable[[], T]:
    return lambda: start(StartRequest(identifier=NUMBER))


def measure(callers: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Median microseconds of each caller, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            began = time.perf_counter()
            call()
            if turn >= WARM_UP:
                taken[name].append((time.perf_counter() - began) * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


class _Answers(Instant):
    """The same answers, as an awaited provider asks for them."""

    async def start(  # type: ignore[override]
        self, _request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        del previous
        return self._started


def awaited_instant() -> AsyncWrapping:
    """
    A provider that answers at once, awaited.

    Its call runs in a task, as every vendor's does. Below a wrapper it runs in the
    wrapper's, so what is measured is what the wrapper adds.
    """
    answers = _Answers()
    return AsyncWrapping(answers, WrappingConversations(answers))


async def measure_awaited(
    callers: dict[str, Callable[[], Awaitable[object]]], turns: int
) -> dict[str, float]:
    """Median microseconds of each awaited caller, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in callers}
    for turn in range(WARM_UP + turns):
        for name, call in callers.items():
            began = time.perf_counter()
            await call()
            if turn >= WARM_UP:
                taken[name].append((time.perf_counter() - began) * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def loopback_awaited() -> float:
    """`loopback`, awaited."""

    async def starts(url: str) -> float:
        async with AsyncTwilioVerify(
            account_sid=ACCOUNT, auth_token=TOKEN, service_sid=SERVICE, base_url=url
        ) as provider:
            call = _starting(provider.start)
            found = await measure_awaited({"loopback": call}, LOOPBACK_STARTS)
            return found["loopback"]

    with served() as url:
        return asyncio.run(starts(url))


def report(name: str, cost: float, whole: float) -> None:
    """Print whether what an awaited start costs more meets the target."""
    share = cost / whole
    met = "met" if share <= TARGET else "MISSED"
    print(f"  awaited: {name} adds {cost:.1f} us to {whole:.1f} us, {share:.1%}: {met}")


def _report_awaited() -> None:
    children = [
        Child(name="one", provider=awaited_instant()),
        Child(name="two", provider=awaited_instant()),
    ]
    callers = {
        "child": _starting(awaited_instant().start),
        "failover": _starting(AsyncFailoverProvider(children).start),
    }
    medians = asyncio.run(measure_awaited(callers, STARTS))
    report("failover", medians["failover"] - medians["child"], loopback_awaited())


def main() -> None:
    """Print the cost, with and without a hook, and whether the target is met."""
    first, second, third = Instant(), Instant(), Instant()
    children = [Child(name="one", provider=first), Child(name="two", provider=second)]
    medians = measure(
        {
            "child": _starting(third.start),
            "failover": _starting(FailoverProvider(children).start),
            "failover with a hook": _starting(
                FailoverProvider(children, on_event=_ignore).start
            ),
        },
        STARTS,
    )
    whole = loopback()
    print(f"failover in memory, medians of {STARTS}, {os.cpu_count()} cores")
    print(f"  {'a Twilio start on loopback':28} {whole:8.1f} us")
    for name, median in medians.items():
        cost = median - medians["child"]
        share = cost / whole
        print(f"  {name:28} {median:8.1f} us   adds {cost:5.1f} us, {share:6.1%} of it")
    share = (medians["failover"] - medians["child"]) / whole
    met = "met" if share <= TARGET else "MISSED"
    print(f"  target: at most {TARGET:.0%} of a loopback start; {share:.1%}: {met}")
    _report_awaited()


if __name__ == "__main__":
    main()
