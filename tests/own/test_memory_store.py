"""What is particular to the store in memory: it forgets, and stays small."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta
from itertools import pairwise

from attrs import evolve

from tests.own.test_life import FRESH, LIMITS, NOON
from verify_core.codestore import CodeStore, StartAnswer, StoreLimits
from verify_providers.own import MemoryStore

MINUTE = timedelta(minutes=1)


def left_of(store: MemoryStore) -> tuple[int, int]:
    """How many records and holders it has, wherever it has something of them."""
    shelves = (store._records, store._holders)  # noqa: SLF001 - how large it is
    for shelf in shelves:
        due = shelf._due.values()  # noqa: SLF001
        assert {*shelf.values} == {each for ids in due for each in ids}
    return len(shelves[0].values), len(shelves[1].values)


def test_starts_drop_what_may_be_forgotten() -> None:
    """A thousand people a minute for an hour: what is kept is twenty minutes' worth."""
    store, now, sizes = MemoryStore(), NOON, []
    brief = StoreLimits(locked_for=MINUTE)
    for minute in range(60):
        for number in range(100):
            record = evolve(
                FRESH,
                id=f"{minute}-{number}",
                holder=f"h{minute}-{number}",
                forget_at=now + 20 * MINUTE,
            )
            store.start(record, now=now, limits=brief)
        now += MINUTE
        sizes.append(len(store))

    assert max(sizes) <= 21 * 100
    assert all(later >= earlier for earlier, later in pairwise(sizes[:20]))
    assert store.sweep(now=now + 20 * MINUTE, most=10**6) == sizes[-1]
    assert not len(store)
    assert left_of(store) == (0, 0)


def test_sweep_keeps_what_is_remembered_and_stops_where_it_should() -> None:
    store = MemoryStore()
    for number in range(10):
        record = evolve(FRESH, id=f"{number}", forget_at=NOON + number * MINUTE)
        store.start(record, now=NOON - MINUTE, limits=LIMITS)

    assert store.sweep(now=NOON + 4 * MINUTE, most=3) == 3
    assert store.sweep(now=NOON + 4 * MINUTE) == 2
    assert len(store) == 5


def test_what_ends_before_its_time_leaves_nothing_behind() -> None:
    """A million logins leave no million ids to be swept a day later."""
    store = MemoryStore()
    for number in range(50):
        record = evolve(FRESH, id="one", holder=f"h{number}")
        started = store.start(record, now=NOON, limits=LIMITS)
        assert started.answer is StartAnswer.KEPT
        assert store.approve(record, now=NOON)

    assert left_of(store) == (1, 0)


def test_awaited_one_is_the_same_store() -> None:
    store = MemoryStore()
    awaited = store.awaited()

    started = asyncio.run(awaited.start(FRESH, now=NOON, limits=LIMITS))

    assert inspect.iscoroutinefunction(awaited.start)
    assert started.answer is StartAnswer.KEPT
    assert store.fetch(FRESH.id, now=NOON) == FRESH


def test_empty_one_is_a_store_all_the_same() -> None:
    assert bool(MemoryStore()) is True


def test_it_shows_no_digest() -> None:
    store: CodeStore = MemoryStore()
    store.start(FRESH, now=NOON, limits=LIMITS)

    assert f"{store!r}" == "MemoryStore(1 records)"
