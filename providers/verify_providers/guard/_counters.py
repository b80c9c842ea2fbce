"""
Counting in a storage that may be unreachable.

Each operation of the storage is a step of a conversation, so that the same rules count
in a storage that blocks and in one that is awaited.

A start raises several counters, and a storage can be lost between two. So the counters
that would keep a person waiting for nothing (of rules that give back) are raised last;
and what cannot be taken out of one while the storage is lost is taken out when it
answers again.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, TypeAlias, TypeVar

from attrs import define, field, frozen
from limits import aio
from limits.errors import StorageError
from limits.storage import MemcachedStorage, Storage

from ..conversations import Call, CallConversation, StepCancelled, run
from ._events import GuardEventKind
from ._memory import ClockedMemory, CounterUpdate

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)

AnyStorage: TypeAlias = Storage | aio.storage.Storage
"""A storage of the `limits` library, of either kind."""

PAUSE = timedelta(seconds=1)
"""How long a storage that did not answer is not asked again; a time-out costs users."""

_OWED = 4096
"""Amounts to take out later; beyond it the oldest stay counted until windows end."""


class CountersLost(Exception):
    """The counters cannot be reached; never leaves the guard."""

    def __init__(self, *, was_asked: bool) -> None:
        super().__init__()
        self.was_asked = was_asked  # so that the storage may have counted


@frozen
class _Owed:
    """An amount to take out of a counter, and until when that is safe."""

    update: CounterUpdate
    until: datetime


@define(eq=False)
class Counters:
    """
    Counters by name, each in a window that its first increment opens.

    Every conversation raises `CountersLost` where the storage does not answer, or did
    not a moment ago; `Reporter.report` is called then, and when it answers again.
    """

    storage: AnyStorage = field(repr=False)
    clock: Callable[[], datetime]
    report: Callable[..., None]
    _lost_at: datetime | None = field(default=None, init=False)
    _faults: tuple[type[Exception], ...] = field(init=False, repr=False)
    _owed: deque[_Owed] = field(factory=lambda: deque(maxlen=_OWED), init=False)

    def __attrs_post_init__(self) -> None:
        kinds = self.storage.base_exceptions
        own = kinds if isinstance(kinds, tuple) else (kinds,)
        self._faults = (StorageError, OSError, *own)

    def count(self, name: str) -> CallConversation[int]:
        """Return a counter's value."""
        if isinstance(self.storage, ClockedMemory):  # which answers, and at once
            return self.storage.get(name)
        asked = _ask(lambda: self.storage.get(name))
        value: int = yield from self._reach(asked)
        return value

    def add(
        self, name: str, window_s: int, amount: int = 1, *, tidies: bool = False
    ) -> CallConversation[int]:
        """Add to a counter and return its value then, in one operation."""
        if isinstance(self.storage, ClockedMemory):
            return self.storage.incr(name, window_s, amount)
        asked = _ask(lambda: self.storage.incr(name, window_s, amount), tidies=tidies)
        value: int = yield from self._reach(asked)
        return value

    def forget(self, name: str) -> CallConversation[None]:
        """Delete a counter, even if the call was cancelled meanwhile."""
        return self._reach(_ask(lambda: self.storage.clear(name), tidies=True))

    def remaining(self, name: str) -> CallConversation[timedelta]:
        """Return how long the counter's window lasts: whole seconds, at least one."""
        end = yield from self._reach(_ask(lambda: self.storage.get_expiry(name)))
        # The library's storages know the system's clock only, and count with that.
        memory = self.storage
        now = memory.now() if isinstance(memory, ClockedMemory) else time.time()
        return timedelta(seconds=max(math.ceil(end - now), 1))

    def take(
        self, updates: Sequence[CounterUpdate]
    ) -> CallConversation[CounterUpdate | None]:
        """
        Change all counters, or return the update of one that has no room.

        First every counter is read, so that a start that cannot go through takes
        nothing. Then each is raised and read in one operation: in order, those of rules
        that give back last. A start that raises one above its limit is refused. Between
        the two another start may have taken the last place: then what was raised before
        stays raised. So in a race a place may be lost, and no place is given twice. In
        memory all this is one operation, and nothing is lost.

        Where `CountersLost` is raised, no counter of a rule that gives back stays
        raised, except for the time until the storage answers again.
        """
        if isinstance(self.storage, ClockedMemory):
            return self.storage.take(updates)
        for update in updates:
            value = yield from self.count(update.name)
            if value + (update.amount or 1) > update.limit:
                return update
        for update in sorted(updates, key=lambda each: each.rule.gives_back):
            if update.amount:
                has_room = yield from self._raise(update)
                if not has_room:
                    return update
        return None

    def take_back(
        self, update: CounterUpdate, begun_at: datetime
    ) -> CallConversation[bool]:
        """
        Take out what was added, now or when the storage answers again.

        It does so even if the call was cancelled meanwhile, but not in the second half
        of the window: another one may have begun by the time that the storage is asked.
        Returns whether it was taken out now.
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

    def _raise(self, update: CounterUpdate) -> CallConversation[bool]:
        """Raise one counter; False where that put it above its limit."""
        begun_at = self.clock()
        gives_back = update.rule.gives_back
        try:
            value = yield from self.add(update.name, update.window_s, update.amount)
        except (CountersLost, StepCancelled) as lost:
            if gives_back and (isinstance(lost, StepCancelled) or lost.was_asked):
                yield from self.take_back(update, begun_at)
            raise
        except GeneratorExit:
            if gives_back:
                without_waiting(self.take_back(update, begun_at))
            raise
        if value <= update.limit:
            return True
        if gives_back:
            yield from self.take_back(update, begun_at)
        return False

    def _settle(self, owed: _Owed) -> CallConversation[bool]:
        update, storage = owed.update, self.storage
        if self.clock() >= owed.until:
            return False
        value = yield from _ask(lambda: storage.get(update.name), tidies=True)
        if value < update.amount:
            return False
        if value == update.amount == update.limit:
            # No other start has a part in it.
            yield from _ask(lambda: storage.clear(update.name), tidies=True)
            return True
        if isinstance(storage, MemcachedStorage | aio.storage.MemcachedStorage):
            return False  # which takes no negative amounts: counted until it ends
        left = yield from self._change(update, -update.amount)
        if left < 0:
            # The window ended in between, and this opened another one.
            yield from self._change(update, update.amount)
        return True

    def _change(self, update: CounterUpdate, amount: int) -> CallConversation[int]:
        return _ask(
            lambda: self.storage.incr(update.name, update.window_s, amount),
            tidies=True,
        )

    def _reach(self, operations: CallConversation[_T]) -> CallConversation[_T]:
        lost_at = self._lost_at
        if self._is_paused():
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

    def _is_paused(self) -> bool:
        """Whether the storage was lost a moment ago, so that it is not asked."""
        if self._lost_at is None:
            return False
        # A clock that was set back meanwhile is no reason to wait for it.
        return timedelta(0) <= self.clock() - self._lost_at < PAUSE

    def _lose(self, fault: str) -> None:
        if self._is_paused():
            return  # reported by another call that waited for it
        self._lost_at = self.clock()
        _LOG.warning("the guard's counters cannot be reached: %s", fault)
        self.report(GuardEventKind.COUNTERS_LOST, reason=fault)

    def _recover(self) -> None:
        self._lost_at = None
        _LOG.warning("the guard's counters can be reached again")
        self.report(GuardEventKind.COUNTERS_BACK)


def without_waiting(conversation: CallConversation[Any]) -> None:
    """
    Run a conversation as far as it goes at once, where no step may be yielded any more.

    A storage that blocks, or answers at once, is asked. One that is awaited is not: at
    that step, `StepCancelled` is raised in the conversation.
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


def _ask(
    operation: Callable[[], Any], *, tidies: bool = False
) -> CallConversation[Any]:
    return (yield Call(operation, tidies=tidies))


def _name_of(error: Exception) -> str:
    # Its text may hold the storage's URL, and that a password.
    inner = getattr(error, "storage_error", None)
    return type(inner or error).__name__
