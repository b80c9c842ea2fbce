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

from .claims import Claim, Claims
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
        if isinstance(self.storage, ClockedMemory):
            return self.storage.take(claims)
        for place, claim in enumerate(claims):
            if not claim.fits(self.count(claim.key)):
                return place
        for place, claim in enumerate(claims):
            if claim.amount and not self._raise(claim):
                self._give_back(claims[:place])
                return place
        return None

    def _give_back(self, claims: Claims) -> None:
        for claim in claims:
            if claim.given_back:
                self.forget(claim.key)

    def _raise(self, claim: Claim) -> bool:
        return self._add(claim.key, claim.seconds, claim.amount) <= claim.limit

    def remaining(self, key: str) -> timedelta:
        """
        How long the counter's window lasts, in whole seconds, at least one.

        Raises:
            CountersLost: As `count`.
        """
        end = self._reach(lambda: self.storage.get_expiry(key))
        # The library's storages know the system's clock only, and count with that.
        ours = isinstance(self.storage, ClockedMemory)
        now = self.clock().timestamp() if ours else time.time()
        return timedelta(seconds=max(math.ceil(end - now), 1))

    def forget(self, key: str) -> None:
        """
        Take a counter away.

        Raises:
            CountersLost: As `count`.
        """
        self._reach(lambda: self.storage.clear(key))

    def _add(self, key: str, seconds: int, amount: int) -> int:
        return self._reach(lambda: self.storage.incr(key, seconds, amount))

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
