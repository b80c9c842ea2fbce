"""Sids and secrets as Twilio draws them, and codes set per address."""

from __future__ import annotations

import re
from base64 import b32encode

from ...kit._machine import CodeSource, DrawnCodes, FixedCodes, stream


class TwilioRandomSource:
    """
    Codes and identifiers, the same again for the same seed.

    Codes, sids and secrets come from streams of their own.

    Args:
        seed: Any number; None is unpredictable.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.code = DrawnCodes(seed)
        self._sids = stream(seed, "sids")
        self._secrets = stream(seed, "secrets")

    def sid(self, prefix: str) -> str:
        """`prefix` and 32 random hexadecimal digits."""
        return f"{prefix}{self._sids.getrandbits(128):032x}"

    def secret(self) -> str:
        """The secret of a TOTP factor: 160 bits in base 32, as RFC 4226 advises."""
        return b32encode(self._secrets.getrandbits(160).to_bytes(20)).decode()


def fixed_codes(otherwise: CodeSource) -> FixedCodes:
    """Codes of 4 to 10 digits, set per address."""
    digits = re.compile(r"[0-9]{4,10}")
    return FixedCodes(otherwise, form=digits, takes="4 to 10 ASCII digits")
