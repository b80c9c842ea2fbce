"""The readings of one text, and the one that is left when all are judged."""

from __future__ import annotations

import re

from ..errors import InvalidPhoneNumber, PhoneReason
from . import _plan as plan
from ._number import NumberType, PhoneNumber, Provenance
from ._policy import PhonePolicy
from ._text import Written, read_plain, read_written

_NANP = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_NANP_LAYOUT = [3, 3, 4]
# E.164 allows 15 digits; a trunk prefix of up to two may stand among them.
_MAX_DIGITS = 17
# Australia's longest international prefixes have eight digits.
_MAX_PREFIX_DIGITS = 10

_Reading = PhoneNumber | PhoneReason
"""One way to understand the digits: a number, or why not."""

# Which of several refusals helps most, least helpful first: a reading that came far
# enough to be a number that is not allowed explains more than one that never was one.
_HELPFULNESS = (
    PhoneReason.MISSING_COUNTRY_CODE,
    PhoneReason.UNKNOWN_COUNTRY_CODE,
    PhoneReason.IMPOSSIBLE_LENGTH,
    PhoneReason.NOT_CANONICAL,
    PhoneReason.DECIMAL,
    PhoneReason.NOT_VALID,
    PhoneReason.NOT_ALLOWED_CALLING_CODE,
    PhoneReason.NOT_ALLOWED_REGION,
    PhoneReason.NOT_ALLOWED_NUMBER_TYPE,
)


def read(text: str, policy: PhonePolicy) -> PhoneNumber:
    """The number that a text holds; see `verify_core.phone.read_phone`."""
    written = read_plain(text) or read_written(text)
    readings = _readings(written, policy)
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


def _readings(written: Written, policy: PhonePolicy) -> list[_Reading]:
    digits = written.digits
    if written.has_plus:
        return [_read_prefixed(written, 0, Provenance.EXPLICIT, policy)]
    begins = _after_international_prefix(digits, policy.default_region)
    if begins:
        return [
            _read_prefixed(written, begin, Provenance.IDD, policy) for begin in begins
        ]
    if len(digits) > _MAX_DIGITS:
        return [PhoneReason.IMPOSSIBLE_LENGTH]
    needs_code = written.opens_with_bracket or digits.startswith("0")
    readings: list[_Reading] = [
        PhoneReason.MISSING_COUNTRY_CODE
        if needs_code
        else _read_unprefixed(written, digits, policy)
    ]
    if policy.default_region is not None:
        readings.append(_read_national(written, policy.default_region, policy))
    return readings


def _after_international_prefix(digits: str, default_region: str | None) -> list[int]:
    """
    Where the international prefix ends, once for each way to take it away.

    Hong Kong has 00 and 001, so `001 555…` may go to +1 555… or to +55 5…
    """
    prefix = plan.international_prefix(default_region) if default_region else "00"
    longest = min(len(digits), _MAX_PREFIX_DIGITS)
    ends = range(1, longest + 1)
    return [end for end in ends if re.fullmatch(prefix, digits[:end])]


def _read_prefixed(
    written: Written, begin: int, provenance: Provenance, policy: PhonePolicy
) -> _Reading:
    """Digits that begin with a country code at a position, because a prefix says so."""
    digits = written.digits[begin:]
    number = plan.parse(f"+{digits}")
    if number is None and plan.begins_with_calling_code(digits):
        return PhoneReason.IMPOSSIBLE_LENGTH
    run = digits if written.is_spelled_out else written.run(begin)
    if number is None or not (_is_whole(number, run) or _shares_its_zero(number, run)):
        return PhoneReason.UNKNOWN_COUNTRY_CODE
    return _judge(number, f"+{digits}", provenance, written, policy)


