"""What people and attackers type into a form, and what the core makes of it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.junk import texts
from verify_core import PhonePolicy, read_phone
from verify_core.errors import InvalidPhoneNumber
from verify_core.testing import strategies

POLICIES = {
    "default": PhonePolicy(),
    "american": PhonePolicy(default_region="US"),
    "strict": PhonePolicy(strict=True, require_valid=True),
    "british": PhonePolicy(allowed_regions={"GB"}, allowed_calling_codes={44}),
    "generous": PhonePolicy(denied_types=(), allow_non_geographic=True),
}

written = st.one_of(
    strategies.phone_numbers().flatmap(strategies.written_layouts),
    strategies.near_misses().map(lambda miss: miss[0]),
    texts,
)
"""Good layouts, near-misses, and texts of every kind."""

NO_TEXTS: list[Any] = [True, 15553231234, 1.5, b"+15553231234", ["+15553231234"], {}]
ODD_TEXTS = ["\ud800", "+1555323\udc001234", "9" * 10_000_000, "\0", "²", "+٩" * 9]


def outcome(text: str, policy: PhonePolicy) -> tuple[str, str]:
    """What the core makes of a text: `e164` and the number, or `reason` and it."""
    try:
        return "e164", read_phone(text, policy).e164
    except InvalidPhoneNumber as error:
        return "reason", error.reason.value
