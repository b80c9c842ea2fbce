"""What a guard lets through, as values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen
from attrs.validators import and_, deep_iterable

from verify_core.errors import InputError, InvalidSetting
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhonePolicy
from verify_core.validation import (
    fits,
    instance_or_none,
    read_member,
    read_or,
    whole,
    whole_seconds,
)

from ._spend import Spend


class Mode(StrEnum):
    """What follows from a verdict of the guard."""

    ENFORCE = "enforce"
    """A start that breaks a rule is refused."""
    RECORD = "record"
    """Everything is counted and reported, and nothing is refused."""


class OnLost(StrEnum):
    """What becomes of starts while the counters cannot be reached."""

    CLOSED = "closed"
    """They are refused as `Unavailable`."""
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
    starts: int = field(validator=whole(1))
    window: timedelta = field(validator=whole_seconds)


@frozen(kw_only=True)
class WrongCodes:
    """
    How many codes in a row may be wrong for one identifier, over all verifications.

    NIST SP 800-63B-4, section 3.2.2, allows at most 100. What counts is the verdict
    `WRONG_CODE` and no other: no code during an outage, and none that came too late, to
    a verification that is over or used up. Only an approved code or the window's end
    begins the count again; whoever can type codes for an identifier can so lock it,
    which is why the number should be well above honest mistakes.

    Attributes:
        limit: How many; the next one is `EXHAUSTED`, and the provider is not asked.
        window: How long they are remembered after the first; whole seconds.
    """

    limit: int = field(default=100, validator=whole(1))
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
        numbers: The phone numbers to accept: calling codes, regions, types. None for
            all. E-mail addresses are not its business.
        cool_down: How long an identifier waits between messages, or None.
        budgets: How many starts there may be; the narrowest are counted first.
        spend: How much money starts may cost, or None.
        wrong_codes: How many codes in a row may be wrong for an identifier, or None.
        fold_subaddresses: E-mail domains that deliver `ann+1@` and `ann@` to the same
            person (RFC 5233, section 1: subaddressing), so that both count as one.
            Elsewhere the plus sign is part of another person's name. Each domain is
            listed by itself, a subdomain too.
        prefix_digits: How many last digits a number's prefix lacks.
        mode: Whether refusals are made or only reported.
        on_lost: What becomes of starts while the counters cannot be reached.

    Raises:
        InvalidSetting: A field does not have its shape, or one kind of budget is given
            twice for one window.
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
    fold_subaddresses: tuple[str, ...] = field(default=(), converter=_domains)
    prefix_digits: int = field(default=4, validator=whole(1, 6))
    mode: Mode = field(default=Mode.ENFORCE, converter=_mode)
    on_lost: OnLost = field(default=OnLost.CLOSED, converter=_on_lost)

    @property
    def counts(self) -> bool:
        """Whether any rule needs counters."""
        return any((self.cool_down, self.budgets, self.spend, self.wrong_codes))
