"""Identifiers as Vonage draws them, and codes set per address."""

from __future__ import annotations

import re
from uuid import UUID

from ...kit._machine import DrawnCodes, FixedCodes, stream
from ._numbers import plain


class VonageRandomSource:
    """
    Codes and identifiers, the same again for the same seed.

    Both come from streams of their own.

    Args:
        seed: Any number; None is unpredictable.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.code = DrawnCodes(seed)
        self._ids = stream(seed, "ids")

    def uuid(self) -> str:
        """A random UUID."""
        return str(UUID(int=self._ids.getrandbits(128), version=4))


def fixed_codes(chance: VonageRandomSource) -> FixedCodes:
    """Codes of 4 to 10 letters and digits, set per address."""
    return FixedCodes(
        chance.code,
        form=re.compile(r"[A-Za-z0-9]{4,10}"),
        takes="4 to 10 letters and digits",
        plain=plain,
    )
