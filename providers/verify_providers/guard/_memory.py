"""
Counters in this process, as a storage of the `limits` library.

The library's own memory reads the system's clock, cleans up on a timer's thread, and
gives up a key's lock while another thread may hold it (`limits` 5.8.0, class
`MemoryStorage`); so this one is used in its place.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, TypeAlias

from attrs import define, frozen

from verify_core.errors import Refused, Throttled, TooSoon
from verify_core.installing import install_hint

try:
    from limits.storage import Storage
except ImportError as error:  # pragma: no cover - only where the extra is missing
    raise ImportError(
        f"the guard counts with limits: {install_hint('guard')}"
    ) from error

_SWEPT_FOR_EACH = 2

ErrorKind: TypeAlias = type[TooSoon] | type[Throttled] | type[Refused]


@frozen(kw_only=True)
class Rule:
    """
    The rule that a counter belongs to; `error` is the class of its refusals.

    One that `gives_back` takes an amount out again when nothing came of it.
    """

    name: str
    error: ErrorKind
    gives_back: bool = False


@define  # not frozen, which takes three times as long: every start makes several
class CounterUpdate:
    """
    A change of one counter.

    Attributes:
        window_s: Seconds of the window that the first update opens.
        limit: The highest value that the counter may have afterwards.
        amount: What is added; 0 only reads, and is refused at the limit.
    """

    name: str
    window_s: int
    limit: int
    amount: int
    rule: Rule


_Counter: TypeAlias = list[Any]
"""A value, and the end of its window."""


@cache  # a policy has few windows
def _span(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


class ClockedMemory(Storage):
    """
    Counters in memory; safe to use from several threads, not shared by processes.

    Args:
        clock: The present, aware.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self._counters: dict[str, _Counter] = {}
        # By the window's length: within one, those that began first end first.
        self._ends: dict[int, deque[tuple[datetime, str]]] = defaultdict(deque)
        self._lock = Lock()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def now(self) -> float:
        """Return the present in the seconds of `get_expiry`."""
        return self._clock().timestamp()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with self._lock:
            now = self._clock()
            self._sweep(now, 1)
            counter = self._open(key, now)
            if counter is None:
                counter = self._begin(key, expiry, now)
            counter[0] += amount
            return int(counter[0])

    def take(self, updates: Sequence[CounterUpdate]) -> CounterUpdate | None:
        """Change all counters, or none and return the update that has no room."""
        with self._lock:
            now = self._clock()
            self._sweep(now, len(updates))
            found = []
            for update in updates:
                counter = self._open(update.name, now)
                value = counter[0] if counter else 0
                if value + (update.amount or 1) > update.limit:
                    return update
                found.append(counter)
            for update, counter in zip(updates, found, strict=True):
                if update.amount:
                    changed = counter or self._begin(update.name, update.window_s, now)
                    changed[0] += update.amount
        return None

    def get(self, key: str) -> int:
        counter = self._open(key, self._clock())
        return counter[0] if counter else 0

    def get_expiry(self, key: str) -> float:
        now = self._clock()
        counter = self._open(key, now)
        end: datetime = counter[1] if counter else now
        return end.timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
            self._ends.clear()
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._counters.pop(key, None)

    def __len__(self) -> int:
        return len(self._counters)

    def _open(self, key: str, now: datetime) -> _Counter | None:
        """Return the counter, if its window is open and its value is not 0."""
        counter = self._counters.get(key)
        is_open = counter is not None and counter[0] and counter[1] > now
        return counter if is_open else None

    def _begin(self, key: str, seconds: int, now: datetime) -> _Counter:
        end = now + _span(seconds)
        self._ends[seconds].append((end, key))
        self._counters[key] = counter = [0, end]
        return counter

    def _sweep(self, now: datetime, begun: int) -> None:
        # Two for each that may come: so it shrinks, and no start pays for thousands.
        for ends in self._ends.values():
            left = _SWEPT_FOR_EACH * begun
            while left and ends and ends[0][0] <= now:
                left -= 1
                key = ends.popleft()[1]
                if self._open(key, now) is None:
                    self._counters.pop(key, None)
