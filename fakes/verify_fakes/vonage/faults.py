"""
Failures on purpose, exact and never by chance.

A rule names an operation, which of its matching calls it hits, and what happens to
them. It counts its hits, so that a test can prove that the failure took place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from attrs import define, field, setters

from ..kit.breaks import Break
from .commands import Operation
from .errors import ERRORS, SCRIPTABLE, reason_for
from .numbers import plain
from .reasons import Reason


@define(kw_only=True)
class Fault:
    """
    One armed rule.

    Attributes:
        operation: What it is armed for.
        effect: Why those calls are refused, or how their connection breaks.
        first: The first matching call that it hits, from 1.
        last: The last one, or None for all that follow.
        to: The only address that it concerns, or None for all.
        retry_after: What the refusal says about waiting.
        seen: Matching calls so far.
        hits: How many of them failed.
    """

    operation: Operation = field(on_setattr=setters.frozen)
    effect: Reason | Break = field(on_setattr=setters.frozen)
    first: int = field(default=1, on_setattr=setters.frozen)
    last: int | None = field(default=None, on_setattr=setters.frozen)
    to: str | None = field(default=None, repr=False, on_setattr=setters.frozen)
    retry_after: timedelta | None = field(default=None, on_setattr=setters.frozen)
    seen: int = 0
    hits: int = 0

    def meets(self, operation: Operation, to: tuple[str, ...]) -> bool:
        """Count a call that matches, and say whether it is one to fail."""
        elsewhere = self.to is not None and self.to not in to
        if operation is not self.operation or elsewhere:
            return False
        self.seen += 1
        in_time = self.first <= self.seen
        hit = in_time and (self.last is None or self.seen <= self.last)
        self.hits += hit
        return hit


class Faults:
    """The armed rules of one machine; the oldest that fits wins, all of them count."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(
        self,
        operation: Operation | str,
        effect: Reason | Break | int,
        *,
        first: int = 1,
        last: int | None = None,
        to: str | None = None,
        retry_after: timedelta | None = None,
    ) -> Fault:
        """
        Let calls fail, counted from now on.

        Args:
            operation: `start`, `check`, `cancel` or `next`.
            effect: A reason, an HTTP status (429), or a broken connection.
            first: The first matching call to fail; 1 is the next.
            last: The last one; `first` for just that call; None for no end.
            to: The one address concerned, with or without its plus sign.
            retry_after: Goes with a refusal.

        Returns:
            The rule, whose `hits` can be read at any time.

        Raises:
            ValueError: The operation, the status or the reason is none that the fake
                can bring about, or the numbers are not 1 <= first <= last.
        """
        if first < 1 or (last is not None and last < first):
            raise ValueError(
                f"needs 1 <= first <= last, not first={first}, last={last}"
            )
        known = _known_operation(operation)
        fault = Fault(
            operation=known,
            effect=effect if isinstance(effect, Break) else _known(effect, known),
            first=first,
            last=last,
            to=None if to is None else plain(to),
            retry_after=retry_after,
        )
        self._armed.append(fault)
        return fault

    @property
    def armed(self) -> tuple[Fault, ...]:
        """The rules, oldest first."""
        return tuple(self._armed)

    def disarm(self, fault: Fault) -> None:
        """Take a rule away; nothing happens if it is away already."""
        self._armed = [each for each in self._armed if each is not fault]

    def clear(self) -> None:
        """Take all rules away."""
        self._armed = []

    def hit(self, operation: Operation, to: tuple[str, ...]) -> Fault | None:
        """Count a call about some addresses; the rule that makes it fail, if any."""
        if not self._armed:
            return None
        met = [fault for fault in self._armed if fault.meets(operation, to)]
        return met[0] if met else None


_NAMES: Final = ", ".join(Operation)


def _known_operation(name: Operation | str) -> Operation:
    try:
        return Operation(name)
    except ValueError:
        raise ValueError(f"no operation {name!r}; there are {_NAMES}") from None


def _known(effect: Reason | int, operation: Operation) -> Reason:
    if isinstance(effect, Reason):
        reason = effect if effect in SCRIPTABLE else None
    else:
        reason = reason_for(effect, operation)
    if reason is None:
        known = ", ".join(
            map(str, sorted({ERRORS[each].status for each in SCRIPTABLE}))
        )
        raise ValueError(f"the fake has no error {effect}; it has {known}")
    return reason
