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

This is the only module of the core that imports phonenumbers, when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from attrs import Attribute, field, frozen

from ._phone_reasons import InvalidPhoneNumber, PhoneReason
from ._phone_text import Written, read_explicit_ascii, read_written
from .channels import IdentifierKind
from .errors import InvalidSetting
from .masking import mask_phone

if TYPE_CHECKING:
    import phonenumbers

__all__ = [
    "InvalidPhoneNumber",
    "NumberType",
    "PhoneNumber",
    "PhonePolicy",
    "PhoneReason",
    "Provenance",
    "read_phone",
]

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_NANP: Final = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_NANP_LAYOUT: Final = [3, 3, 4]
_NANP_CALLING_CODE: Final = 1
# E.164 allows 15 digits; a trunk prefix of up to two may stand among them.
_MAX_DIGITS: Final = 17
_MAX_CALLING_CODE_DIGITS: Final = 3
# "1434 0011", the longest of Australia's international prefixes, with room to grow.
_MAX_PREFIX_DIGITS: Final = 10


class Provenance(StrEnum):
    """What the country code was read from, the surest first."""

    EXPLICIT = "explicit"
    """A plus sign."""
    IDD = "idd"
    """An international prefix (international direct dialling), such as 00."""
    SEPARATED = "separated"
    """No prefix, but the first group of digits is exactly a calling code."""
    BARE = "bare"
    """No prefix and no separation: a guess that the digits bear out."""
    DEFAULT_REGION = "default_region"
    """The policy's default region; the text has no country code."""


class NumberType(StrEnum):
    """What a number is used for, by the numbering plan; libphonenumber's names."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    """The plan does not tell the two apart, as in North America."""
    TOLL_FREE = "toll_free"
    PREMIUM_RATE = "premium_rate"
    SHARED_COST = "shared_cost"
    VOIP = "voip"
    PERSONAL_NUMBER = "personal_number"
    PAGER = "pager"
    UAN = "uan"
    """Universal access number: one number for a company's many lines."""
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    """Possible by its length, but in no range that the plan lists."""


def _canonical(_instance: object, _attribute: Attribute[str], value: str) -> None:
    if _E164.fullmatch(str(value)) is None:
        raise InvalidSetting(
            "e164", "takes a plus sign and 2 to 15 ASCII digits, no zero first"
        )


def _region_code(
    _instance: object, _attribute: Attribute[str | None], value: str | None
) -> None:
    if value is not None and re.fullmatch("[A-Z]{2}", value) is None:
        raise InvalidSetting(
            "region", "takes two capital letters (ISO 3166-1), or None"
        )


