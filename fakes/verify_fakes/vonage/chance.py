"""Codes and identifiers. The only place of this fake where chance comes from."""

from __future__ import annotations

import random  # noqa: TID251  the one place; it is seeded, or the system's own
import re
from typing import Final
from uuid import UUID

from .numbers import plain

_CODE: Final = re.compile(r"[A-Za-z0-9]{4,10}")


class Chance:
    """
    Codes and identifiers, the same again for the same seed.

    Both come from streams of their own, so that drawing more of the one does not change
    the other.

    Args:
        seed: Any number. None takes the system's randomness, so that nothing can come
            to rely on a code that is always the same.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._codes = _stream(seed, "codes")
        self._ids = _stream(seed, "ids")
        self._fixed: dict[str, str] = {}

    def code(self, to: str, length: int) -> str:
        """A code for an address: fixed, or `length` random digits."""
        fixed = self._fixed.get(to)
        return fixed or f"{self._codes.randrange(10**length):0{length}d}"

    def uuid(self) -> str:
        """A random UUID."""
        return str(UUID(int=self._ids.getrandbits(128), version=4))

    def fix(self, to: str, code: str) -> None:
        """
        Let every verification of one address have this code, from its next start on.

        There is deliberately no way to set one code for all: it would hide bugs that
        let a code be used twice, too late, or by another person.

        Raises:
            ValueError: The code is not 4 to 10 letters and digits.
        """
        if not _CODE.fullmatch(code):
            raise ValueError("a code takes 4 to 10 letters and digits")
        self._fixed[plain(to)] = code

    def release(self, to: str) -> None:
        """Let an address have random codes again."""
        self._fixed.pop(plain(to), None)


def _stream(seed: int | None, name: str) -> random.Random:
    if seed is None:
        return random.SystemRandom()
    return random.Random(f"{name}:{seed}")  # noqa: S311  the same again, on purpose
