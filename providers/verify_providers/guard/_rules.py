"""
Whether a start or a guess may go through, and what it holds meanwhile.

What asks the counters is a conversation.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

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
from ._names import CounterNames
from ._policy import GuardPolicy, Per
from ._spend import Spend, units
from ._storages import CounterUpdate, ErrorKind, Rule

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
        reason: Of the numbers' rule, its reason.
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
    A start that may go through, and what it holds meanwhile.

    Attributes:
        who: Whose, hashed.
        begun_at: When it was permitted.
        wait: The wait that it began, or None without a cool-down.
    """

    who: str
    begun_at: datetime
    wait: CounterUpdate | None = None


@frozen(kw_only=True)
class Guess:
    """
    A code that may be tried; it counts as wrong until the provider says otherwise.

    Attributes:
        begun_at: When it was permitted.
        counted: How it was counted.
    """

    begun_at: datetime
    counted: CounterUpdate


@frozen(kw_only=True)
class _CountedBudget:
    """A budget as it is counted; `whose` is None where it is the identifier's."""

    rule: Rule
    whose: Callable[[StartRequest], str | None] | None
    prefix: str
    window_s: int
    starts: int


class Rules:
    """
    The rules of a policy, over counters.

    Args:
        policy: The policy.
        names: Names the counters.
        counters: Keeps them.
        draw: Draws a whole number of so many bits.
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
        self._budgets = tuple(_counted(policy, names))
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

        Raises:
            CountersLost: The counters cannot be reached. Some budgets may have been
                raised; no wait has begun.
        """
        who = self._names.of_identifier(request.identifier)
        wait = yield from self._wait(who)
        permit = Permit(who=who, begun_at=self._counters.clock(), wait=wait)
        updates = self._updates(request, who, wait)
        full = yield from self._counters.take(updates)
        if full is None:
            return permit
        # Waiting does not help a start that costs more than the whole limit.
        if full.amount > full.limit:
            return Refusal(rule=full.rule)
        left = yield from self._counters.remaining(full.name)
        return Refusal(rule=full.rule, retry_after=left)

    def sent(self, permit: Permit) -> CallConversation[None]:
        """
        Remember that a message left, so that the next wait is longer.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        rule = self._policy.cool_down
        if rule is not None:
            name = f"messages:{permit.who}"
            yield from self._counters.note(name, _seconds(rule.forget))

    def give_back(self, permit: Permit) -> CallConversation[bool]:
        """
        End the wait that a permit began, since no message left.

        Returns:
            Whether that ended a wait now. Where the counters are lost, it is ended when
            they are back.
        """
        if permit.wait is None:
            return False
        return (yield from self._counters.take_back(permit.wait, permit.begun_at))

    def guess(self, identifier: Identifier) -> CallConversation[Guess | Refusal | None]:
        """
        Count a guess as wrong before it is made, so that no two share the last one.

        Returns:
            The guess, to be taken back unless it is wrong; a refusal where too many
            were; None where no rule counts them.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        rule = self._policy.wrong_codes
        if rule is None:
            return None
        who = self._names.of_identifier(identifier)
        update = CounterUpdate(
            f"wrong:{who}", _seconds(rule.window), rule.limit, 1, WRONG_CODES
        )
        guess = Guess(begun_at=self._counters.clock(), counted=update)
        full = yield from self._counters.take([update])
        return guess if full is None else Refusal(rule=WRONG_CODES)

    def not_wrong(self, guess: Guess) -> CallConversation[bool]:
        """Take a guess back that the provider did not call wrong."""
        return self._counters.take_back(guess.counted, guess.begun_at)

    def approved(self, identifier: Identifier) -> CallConversation[None]:
        """
        Begin the waits and the wrong codes of an identifier again.

        Raises:
            CountersLost: The counters cannot be reached.
        """
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
        wait = rule.wait_after(messages)
        # Its window is the wait, and only who opens it may send: the amount is the
        # limit, and another one for each start, by which its own wait is known again.
        ticket = 1 + self._draw(_TICKET_BITS)
        return CounterUpdate(
            f"waiting:{who}", _seconds(wait), ticket, ticket, COOL_DOWN
        )

    def _updates(
        self, request: StartRequest, who: str, wait: CounterUpdate | None
    ) -> list[CounterUpdate]:
        """List what a start asks of the counters, the narrowest first."""
        updates: list[CounterUpdate] = []
        lock = self._policy.wrong_codes
        if lock is not None:
            updates.append(
                CounterUpdate(
                    f"wrong:{who}", _seconds(lock.window), lock.limit, 0, WRONG_CODES
                )
            )
        if wait is not None:
            updates.append(wait)
        for each in self._budgets:
            whose = who if each.whose is None else each.whose(request)
            if whose is not None:
                name = each.prefix + whose
                updates.append(
                    CounterUpdate(name, each.window_s, each.starts, 1, each.rule)
                )
        if self._policy.spend is not None:
            updates += self._costs(request, self._policy.spend)
        return updates

    def _costs(self, request: StartRequest, spend: Spend) -> Sequence[CounterUpdate]:
        """Return what a start takes of the money; worked out once for each price."""
        number = request.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        kind = (code, request.channel, request.fallback_channels)
        costs = self._prices.get(kind)
        if costs is None:
            costs = self._prices[kind] = tuple(_costs(spend, request))
        return costs


def _counted(policy: GuardPolicy, names: CounterNames) -> Iterator[_CountedBudget]:
    for budget in policy.budgets:
        per, seconds = budget.per, _seconds(budget.window)
        yield _CountedBudget(
            rule=Rule(name=per.value, error=_ERRORS[per]),
            # An identifier is named once, whatever asks for it.
            whose=None if per is Per.IDENTIFIER else names.naming(per),
            prefix=f"{per}:{seconds}:",
            window_s=seconds,
            starts=budget.starts,
        )


def _costs(spend: Spend, request: StartRequest) -> Iterator[CounterUpdate]:
    cost = units(spend.cost(request))
    for limit in spend.limits if cost else ():
        seconds = _seconds(limit.window)
        name = f"spend:{spend.currency}:{seconds}"
        yield CounterUpdate(name, seconds, units(limit.amount), cost, SPEND)


def _seconds(window: timedelta) -> int:
    return int(window.total_seconds())
