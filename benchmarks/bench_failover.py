"""
What a failover adds to a start, beside a whole start on loopback.

The cost is taken in memory, over a child that answers at once: a start of the failover
less a start of the child. It is judged against a start of the Twilio provider with a
server on loopback. All take turns. Target: at most 5 % of that, and the same awaited.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from bench_twilio_start import ACCOUNT, SERVICE, TOKEN, vendor
from measuring import Spent, judge, measure, measure_awaited

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
STARTS = 12_000
LOOPBACK = "a Twilio start on loopback"
TARGET = 0.05


class Instant:
    """A provider that answers at once, as no network does."""

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
    """A hook that does nothing, so that what is measured is how events are made."""


def _starting(start: Callable[[StartRequest], T]) -> Callable[[], T]:
    return lambda: start(StartRequest(identifier=NUMBER))


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


def report(what: str, spent: dict[str, Spent], *, base: str, judged: str) -> None:
    """Print what each caller adds to the base, and whether the target is met."""
    whole = spent[LOOPBACK]
    print(f"{what}, medians of {STARTS}, {os.cpu_count()} cores, of the processor")
    print(f"  {LOOPBACK:32} {whole.passed_us:8.1f} us {whole.used_us:8.1f} us")
    for name, each in spent.items():
        passed = each.passed_us - spent[base].passed_us
        used = each.used_us - spent[base].used_us
        if name not in {LOOPBACK, base}:
            print(f"  {name:27} adds {passed:8.1f} us {used:8.1f} us")
        if name == judged:
            shares = passed / whole.passed_us, used / whole.used_us
    title = f"what {what} adds to a loopback start"
    judge(title, shares[0], most=TARGET, form=".1%")
    judge(f"{title}, processor time", shares[1], most=TARGET, form=".1%")


def loopback(url: str) -> Callable[[], object]:
    """A start with Twilio's provider."""
    provider = TwilioVerify(
        account_sid=ACCOUNT, auth_token=TOKEN, service_sid=SERVICE, base_url=url
    )
    return _starting(provider.start)


async def spent_awaited(
    url: str, callers: dict[str, Callable[[], Awaitable[object]]]
) -> dict[str, Spent]:
    """What the awaited callers take, and a start with Twilio's provider."""
    async with AsyncTwilioVerify(
        account_sid=ACCOUNT, auth_token=TOKEN, service_sid=SERVICE, base_url=url
    ) as provider:
        callers = {LOOPBACK: _starting(provider.start), **callers}
        return await measure_awaited(callers, STARTS, rare=[LOOPBACK])


def main() -> None:
    """Print the cost, with and without a hook, and whether the target is met."""
    children = [Child(name=name, provider=Instant()) for name in ("one", "two")]
    awaited = [Child(name=name, provider=awaited_instant()) for name in ("one", "two")]
    hooked = FailoverProvider(children, on_event=_ignore)
    with vendor() as url:
        callers = {
            LOOPBACK: loopback(url),
            "child": _starting(Instant().start),
            "failover": _starting(FailoverProvider(children).start),
            "failover with a hook": _starting(hooked.start),
        }
        spent = measure(callers, STARTS, rare=[LOOPBACK])
        report("a failover", spent, base="child", judged="failover")
        callers_awaited = {
            "child": _starting(awaited_instant().start),
            "failover": _starting(AsyncFailoverProvider(awaited).start),
        }
        spent = asyncio.run(spent_awaited(url, callers_awaited))
        report("an awaited failover", spent, base="child", judged="failover")


if __name__ == "__main__":
    main()
