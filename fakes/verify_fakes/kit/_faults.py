"""
Failures on purpose, exact and never by chance.

A rule names an operation, which of its matching calls it hits, and what happens to
them. It counts its hits, so that a test can prove that the failure took place.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import define, field, setters

from ._hiding import Hidden, Revealed, hidden_address

#: A vendor's operations, and its reasons for refusing.
OperationT = TypeVar("OperationT", bound=StrEnum)
ReasonT = TypeVar("ReasonT", bound=StrEnum)
_NUMBERS = itertools.count(1)


class Break(StrEnum):
    """How a connection fails a caller; the same for every vendor's fake."""

    REFUSED = "refused"  # no server listens: certainly not processed
    HANG_UP = "hang_up"  # closed after reading, without processing
    ANSWER_LOST = "answer_lost"  # processed, then closed without an answer
    ANSWER_LATE = "answer_late"  # processed, and the answer never comes: a time-out


class ConnectionBroken(Exception):
    """
    There is no answer, because a fault or a magic number asks for that.

    Attributes:
        kind: What the caller sees of it.
        processed: Whether the command took effect all the same.
    """

    def __init__(self, kind: Break) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.processed = kind in {Break.ANSWER_LOST, Break.ANSWER_LATE}

    def __reduce__(self) -> tuple[type[ConnectionBroken], tuple[Break]]:
        return type(self), (self.kind,)


@define(kw_only=True, on_setattr=setters.frozen)
class ArmedFault(Generic[OperationT, ReasonT]):
    """
    One armed rule.

    Attributes:
        effect: Why the operation's calls are refused, or how their connection breaks.
        first: The first matching call that it hits, from 1.
        last: The last one, or None for all that follow.
        to: The only address that it concerns, or None for all.
        seen: Matching calls so far.
        hits: How many of them failed.
        number: Its own in this process.
    """

    operation: OperationT
    effect: ReasonT | Break
    first: int = 1
    last: int | None = None
    _to: Hidden[str | None] = field(default=None, converter=hidden_address)
    retry_after: timedelta | None = None
    seen: int = field(default=0, on_setattr=setters.NO_OP)
    hits: int = field(default=0, on_setattr=setters.NO_OP)
    number: int = field(init=False, factory=_NUMBERS.__next__, eq=False, repr=False)

    to = Revealed[str | None]()

    @property
    def error(self) -> ReasonT | None:
        """Why its calls are refused, unless the connection breaks."""
        return None if isinstance(self.effect, Break) else self.effect

    @property
    def broken(self) -> Break | None:
        """How the connection breaks, if it does."""
        return self.effect if isinstance(self.effect, Break) else None

    def meets(self, operation: OperationT, to: Collection[str]) -> bool:
        """Count a call that matches, and say whether it is one to fail."""
        elsewhere = self.to is not None and self.to not in to
        if operation is not self.operation or elsewhere:
            return False
        self.seen += 1
        in_time = self.first <= self.seen
        hit = in_time and (self.last is None or self.seen <= self.last)
        self.hits += hit
        return hit


class ArmedFaults(Generic[OperationT, ReasonT]):
    """
    The armed rules of one machine: each that fits counts, and the oldest wins.

    Args:
        reason_of: The reason that an effect stands for, where it breaks no connection;
            raises ValueError where the fake has no such reason.
        plain: Turns an address into the one that requests carry.
    """

    def __init__(
        self,
        operations: type[OperationT],
        reason_of: Callable[[ReasonT | int, OperationT], ReasonT],
        plain: Callable[[str], str] = str,
    ) -> None:
        self._operations = operations
        self._reason_of = reason_of
        self._plain = plain
        self._armed: list[ArmedFault[OperationT, ReasonT]] = []

    def arm(
        self,
        operation: OperationT | str,
        effect: ReasonT | Break | int,
        *,
        first: int = 1,
        last: int | None = None,
        to: str | None = None,
        retry_after: timedelta | None = None,
    ) -> ArmedFault[OperationT, ReasonT]:
        """
        Let calls fail, counted from now on.

        Args:
            operation: One of the vendor's, such as `start` or `check`.
            effect: A reason, the vendor's number for one (60203 at Twilio, an HTTP
                status such as 429 at Vonage), or a broken connection.
            first: The first matching call to fail; 1 is the next.
            last: The last one; `first` for just that call; None for no end.
            to: The one address concerned.
            retry_after: Goes with a refusal.

        Returns:
            The rule, whose `hits` can be read at any time.

        Raises:
            ValueError: The fake does not know the operation, the number or the reason,
                or the numbers are not 1 <= first <= last.
        """
        if first < 1 or (last is not None and last < first):
            raise ValueError(
                f"needs 1 <= first <= last, not first={first}, last={last}"
            )
        known = self._operation(operation)
        fault = ArmedFault(
            operation=known,
            effect=(
                effect if isinstance(effect, Break) else self._reason_of(effect, known)
            ),
            first=first,
            last=last,
            to=None if to is None else self._plain(to),
            retry_after=retry_after,
        )
        self._armed.append(fault)
        return fault

    def _operation(self, name: OperationT | str) -> OperationT:
        try:
            return self._operations(name)
        except ValueError:
            known = ", ".join(self._operations)
            raise ValueError(f"no operation {name!r}; there are {known}") from None

    @property
    def armed(self) -> tuple[ArmedFault[OperationT, ReasonT], ...]:
        """The armed rules, oldest first."""
        return tuple(self._armed)

    def disarm(self, fault: ArmedFault[OperationT, ReasonT]) -> None:
        """Take a rule away, if it is still there."""
        self._armed = [each for each in self._armed if each is not fault]

    def clear(self) -> None:
        """Take every armed rule away."""
        self._armed = []

    def hit(
        self, operation: OperationT, to: Collection[str]
    ) -> ArmedFault[OperationT, ReasonT] | None:
        """Count a call about some addresses, and return the rule that it meets."""
        if not self._armed:
            return None
        met = [fault for fault in self._armed if fault.meets(operation, to)]
        return met[0] if met else None


def unknown(effect: object, known: Collection[int]) -> ValueError:
    """The error for an effect that a fake does not know, with the known numbers."""
    numbers = ", ".join(map(str, sorted(known)))
    return ValueError(f"the fake has no error {effect}; it has {numbers}")