@frozen(kw_only=True, repr=False)
class PhoneNumber:
    """
    A phone number in E.164 form; two are equal when the number is.

    `read_phone` makes them. The constructor checks shape only; it is for a number that
    was read before and stored.

    Attributes:
        e164: The full number, plus sign and ASCII digits; `str` and `repr` mask it.
        calling_code: The country calling code that it begins with.
        region: ISO 3166-1 alpha-2 code, or None where the calling code is no country's.
            For a number in no listed range (555), the main region of its calling code.
        provenance: What the country code was read from.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    kind: ClassVar[IdentifierKind] = IdentifierKind.PHONE

    e164: str = field(validator=_canonical)
    calling_code: int = field(eq=False)
    region: str | None = field(eq=False, validator=_region_code)
    provenance: Provenance = field(eq=False, converter=Provenance)

    @calling_code.validator
    def _begins_the_number(self, _attribute: Attribute[int], value: int) -> None:
        if not self.e164.startswith(f"+{value}"):
            raise InvalidSetting("calling_code", "takes what the number begins with")

    @property
    def value(self) -> str:
        """The full number, as a vendor must be told."""
        return self.e164

    def __str__(self) -> str:
        return mask_phone(self.e164, self.calling_code)

    def __repr__(self) -> str:
        return f"PhoneNumber({str(self)!r}, {self.provenance.value})"


def _items(value: object, setting: str, form: str) -> list[object]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidSetting(setting, f"takes a collection of {form}")
    return list(value)


def _region(value: object, setting: str) -> str:
    import phonenumbers

    region = value.upper() if isinstance(value, str) else None
    if region is None or region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidSetting(
            setting, "takes ISO 3166-1 alpha-2 codes, such as 'US' or 'GB'"
        )
    return region


def _default_region(value: object) -> str | None:
    return None if value is None else _region(value, "default_region")


def _allowed_regions(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    items = _items(value, "allowed_regions", "ISO 3166-1 alpha-2 codes")
    return frozenset(_region(item, "allowed_regions") for item in items)


def _calling_code_number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and _is_assigned(value):
        return value
    raise InvalidSetting(
        "allowed_calling_codes",
        "takes assigned calling codes as integers, such as 1 or 44",
    )


def _allowed_calling_codes(value: object) -> frozenset[int] | None:
    if value is None:
        return None
    items = _items(value, "allowed_calling_codes", "integers, such as {1, 44}")
    return frozenset(map(_calling_code_number, items))


def _number_type(value: object) -> NumberType:
    try:
        return NumberType(value)  # type: ignore[arg-type]  # the enum judges anything
    except ValueError:
        known = ", ".join(NumberType)
        raise InvalidSetting("denied_types", f"takes number types: {known}") from None


def _denied_types(value: object) -> frozenset[NumberType]:
    return frozenset(map(_number_type, _items(value, "denied_types", "number types")))


def _flag(_instance: object, attribute: Attribute[bool], value: object) -> None:
    if not isinstance(value, bool):
        raise InvalidSetting(attribute.name, "takes True or False")


@frozen(kw_only=True)
class PhonePolicy:
    """
    How a phone number is read, and which are allowed.

    Everything but `default_region` narrows: it refuses numbers that would otherwise be
    read, changes none, and can only help where the reason was `ambiguous`.

    Attributes:
        default_region: ISO 3166-1 alpha-2 code of the country whose national numbers
            are completed, and whose international prefix rules; None completes none.
        allowed_calling_codes: The only calling codes to accept; None for all. The
            strongest single guard against misread numbers and toll fraud.
        allowed_regions: The only regions to accept; None for all.
        denied_types: Number types to refuse, as members or their values.
        require_valid: Whether a number must be in a range that its plan lists.
        allow_non_geographic: Whether +800, +870, +883 and the like are accepted.
        strict: Whether digits without `+` or international prefix are refused unless
            their calling code stands apart, as in `1 (555) 323-1234`.

    Raises:
        InvalidSetting: A field names what does not exist.
    """

    default_region: str | None = field(default=None, converter=_default_region)
    allowed_calling_codes: frozenset[int] | None = field(
        default=None, converter=_allowed_calling_codes
    )
    allowed_regions: frozenset[str] | None = field(
        default=None, converter=_allowed_regions
    )
    denied_types: frozenset[NumberType] = field(
        default=(NumberType.PREMIUM_RATE, NumberType.SHARED_COST, NumberType.PAGER),
        converter=_denied_types,
    )
    require_valid: bool = field(default=False, validator=_flag)
    allow_non_geographic: bool = field(default=False, validator=_flag)
    strict: bool = field(default=False, validator=_flag)


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
    prefix = "00" if default_region is None else _international_prefix(default_region)
    longest = min(len(digits), _MAX_PREFIX_DIGITS)
    ends = (end for end in range(1, longest + 1) if re.fullmatch(prefix, digits[:end]))
    return [digits[end:] for end in ends]


def _read_international(
    digits: str, provenance: Provenance, policy: PhonePolicy
) -> _Reading:
    """Digits that begin with a country code, because a prefix says so."""
    code = _leading_calling_code(digits)
    if code is None:
        return PhoneReason.UNKNOWN_COUNTRY_CODE
    number = _parse(f"+{digits}", None)
    if number is None:
        return PhoneReason.IMPOSSIBLE_LENGTH
    return _judge(number, f"+{digits}", provenance, policy)


def _read_unprefixed(written: Written, policy: PhonePolicy) -> _Reading:
    """Digits that may begin with a country code, though nothing says so."""
    digits = written.digits
    number = _parse(f"+{digits}", None)
    if number is None or not (
        _is_nanp(digits) or _type_of(number) is not NumberType.UNKNOWN
    ):
        return PhoneReason.MISSING_COUNTRY_CODE
    is_apart = _has_calling_code_apart(written)
    provenance = Provenance.SEPARATED if is_apart else Provenance.BARE
    return _judge(number, f"+{digits}", provenance, policy)


def _read_national(digits: str, region: str, policy: PhonePolicy) -> _Reading:
    """Digits without a country code, completed by a region's."""
    number = _parse(digits, region)
    if number is None:
        return PhoneReason.IMPOSSIBLE_LENGTH
    return _judge(number, "", Provenance.DEFAULT_REGION, policy)


