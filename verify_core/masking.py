"""
What of a secret, a number or an address may be shown or logged.

A phone number keeps its calling code and its last two digits, an e-mail address its
first character and its domain: enough to recognise one's own, too little to reach a
stranger.
"""

from __future__ import annotations

import re
from typing import Final, final

from attrs import frozen

from .characters import ascii_digits

# Four digits are enough to be a code. A few characters between them that are neither
# letters nor digits, seen or unseen, escaped or not, do not make them harmless.
_DIGIT_RUN: Final = re.compile(
    r"(?:\+|%2B|&#43;)?[0-9]"
    r"(?:(?:%[0-9A-F]{2}|&(?:#[0-9]{2,4}|[a-z]{2,6});|[^0-9A-Z]){0,6}[0-9]){3,}",
    re.IGNORECASE,
)
_LAST_WORD: Final = re.compile(r"\S{1,64}\Z")
# Quadratic patterns meet vendor texts of any length here, so both sides are bounded
# (RFC 5321, section 4.5.3.1: 64 characters before the sign, 255 after it).
_ADDRESS: Final = re.compile(r"[^\s@<>\"'`,;:/]{1,64}(?:@|%40)[^\s@<>\"'`,;:/]{1,255}")


@final
@frozen(repr=False)
class Secret:
    """
    A text that shows itself only when asked: a token, a code, an API key secret.

    Attributes:
        _value: The text; read it with `reveal()`.
    """

    _value: str

    def reveal(self) -> str:
        """The text itself; the caller answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"


def to_secret(value: str | Secret) -> Secret:
    """A `Secret`, whether the caller wrapped the text already or not."""
    return value if isinstance(value, Secret) else Secret(value)


def to_optional_secret(value: str | Secret | None) -> Secret | None:
    """As `to_secret`; None stays None."""
    return None if value is None else to_secret(value)


def mask_phone(e164: str, calling_code: int) -> str:
    """
    A phone number with its middle hidden: `+1********34`.

    Args:
        e164: The number in E.164 form, with its plus sign.
        calling_code: Its country calling code, which stays readable.
    """
    prefix = f"+{calling_code}"
    hidden = max(len(e164) - len(prefix) - 2, 0)
    return prefix + "*" * hidden + e164[len(prefix) + hidden :]


def mask_email(address: str) -> str:
    """An e-mail address with its local part hidden: `p***@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_text(text: str, *, limit: int = 300) -> str:
    """
    A vendor's sentence without the numbers, codes and addresses that it echoes.

    Args:
        text: Any text from outside.
        limit: Characters kept; the rest is cut, so that a page of HTML stays out of
            logs.
    """
    # Cut after masking: what straddles the limit would lose its tail and pass. Where a
    # long text is cut before, the word that lost its tail goes, too.
    begun = text[: limit * 4]
    whole = begun if len(begun) == len(text) else _LAST_WORD.sub("", begun)
    shown = _ADDRESS.sub("***", ascii_digits(whole))
    masked = _DIGIT_RUN.sub("***", shown)[:limit]
    return masked.encode(errors="replace").decode()  # halves of characters break logs
