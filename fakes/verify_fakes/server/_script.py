"""
Faults that a server scripts: any operation of Twilio's, and answers that are slow.

Errors and broken connections of the passcode operations are the machine's own
(`twilio.faults`); this adds what only a server can do, counted just as exactly.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, TypeAlias

from attrs import Factory, define, field

from ..kit._hiding import optional_mask
from ..twilio import Break
from ..twilio.http._wire import ROUTES
from ..twilio.machine._commands import TwilioOperation
from ..twilio.machine._errors import ERRORS, Reason, reason_for

OPERATION_IDS: Final = frozenset(route.operation for route in ROUTES)
"""Every operation of Twilio's documents, by the name it has there."""

Effect: TypeAlias = timedelta | Reason | Break
"""How long the answer waits, why it is refused, or how its connection breaks."""


@define(kw_only=True)
class Rule:
    """
    One scripted fault.

    Attributes:
        operation: A word of the machine's (`start`), or an `operationId` of Twilio's.
        effect: What happens to the calls that it hits.
        first: The first matching call that it hits, from 1.
        last: The last one, or None for all that follow.
        to: The only address that it concerns, or None for all.
        retry_after: What a refusal says about waiting.
        seen: Matching calls so far.
        hits: How many of them it hit.
    """

    operation: str
    effect: Effect
    first: int = 1
    last: int | None = None
    to: str | None = field(default=None, repr=optional_mask)
    retry_after: timedelta | None = None
    seen: int = 0
    hits: int = 0

    def meets(self, names: tuple[str, ...], to: str | None) -> bool:
        """Count a call that matches, and say whether it is one to hit."""
        if self.operation not in names or (self.to is not None and self.to != to):
            return False
        self.seen += 1
        hit = self.first <= self.seen and (self.last is None or self.seen <= self.last)
        self.hits += hit
        return hit


@define
class Script:
    """The rules of one account; all that fit count, the oldest of a kind wins."""

    rules: list[Rule] = Factory(list)

    def arm(self, rule: Rule) -> Rule:
        """
        Add a rule.

        Raises:
            ValueError: The operation is none, or the numbers are not
                1 <= first <= last.
        """
        if rule.operation not in OPERATION_IDS and rule.operation not in set(
            TwilioOperation
        ):
            words = ", ".join(TwilioOperation)
            raise ValueError(
                f"no operation {rule.operation[:40]!r}; there are {words}, and "
                "Twilio's operationIds such as CreateService"
            )
        if rule.first < 1 or (rule.last is not None and rule.last < rule.first):
            raise ValueError(
                f"needs 1 <= first <= last, not first={rule.first}, last={rule.last}"
            )
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Take all rules away."""
        self.rules.clear()

    def hit(self, names: tuple[str, ...], to: str | None) -> list[Rule]:
        """
        Count a call; the rules that hit it.

        Args:
            names: What the operation is called.
            to: The address that it is about, where it has one.
        """
        return [rule for rule in self.rules if rule.meets(names, to)]


def known_error(code: int) -> Reason:
    """
    The reason behind a number of Twilio's.

    Raises:
        ValueError: The fake has none with that number.
    """
    reason = reason_for(code)
    if reason is None:
        known = ", ".join(str(c) for c in sorted({e.code for e in ERRORS.values()}))
        raise ValueError(f"the fake has no error {code}; it has {known}")
    return reason
