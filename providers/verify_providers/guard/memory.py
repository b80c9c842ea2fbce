"""
Counters in this process, as a storage of the `limits` library.

The library's own one reads the system's clock, runs its clean-up on a timer's thread,
and gives up a key's lock while another thread may hold it (`limits` 5.8.0, class
`MemoryStorage`); here time is an argument, there is one lock, and whoever counts
cleans up.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

try:
    from limits.storage import Storage
except ImportError as error:  # pragma: no cover - only where the extra is missing
    raise ImportError(
        "the guard counts with limits: pip install 'verify-core[guard]'"
    ) from error

from .claims import Claims

_SWEPT_AT_ONCE: Final = 2
_NEVER: Final = (0, float("-inf"))
"""A counter without a window."""


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
        self._counters: dict[str, tuple[int, float]] = {}
        self._ends: list[tuple[float, str]] = []
        self._lock = Lock()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: a dictionary does not fail."""
        return ()

    def now(self) -> float:
        """The present as `get_expiry` counts it, in seconds."""
        return self._clock().timestamp()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """
        Add to a counter, and open its window if it has none.

        Args:
            key: The counter's name.
            expiry: The window's length in seconds.
            amount: What to add.

        Returns:
            The counter, this amount included.
        """
        now = self.now()
        with self._lock:
            self._sweep(now)
            return self._add(key, expiry, amount, now)

    def take(self, claims: Claims) -> int | None:
        """
        Raise all counters, or none of them where one has no room, in one operation.

        Returns:
            Which claim has no room, or None: all are taken.
        """
        now = self.now()
        counters = self._counters
        with self._lock:
            for place, (key, _, limit, amount, _) in enumerate(claims):
                count, end = counters.get(key, _NEVER)
                if (count if end > now else 0) + (amount or 1) > limit:
                    return place
            for key, seconds, _, amount, _ in claims:
                if amount:
                    self._sweep(now)
                    self._add(key, seconds, amount, now)
        return None

    def get(self, key: str) -> int:
        """The counter, or 0 without an open window."""
        count, end = self._counters.get(key, _NEVER)
        return count if end > self.now() else 0

    def get_expiry(self, key: str) -> float:
        """When the counter's window ends, as `now` counts; now, where it has none."""
        now = self.now()
        return max(self._counters.get(key, (0, now))[1], now)

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

    def _add(self, key: str, seconds: int, amount: int, now: float) -> int:
        count, end = self._counters.get(key, _NEVER)
        if end <= now:
            count, end = 0, now + seconds
            heapq.heappush(self._ends, (end, key))
        self._counters[key] = (count + amount, end)
        return count + amount

    def _sweep(self, now: float) -> None:
        # Two for each that comes: so it shrinks, and no start pays for thousands.
        for _ in range(_SWEPT_AT_ONCE):
            if not self._ends or self._ends[0][0] > now:
                return
            _end, key = heapq.heappop(self._ends)
            if self._counters.get(key, (0, now + 1))[1] <= now:
                del self._counters[key]
