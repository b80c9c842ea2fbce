"""
Circuit breakers, one for each child and calling code.

A circuit is closed (starts pass) until several failures in a row open it; then nothing
is started there for a pause. After it, one start of a real person passes as a trial;
test messages are never sent. Only failures are remembered, so as long as all children
work, the circuits take no memory and hardly any time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeAlias

from attrs import define, field, frozen

from verify_core.validation import positive_duration, whole

CircuitKey: TypeAlias = tuple[str, int | None]
"""The child's name, and the calling code; None for e-mail addresses."""

_KEPT = 4096
"""Circuits remembered; beyond it the one that failed longest ago is forgotten."""


@frozen(kw_only=True)
class CircuitPolicy:
    """
    When a circuit opens, and for how long.

    Attributes:
        failures: Failures in a row, of one child for one calling code, that open its
            circuit.
        pause: How long nothing is then started there, before one real start is tried.

    Raises:
        InvalidSetting: No failure or no pause.
    """

    failures: int = field(default=5, validator=whole(1))
    pause: timedelta = field(default=timedelta(seconds=30), validator=positive_duration)


@define
class _Failing:
    failures: int = 0
    opened_at: datetime | None = None
    is_tried: bool = False


class Circuits:
    """The circuits of one failover; safe to use from several threads."""

    def __init__(self, policy: CircuitPolicy, clock: Callable[[], datetime]) -> None:
        self._policy = policy
        self._clock = clock
        self._failing: OrderedDict[CircuitKey, _Failing] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._failing)

    def enter(self, key: CircuitKey) -> bool:
        """
        Whether a start may be made; where True, report afterwards how it went.

        Of several starts after the pause, the first alone passes.
        """
        if not self._failing:
            return True
        with self._lock:
            failing = self._failing.get(key)
            if failing is None or failing.opened_at is None:
                return True
            if failing.is_tried or self._left(failing.opened_at) > timedelta(0):
                return False
            failing.is_tried = True
            return True

    def wait(self, key: CircuitKey) -> timedelta:
        """Return how long until a start may pass; 0 where it may pass now."""
        with self._lock:
            failing = self._failing.get(key)
            if failing is None or failing.opened_at is None:
                return timedelta(0)
            return self._left(failing.opened_at)

    def worked(self, key: CircuitKey) -> bool:
        """Note that the vendor works; return whether that closed an open circuit."""
        if not self._failing:
            return False
        with self._lock:
            failing = self._failing.pop(key, None)
            return failing is not None and failing.opened_at is not None

    def failed(self, key: CircuitKey) -> bool:
        """Note a failure; return whether that opened the circuit, or did again."""
        with self._lock:
            failing = self._failing.setdefault(key, _Failing())
            self._failing.move_to_end(key)
            while len(self._failing) > _KEPT:
                self._failing.popitem(last=False)
            failing.failures += 1
            failing.is_tried = False
            opens = failing.failures >= self._policy.failures
            # A call that was on its way when the circuit opened does not open it later.
            is_open = failing.opened_at and self._left(failing.opened_at) > timedelta(0)
            if not opens or is_open:
                return False
            failing.opened_at = self._clock()
            return True

    def showed_nothing(self, key: CircuitKey) -> None:
        """Let the next start try: this one says nothing of the vendor's state."""
        if not self._failing:
            return
        with self._lock:
            failing = self._failing.get(key)
            if failing is not None:
                failing.is_tried = False

    def _left(self, opened_at: datetime) -> timedelta:
        passed = self._clock() - opened_at
        # A clock that was set back must not keep a circuit open for as long.
        is_over = passed < timedelta(0) or passed >= self._policy.pause
        return timedelta(0) if is_over else self._policy.pause - passed
