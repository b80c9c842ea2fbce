"""What starts cost, and how much they may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from attrs import field, frozen

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.phone import PhoneNumber
from verify_core.validation import matching, whole_seconds
from verify_core.verification import StartRequest

UNIT: Final = Decimal("0.0001")
"""The least amount; stores count whole numbers of it."""

_MOST: Final = Decimal(10) ** 9
_CURRENCY = matching("[A-Z]{3}", "takes three capital letters (ISO 4217)")
_KEY: Final = re.compile(
    rf"(?P<code>[1-9][0-9]{{0,2}})?:?(?P<channel>{'|'.join(Channel)})?"
)


def read_amount(setting: str, value: object) -> Decimal:
    """
    An amount of money.

    Args:
        setting: Stands in the error.
        value: A `Decimal`, an `int` or a text such as `0.045`; no `float`, which has
            no exact cents.

    Raises:
        InvalidSetting: No such amount, or not a whole number of `UNIT`.
    """
    fault = f"takes an amount such as '0.045', in steps of {UNIT}, at most {_MOST:f}"
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidSetting(setting, fault)
    amount = Decimal("NaN")
    with suppress(InvalidOperation):
        amount = Decimal(value)
    if not amount.is_finite() or not 0 <= amount <= _MOST or amount % UNIT:
        raise InvalidSetting(setting, fault)
    return amount


def units(amount: Decimal) -> int:
    """The amount as a whole number of `UNIT`."""
    return int(amount / UNIT)


def _amount(value: object) -> Decimal:
    return read_amount("amount", value)


def _default(value: object) -> Decimal:
    return read_amount("default", value)


def _costs(value: Mapping[str, object]) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise InvalidSetting("costs", "takes a table")
    return {_key(key): read_amount("costs", cost) for key, cost in value.items()}


def _key(text: object) -> str:
    found = _KEY.fullmatch(text) if isinstance(text, str) else None
    parts = [part for part in found.groups() if part] if found else []
    if not parts or ":".join(parts) != text:
        raise InvalidSetting("costs", "takes keys such as '44:sms', '44' or 'email'")
    return ":".join(parts)


@frozen(kw_only=True)
class SpendLimit:
    """
    How much may be spent in a window; windows as a `Budget`'s.

    Attributes:
        amount: How much.
        window: How long the window is; whole seconds.
    """

    amount: Decimal = field(converter=_amount)
    window: timedelta = field(validator=whole_seconds)


def _limits(value: object) -> tuple[SpendLimit, ...]:
    found = tuple(value) if isinstance(value, Iterable) else (value,)
    if not found or not all(isinstance(each, SpendLimit) for each in found):
        raise InvalidSetting("limits", "takes at least one SpendLimit")
    if len({each.window for each in found}) < len(found):
        raise InvalidSetting("limits", "names one window twice")
    return tuple(sorted(found, key=lambda each: each.window))


@frozen(kw_only=True)
class Spend:
    """
    What starts cost, and how much they may.

    Attributes:
        limits: How much may be spent, each in a window of its own.
        default: What a start costs that the table does not name.
        costs: What a start costs, by `44:sms`, `44` or `sms`; the first of them that
            is there, in this order.
        currency: Of all amounts; ISO 4217.

    Raises:
        InvalidSetting: A field does not have its shape; names it.
    """

    limits: tuple[SpendLimit, ...] = field(converter=_limits)
    default: Decimal = field(converter=_default)
    costs: Mapping[str, Decimal] = field(factory=dict, converter=_costs, hash=False)
    currency: str = field(default="EUR", validator=_CURRENCY)

    def cost(self, request: StartRequest) -> Decimal:
        """
        What the start may cost at most.

        The fallback channels are added: a vendor that takes them sends a message each.
        """
        number = request.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        return sum(
            (
                self._of(code, channel)
                for channel in (request.channel, *request.fallback_channels)
            ),
            Decimal(0),
        )

    def _of(self, code: int | None, channel: Channel) -> Decimal:
        for key in (f"{code}:{channel}", f"{code}", channel.value):
            if key in self.costs:
                return self.costs[key]
        return self.default
