"""
What a guard adds to a start, beside a whole start on loopback; and budgets on Redis.

The cost is taken in memory, over a provider that answers at once: a start of the guard
less a start of the provider, each for a person of its own. It is judged against a start
of the Twilio provider with a server on loopback. All take turns. Target: at most 5 % of
that, and the same awaited.

Budgets per second are those that four processes count on one real server, each start
with as many budgets as said.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import count, cycle
from typing import TypeVar

from bench_failover import (
    LOOPBACK,
    STARTS,
    Instant,
    awaited_instant,
    loopback,
    report,
    spent_awaited,
)
from bench_twilio_start import vendor
from measuring import WARM_UP, measure
from peers import redis_server

from verify_core.phone import PhoneNumber, PhonePolicy, Provenance
from verify_core.verification import StartRequest
from verify_providers.guard import (
    AsyncGuardProvider,
    Budget,
    CoolDown,
    GuardPolicy,
    GuardProvider,
    Per,
    Spend,
    SpendLimit,
    redis_storage,
)

T = TypeVar("T")

HOUR = timedelta(hours=1)
PROCESSES = 4
REDIS_STARTS = 2_000
ROOM = 10**9
BUDGETS = tuple(Budget(per=per, starts=ROOM, window=HOUR) for per in Per)
SPEND = Spend(
    limits=(SpendLimit(amount=Decimal(10**9), window=HOUR),), default=Decimal("0.05")
)
POLICIES = {
    "cool-down": GuardPolicy(cool_down=CoolDown()),
    "five budgets": GuardPolicy(budgets=BUDGETS),
    "cool-down, five budgets, spend": GuardPolicy(
        cool_down=CoolDown(), budgets=BUDGETS, spend=SPEND
    ),
    "a policy of numbers": GuardPolicy(numbers=PhonePolicy(allowed_calling_codes={1})),
}
JUDGED = "cool-down, five budgets, spend"


def requests() -> Iterator[StartRequest]:
    """One start of each of very many people, from a few hundred addresses."""
    addresses = cycle(f"192.0.2.{last}" for last in range(256))
    for place in count():
        number = PhoneNumber(
            e164=f"+1{5_550_000_000 + place}",
            calling_code=1,
            region="US",
            provenance=Provenance.EXPLICIT,
        )
        yield StartRequest(identifier=number, client_address=next(addresses))


def _starting(start: Callable[[StartRequest], T]) -> Callable[[], T]:
    # Made before the clock runs: what is measured is the start.
    made = requests()
    ready = iter([next(made) for _ in range(WARM_UP + STARTS)])
    return lambda: start(next(ready))


def _count(url: str, budgets: int, people: int) -> float:
    """Seconds that one process takes for its starts, each of a person of its own."""
    policy = GuardPolicy(budgets=BUDGETS[:budgets])
    guard = GuardProvider(
        Instant(),
        policy,
        storage=redis_storage(url, timeout_s=10),
        pepper="a pepper of some length",
    )
    made = requests()
    ready = [next(made) for _ in range(people)]
    guard.start(ready[0])  # connects, and loads the script
    began = time.perf_counter()
    for request in ready:
        guard.start(request)
    return time.perf_counter() - began


def on_redis(url: str, budgets: int) -> float:
    """Budgets per second that four processes count together."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        pool.starmap(_count, [(url, budgets, 50)] * PROCESSES)  # imports everything
        taken = pool.starmap(_count, [(url, budgets, REDIS_STARTS)] * PROCESSES)
    return PROCESSES * REDIS_STARTS * budgets / max(taken)


def main() -> None:
    """Print what each policy costs, if the target is met, and the rate on Redis."""
    with vendor() as url:
        callers = {LOOPBACK: loopback(url), "provider": _starting(Instant().start)}
        for name, policy in POLICIES.items():
            callers[name] = _starting(GuardProvider(Instant(), policy).start)
        spent = measure(callers, STARTS, rare=[LOOPBACK])
        report("a guard", spent, base="provider", judged=JUDGED)
        awaited = AsyncGuardProvider(awaited_instant(), POLICIES[JUDGED])
        callers_awaited = {
            "provider": _starting(awaited_instant().start),
            JUDGED: _starting(awaited.start),
        }
        spent = asyncio.run(spent_awaited(url, callers_awaited))
        report("an awaited guard", spent, base="provider", judged=JUDGED)
    _report_redis()


def _report_redis() -> None:
    with redis_server() as url:
        if url is None:
            return
        print(f"budgets on it, {PROCESSES} processes, one thread each")
        for budgets in (1, len(BUDGETS)):
            rate = on_redis(url, budgets)
            print(f"  {budgets} for each start {rate:20,.0f} budgets per second")


if __name__ == "__main__":
    main()
