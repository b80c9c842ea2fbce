"""A store in this process: for development, tests, and a program of one process."""

from __future__ import annotations

import math
from datetime import datetime
from heapq import heappop, heappush
from threading import Lock
from typing import Generic, TypeVar, cast

from verify_core.codestore import (
    AsyncCodeStore,
    Change,
    CodeHolder,
    CodeRecord,
    RuledStore,
    Stored,
)

from .._at_once import AtOnce

T = TypeVar("T")
K = TypeVar("K", CodeRecord, CodeHolder)

_WITH_EACH_START = 4
"""Records and holders dropped at most with a start, which adds one of each."""


class MemoryStore(RuledStore):
    """
    Keeps verifications in memory; safe for several threads, lost with the process.

    What may be forgotten is dropped, a few with every start, so that the store does not
    grow beyond what is remembered. Every operation takes as long with a million records
    as with ten.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._records = _Shelf[CodeRecord]()
        self._holders = _Shelf[CodeHolder]()

    def __repr__(self) -> str:
        return f"MemoryStore({len(self)} records)"

    def __len__(self) -> int:
        return len(self._records.values)

    def __bool__(self) -> bool:
        return True  # an empty store is a store: `store or …` must not pass it over

    def awaited(self) -> AsyncCodeStore:
        """Return this store as an `AsyncCodeStore`, which answers at once."""
        return cast("AsyncCodeStore", AtOnce(self))

    def change(self, change: Change[T]) -> T:
        """Apply the rule; one thread at a time."""
        with self._lock:
            if change.sweep_at:
                self._sweep(change.sweep_at, _WITH_EACH_START)
            record = self._records.values.get(change.id or "")
            holder_id = change.holder or (record.holder if record else "")
            holder = self._holders.values.get(holder_id)
            answer, after = change.rule(Stored(record=record, holder=holder))
            self._records.replace(record, after.record)
            self._holders.replace(holder, after.holder)
            return answer

    def sweep(self, *, now: datetime, most: int = 1_000) -> int:
        """Drop what may be forgotten; see `CodeStore.sweep`."""
        with self._lock:
            return self._sweep(now, most)

    def _sweep(self, now: datetime, most: int) -> int:
        self._holders.sweep(now, most)
        return self._records.sweep(now, most)


class _Shelf(Generic[K]):
    """
    Records or holders by id, and their ids by when they may be forgotten.

    Ids stand in sets, one for each second: nothing is left of what went before its
    time, as it would be in a heap of ids.
    """

    def __init__(self) -> None:
        self.values: dict[str, K] = {}
        self._due: dict[int, set[str]] = {}
        self._seconds: list[int] = []  # a heap of the keys of `_due`

    def replace(self, before: K | None, after: K | None) -> None:
        """Put one value in the place of another; None: there was or will be none."""
        if after is before:
            return
        if before is not None:
            del self.values[before.id]
            self._ids_due_with(before).discard(before.id)
        if after is not None:
            self.values[after.id] = after
            self._ids_due_with(after).add(after.id)

    def sweep(self, now: datetime, most: int) -> int:
        """Drop what may be forgotten, at most so many; return how many went."""
        dropped, present = 0, now.timestamp()
        while self._seconds and self._seconds[0] <= present:
            ids = self._due[self._seconds[0]]
            while ids and dropped < most:
                del self.values[ids.pop()]
                dropped += 1
            if ids:
                break
            del self._due[heappop(self._seconds)]
        return dropped

    def _ids_due_with(self, value: K) -> set[str]:
        if value.forget_at is None:
            return set()
        second = math.ceil(value.forget_at.timestamp())
        if second not in self._due:
            self._due[second] = set()
            heappush(self._seconds, second)
        return self._due[second]
