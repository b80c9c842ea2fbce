"""Whether a start may go through, by which rule not, and what it holds meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import frozen

from verify_core.errors import NotSent, Refused, Throttled, TooSoon
from verify_core.identifiers import Identifier
from verify_core.phone import InvalidPhoneNumber, PhoneNumber, PhoneReason, read_phone
from verify_core.verification import StartRequest

from .claims import Claim, Claims, Kind, Refuser
from .keys import Keys
from .ledger import Ledger
from .policy import GuardPolicy, Per
from .spend import Spend, units

NUMBERS: Final = "numbers"
COOL_DOWN: Final = "cool_down"
WRONG_CODES: Final = "wrong_codes"
SPEND: Final = "spend"

# By what the caller may do next: a person waits, an account waits, or nobody tries
# again, since a range that is used up looks like fraud.
_KINDS: Final[Mapping[Per, Kind]] = {
    Per.IDENTIFIER: TooSoon,
    Per.CLIENT_ADDRESS: TooSoon,
    Per.PREFIX: Refused,
    Per.CALLING_CODE: Throttled,
    Per.EVERYONE: Throttled,
}
_COOL_DOWN: Final = Refuser(rule=COOL_DOWN, kind=TooSoon, gives_back=True)
_WRONG_CODES: Final = Refuser(rule=WRONG_CODES, kind=TooSoon)
_SPEND: Final = Refuser(rule=SPEND, kind=Throttled)


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


# Refuser, who names whom it is for, beginning of the counter's name, seconds, limit.
_Budget: TypeAlias = tuple[
    Refuser, Callable[[StartRequest], str | None] | None, str, int, int
]


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
        self._budgets = tuple(_budgets(policy, keys))
        self._prices: dict[object, Claims] = {}

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
        claims = self._claims(request, who, wait)
        permit = Permit(who=who, begun_at=self._ledger.clock(), wait=wait)
        full = self._ledger.take(claims)
        if full is None:
            return permit
        key, _, limit, amount, refuser = claims[full]
        # What costs more than there ever is has nothing to wait for.
        left = self._ledger.remaining(key) if amount <= limit else None
        return Refusal(rule=refuser.rule, kind=refuser.kind, retry_after=left)

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
    ) -> list[Claim]:
        """What a start claims, the narrowest first."""
        claims: list[Claim] = []
        lock = self._policy.wrong_codes
        if lock is not None:
            seconds = _seconds(lock.window)
            claims.append((f"wrong:{who}", seconds, lock.limit, 0, _WRONG_CODES))
        if wait is not None:
            # Its window is the wait, and only who opens it may send.
            claims.append((f"waiting:{who}", _seconds(wait), 1, 1, _COOL_DOWN))
        for refuser, naming, prefix, seconds, starts in self._budgets:
            whose = who if naming is None else naming(request)
            if whose is not None:
                claims.append((prefix + whose, seconds, starts, 1, refuser))
        if self._policy.spend is not None:
            claims += self._purses(request, self._policy.spend)
        return claims

    def _purses(self, request: StartRequest, spend: Spend) -> Claims:
        """Whose money a start takes; worked out once of each price."""
        number = request.identifier
        code = number.calling_code if isinstance(number, PhoneNumber) else None
        kind = (code, request.channel, request.fallback_channels)
        purses = self._prices.get(kind)
        if purses is None:
            purses = self._prices[kind] = tuple(_purses(spend, request))
        return purses


def _budgets(policy: GuardPolicy, keys: Keys) -> Iterator[_Budget]:
    for budget in policy.budgets:
        per, seconds = budget.per, _seconds(budget.window)
        # An identifier is named once, whatever asks for it.
        naming = None if per is Per.IDENTIFIER else keys.naming(per)
        refuser = Refuser(rule=per.value, kind=_KINDS[per])
        yield refuser, naming, f"{per}:{seconds}:", seconds, budget.starts


def _purses(spend: Spend, request: StartRequest) -> Iterator[Claim]:
    cost = units(spend.cost(request))
    for limit in spend.limits if cost else ():
        seconds = _seconds(limit.window)
        key = f"{SPEND}:{spend.currency}:{seconds}"
        yield key, seconds, units(limit.amount), cost, _SPEND


def _seconds(window: timedelta) -> int:
    return int(window.total_seconds())
