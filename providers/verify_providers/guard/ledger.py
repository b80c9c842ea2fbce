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

from .claims import Claims
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
    _lost_at: datetime | None = field(default=None, init=False)
    _faults: tuple[type[Exception], ...] = field(init=False, repr=False)
    # Memory never fails and is asked for every start, so by the shortest way.
    _memory: ClockedMemory | None = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        memory = isinstance(self.storage, ClockedMemory)
        self._memory = self.storage if memory else None  # type: ignore[assignment]
        kinds = self.storage.base_exceptions
        own = kinds if isinstance(kinds, tuple) else (kinds,)
        self._faults = (StorageError, OSError, *own)

    def count(self, key: str) -> int:
        """
        What a counter stands at.

        Raises:
            CountersLost: The storage does not answer, or did not a moment ago.
        """
        if self._memory is not None:
            return self._memory.count(key)
        return self._reach(lambda: self.storage.get(key))

    def add(self, key: str, window: timedelta, amount: int = 1) -> int:
        """
        Add to a counter and read it, in one operation.

        Raises:
            CountersLost: As `count`; the amount may have been added all the same.
        """
        return self._add(key, int(window.total_seconds()), amount)

    def take(self, claims: Claims) -> int | None:
        """
        Raise all counters that have room, unless one of them has none.

        First every counter is read, so that a start that cannot go through takes
        nothing. Then each is raised and read in one operation, in order; whoever raises
        one above its limit is refused. Between the two another start may have taken the
        last place: then the claims before it stay taken, unless they are of the kind
        that is given back. So in a race a place may be lost, and none is ever given
        twice. In memory all this is one operation, and nothing is lost.

        Returns:
            Which claim has no room, or None: all are taken.

        Raises:
            CountersLost: As `add`.
        """
        if self._memory is not None:
            return self._memory.take(claims)
        for place, (key, _, limit, amount, _) in enumerate(claims):
            if self.count(key) + (amount or 1) > limit:
                return place
        for place, (key, seconds, limit, amount, _) in enumerate(claims):
            if amount and self._add(key, seconds, amount) > limit:
                self._give_back(claims[:place])
                return place
        return None

    def _give_back(self, claims: Claims) -> None:
        for key, *_, refuser in claims:
            if refuser.gives_back:
                self.forget(key)

    def remaining(self, key: str) -> timedelta:
        """
        How long the counter's window lasts, in whole seconds, at least one.

        Raises:
            CountersLost: As `count`.
        """
        end = self._reach(lambda: self.storage.get_expiry(key))
        # The library's storages know the system's clock only, and count with that.
        now = time.time() if self._memory is None else self._memory.now()
        return timedelta(seconds=max(math.ceil(end - now), 1))

    def forget(self, key: str) -> None:
        """
        Take a counter away.

        Raises:
            CountersLost: As `count`.
        """
        self._reach(lambda: self.storage.clear(key))

    def _add(self, key: str, seconds: int, amount: int) -> int:
        if self._memory is not None:
            return self._memory.add(key, seconds, amount)
        return self._reach(lambda: self.storage.incr(key, seconds, amount))

    def _reach(self, call: Callable[[], _T]) -> _T:
        lost_at = self._lost_at
        # A clock that was set back meanwhile is no reason to wait for it.
        if lost_at is not None and timedelta(0) <= self.clock() - lost_at < PAUSE:
            raise CountersLost
        try:
            found = call()
        except self._faults as error:
            self._lost(_name_of(error))
            raise CountersLost from None
        if lost_at is not None:
            self._back()
        return found

    def _lost(self, fault: str) -> None:
        now = self.clock()
        self._lost_at = now
        _LOG.warning("the guard's counters cannot be reached: %s", fault)
        self.tell(GuardEvent(act=Act.COUNTERS_LOST, at=now, reason=fault))

    def _back(self) -> None:
        self._lost_at = None
        _LOG.warning("the guard's counters can be reached again")
        self.tell(GuardEvent(act=Act.COUNTERS_BACK, at=self.clock()))


def _name_of(error: Exception) -> str:
    # Its text may hold the storage's URL, and that a password.
    inner = getattr(error, "storage_error", None)
    return type(inner or error).__name__
