"""What of an address may stand in a repr."""

from __future__ import annotations

from typing import Final

_SHOWN_HEAD: Final = 3
_SHOWN_TAIL: Final = 2


def masked(address: str) -> str:
    """The ends of a phone number; the initial and domain of an e-mail address."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    if len(address) <= _SHOWN_HEAD + _SHOWN_TAIL:
        return "***"
    hidden = len(address) - _SHOWN_HEAD - _SHOWN_TAIL
    return address[:_SHOWN_HEAD] + "*" * hidden + address[-_SHOWN_TAIL:]


def quoted_mask(address: str) -> str:
    """`masked`, in quotes, as attrs wants it from a field's own repr."""
    return repr(masked(address))


def optional_mask(address: str | None) -> str:
    """`quoted_mask` for a field that may be None."""
    return "None" if address is None else quoted_mask(address)
