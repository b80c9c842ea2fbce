"""Whether a start or a guess may go through; asking the counters is a conversation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import frozen

from verify_core.errors import (
    InvalidPhoneNumber,
    NotSent,
    PhoneReason,
    Refused,
    Throttled,
    TooSoon,
)
from verify_core.identifiers import Identifier
from verify_core.phone import PhoneNumber, read_phone
from verify_core.verification import StartRequest

from ..conversations import CallConversation
from ._counters import Counters
from ._memory import CounterUpdate, ErrorKind, Rule
from ._names import CounterNames
from ._policy import Budget, GuardPolicy, Per, WrongCodes
from ._spend import Spend, units

NUMBERS = Rule(name="numbers", error=Refused)
WRONG_CODES = Rule(name="wrong_codes", error=TooSoon, gives_back=True)
COOL_DOWN = Rule(name="cool_down", error=TooSoon, gives_back=True)
SPEND = Rule(name="spend", error=Throttled)

# By what the caller may do next: a person waits, an account waits, or the range is
# closed, since one that is used up looks like fraud.
_ERRORS: Mapping[Per, ErrorKind] = {
    Per.IDENTIFIER: TooSoon,
    Per.CLIENT_ADDRESS: TooSoon,
    Per.PREFIX: Refused,
    Per.CALLING_CODE: Throttled,
    Per.EVERYONE: Throttled,
}
_TICKET_BITS = 31


@frozen(kw_only=True)
class Refusal:
    """
    Why a start may not go through.

    Attributes:
        rule: The rule that refuses.
        retry_after: How long the rule will say the same, where it knows.
        reason: Of the rule `numbers`, which rule of the phone policy.
    """

    rule: Rule
    retry_after: timedelta | None = None
    reason: str | None = None

    def error(self, provider: str) -> NotSent:
        """Return the refusal as an error."""
        message = f"the guard's rule {self.rule.name} refuses this start"
        if issubclass(self.rule.error, Refused):
            return self.rule.error(message, provider)
        return self.rule.error(message, provider, retry_after=self.retry_after)


@frozen(kw_only=True)
class Permit:
    """
    A start or a guess that may go through.

    Attributes:
        who: The identifier, hashed.
        begun_at: When it was permitted.
        held: What is given back where nothing comes of it: the cool-down of a start, a
            guess, which counts as wrong until the provider says otherwise; or None.
    """

    who: str
    begun_at: datetime
    held: CounterUpdate | None = None


_UpdateOf: TypeAlias = Callable[[StartRequest, str], CounterUpdate | None]
"""From a start and its identifier, hashed, to how a budget counts it, if it does."""


class Rules:
    """
    The rules of a policy, over counters.

    Every conversation but `give_back` raises `CountersLost` where the counters cannot
    be reached.
    """

    def __init__(
        self,
        policy: GuardPolicy,
        names: CounterNames,
        counters: Counters,
        *,
        draw: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._policy = policy
        self._names = names
        self._counters = counters
        self._draw = draw
        # Every start reads these, so they are made once.
        self._budgets = tuple(_counting(each, names) for each in policy.budgets)
        self._prices: dict[object, Sequence[CounterUpdate]] = {}

    def of_numbers(self, identifier: Identifier) -> Refusal | None:
        """Return the refusal of a number outside the policy; needs no counter."""
        numbers = self._policy.numbers
        if numbers is None or not isinstance(identifier, PhoneNumber):
            return None
        codes = numbers.allowed_calling_codes
        if codes is not None and identifier.calling_code not in codes:
            # The commonest refusal; reading the number costs a hundred times as much.
            reason = PhoneReason.NOT_ALLOWED_CALLING_CODE
            return Refusal(rule=NUMBERS, reason=reason.value)
        try:
            read_phone(identifier.e164, numbers)
        except InvalidPhoneNumber as error:
            return Refusal(rule=NUMBERS, reason=error.reason.value)
        return None

    def take(self, request: StartRequest) -> CallConversation[Refusal | Permit]:
        """
        Take a start's place in every budget, or find the rule that refuses it.

        Where the counters are lost, some budgets may have been raised; no wait has
        begun.
        """
        who = self._names.of_identifier(request.identifier)
        wait = yield from self._wait(who)
        permit = Permit(who=who, begun_at=self._counters.clock(), held=wait)
        full = yield from self._counters.take(self._updates(request, who, wait))
        if full is None:
            return permit
        # Waiting does not help a start that costs more than the whole limit.
        if full.amount > full.limit:
            return Refusal(rule=full.rule)
        left = yield from self._counters.remaining(full.name)
        return Refusal(rule=full.rule, retry_after=left)

    def sent(self, permit: Permit) -> CallConversation[None]:
        """Count a message that left, so that the next wait is longer."""
        rule = self._policy.cool_down
        if rule is not None:
            name = f"messages:{permit.who}"
            yield from self._counters.add(name, _seconds(rule.forget), tidies=True)

    def give_back(self, permit: Permit) -> CallConversation[bool]:
        """
        Take out what a permit holds: no message left, or the code was not wrong.

        Returns:
            Whether it was taken out now. Where the counters are lost, it is when they
            are back.
        """
        if permit.held is None:
            return False
        return (yield from self._counters.take_back(permit.held, permit.begun_at))

    def guess(
        self, identifier: Identifier
    ) -> CallConversation[Permit | Refusal | None]:
        """
        Count a guess as wrong before it is made, so that no two share the last one.

        Returns:
            The permit, to be given back unless the code is wrong; a refusal after too
            many wrong codes; None where no rule counts them.
        """
        if self._policy.wrong_codes is None:
            return None
        who = self._names.of_identifier(identifier)
        update = _wrong(self._policy.wrong_codes, who, 1)
        permit = Permit(who=who, begun_at=self._counters.clock(), held=update)
        full = yield from self._counters.take([update])
        return permit if full is None else Refusal(rule=WRONG_CODES)

    def approved(self, identifier: Identifier) -> CallConversation[None]:
        """Begin the waits and the wrong codes of an identifier again."""
        who = self._names.of_identifier(identifier)
        if self._policy.wrong_codes is not None:
            yield from self._counters.forget(f"wrong:{who}")
        if self._policy.cool_down is not None:
            yield from self._counters.forget(f"messages:{who}")

    def _wait(self, who: str) -> CallConversation[CounterUpdate | None]:
        rule = self._policy.cool_down
        if rule is None:
            return None
        messages = yield from self._counters.count(f"messages:{who}")
        seconds = _seconds(rule.wait_after(messages))
        # Its window is the wait, and only who opens it may send: the amount is the
        # limit, and another one for each start, by which its own wait is known again.
        ticket = 1 + self._draw(_TICKET_BITS)
        return CounterUpdate(f"waiting:{who}", seconds, ticket, ticket, COOL_DOWN)

    def _updates(
        self, request: StartRequest, who: str, wait: CounterUpdate | None
    ) -> list[CounterUpdate]:
        """List the counters that a start changes, the narrowest first."""
        updates: list[CounterUpdate] = []
        if self._policy.wrong_codes is not None:
            updates.append(_wrong(self._policy.wrong_codes, who, 0))
        if wait is not None:
            updates.append(wait)
        for budget in self._budgets:
            update = budget(request, who)
            if update is not None:
                updates.append(update)
        if self._policy.spend is not None:
            updates += self._costs(request, self._policy.spend)
        return updates

    def _costs(self, request: StartRequest, spend: Spend) -> Sequence[CounterUpdate]:
        """Return how a start changes the spend; worked out once for each price."""
        number = request.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        kind = (code, request.channel, request.fallback_channels)
        costs = self._prices.get(kind)
        if costs is None:
            costs = self._prices[kind] = tuple(_costs(spend, request))
        return costs


def _counting(budget: Budget, names: CounterNames) -> _UpdateOf:
    per, seconds = budget.per, _seconds(budget.window)
    rule = Rule(name=per.value, error=_ERRORS[per])
    naming = names.naming(per)

    def update_of(request: StartRequest, who: str) -> CounterUpdate | None:
        # An identifier is hashed once for all rules.
        name = who if per is Per.IDENTIFIER else naming(request)
        if name is None:
            return None
        return CounterUpdate(f"{per}:{seconds}:{name}", seconds, budget.starts, 1, rule)

    return update_of


def _wrong(rule: WrongCodes, who: str, amount: int) -> CounterUpdate:
    seconds = _seconds(rule.window)
    return CounterUpdate(f"wrong:{who}", seconds, rule.limit, amount, WRONG_CODES)


def _costs(spend: Spend, request: StartRequest) -> Iterator[CounterUpdate]:
    cost = units(spend.cost(request))
    for limit in spend.limits if cost else ():
        seconds = _seconds(limit.window)
        name = f"spend:{spend.currency}:{seconds}"
        yield CounterUpdate(name, seconds, units(limit.amount), cost, SPEND)


def _seconds(window: timedelta) -> int:
    return int(window.total_seconds())
