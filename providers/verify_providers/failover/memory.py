"""
What one process remembers beyond the references: little, bounded, lost at its end.

A reference is a value that nobody can change once it was handed out, and there is no
store. So two things live here: which references were replaced although their vendor may
not have canceled, and how many guesses two verifications that share one allowance have
spent. Where this is forgotten, or in another process, the vendors' own limits hold.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

KEPT: Final = 65_536
"""Entries of each kind; beyond it the oldest are forgotten."""


class Memory:
    """
    Serials of references that are dead, and guesses spent; safe for several threads.

    Args:
        keep: Entries of each kind.
    """

    def __init__(self, *, keep: int = KEPT) -> None:
        self._keep = keep
        self._dead: OrderedDict[str, None] = OrderedDict()
        self._spent: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def is_dead(self, serial: str) -> bool:
        """Whether the reference of that serial was replaced."""
        return serial in self._dead

    def bury(self, serial: str) -> bool:
        """Note that the reference is dead. Returns False where it was so before."""
        if not serial:
            return True  # a child's own reference has none, and is not replaced here
        with self._lock:
            if serial in self._dead:
                return False
            self._dead[serial] = None
            self._spent.pop(serial, None)
            while len(self._dead) > self._keep:
                self._dead.popitem(last=False)
            return True

    def spend(self, serial: str, allowance: int) -> bool:
        """Take one guess of the allowance, if one is left."""
        with self._lock:
            spent = self._spent.get(serial, 0)
            if spent >= allowance:
                return False
            self._spent[serial] = spent + 1
            while len(self._spent) > self._keep:
                self._spent.popitem(last=False)
            return True

    def give_back(self, serial: str) -> None:
        """Undo a `spend`: the vendor did not look at the code."""
        with self._lock:
            if self._spent.get(serial, 0) > 0:
                self._spent[serial] -= 1

    def left(self, serial: str, allowance: int) -> int:
        """Guesses left of the allowance."""
        return max(allowance - self._spent.get(serial, 0), 0)
