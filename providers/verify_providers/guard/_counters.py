"""
Counting in a storage that may be gone, and saying so.

All of it is conversations: each operation of the storage is a step, so that the same
rules count in a storage that blocks and in one that is awaited.

A start raises several counters. Without a transaction over all of them, a storage can
be lost between two. So the counters that would keep a person waiting for nothing (rules
that give back) are raised last; and what is to be taken out of one again while the
storage is lost is taken out when it answers again.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, Final, TypeAlias, TypeVar

from attrs import define, field, frozen
from limits import aio
from limits.errors import StorageError
from limits.storage import MemcachedStorage, Storage

from ..conversations import Call, CallConversation, StepCancelled, run
from ._events import GuardEvent, GuardEventKind
from ._storages import ClockedMemory, CounterUpdate

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)

AnyStorage: TypeAlias = Storage | aio.storage.Storage
"""A storage of the `limits` library, of either kind."""

PAUSE: Final = timedelta(seconds=1)
"""How long a storage that did not answer is not asked again; a time-out costs users."""

OWED: Final = 4096
"""Amounts to take out later; beyond it the oldest stay counted until windows end."""


class CountersLost(Exception):
    """
    The counters cannot be reached; never leaves the guard.

    Attributes:
        was_asked: Whether the storage was asked, so that it may have counted.
    """

    def __init__(self, *, was_asked: bool) -> None:
        super().__init__()
        self.was_asked = was_asked


@frozen
class _Owed:
    """An amount to take out of a counter, and until when that is safe."""

    update: CounterUpdate
    until: datetime


@define(eq=False)
class Counters:
    """
    Counters by name, each in a window that its first increment opens.

    Attributes:
        storage: Any storage of the `limits` library.
        clock: The present, aware.
        report: Receives an event when the storage is lost, and when it is back.
    """

    storage: AnyStorage = field(repr=False)
    clock: Callable[[], datetime]
    report: Callable[[GuardEvent], None]
    _lost_at: datetime | None = field(default=None, init=False)
    _faults: tuple[type[Exception], ...] = field(init=False, repr=False)
    _owed: deque[_Owed] = field(factory=lambda: deque(maxlen=OWED), init=False)

    def __attrs_post_init__(self) -> None:
        kinds = self.storage.base_exceptions
        own = kinds if isinstance(kinds, tuple) else (kinds,)
        self._faults = (StorageError, OSError, *own)

    def count(self, name: str) -> CallConversation[int]:
        """
        Return what a counter stands at.

        Raises:
            CountersLost: The storage does not answer, or did not a moment ago.
        """
        return self._reach(_ask(lambda: self.storage.get(name)))

    def add(self, name: str, window_s: int, amount: int = 1) -> CallConversation[int]:
        """
        Add to a counter and return what it stands at then, in one operation.

        Raises:
            CountersLost: As `count`.
        """
        return self._reach(_ask(lambda: self.storage.incr(name, window_s, amount)))

    def note(self, name: str, window_s: int) -> CallConversation[int]:
        """
        Count one more of what has happened, even if the call was cancelled meanwhile.

        Raises:
            CountersLost: As `count`.
        """
        return self._reach(_tidy(lambda: self.storage.incr(name, window_s, 1)))

    def take(
        self, updates: Sequence[CounterUpdate]
    ) -> CallConversation[CounterUpdate | None]:
        """
        Raise all counters that have room, unless one of them has none.

        First every counter is read, so that a start that cannot go through takes
        nothing. Then each is raised and read in one operation: in order, those of rules
        that give back last. A start that raises one above its limit is refused. Between
        the two another start may have taken the last place: then what was raised before
        stays raised. So in a race a place may be lost, and none is ever given twice. In
        memory all this is one operation, and nothing is lost.

        Returns:
            The update that has no room, or None: all counters are raised.

        Raises:
            CountersLost: As `add`. No counter of a rule that gives back stays raised,
                but for the time until the storage answers again.
        """
        if isinstance(self.storage, ClockedMemory):
            return self.storage.take(updates)
        for update in updates:
            stands = yield from self.count(update.name)
            if stands + (update.amount or 1) > update.limit:
                return update
        for update in sorted(updates, key=_gives_back):
            if update.amount:
                has_room = yield from self._raise(update)
                if not has_room:
                    return update
        return None

    def take_back(
        self, update: CounterUpdate, begun_at: datetime
    ) -> CallConversation[bool]:
        """
        Take an amount out of a counter again, now or when the storage answers again.

        It does so even if the call was cancelled meanwhile.

        Args:
            update: What had been added.
            begun_at: When.

        Returns:
            Whether it was taken out now. In the second half of the window nothing is:
            by the time it would be, another window may have begun.
        """
        owed = _Owed(update, begun_at + timedelta(seconds=update.window_s) / 2)
        try:
            return (yield from self._reach(self._settle(owed)))
        except (CountersLost, StepCancelled):
            self._owed.append(owed)
            return False
        except GeneratorExit:
            self._owed.append(owed)
            raise

    def remaining(self, name: str) -> CallConversation[timedelta]:
        """
        Return how long the counter's window lasts, in whole seconds, at least one.

        Raises:
            CountersLost: As `count`.
        """
        end = yield from self._reach(_ask(lambda: self.storage.get_expiry(name)))
        # The library's storages know the system's clock only, and count with that.
        is_memory = isinstance(self.storage, ClockedMemory)
        now = self.storage.now() if is_memory else time.time()  # type: ignore[union-attr]
        return timedelta(seconds=max(math.ceil(end - now), 1))

    def forget(self, name: str) -> CallConversation[None]:
        """
        Take a counter away, even if the call was cancelled meanwhile.

        Raises:
            CountersLost: As `count`.
        """
        return self._reach(_tidy(lambda: self.storage.clear(name)))

    def _raise(self, update: CounterUpdate) -> CallConversation[bool]:
        """Raise one counter; False where that put it above its limit."""
        begun_at = self.clock()
        gives_back = update.rule.gives_back
        try:
            stands = yield from self.add(update.name, update.window_s, update.amount)
        except (CountersLost, StepCancelled) as lost:
            if gives_back and (isinstance(lost, StepCancelled) or lost.was_asked):
                yield from self.take_back(update, begun_at)
            raise
        except GeneratorExit:
            if gives_back:
                without_waiting(self.take_back(update, begun_at))
            raise
        if stands <= update.limit:
            return True
        if gives_back:
            yield from self.take_back(update, begun_at)
        return False

    def _settle(self, owed: _Owed) -> CallConversation[bool]:
        update = owed.update
        if self.clock() >= owed.until:
            return False
        stands = yield from _tidy(lambda: self.storage.get(update.name))
        if stands < update.amount:
            return False
        if stands == update.amount == update.limit:
            # No other start has a part in it.
            yield from _tidy(lambda: self.storage.clear(update.name))
            return True
        if isinstance(self.storage, MemcachedStorage | aio.storage.MemcachedStorage):
            return False  # which takes no negative amounts: counted until it ends
        left = yield from self._change(update, -update.amount)
        if left < 0:
            # The window ended in between, and this opened another one.
            yield from self._change(update, update.amount)
        return True

    def _change(self, update: CounterUpdate, amount: int) -> CallConversation[int]:
        return _tidy(lambda: self.storage.incr(update.name, update.window_s, amount))

    def _reach(self, operations: CallConversation[_T]) -> CallConversation[_T]:
        lost_at = self._lost_at
        if self._is_let_be():
            raise CountersLost(was_asked=False)
        try:
            if self._owed:
                yield from self._settle_all()
            found = yield from operations
        except self._faults as error:
            self._lose(_name_of(error))
            raise CountersLost(was_asked=True) from None
        if lost_at is not None and self._lost_at == lost_at:
            self._recover()
        return found

    def _settle_all(self) -> CallConversation[None]:
        for _ in range(len(self._owed)):
            try:
                owed = self._owed.popleft()
            except IndexError:  # another thread or task settles as well
                return
            try:
                yield from self._settle(owed)
            except BaseException:
                self._owed.append(owed)
                raise

    def _is_let_be(self) -> bool:
        """Whether the storage was lost a moment ago, so that it is not asked."""
        if self._lost_at is None:
            return False
        # A clock that was set back meanwhile is no reason to wait for it.
        return timedelta(0) <= self.clock() - self._lost_at < PAUSE

    def _lose(self, fault: str) -> None:
        if self._is_let_be():
            return  # another call that waited for it has said so
        now = self.clock()
        self._lost_at = now
        _LOG.warning("the guard's counters cannot be reached: %s", fault)
        self.report(GuardEvent(kind=GuardEventKind.COUNTERS_LOST, at=now, reason=fault))

    def _recover(self) -> None:
        self._lost_at = None
        _LOG.warning("the guard's counters can be reached again")
        self.report(GuardEvent(kind=GuardEventKind.COUNTERS_BACK, at=self.clock()))


def without_waiting(conversation: CallConversation[Any]) -> None:
    """
    Run a conversation as far as it goes at once, where no step may be yielded any more.

    A storage that blocks, or answers at once, is asked. One that is awaited is not: at
    that step, `StepCancelled` is raised in the conversation.

    Raises:
        Exception: Whatever the conversation raises.
    """
    run(conversation, _make_at_once)


def _make_at_once(step: Call) -> object:
    reply = step.make()
    if not isawaitable(reply):
        return reply
    close = getattr(reply, "close", None)  # of a coroutine, which has not begun
    if callable(close):
        close()
    raise StepCancelled


def _ask(operation: Callable[[], Any]) -> CallConversation[Any]:
    """One operation of the storage; its value, or an awaitable of it."""
    return (yield Call(operation))


def _tidy(operation: Callable[[], Any]) -> CallConversation[Any]:
    """Like `_ask`; made even after the call was cancelled."""
    return (yield Call(operation, tidies=True))


def _gives_back(update: CounterUpdate) -> bool:
    return update.rule.gives_back


def _name_of(error: Exception) -> str:
    # Its text may hold the storage's URL, and that a password.
    inner = getattr(error, "storage_error", None)
    return type(inner or error).__name__
