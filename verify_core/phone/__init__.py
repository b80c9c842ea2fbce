"""
Reading a phone number under a policy.

A number must contain its country code and may contain special characters, which are
removed (Ping Identity, "Twilio Verify Sender node", read 2026-11-22). Digits alone
cannot show whether the code is there: `(555) 323-1234` lacks it, yet +55 53231234 is
possible in Brazil. The layout shows more, so it is read too:

1. after `+`, or an international prefix such as `00`, a number is read as written;
2. without one, never when it begins with `(` or `0`, and otherwise only if the result
   is a valid number, or `1` and ten digits shaped like a North American number;
3. within the country code no border is written, in any layout;
4. a policy's `default_region` may complete a number; where that differs from the
   reading with a country code, the number is refused as ambiguous.

Every reading is judged alone and against the whole policy, then compared with the
others. That is why narrowing a policy never changes a number that was read.
"""

from ._number import NumberType, PhoneNumber, Provenance
from ._policy import PhonePolicy
from ._reading import (
    example_number as example_number,
    read_phone,
    stored_number as stored_number,
)

__all__ = [
    "NumberType",
    "PhoneNumber",
    "PhonePolicy",
    "Provenance",
    "read_phone",
]
