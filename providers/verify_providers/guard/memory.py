"""
Counters in this process, as a storage of the `limits` library.

The library's own one reads the system's clock, runs its clean-up on a timer's thread,
and gives up a key's lock while another thread may hold it (`limits` 5.8.0, class
`MemoryStorage`); here time is an argument, there is one lock, and whoever counts
cleans up.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, Final, TypeAlias

try:
    from limits.storage import Storage
except ImportError as error:  # pragma: no cover - only where the extra is missing
    raise ImportError(
        "the guard counts with limits: pip install 'verify-core[guard]'"
    ) from error

from .claims import Claims

_SWEPT_FOR_EACH: Final = 2

_Counter: TypeAlias = list[Any]
"""What it stands at, and when its window ends; a list, since it changes in place."""


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
        """None: a dictionary does not fail."""
        return ()

    def now(self) -> float:
        """The present as `get_expiry` counts it, in seconds."""
        return self._clock().timestamp()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """As `add`, by the library's name."""
        return self.add(key, expiry, amount)

    def get(self, key: str) -> int:
        """As `count`, by the library's name."""
        return self.count(key)

    # The library wraps what it calls itself to change errors, which there are none of.

    def add(self, key: str, expiry: int, amount: int) -> int:
        """
        Add to a counter, and open its window if it has none.

        Args:
            key: The counter's name.
            expiry: The window's length in seconds.
            amount: What to add.

        Returns:
            The counter, this amount included.
        """
        with self._lock:
            now = self._clock()
            self._sweep(now, 1)
            counter = self._open(key, now)
            if counter is None:
                return self._begin(key, expiry, amount, now)
            counter[0] += amount
            return int(counter[0])

    def take(self, claims: Claims) -> int | None:
        """
        Raise all counters, or none of them where one has no room, in one operation.

        Returns:
            Which claim has no room, or None: all are taken.
        """
        with self._lock:
            now = self._clock()
            self._sweep(now, len(claims))
            found = []
            for place, (key, _, limit, amount, _) in enumerate(claims):
                counter = self._open(key, now)
                if (counter[0] if counter else 0) + (amount or 1) > limit:
                    return place
                found.append(counter)
            for (key, seconds, _, amount, _), counter in zip(
                claims, found, strict=True
            ):
                if counter is not None:
                    counter[0] += amount
                elif amount:
                    self._begin(key, seconds, amount, now)
        return None

    def count(self, key: str) -> int:
        """The counter, or 0 without an open window."""
        counter = self._open(key, self._clock())
        return counter[0] if counter else 0

    def get_expiry(self, key: str) -> float:
        """When the counter's window ends, as `now` counts; now, where it has none."""
        now = self._clock()
        counter = self._open(key, now)
        end: datetime = counter[1] if counter else now
        return end.timestamp()

    def check(self) -> bool:
        """Whether it works: always."""
        return True

    def reset(self) -> int:
        """Forget everything; says how many counters there were."""
        with self._lock:
            count = len(self._counters)
            self._counters.clear()
            self._ends.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget a counter."""
        with self._lock:
            self._counters.pop(key, None)

    def __len__(self) -> int:
        return len(self._counters)

    def _open(self, key: str, now: datetime) -> _Counter | None:
        """The counter, if its window is open."""
        counter = self._counters.get(key)
        return counter if counter is not None and counter[1] > now else None

    def _begin(self, key: str, seconds: int, amount: int, now: datetime) -> int:
        end = now + _span(seconds)
        self._counters[key] = [amount, end]
        self._ends[seconds].append((end, key))
        return amount

    def _sweep(self, now: datetime, begun: int) -> None:
        # Two for each that may come: so it shrinks, and no start pays for thousands.
        for ends in self._ends.values():
            left = _SWEPT_FOR_EACH * begun
            while left and ends and ends[0][0] <= now:
                left -= 1
                key = ends.popleft()[1]
                if self._open(key, now) is None:
                    self._counters.pop(key, None)
