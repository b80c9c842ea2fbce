"""What a guard lets through, and what starts cost, as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from attrs import field, frozen
from attrs.validators import and_, deep_iterable

from verify_core.channels import Channel
from verify_core.errors import InputError, InvalidSetting
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber, PhonePolicy
from verify_core.validation import (
    fits,
    instance_or_none,
    matching,
    read_member,
    read_or,
    require_all,
    whole,
    whole_seconds,
)
from verify_core.verification import StartRequest

T = TypeVar("T")


class Mode(StrEnum):
    """Whether the guard refuses, or only reports."""

    ENFORCE = "enforce"
    """A start that breaks a rule is refused."""
    RECORD = "record"
    """Everything is counted and reported, and nothing is refused."""


class OnLost(StrEnum):
    """What happens to starts while the counters cannot be reached."""

    CLOSED = "closed"
    """They are refused as `Unavailable`."""
    OPEN = "open"
    """They go through uncounted, where the rule `numbers` allows them."""


class Per(StrEnum):
    """What a budget is counted per; the narrowest first."""

    IDENTIFIER = "identifier"
    CLIENT_ADDRESS = "client_address"
    """Of an IPv6 address its /64, which one customer has."""
    PREFIX = "prefix"
    """The phone number without its last digits: SMS pumping uses ranges."""
    CALLING_CODE = "calling_code"
    EVERYONE = "everyone"


def _per(value: object) -> Per:
    return read_member(Per, "per", value)


def _mode(value: object) -> Mode:
    return read_member(Mode, "mode", value)


def _on_lost(value: object) -> OnLost:
    return read_member(OnLost, "on_lost", value)


def _steps(value: object) -> tuple[timedelta, ...]:
    if isinstance(value, timedelta):
        return (value,)
    if not isinstance(value, Iterable):
        raise InvalidSetting("steps", "takes durations")
    return tuple(value)


_STEPS = and_(
    fits(bool, "takes at least one duration"),
    deep_iterable(whole_seconds),
    fits(
        lambda steps: list(steps) == sorted(steps),
        "takes durations that do not shrink",
    ),
)


@frozen(kw_only=True)
class CoolDown:
    """
    How long one identifier waits after a message before the next.

    Attributes:
        steps: The wait after the first message, the second, …; the last one stays. In
            whole seconds.
        forget: How long after the first message the steps begin again. A code that is
            approved begins them again at once.

    Raises:
        InvalidSetting: No steps, shrinking ones, or no whole seconds.
    """

    steps: tuple[timedelta, ...] = field(
        default=tuple(timedelta(seconds=each) for each in (30, 60, 120, 300)),
        converter=_steps,
        validator=_STEPS,
    )
    forget: timedelta = field(default=timedelta(days=1), validator=whole_seconds)

    def wait_after(self, messages: int) -> timedelta:
        """Return the wait after a message that so many messages preceded."""
        return self.steps[min(messages, len(self.steps) - 1)]


@frozen(kw_only=True)
class Budget:
    """
    How many starts there may be in a window.

    A window opens with the first start that it counts and ends `window` later; the next
    one opens with the next start. So two windows that follow each other closely may
    hold twice the number in less than two windows' time.

    Attributes:
        per: What is counted together.
        starts: How many may go through.
        window: How long the window is; whole seconds.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    per: Per = field(converter=_per)
    starts: int = field(validator=whole(1))
    window: timedelta = field(validator=whole_seconds)


@frozen(kw_only=True)
class WrongCodes:
    """
    How many codes in a row may be wrong for one identifier, over all verifications.

    NIST SP 800-63B-4, section 3.2.2, allows at most 100. Only the verdict `WRONG_CODE`
    counts: no error, and no code for a verification that is over. An approved code or
    the window's end begins the count again. An attacker who types codes for an
    identifier can lock it, so set the limit well above honest mistakes.

    Attributes:
        limit: How many; the next check is `EXHAUSTED`, and the provider is not asked.
        window: How long they are remembered after the first; whole seconds.
    """

    limit: int = field(default=100, validator=whole(1))
    window: timedelta = field(default=timedelta(days=30), validator=whole_seconds)


def _per_range(value: object) -> Per:
    per = _per(value)
    if per not in {Per.PREFIX, Per.CALLING_CODE}:
        raise InvalidSetting("per", "takes prefix or calling_code")
    return per


