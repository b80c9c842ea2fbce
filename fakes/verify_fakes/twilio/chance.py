"""Codes and sids. The only place of the fakes where chance comes from."""

from __future__ import annotations

import random  # noqa: TID251  the one place; it is seeded, or the system's own
from base64 import b32encode
from typing import Final, Protocol

_CODE_LENGTHS: Final = range(4, 11)


class CodeSource(Protocol):
    """Where codes come from."""

    def __call__(self, to: str, length: int) -> str:
        """A code of `length` digits for the address `to`."""
        ...


class Chance:
    """
    Codes and identifiers, the same again for the same seed.

    Codes, sids and secrets come from streams of their own, so that drawing more of the
    one does not change the others.

    Args:
        seed: Any number. None takes the system's randomness, so that nothing can come
            to rely on a code that is always the same.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._codes = _stream(seed, "codes")
        self._sids = _stream(seed, "sids")
        self._secrets = _stream(seed, "secrets")

    def code(self, to: str, length: int) -> str:  # noqa: ARG002  a CodeSource's shape
        """`length` random digits."""
        return f"{self._codes.randrange(10**length):0{length}d}"

    def sid(self, prefix: str) -> str:
        """`prefix` and 32 random hexadecimal digits."""
        return f"{prefix}{self._sids.getrandbits(128):032x}"

    def secret(self) -> str:
        """The secret of a TOTP factor: 160 bits in base 32, as RFC 4226 advises."""
        return b32encode(self._secrets.getrandbits(160).to_bytes(20)).decode()


class FixedCodes:
    """
    Codes set per address; every other address gets one from the source below.

    There is deliberately no way to set one code for all: it would hide bugs that let a
    code be used twice, too late, or by another person.
    """

    def __init__(self, otherwise: CodeSource) -> None:
        self._otherwise = otherwise
        self._fixed: dict[str, str] = {}

    def fix(self, to: str, code: str) -> None:
        """
        Let every verification of one address have this code, from its next start on.

        Raises:
            ValueError: The code does not have 4 to 10 digits.
        """
        if len(code) not in _CODE_LENGTHS or not (code.isascii() and code.isdecimal()):
            raise ValueError("a fixed code needs 4 to 10 ASCII digits")
        self._fixed[to] = code

    def release(self, to: str) -> None:
        """Let an address have random codes again."""
        self._fixed.pop(to, None)

    def __call__(self, to: str, length: int) -> str:
        """The address's own code if it has one, whatever the length asked for."""
        return self._fixed.get(to) or self._otherwise(to, length)


def _stream(seed: int | None, purpose: str) -> random.Random:
    if seed is None:
        # Unpredictable, but drawn from the system once: asking it for each code and
        # sid took a tenth of a request, and a fake's codes guard nothing.
        return random.Random(random.SystemRandom().getrandbits(256))  # noqa: S311
    return random.Random(f"{seed}:{purpose}")  # noqa: S311  a fake: repeatable, no secret
