"""What a guard lets through, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from attrs import Attribute, field, frozen

from verify_core.errors import InvalidSetting
from verify_core.inputs import read_member
from verify_core.phone import PhonePolicy

from .spend import Spend
from .windows import whole_seconds


class Mode(StrEnum):
    """What follows from a verdict of the guard."""

    ENFORCE = "enforce"
    """A start that breaks a rule is refused."""
    RECORD = "record"
    """Everything is counted and told, and nothing is refused."""


class OnLost(StrEnum):
    """What becomes of starts while the counters cannot be reached."""

    CLOSED = "closed"
    """None goes through: they are `Unavailable`."""
    OPEN = "open"
    """All that the other rules allow go through, uncounted."""


class Per(StrEnum):
    """Whose starts one budget adds up; the narrowest first."""

    IDENTIFIER = "identifier"
    CLIENT_ADDRESS = "client_address"
    """Of an IPv6 address its /64, which is what one customer is given."""
    PREFIX = "prefix"
    """The phone number without its last digits: pumping buys ranges."""
    CALLING_CODE = "calling_code"
    EVERYONE = "everyone"


def _per(value: object) -> Per:
    return read_member(Per, "per", value)


def _mode(value: object) -> Mode:
    return read_member(Mode, "mode", value)


def _on_lost(value: object) -> OnLost:
    return read_member(OnLost, "on_lost", value)


def _at_least_one(_instance: object, attribute: Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidSetting(attribute.name, "takes a whole number from 1 on")


def _steps(value: object) -> tuple[timedelta, ...]:
    if isinstance(value, timedelta):
        return (value,)
    if not isinstance(value, Iterable):
        raise InvalidSetting("steps", "takes durations")
    return tuple(value)


def _fit_steps(
    instance: object, attribute: Attribute[tuple[timedelta, ...]], value: object
) -> None:
    if not isinstance(value, tuple) or not value:
        raise InvalidSetting(attribute.name, "takes at least one duration")
    for step in value:
        whole_seconds(instance, attribute, step)
    if list(value) != sorted(value):
        raise InvalidSetting(attribute.name, "takes durations that do not shrink")


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
        validator=_fit_steps,
    )
    forget: timedelta = field(default=timedelta(days=1), validator=whole_seconds)

    def wait_after(self, messages: int) -> timedelta:
        """The wait that a message begins, when there were so many before it."""
        return self.steps[min(messages, len(self.steps) - 1)]


@frozen(kw_only=True)
class Budget:
    """
    How many starts there may be in a window.

    A window opens with the first start that it counts and ends `window` later; the next
    one opens with the next start. Two windows that follow each other closely may so
    hold twice the number in less than two windows' time.

    Attributes:
        per: Whose starts add up.
        starts: How many may go through.
        window: How long the window is; whole seconds.

    Raises:
        InvalidSetting: A field does not have its shape.
    """

    per: Per = field(converter=_per)
    starts: int = field(validator=_at_least_one)
    window: timedelta = field(validator=whole_seconds)


@frozen(kw_only=True)
class WrongCodes:
    """
    How many codes in a row may be wrong for one identifier, over all verifications.

    NIST SP 800-63B-4, section 3.2.2, allows at most 100. Only an approved code or the
    window's end begins the count again; whoever can type codes for an identifier can
    so lock it, which is why the number should be well above honest mistakes.

    Attributes:
        limit: How many; the next one is exhausted without being asked about.
        window: How long they are remembered after the first; whole seconds.
    """

    limit: int = field(default=100, validator=_at_least_one)
    window: timedelta = field(default=timedelta(days=30), validator=whole_seconds)


def _budgets(value: object) -> tuple[Budget, ...]:
    found = tuple(value) if isinstance(value, Iterable) else (value,)
    if not all(isinstance(each, Budget) for each in found):
        raise InvalidSetting("budgets", "takes Budgets")
    kinds = [(each.per, each.window) for each in found]
    if len(set(kinds)) < len(kinds):
        raise InvalidSetting("budgets", "names one window of one kind twice")
    order = list(Per)
    return tuple(sorted(found, key=lambda each: (order.index(each.per), each.window)))


_MOST_PREFIX_DIGITS: Final = 6


def _prefix_digits(_instance: object, attribute: Attribute[int], value: object) -> None:
    if type(value) is not int or not 1 <= value <= _MOST_PREFIX_DIGITS:
        raise InvalidSetting(attribute.name, "takes 1 to 6, usually 3 or 4")


def _none_or(kind: type) -> Callable[[object, Attribute[Any], object], None]:
    def require(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None and not isinstance(value, kind):
            raise InvalidSetting(attribute.name, f"takes a {kind.__name__} or None")

    return require


@frozen(kw_only=True)
class GuardPolicy:
    """
    What a guard lets through. Every rule is off until it is given.

    Attributes:
        numbers: The phone numbers to accept: calling codes, regions, types. None for
            all. E-mail addresses are not its business.
        cool_down: How long an identifier waits between messages, or None.
        budgets: How many starts there may be; the narrowest are counted first.
        spend: How much money starts may cost, or None.
        wrong_codes: How many codes in a row may be wrong for an identifier, or None.
        prefix_digits: How many last digits a number's prefix lacks.
        mode: Whether refusals are made or only told.
        on_lost: What becomes of starts while the counters cannot be reached.

    Raises:
        InvalidSetting: A field does not have its shape, or one kind of budget is given
            twice for one window.
    """

    numbers: PhonePolicy | None = field(default=None, validator=_none_or(PhonePolicy))
    cool_down: CoolDown | None = field(default=None, validator=_none_or(CoolDown))
    budgets: tuple[Budget, ...] = field(default=(), converter=_budgets)
    spend: Spend | None = field(default=None, validator=_none_or(Spend))
    wrong_codes: WrongCodes | None = field(default=None, validator=_none_or(WrongCodes))
    prefix_digits: int = field(default=4, validator=_prefix_digits)
    mode: Mode = field(default=Mode.ENFORCE, converter=_mode)
    on_lost: OnLost = field(default=OnLost.CLOSED, converter=_on_lost)

    @property
    def counts(self) -> bool:
        """Whether any rule needs counters."""
        return any((self.cool_down, self.budgets, self.spend, self.wrong_codes))
