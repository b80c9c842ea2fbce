"""By what the machine is asked for the verification that a reference stands for."""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from verify_core.provider import LookupKey
from verify_core.verification import VerificationRef

BY_IDENTIFIER: Final = frozenset({LookupKey.IDENTIFIER, LookupKey.EITHER})
"""The declarations that let a verification be found without the vendor's id."""

_BY_ID: Final = frozenset({LookupKey.ID, LookupKey.EITHER})


@frozen(kw_only=True)
class Key:
    """Exactly one of two: the machine's own id, or whom the verification reaches."""

    sid: str | None = None
    to: str | None = field(default=None, repr=False)

    @property
    def any(self) -> str:
        """Whichever there is."""
        return self.sid or self.to or ""


def key_of(ref: VerificationRef, by: LookupKey) -> Key | None:
    """
    The id where there is one and it may be used, else the identifier where that may.

    Args:
        ref: A reference of the provider that asks.
        by: What the profile declares.
    """
    if ref.vendor_id and by in _BY_ID:
        return Key(sid=ref.vendor_id)
    if by in BY_IDENTIFIER:
        return Key(to=ref.identifier.value)
    return None
