"""
Reading a phone number under a policy.

A number must contain its country code and may contain special characters, which are
removed (Ping Identity, "Twilio Verify Sender node", read 2026-11-22). Digits alone
cannot tell whether the code is there: `(555) 323-1234` has none, yet +55 53231234 is
possible in Brazil. The layout tells more, so it is read too:

1. after `+`, or an international prefix such as `00`, a number is read as written;
2. without one, never when it begins with `(` or `0`, and otherwise only if the result
   is a valid number, or `1` and ten digits shaped like a North American number;
3. a policy's `default_region` may complete a number; where that differs from the
   reading with a country code, nobody guesses.

Every reading is judged alone and against the whole policy, then compared with the
others. That is why narrowing a policy never changes a number that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from . import _phone_plan as plan
from ._phone_number import NumberType, PhoneNumber, Provenance
from ._phone_policy import PhonePolicy
from ._phone_reasons import InvalidPhoneNumber, PhoneReason
from ._phone_text import Written, read_explicit_ascii, read_written

__all__ = [
    "InvalidPhoneNumber",
    "NumberType",
    "PhoneNumber",
    "PhonePolicy",
    "PhoneReason",
    "Provenance",
    "read_phone",
]

_NANP: Final = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_NANP_LAYOUT: Final = [3, 3, 4]
# E.164 allows 15 digits; a trunk prefix of up to two may stand among them.
_MAX_DIGITS: Final = 17
# Australia's longest international prefixes have eight digits.
_MAX_PREFIX_DIGITS: Final = 10

_DEFAULT_POLICY: Final = PhonePolicy()


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
    """
    plain = read_explicit_ascii(text)
    if plain is not None:
        found = [_read_international(plain, Provenance.EXPLICIT, policy)]
    else:
        found = list(_readings(read_written(text), policy))
    return _the_one(found, policy)


_Reading = PhoneNumber | PhoneReason
"""One way to understand the digits: a number, or why not."""

# Which of several refusals helps most, least helpful first: a reading that came far
# enough to be a number that is not allowed explains more than one that never was one.
_HELPFULNESS: Final = (
    PhoneReason.MISSING_COUNTRY_CODE,
    PhoneReason.UNKNOWN_COUNTRY_CODE,
    PhoneReason.IMPOSSIBLE_LENGTH,
    PhoneReason.NOT_CANONICAL,
    PhoneReason.NOT_VALID,
    PhoneReason.NOT_ALLOWED_CALLING_CODE,
    PhoneReason.NOT_ALLOWED_REGION,
    PhoneReason.NOT_ALLOWED_NUMBER_TYPE,
)


def _the_one(readings: list[_Reading], policy: PhonePolicy) -> PhoneNumber:
    numbers = [reading for reading in readings if isinstance(reading, PhoneNumber)]
    if not numbers:
        reasons = [reading for reading in readings if isinstance(reading, PhoneReason)]
        raise InvalidPhoneNumber(max(reasons, key=_HELPFULNESS.index))
    if len({number.e164 for number in numbers}) > 1:
        raise InvalidPhoneNumber(PhoneReason.AMBIGUOUS)
    # Strictness comes after ambiguity. Dropping the guess first would let the other
    # reading through, so that a stricter policy would read what the default refuses.
    for number in numbers:
        if not (policy.strict and number.provenance is Provenance.BARE):
            return number
    raise InvalidPhoneNumber(PhoneReason.MISSING_COUNTRY_CODE)


def _readings(written: Written, policy: PhonePolicy) -> Iterator[_Reading]:
    digits = written.digits
    if written.has_plus:
        yield _read_international(digits, Provenance.EXPLICIT, policy)
        return
    numbers_abroad = _after_international_prefix(digits, policy.default_region)
    if numbers_abroad:
        for number in numbers_abroad:
            yield _read_international(number, Provenance.IDD, policy)
        return
    if len(digits) > _MAX_DIGITS:
        yield PhoneReason.IMPOSSIBLE_LENGTH
        return
    if written.opens_with_bracket or digits.startswith("0"):
        yield PhoneReason.MISSING_COUNTRY_CODE
    else:
        yield _read_unprefixed(written, policy)
    if policy.default_region is not None:
        yield _read_national(digits, policy.default_region, policy)