def _read_unprefixed(written: Written, digits: str, policy: PhonePolicy) -> _Reading:
    """Digits that may begin with a country code, though nothing says so."""
    number = plan.parse(f"+{digits}")
    if number is None or not _is_whole(number, written.run(0)):
        return PhoneReason.MISSING_COUNTRY_CODE
    if written.final_zeros:
        return PhoneReason.DECIMAL
    is_nanp = digits.startswith("1") and _NANP.fullmatch(digits, 1)
    if not (is_nanp or plan.is_valid(number)):
        return PhoneReason.MISSING_COUNTRY_CODE
    is_apart = _has_calling_code_apart(written)
    provenance = Provenance.SEPARATED if is_apart else Provenance.BARE
    return _judge(number, f"+{digits}", provenance, written, policy)


def _read_national(written: Written, region: str, policy: PhonePolicy) -> _Reading:
    """Digits without a country code, completed by a region's."""
    found = plan.parse_national(written.digits, region)
    if found is None:
        return PhoneReason.IMPOSSIBLE_LENGTH
    number, has_code = found
    run = written.run(0)
    if has_code and not (_is_whole(number, run) or _shares_its_zero(number, run)):
        return PhoneReason.MISSING_COUNTRY_CODE
    return _judge(number, "", Provenance.DEFAULT_REGION, written, policy)


def _is_whole(number: plan.Parsed, run: str) -> bool:
    """
    Whether the calling code is written in one piece, as ITU-T E.123 has it.

    8 495 123-45-67 is Moscow from within Russia; read as 84 95…, it is in Vietnam.
    """
    return run.startswith(str(number.country_code))


def _shares_its_zero(number: plan.Parsed, run: str) -> bool:
    """
    Whether only the code's last zero is apart, being written as the trunk prefix.

    So it is usual for +380, +40, +20, +60, +90 and +880: +38 (067) 123-45-67.
    """
    code = number.country_code or 0
    return f"{run}0" == str(code) and plan.has_trunk_zero(code)


def _judge(
    number: plan.Parsed,
    text: str,
    provenance: Provenance,
    written: Written,
    policy: PhonePolicy,
) -> _Reading:
    """
    One reading against the whole policy.

    Args:
        number: As the library understands it.
        text: What it was read from; a number that is written as itself reads back so.
        provenance: What the country code was read from.
        written: Where the rest is a number without the final zeros, too, it is unknown
            which of the two is meant.
        policy: What is allowed.
    """
    code = number.country_code or 0
    if code in plan.WORLDWIDE_CODES and not policy.allow_non_geographic:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    e164, lengths = plan.format_e164(number), plan.possible_lengths(code)
    length = len(e164) - len(f"+{code}")
    if length not in lengths:
        return PhoneReason.IMPOSSIBLE_LENGTH
    if written.final_zeros and length - written.final_zeros in lengths:
        return PhoneReason.DECIMAL
    if e164 != text and not plan.reads_back(e164):
        return PhoneReason.NOT_CANONICAL
    region, number_type = plan.region_and_type(number)
    found = PhoneNumber(
        e164=e164, calling_code=code, region=region, provenance=provenance
    )
    return _refusal(found, number_type, policy) or found


def _refusal(
    number: PhoneNumber, number_type: NumberType, policy: PhonePolicy
) -> PhoneReason | None:
    codes, regions = policy.allowed_calling_codes, policy.allowed_regions
    if policy.require_valid and number_type is NumberType.UNKNOWN:
        return PhoneReason.NOT_VALID
    if codes is not None and number.calling_code not in codes:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    if regions is not None and number.region not in regions:
        return PhoneReason.NOT_ALLOWED_REGION
    if number_type in policy.denied_types:
        return PhoneReason.NOT_ALLOWED_NUMBER_TYPE
    return None


def _has_calling_code_apart(written: Written) -> bool:
    first, *rest = written.groups
    # 352-555-0100 may be Luxembourg's code and a number, but Florida writes its own so.
    is_nanp_layout = [len(group) for group in written.groups] == _NANP_LAYOUT
    if not rest or (is_nanp_layout and _NANP.fullmatch(written.digits)):
        return False
    is_short = len(first) <= plan.MAX_CALLING_CODE_DIGITS
    return is_short and int(first) in plan.CALLING_CODES
