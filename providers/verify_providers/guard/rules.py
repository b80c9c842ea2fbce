"""
Whether a start may go through, counted so that no two can share the last place.

First every counter is read, so that a start that cannot go through takes nothing from
any budget. Then each is raised and read in one operation, the narrowest first; whoever
raises it above the limit is refused. Between the two another start may have taken the
last place: this one is then refused too, and what it took from narrower budgets stays
taken. So a budget may be used up by a few starts too early in a race, and is never
exceeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import field, frozen

from verify_core.errors import NotSent, Refused, Throttled, TooSoon
from verify_core.identifiers import Identifier
from verify_core.phone import InvalidPhoneNumber, PhoneNumber, read_phone
from verify_core.verification import StartRequest

from .keys import Keys
from .ledger import Ledger
from .policy import GuardPolicy, Per
from .spend import units

NUMBERS: Final = "numbers"
COOL_DOWN: Final = "cool_down"
WRONG_CODES: Final = "wrong_codes"
SPEND: Final = "spend"

Kind: TypeAlias = type[TooSoon] | type[Throttled] | type[Refused]

# By what the caller may do next: a person waits, an account waits, or nobody tries
# again, since a range that is used up looks like fraud.
_KINDS: Final[dict[Per, Kind]] = {
    Per.IDENTIFIER: TooSoon,
    Per.CLIENT_ADDRESS: TooSoon,
    Per.PREFIX: Refused,
    Per.CALLING_CODE: Throttled,
    Per.EVERYONE: Throttled,
}


@frozen(kw_only=True)
class Refusal:
    """
    Why a start may not go through.

    Attributes:
        rule: The rule's name, as in `GuardEvent`.
        kind: The error that says so.
        retry_after: How long the rule will say the same, where it knows.
        reason: Of the numbers' rule, its reason.
    """

    rule: str
    kind: Kind
    retry_after: timedelta | None = None
    reason: str | None = None

    def error(self, provider: str) -> NotSent:
        """The refusal as an error."""
        message = f"the guard's rule {self.rule} refuses this start"
        if issubclass(self.kind, Refused):
            return self.kind(message, provider)
        return self.kind(message, provider, retry_after=self.retry_after)


@frozen(kw_only=True)
class Permit:
    """
    A start that may go through, and what it holds meanwhile.

    Attributes:
        identifier: Whose.
        begun_at: When it was permitted.
        wait: How long the identifier waits from then on, or None without a cool-down.
    """

    identifier: Identifier = field(repr=False)
    begun_at: datetime
    wait: timedelta | None = None


@frozen(kw_only=True)
class _Counter:
    """One counter that a start raises by `amount`, and may not raise above `limit`."""

    rule: str
    kind: Kind
    key: str
    window: timedelta
    limit: int
    amount: int = 1


@frozen(kw_only=True)
class Rules:
    """The rules of a policy, over counters."""

    policy: GuardPolicy
    keys: Keys
    ledger: Ledger

    def of_numbers(self, identifier: Identifier) -> Refusal | None:
        """The refusal of a number that the policy does not accept; needs no counter."""
        if self.policy.numbers is None or not isinstance(identifier, PhoneNumber):
            return None
        try:
            read_phone(identifier.e164, self.policy.numbers)
        except InvalidPhoneNumber as error:
            return Refusal(rule=NUMBERS, kind=Refused, reason=error.reason.value)
        return None

    def take(self, request: StartRequest) -> Refusal | Permit:
        """
        Take a start's place in every budget, or find the rule that refuses it.

        Raises:
            CountersLost: The counters cannot be reached; some may have been raised.
        """
        counters = list(self._counters(request))
        refusal = self._locked(request.identifier) or self._read(counters)
        if refusal is not None:
            return refusal
        begun_at = self.ledger.clock()
        waiting = self._cool_down(request.identifier)
        if isinstance(waiting, Refusal):
            return waiting
        permit = Permit(identifier=request.identifier, begun_at=begun_at, wait=waiting)
        for counter in counters:
            now_at = self.ledger.add(counter.key, counter.window, counter.amount)
            if now_at > counter.limit:
                self.give_back(permit)
                return self._refused(counter)
        return permit

    def sent(self, permit: Permit) -> None:
        """
        Remember that a message left, so that the next wait is longer.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        cool_down = self.policy.cool_down
        if permit.wait is not None and cool_down is not None:
            self.ledger.add(self._messages(permit.identifier), cool_down.forget)

    def give_back(self, permit: Permit) -> bool:
        """
        End the wait that a permit began, since no message left.

        Returns:
            Whether there was one to end. Late in the wait it is left alone: another's
            may have begun by the time it would be taken away.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        if permit.wait is None:
            return False
        if self.ledger.clock() - permit.begun_at >= permit.wait / 2:
            return False
        self.ledger.forget(self._waiting(permit.identifier))
        return True

    def guess(self, identifier: Identifier) -> bool:
        """
        Count a guess as wrong before it is made, so that no two share the last one.

        Returns:
            Whether it may be made.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        rule = self.policy.wrong_codes
        if rule is None:
            return True
        key = self._wrong(identifier)
        return self.ledger.add(key, rule.window) <= rule.limit

    def approved(self, identifier: Identifier) -> None:
        """
        Begin the waits and the wrong codes of an identifier again.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        if self.policy.wrong_codes is not None:
            self.ledger.forget(self._wrong(identifier))
        if self.policy.cool_down is not None:
            self.ledger.forget(self._messages(identifier))

    def _counters(self, request: StartRequest) -> Iterator[_Counter]:
        for budget in self.policy.budgets:
            whose = self.keys.of(budget.per, request)
            if whose is None:
                continue
            yield _Counter(
                rule=budget.per.value,
                kind=_KINDS[budget.per],
                key=f"{budget.per}:{_seconds(budget.window)}:{whose}",
                window=budget.window,
                limit=budget.starts,
            )
        spend = self.policy.spend
        cost = 0 if spend is None else units(spend.cost(request))
        if spend is None or not cost:
            return
        for limit in spend.limits:
            yield _Counter(
                rule=SPEND,
                kind=Throttled,
                key=f"{SPEND}:{spend.currency}:{_seconds(limit.window)}",
                window=limit.window,
                limit=units(limit.amount),
                amount=cost,
            )

    def _locked(self, identifier: Identifier) -> Refusal | None:
        rule = self.policy.wrong_codes
        if rule is None:
            return None
        key = self._wrong(identifier)
        if self.ledger.count(key) < rule.limit:
            return None
        return Refusal(
            rule=WRONG_CODES,
            kind=TooSoon,
            retry_after=self.ledger.remaining(key, rule.window),
        )

    def _read(self, counters: list[_Counter]) -> Refusal | None:
        for counter in counters:
            if self.ledger.count(counter.key) + counter.amount > counter.limit:
                return self._refused(counter)
        return None

    def _refused(self, counter: _Counter) -> Refusal:
        return Refusal(
            rule=counter.rule,
            kind=counter.kind,
            retry_after=self.ledger.remaining(counter.key, counter.window),
        )

    def _cool_down(self, identifier: Identifier) -> Refusal | timedelta | None:
        rule = self.policy.cool_down
        if rule is None:
            return None
        wait = rule.wait_after(self.ledger.count(self._messages(identifier)))
        key = self._waiting(identifier)
        # Its window is the wait, and only who opened it may send.
        if self.ledger.add(key, wait) == 1:
            return wait
        left = self.ledger.remaining(key, rule.steps[-1])
        return Refusal(rule=COOL_DOWN, kind=TooSoon, retry_after=left)

    def _waiting(self, identifier: Identifier) -> str:
        return f"waiting:{self.keys.of_identifier(identifier)}"

    def _messages(self, identifier: Identifier) -> str:
        return f"messages:{self.keys.of_identifier(identifier)}"

    def _wrong(self, identifier: Identifier) -> str:
        return f"wrong:{self.keys.of_identifier(identifier)}"


def _seconds(window: timedelta) -> int:
    return int(window.total_seconds())
