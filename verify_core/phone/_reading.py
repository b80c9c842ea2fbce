"""`read_phone`; imports phonenumbers on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from ..frames import unframed
from ..validation import require_kind
from ._number import PhoneNumber
from ._policy import PhonePolicy

_DEFAULT_POLICY: Final = PhonePolicy()


@unframed
def read_phone(text: str, policy: PhonePolicy = _DEFAULT_POLICY) -> PhoneNumber:
    """
    The phone number that a text holds.

    Args:
        text: As typed, pasted or stored; digits of any script.
        policy: How it is read and which numbers are allowed.

    Returns:
        The number in E.164 form; it reads back as itself.

    Raises:
        InvalidPhoneNumber: The text holds no allowed number, or could mean several.
        InvalidSetting: It is not a text, or the policy is not one.
    """
    require_kind("text", text, str)
    require_kind("policy", policy, PhonePolicy)
    return _reader()(text, policy)


@cache
def _reader() -> Callable[[str, PhonePolicy], PhoneNumber]:
    # Imported when first needed: phonenumbers costs more to import than the whole core.
    # Once only, because asking for an import costs a tenth of a reading.
    from ._judging import read

    return read
