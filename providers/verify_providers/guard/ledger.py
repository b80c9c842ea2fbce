"""Counting in a storage that may be gone, and saying so."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from attrs import define, field
from limits.errors import StorageError
from limits.storage import Storage

from .events import Act, GuardEvent
from .memory import ClockedMemory

_T = TypeVar("_T")
_LOG: Final = logging.getLogger(__name__)

PAUSE: Final = timedelta(seconds=1)
"""How long a storage that did not answer is not asked again; a time-out costs users."""


class CountersLost(Exception):
    """The counters cannot be reached; never leaves the guard."""


@define(eq=False)
class Ledger:
    """
    Counters by name, each in a window that its first increment opens.

    Attributes:
        storage: Any of the `limits` library's.
        clock: The present, aware.
        tell: Hears that the storage is lost, and that it is back.
    """

    storage: Storage = field(repr=False)
    clock: Callable[[], datetime]
    tell: Callable[[GuardEvent], None]
    _asked_again_at: datetime | None = field(default=None, init=False)

    def count(self, key: str) -> int:
        """
        What a counter stands at.

        Raises:
            CountersLost: The storage does not answer, or did not a moment ago.
        """
        return self._reach(lambda: self.storage.get(key))

    def add(self, key: str, window: timedelta, amount: int = 1) -> int:
        """
        Add to a counter and read it, in one operation.

        Raises:
            CountersLost: As `count`; the amount may have been added all the same.
        """
        seconds = int(window.total_seconds())
        return self._reach(lambda: self.storage.incr(key, seconds, amount))

    def remaining(self, key: str, window: timedelta) -> timedelta:
        """
        How long the counter's window lasts, in whole seconds, at least one.

        Raises:
            CountersLost: As `count`.
        """
        end = self._reach(lambda: self.storage.get_expiry(key))
        # The library's storages know the system's clock only, and count with that.
        ours = isinstance(self.storage, ClockedMemory)
        now = self.clock().timestamp() if ours else time.time()
        seconds = min(math.ceil(end - now), int(window.total_seconds()))
        return timedelta(seconds=max(seconds, 1))

    def forget(self, key: str) -> None:
        """
        Take a counter away.

        Raises:
            CountersLost: As `count`.
        """
        self._reach(lambda: self.storage.clear(key))

    def _reach(self, call: Callable[[], _T]) -> _T:
        again_at = self._asked_again_at
        if again_at is not None and self.clock() < again_at:
            raise CountersLost
        faults: tuple[type[Exception], ...] = _faults(self.storage)
        try:
            found = call()
        except faults as error:
            self._lost(_name_of(error))
            raise CountersLost from None
        if again_at is not None:
            self._back()
        return found

    def _lost(self, fault: str) -> None:
        now = self.clock()
        self._asked_again_at = now + PAUSE
        _LOG.warning("the guard's counters cannot be reached: %s", fault)
        self.tell(GuardEvent(act=Act.COUNTERS_LOST, at=now, reason=fault))

    def _back(self) -> None:
        self._asked_again_at = None
        _LOG.warning("the guard's counters can be reached again")
        self.tell(GuardEvent(act=Act.COUNTERS_BACK, at=self.clock()))


def _faults(storage: Storage) -> tuple[type[Exception], ...]:
    kinds = storage.base_exceptions
    own = kinds if isinstance(kinds, tuple) else (kinds,)
    return (StorageError, OSError, *own)


def _name_of(error: Exception) -> str:
    # Its text may hold the storage's URL, and that a password.
    inner = getattr(error, "storage_error", None)
    return type(inner or error).__name__
