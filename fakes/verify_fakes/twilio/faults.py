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
from ..kit.hiding import optional_mask
from .commands import Operation
from .errors import ERRORS, reason_for
from .reasons import Reason


@define(kw_only=True)
class Fault:
    """
    One armed rule.

    Attributes:
        operation: What it is armed for.
        first: The first matching call that it hits, from 1.
        last: The last one, or None for all that follow.
        to: The only address that it concerns, or None for all.
        error: Why those calls are refused, unless the connection breaks.
        broken: How the connection breaks instead.
        retry_after: What the refusal says about waiting.
        seen: Matching calls so far.
        hits: How many of them failed.
    """

    operation: Operation = field(on_setattr=setters.frozen)
    first: int = field(default=1, on_setattr=setters.frozen)
    last: int | None = field(default=None, on_setattr=setters.frozen)
    to: str | None = field(default=None, repr=optional_mask, on_setattr=setters.frozen)
    error: Reason | None = field(default=None, on_setattr=setters.frozen)
    broken: Break | None = field(default=None, on_setattr=setters.frozen)
    retry_after: timedelta | None = field(default=None, on_setattr=setters.frozen)
    seen: int = 0
    hits: int = 0

    def meets(self, operation: Operation, to: str | None) -> bool:
        """Count a call that matches, and say whether it is one to fail."""
        if operation is not self.operation or (self.to is not None and self.to != to):
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
            operation: `start`, `check`, `fetch`, `cancel`, `approve` or `lookup`. A
                resend is a start.
            effect: A reason, Twilio's number for one (60203), or a broken connection.
            first: The first matching call to fail; 1 is the next.
            last: The last one; `first` for just that call; None for no end.
            to: The one address concerned.
            retry_after: Goes with a refusal.

        Returns:
            The rule, whose `hits` can be read at any time.

        Raises:
            ValueError: The operation or the code is none that the fake knows, or the
                numbers are not 1 <= first <= last.
        """
        if first < 1 or (last is not None and last < first):
            raise ValueError(
                f"needs 1 <= first <= last, not first={first}, last={last}"
            )
        fault = Fault(
            operation=_known_operation(operation),
            first=first,
            last=last,
            to=to,
            error=None if isinstance(effect, Break) else _known_reason(effect),
            broken=effect if isinstance(effect, Break) else None,
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

    def hit(self, operation: Operation, to: str | None) -> Fault | None:
        """Count a call; the rule that makes it fail, if one does."""
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


def _known_reason(effect: Reason | int) -> Reason:
    if isinstance(effect, Reason):
        return effect
    reason = reason_for(effect)
    if reason is None:
        known = ", ".join(
            str(code) for code in sorted({e.code for e in ERRORS.values()})
        )
        raise ValueError(f"the fake has no error {effect}; it has {known}")
    return reason
