"""The suite for stores passes one that is right, and finds what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.own.stores.broken import BROKEN, DictStore
from verify_core.testing import (
    Deviation,
    StoreBench,
    StoreHarness,
    store_cases,
)
from verify_core.testing._bench import CaseFailed
from verify_core.testing._store_bench import StoreCase


def harness(make: Callable[[], DictStore], *deviations: Deviation) -> StoreHarness:
    @contextmanager
    def world() -> Iterator[StoreBench]:
        store = make()
        yield StoreBench(store=store, stored=store.stored, count=store.count)

    return StoreHarness(name="dictionaries", open=world, deviations=deviations)


@pytest.mark.parametrize("case", store_cases(), ids=str)
def test_a_store_by_the_rules_keeps_them(case: StoreCase) -> None:
    case.check(harness(DictStore))


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_store_fails(broken: type[DictStore]) -> None:
    [case] = [each for each in store_cases() if each.name == BROKEN[broken]]

    with pytest.raises(CaseFailed):
        case.check(harness(broken))