@frozen(kw_only=True)
class Conversion:
    """
    How many of the messages to a range of numbers must lead to an approved code.

    SMS pumping sends codes that are never typed: the range's share of approvals falls,
    which only who sends and checks can see. A window opens with the first message that
    it counts. A code that still may be typed counts as not approved, so set `starts`
    above what a range gets within the time that a code lives.

    Attributes:
        per: Counted together: a `prefix`, or a `calling_code`.
        percent: The least share of approvals.
        starts: How many messages a range has before its share is judged.
        window: How long the window is; whole seconds.
        mode: `record` only reports a range below its share; `enforce` refuses its
            starts until the window ends, or late approvals lift the share.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    per: Per = field(default=Per.PREFIX, converter=_per_range)
    percent: int = field(default=20, validator=whole(1, 100))
    starts: int = field(default=30, validator=whole(1))
    window: timedelta = field(default=timedelta(days=1), validator=whole_seconds)
    mode: Mode = field(default=Mode.RECORD, converter=_mode)


def _members(
    setting: str, value: object, kind: type[T], key: Callable[[T], object]
) -> tuple[T, ...]:
    """The members of a collection, or the only one; no two with the same key."""
    found = require_all(setting, (value,) if isinstance(value, kind) else value, kind)
    if len(set(map(key, found))) < len(found):
        raise InvalidSetting(setting, "names one window of one kind twice")
    return found


def _conversion(value: object) -> tuple[Conversion, ...]:
    return _members(
        "conversion", value, Conversion, lambda each: (each.per, each.window)
    )


UNIT = Decimal("0.0001")
"""The least amount of money; stores count whole numbers of it."""

_MOST = Decimal(10) ** 9
_CURRENCY = matching("[A-Z]{3}", "takes three capital letters (ISO 4217)")
_KEY = re.compile(rf"(?P<code>[1-9][0-9]{{0,2}})?:?(?P<channel>{'|'.join(Channel)})?")


def _money(setting: str, value: object) -> Decimal:
    """Read a `Decimal`, an `int` or a text; no `float`, which has no exact cents."""
    fault = f"takes an amount such as '0.045', in steps of {UNIT}, at most {_MOST:f}"
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidSetting(setting, fault)
    amount = Decimal("NaN")
    with suppress(InvalidOperation):
        amount = Decimal(value)
    if not amount.is_finite() or not 0 <= amount <= _MOST or amount % UNIT:
        raise InvalidSetting(setting, fault)
    return amount


def _amount(value: object) -> Decimal:
    return _money("amount", value)


def _default(value: object) -> Decimal:
    return _money("default", value)


def units(amount: Decimal) -> int:
    """Return the amount as a whole number of `UNIT`."""
    return int(amount / UNIT)


def _costs(value: Mapping[str, object]) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise InvalidSetting("costs", "takes a table")
    return {_key(key): _money("costs", cost) for key, cost in value.items()}


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
    found = _members("limits", value, SpendLimit, lambda each: each.window)
    if not found:
        raise InvalidSetting("limits", "takes at least one SpendLimit")
    return tuple(sorted(found, key=lambda each: each.window))


@frozen(kw_only=True)
class Spend:
    """
    What starts cost, and how much may be spent.

    Attributes:
        limits: How much may be spent, each in a window of its own.
        default: The cost of a start that `costs` does not name.
        costs: The cost of a start by `44:sms`, `44` or `sms`; of those that are there,
            the first in this order.
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
        Return what the start may cost at most.

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


def _budgets(value: object) -> tuple[Budget, ...]:
    found = _members("budgets", value, Budget, lambda each: (each.per, each.window))
    order = list(Per)
    return tuple(sorted(found, key=lambda each: (order.index(each.per), each.window)))


def _domains(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidSetting("fold_subaddresses", "takes a list of domains")
    return tuple(dict.fromkeys(_domain(each) for each in value))


def _domain(text: object) -> str:
    """Return the domain as it stands in an `EmailAddress`: in lower case and ASCII."""
    error = InvalidSetting("fold_subaddresses", "takes domains such as example.org")
    address = read_or(
        EmailAddress, f"a@{text}", error, catching=(InputError, InvalidSetting)
    )
    return address.value.partition("@")[2]


@frozen(kw_only=True)
class GuardPolicy:
    """
    What a guard lets through. Every rule is off until it is given.

    Attributes:
        numbers: The phone numbers to accept: calling codes, regions, types; None for
            all. It says nothing of e-mail addresses.
        cool_down: How long an identifier waits between messages, or None.
        budgets: How many starts there may be; the narrowest are counted first.
        spend: How much money starts may cost, or None.
        wrong_codes: How many codes in a row may be wrong for an identifier, or None.
        conversion: Which share of a range's messages must lead to an approval.
        fold_subaddresses: E-mail domains that deliver `ann+1@` and `ann@` to the same
            person (RFC 5233, section 1: subaddressing), so that both count as one.
            Elsewhere the plus sign is part of another person's name. Each domain is
            listed by itself, a subdomain too.
        prefix_digits: How many last digits a number's prefix lacks.
        mode: Whether refusals are made or only reported.
        on_lost: What happens to starts while the counters cannot be reached.

    Raises:
        InvalidSetting: A field does not have its shape, or one kind of budget or
            conversion is given twice for one window.
    """

    numbers: PhonePolicy | None = field(
        default=None, validator=instance_or_none(PhonePolicy)
    )
    cool_down: CoolDown | None = field(
        default=None, validator=instance_or_none(CoolDown)
    )
    budgets: tuple[Budget, ...] = field(default=(), converter=_budgets)
    spend: Spend | None = field(default=None, validator=instance_or_none(Spend))
    wrong_codes: WrongCodes | None = field(
        default=None, validator=instance_or_none(WrongCodes)
    )
    conversion: tuple[Conversion, ...] = field(default=(), converter=_conversion)
    fold_subaddresses: tuple[str, ...] = field(default=(), converter=_domains)
    prefix_digits: int = field(default=4, validator=whole(1, 6))
    mode: Mode = field(default=Mode.ENFORCE, converter=_mode)
    on_lost: OnLost = field(default=OnLost.CLOSED, converter=_on_lost)

    @property
    def counts(self) -> bool:
        """Whether any rule needs counters."""
        rules = (self.cool_down, self.budgets, self.spend, self.wrong_codes)
        return any(rules) or bool(self.conversion)