def _judge(
    number: phonenumbers.PhoneNumber,
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
    import phonenumbers

    code = number.country_code or 0
    is_worldwide = code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS
    if is_worldwide and not policy.allow_non_geographic:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    if len(phonenumbers.national_significant_number(number)) not in _lengths(code):
        return PhoneReason.IMPOSSIBLE_LENGTH
    e164 = _format(number)
    if e164 != text and not _reads_back(e164):
        return PhoneReason.NOT_CANONICAL
    region = None if is_worldwide else _region_of(number, code)
    refusal = _refusal(number, code, region, policy)
    if refusal is not None:
        return refusal
    return PhoneNumber(
        e164=e164, calling_code=code, region=region, provenance=provenance
    )


def _refusal(
    number: phonenumbers.PhoneNumber, code: int, region: str | None, policy: PhonePolicy
) -> PhoneReason | None:
    codes, regions = policy.allowed_calling_codes, policy.allowed_regions
    if codes is not None and code not in codes:
        return PhoneReason.NOT_ALLOWED_CALLING_CODE
    if regions is not None and region not in regions:
        return PhoneReason.NOT_ALLOWED_REGION
    if not (policy.denied_types or policy.require_valid):
        return None
    number_type = _type_of(number)
    if policy.require_valid and number_type is NumberType.UNKNOWN:
        return PhoneReason.NOT_VALID
    return (
        PhoneReason.NOT_ALLOWED_NUMBER_TYPE
        if number_type in policy.denied_types
        else None
    )


def _is_nanp(digits: str) -> bool:
    return digits.startswith("1") and _NANP.fullmatch(digits[1:]) is not None


def _has_calling_code_apart(written: Written) -> bool:
    first, *rest = written.groups
    # 352-555-0100 may be Luxembourg's code and a number, but Florida writes its own so.
    is_nanp_layout = [len(group) for group in written.groups] == _NANP_LAYOUT
    if not rest or (is_nanp_layout and _NANP.fullmatch(written.digits)):
        return False
    return len(first) <= _MAX_CALLING_CODE_DIGITS and _is_assigned(int(first))


def _leading_calling_code(digits: str) -> int | None:
    if digits.startswith("0"):
        return None
    heads = (digits[:size] for size in range(1, _MAX_CALLING_CODE_DIGITS + 1))
    return next((int(head) for head in heads if head and _is_assigned(int(head))), None)


def _is_assigned(calling_code: int) -> bool:
    import phonenumbers

    return calling_code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


@cache
def _international_prefix(region: str) -> str:
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (metadata.international_prefix if metadata else None) or "00"


@cache
def _lengths(calling_code: int) -> frozenset[int]:
    """How many digits a mobile or fixed line has after the code; none local-only."""
    import phonenumbers

    types = [
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
    ]
    if calling_code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        types = [phonenumbers.PhoneNumberType.UNKNOWN]  # by its length, of any type

    def is_possible(length: int, number_type: int) -> bool:
        number = phonenumbers.PhoneNumber(calling_code, int("1" * length))
        judged = phonenumbers.is_possible_number_for_type_with_reason(
            number, number_type
        )
        return judged == phonenumbers.ValidationResult.IS_POSSIBLE

    lengths = range(1, _MAX_DIGITS + 1)
    return frozenset(n for n in lengths if any(is_possible(n, kind) for kind in types))


def _parse(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    # None instead of an error, so that no chained exception leads back to the text.
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _format(number: phonenumbers.PhoneNumber) -> str:
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _reads_back(e164: str) -> bool:
    number = _parse(e164, None)
    return number is not None and _format(number) == e164


def _region_of(number: phonenumbers.PhoneNumber, calling_code: int) -> str | None:
    import phonenumbers

    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = phonenumbers.region_code_for_country_code(calling_code)
    return region


def _type_of(number: phonenumbers.PhoneNumber) -> NumberType:
    """The number's type; unknown exactly when the number is not valid."""
    import phonenumbers

    return _types()[phonenumbers.number_type(number)]


@cache
def _types() -> dict[int, NumberType]:
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    return {getattr(kinds, member.name): member for member in NumberType}