def _after_international_prefix(digits: str, default_region: str | None) -> list[str]:
    """
    What follows the international prefix, once for each way to take the prefix away.

    Hong Kong has 00 and 001, so `001 555…` may go to +1 555… or to +55 5…
    """
    prefix = plan.international_prefix(default_region) if default_region else "00"
    longest = min(len(digits), _MAX_PREFIX_DIGITS)
    ends = (end for end in range(1, longest + 1) if re.fullmatch(prefix, digits[:end]))
    return [digits[end:] for end in ends]


def _read_international(
    digits: str, provenance: Provenance, policy: PhonePolicy
) -> _Reading:
    """Digits that begin with a country code, because a prefix says so."""
    code = plan.leading_calling_code(digits)
    if code is None:
        return PhoneReason.UNKNOWN_COUNTRY_CODE
    number = plan.parse(f"+{digits}", None)
    if number is None:
        return PhoneReason.IMPOSSIBLE_LENGTH
    return _judge(number, f"+{digits}", provenance, policy)


def _read_unprefixed(written: Written, policy: PhonePolicy) -> _Reading:
    """Digits that may begin with a country code, though nothing says so."""
    digits = written.digits
    number = plan.parse(f"+{digits}", None)
    if number is None:
        return PhoneReason.MISSING_COUNTRY_CODE
    if plan.type_of(number) is NumberType.UNKNOWN and not _is_nanp(digits):
        return PhoneReason.MISSING_COUNTRY_CODE
    is_apart = _has_calling_code_apart(written)
    provenance = Provenance.SEPARATED if is_apart else Provenance.BARE
    return _judge(number, f"+{digits}", provenance, policy)


def _read_national(digits: str, region: str, policy: PhonePolicy) -> _Reading:
    """Digits without a country code, completed by a region's."""
    number = plan.parse(digits, region)
    if number is None:
        return PhoneReason.IMPOSSIBLE_LENGTH
    return _judge(number, "", Provenance.DEFAULT_REGION, policy)


def _judge(
    number: plan.Parsed,
    text: str,
    provenance: Provenance,
    policy: PhonePolicy,
) -> _Reading:
    """
    One reading against the whole policy.

    Args:
        number: As the library understands it.
        text: What it was read from; a number that is written as itself reads back so.
        provenance: What the country code was read from.
        policy: What is allowed.
    """
    code = number.country_code or 0
    is_worldwide = plan.is_worldwide(code)
    if is_worldwide and not policy.allow_non_geographic:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    if plan.national_length(number) not in plan.possible_lengths(code):
        return PhoneReason.IMPOSSIBLE_LENGTH
    e164 = plan.format_e164(number)
    if e164 != text and not plan.reads_back(e164):
        return PhoneReason.NOT_CANONICAL
    region = None if is_worldwide else plan.region_of(number, code)
    refusal = _refusal(number, code, region, policy)
    if refusal is not None:
        return refusal
    return PhoneNumber(
        e164=e164, calling_code=code, region=region, provenance=provenance
    )


def _refusal(
    number: plan.Parsed, code: int, region: str | None, policy: PhonePolicy
) -> PhoneReason | None:
    codes, regions = policy.allowed_calling_codes, policy.allowed_regions
    if codes is not None and code not in codes:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    if regions is not None and region not in regions:
        return PhoneReason.NOT_ALLOWED_REGION
    if not (policy.denied_types or policy.require_valid):
        return None
    number_type = plan.type_of(number)
    if policy.require_valid and number_type is NumberType.UNKNOWN:
        return PhoneReason.NOT_VALID
    if number_type in policy.denied_types:
        return PhoneReason.NOT_ALLOWED_NUMBER_TYPE
    return None


def _is_nanp(digits: str) -> bool:
    return digits.startswith("1") and _NANP.fullmatch(digits[1:]) is not None


def _has_calling_code_apart(written: Written) -> bool:
    first, *rest = written.groups
    # 352-555-0100 may be Luxembourg's code and a number, but Florida writes its own so.
    is_nanp_layout = [len(group) for group in written.groups] == _NANP_LAYOUT
    if not rest or (is_nanp_layout and _NANP.fullmatch(written.digits)):
        return False
    is_short = len(first) <= plan.MAX_CALLING_CODE_DIGITS
    return is_short and plan.is_calling_code(int(first))
