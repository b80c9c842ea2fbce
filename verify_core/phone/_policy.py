"""`PhonePolicy`: how a phone number is read, and which are allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from ..errors import InvalidSetting
from ..validation import flag, read_member, require_members
from ._number import NumberType


def _region(value: object, setting: str) -> str:
    from ._plan import is_region

    region = value.upper() if isinstance(value, str) else None
    if region is None or not is_region(region):
        raise InvalidSetting(
            setting, "takes ISO 3166-1 alpha-2 codes, such as 'US' or 'GB'"
        )
    return region


def _default_region(value: object) -> str | None:
    return None if value is None else _region(value, "default_region")


def _allowed_regions(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    items = require_members("allowed_regions", value, "ISO 3166-1 alpha-2 codes")
    return frozenset(_region(item, "allowed_regions") for item in items)


def _allowed_calling_codes(value: object) -> frozenset[int] | None:
    if value is None:
        return None
    from ._plan import CALLING_CODES

    setting = "allowed_calling_codes"
    items = require_members(setting, value, "integers, such as {1, 44}")
    for each in items:
        if type(each) is not int or each not in CALLING_CODES:  # True is not a code
            fault = "takes assigned calling codes as integers, such as 1 or 44"
            raise InvalidSetting(setting, fault)
    return frozenset(items)


def _denied_types(value: object) -> frozenset[NumberType]:
    items = require_members("denied_types", value, "number types")
    return frozenset(read_member(NumberType, "denied_types", each) for each in items)


_EXPENSIVE = frozenset(
    {NumberType.PREMIUM_RATE, NumberType.SHARED_COST, NumberType.PAGER}
)


class _Beside:
    """The hook of pydantic that a policy beside a type has, and the class lacks."""

    def __get__(self, policy: PhonePolicy | None, _owner: type) -> Callable[..., Any]:
        if policy is None:
            raise AttributeError("a policy stands beside a type and is not one itself")

        def schema(source: object, handler: Any) -> Any:  # noqa: ANN401 - pydantic's
            from ..forms.pydantic import schema_under

            return schema_under(policy, source, handler)

        return schema


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
        default=_EXPENSIVE,
        converter=_denied_types,
    )
    require_valid: bool = field(default=False, validator=flag)
    allow_non_geographic: bool = field(default=False, validator=flag)
    strict: bool = field(default=False, validator=flag)

    __get_pydantic_core_schema__ = _Beside()
