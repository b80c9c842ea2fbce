"""Whether a start may go through, by which rule not, and what it holds meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import frozen

from verify_core.errors import NotSent, Refused, Throttled, TooSoon
from verify_core.identifiers import Identifier
from verify_core.phone import InvalidPhoneNumber, PhoneNumber, PhoneReason, read_phone
from verify_core.verification import StartRequest

from .claims import Claim
from .keys import Keys
from .ledger import Ledger
from .policy import GuardPolicy, Per
from .spend import Spend, units

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
        who: Whose, hashed.
        begun_at: When it was permitted.
        wait: How long the identifier waits from then on, or None without a cool-down.
    """

    who: str
    begun_at: datetime
    wait: timedelta | None = None


# Refuser, whose, beginning of the counter's name, seconds of its window, limit.
_Budget: TypeAlias = tuple[tuple[str, Kind], Per, str, int, int]


class Rules:
    """
    The rules of a policy, over counters.

    Args:
        policy: The policy.
        keys: Names the counters.
        ledger: Keeps them.
    """

    def __init__(self, policy: GuardPolicy, keys: Keys, ledger: Ledger) -> None:
        self._policy = policy
        self._keys = keys
        self._ledger = ledger
        # Every start reads these, so they are made once.
        self._budgets = tuple(_budgets(policy))
        self._purses = tuple(_purses(policy.spend))
        self._costs: dict[object, int] = {}

    def of_numbers(self, identifier: Identifier) -> Refusal | None:
        """The refusal of a number that the policy does not accept; needs no counter."""
        numbers = self._policy.numbers
        if numbers is None or not isinstance(identifier, PhoneNumber):
            return None
        codes = numbers.allowed_calling_codes
        if codes is not None and identifier.calling_code not in codes:
            # The commonest refusal; reading the number costs a hundred times as much.
            reason = PhoneReason.NOT_ALLOWED_CALLING_CODE
            return Refusal(rule=NUMBERS, kind=Refused, reason=reason.value)
        try:
            read_phone(identifier.e164, numbers)
        except InvalidPhoneNumber as error:
            return Refusal(rule=NUMBERS, kind=Refused, reason=error.reason.value)
        return None

    def take(self, request: StartRequest) -> Refusal | Permit:
        """
        Take a start's place in every budget, or find the rule that refuses it.

        Raises:
            CountersLost: The counters cannot be reached; some may have been raised.
        """
        who = self._keys.of_identifier(request.identifier)
        wait = self._wait(who)
        claims = list(self._claims(request, who, wait))
        permit = Permit(who=who, begun_at=self._ledger.clock(), wait=wait)
        full = self._ledger.take([claim for _, claim in claims])
        if full is None:
            return permit
        (rule, kind), claim = claims[full]
        left = self._ledger.remaining(claim.key)
        return Refusal(rule=rule, kind=kind, retry_after=left)

    def sent(self, permit: Permit) -> None:
        """
        Remember that a message left, so that the next wait is longer.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        if self._policy.cool_down is not None:
            self._ledger.add(f"messages:{permit.who}", self._policy.cool_down.forget)

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
        if self._ledger.clock() - permit.begun_at >= permit.wait / 2:
            return False
        self._ledger.forget(f"waiting:{permit.who}")
        return True

    def guess(self, identifier: Identifier) -> bool:
        """
        Count a guess as wrong before it is made, so that no two share the last one.

        Returns:
            Whether it may be made.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        rule = self._policy.wrong_codes
        if rule is None:
            return True
        key = f"wrong:{self._keys.of_identifier(identifier)}"
        return self._ledger.add(key, rule.window) <= rule.limit

    def approved(self, identifier: Identifier) -> None:
        """
        Begin the waits and the wrong codes of an identifier again.

        Raises:
            CountersLost: The counters cannot be reached.
        """
        who = self._keys.of_identifier(identifier)
        if self._policy.wrong_codes is not None:
            self._ledger.forget(f"wrong:{who}")
        if self._policy.cool_down is not None:
            self._ledger.forget(f"messages:{who}")

    def _wait(self, who: str) -> timedelta | None:
        rule = self._policy.cool_down
        if rule is None:
            return None
        return rule.wait_after(self._ledger.count(f"messages:{who}"))

    def _claims(
        self, request: StartRequest, who: str, wait: timedelta | None
    ) -> Iterator[tuple[tuple[str, Kind], Claim]]:
        """What a start claims and who refuses it, the narrowest first."""
        lock = self._policy.wrong_codes
        if lock is not None:
            claim = Claim(f"wrong:{who}", _seconds(lock.window), lock.limit, amount=0)
            yield (WRONG_CODES, TooSoon), claim
        if wait is not None:
            # Its window is the wait, and only who opens it may send.
            claim = Claim(f"waiting:{who}", _seconds(wait), 1, given_back=True)
            yield (COOL_DOWN, TooSoon), claim
        for refuser, per, prefix, seconds, starts in self._budgets:
            whose = who if per is Per.IDENTIFIER else self._keys.of(per, request)
            if whose is not None:
                yield refuser, Claim(prefix + whose, seconds, starts)
        cost = self._cost(request)
        if cost:
            for key, seconds, limit in self._purses:
                yield (SPEND, Throttled), Claim(key, seconds, limit, cost)

    def _cost(self, request: StartRequest) -> int:
        """What a start may cost, in the least units; worked out once of each kind."""
        spend = self._policy.spend
        if spend is None:
            return 0
        number = request.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        kind = (code, request.channel, request.fallback_channels)
        cost = self._costs.get(kind)
        if cost is None:
            cost = self._costs[kind] = units(spend.cost(request))
        return cost


def _budgets(policy: GuardPolicy) -> Iterator[_Budget]:
    for budget in policy.budgets:
        seconds = _seconds(budget.window)
        refuser = (budget.per.value, _KINDS[budget.per])
        prefix = f"{budget.per}:{seconds}:"
        yield refuser, budget.per, prefix, seconds, budget.starts


def _purses(spend: Spend | None) -> Iterator[tuple[str, int, int]]:
    if spend is None:
        return
    for limit in spend.limits:
        seconds = _seconds(limit.window)
        yield f"{SPEND}:{spend.currency}:{seconds}", seconds, units(limit.amount)


def _seconds(window: timedelta) -> int:
    return int(window.total_seconds())
