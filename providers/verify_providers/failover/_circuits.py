"""
Circuit breakers, one for each child and calling code.

A circuit is closed (starts pass) until several failures in a row open it; then nothing
is started there for a pause. After it, one start of a real person passes to see; test
messages are never sent. Only what fails is remembered, so a sound world costs no memory
and hardly any time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from attrs import define, frozen

from ._policy import CircuitPolicy


@frozen
class CircuitKey:
    """
    Whose circuit it is.

    Attributes:
        child: The child's name.
        calling_code: Of the phone numbers; None for e-mail addresses.
    """

    child: str
    calling_code: int | None


KEPT: Final = 4096
"""Circuits remembered; beyond it the one that failed longest ago is forgotten."""


@define
class _Trouble:
    failures: int = 0
    opened_at: datetime | None = None
    is_tried: bool = False


class Circuits:
    """
    The circuits of one failover; safe to use from several threads.

    Args:
        policy: When a circuit opens, and for how long.
        clock: The present, aware.
        keep: Circuits remembered.
    """

    def __init__(
        self,
        policy: CircuitPolicy,
        clock: Callable[[], datetime],
        *,
        keep: int = KEPT,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._keep = keep
        self._troubled: OrderedDict[CircuitKey, _Trouble] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._troubled)

    def enter(self, key: CircuitKey) -> bool:
        """
        Whether a start may be made; where True, report afterwards how it went.

        Of several that come when the pause is over, the first alone passes.
        """
        if not self._troubled:
            return True
        with self._lock:
            trouble = self._troubled.get(key)
            if trouble is None or trouble.opened_at is None:
                return True
            if trouble.is_tried or self._left(trouble.opened_at) > timedelta(0):
                return False
            trouble.is_tried = True
            return True

    def wait(self, key: CircuitKey) -> timedelta:
        """How long until a start may pass; nothing where it may pass now."""
        with self._lock:
            trouble = self._troubled.get(key)
            if trouble is None or trouble.opened_at is None:
                return timedelta(0)
            return self._left(trouble.opened_at)

    def worked(self, key: CircuitKey) -> bool:
        """The vendor does its work. Returns whether that closed an open circuit."""
        if not self._troubled:
            return False
        with self._lock:
            trouble = self._troubled.pop(key, None)
            return trouble is not None and trouble.opened_at is not None

    def failed(self, key: CircuitKey) -> bool:
        """The vendor failed. Returns whether that opened the circuit, or did again."""
        with self._lock:
            trouble = self._troubled.setdefault(key, _Trouble())
            self._troubled.move_to_end(key)
            while len(self._troubled) > self._keep:
                self._troubled.popitem(last=False)
            trouble.failures += 1
            trouble.is_tried = False
            opens = trouble.failures >= self._policy.failures
            # A call that was on its way when the circuit opened does not open it later.
            is_open = trouble.opened_at and self._left(trouble.opened_at) > timedelta(0)
            if not opens or is_open:
                return False
            trouble.opened_at = self._clock()
            return True

    def showed_nothing(self, key: CircuitKey) -> None:
        """The start says nothing of the vendor's state: let the next one try."""
        if not self._troubled:
            return
        with self._lock:
            trouble = self._troubled.get(key)
            if trouble is not None:
                trouble.is_tried = False

    def _left(self, opened_at: datetime) -> timedelta:
        passed = self._clock() - opened_at
        # A clock that was set back must not keep a circuit open for as long.
        is_over = passed < timedelta(0) or passed >= self._policy.pause
        return timedelta(0) if is_over else self._policy.pause - passed
