"""
Whether a start or a guess may go through; asking the counters is a conversation.

Counters have names that show no phone number and no address: a reader of the store sees
keyed hashes. Without a key, all phone numbers of a country could be tried in seconds.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import frozen

from verify_core.errors import (
    InvalidPhoneNumber,
    InvalidSetting,
    NotSent,
    PhoneReason,
    Refused,
    Throttled,
    TooSoon,
)
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret
from verify_core.phone import PhoneNumber, read_phone
from verify_core.verification import StartRequest, VerificationRef

from ..conversations import CallConversation
from ._counters import Counters
from ._memory import CounterUpdate, ErrorKind, Rule
from ._policy import (
    Budget,
    Conversion,
    GuardPolicy,
    Mode,
    Per,
    Spend,
    WrongCodes,
    units,
)

NUMBERS = Rule(name="numbers", error=Refused)
WRONG_CODES = Rule(name="wrong_codes", error=TooSoon, gives_back=True)
COOL_DOWN = Rule(name="cool_down", error=TooSoon, gives_back=True)
SPEND = Rule(name="spend", error=Throttled)
CONVERSION = Rule(name="conversion", error=Refused)

# Messages and approvals share a counter, so that they share its window.
_APPROVAL = 1 << 26

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
_LEAST_PEPPER = 16
_DIGEST_OCTETS = 16
_CUSTOMER_BITS = 64
"""What an IPv6 customer is given at least. Source: RFC 6177, section 2."""


@frozen(kw_only=True)
class Refusal:
    """
    Why a start may not go through.

    Attributes:
        rule: The rule that refuses.
        retry_after: How long the rule will say the same, where it knows.
        reason: Of the rule `numbers`, which rule of the phone policy; of `conversion`,
            what was counted.
        only_records: Whether the rule itself refuses nothing.
    """

    rule: Rule
    retry_after: timedelta | None = None
    reason: str | None = None
    only_records: bool = False

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


class CounterNames:
    """
    Names the counters of a policy.

    The pepper is the key of all hashes, the same on all machines that count together.

    Raises:
        InvalidSetting: The pepper is too short.
    """

    def __init__(self, policy: GuardPolicy, pepper: Secret) -> None:
        key = pepper.reveal()
        if len(key) < _LEAST_PEPPER:
            raise InvalidSetting("pepper", f"takes at least {_LEAST_PEPPER} characters")
        # Keyed BLAKE2 is a MAC (RFC 7693) in a third of HMAC's time; its key is short.
        short = hashlib.sha256(key.encode()).digest()
        self._keyed = hashlib.blake2b(key=short, digest_size=_DIGEST_OCTETS)
        self._prefix_digits = policy.prefix_digits
        self._folded = frozenset(policy.fold_subaddresses)

    def _digest(self, *parts: str) -> str:
        keyed = self._keyed.copy()
        keyed.update("\0".join(parts).encode())
        return keyed.hexdigest()

    def of_identifier(self, identifier: Identifier) -> str:
        """Hash a person, whatever the case in which an address is written."""
        person = identifier.value.casefold()
        if self._folded and isinstance(identifier, EmailAddress):
            person = self._mailbox(person)
        return self._digest("identifier", person)

    def naming(self, per: Per) -> Callable[[StartRequest], str | None]:
        """Return what names the starts that add up; None names no counter."""
        return {
            Per.CLIENT_ADDRESS: self._customer,
            Per.PREFIX: self.of_prefix,
            Per.CALLING_CODE: calling_code_of,
            Per.EVERYONE: lambda _request: "all",
        }[per]

    def _mailbox(self, address: str) -> str:
        """Drop the subaddress where the domain delivers to the user before it."""
        local, _, domain = address.rpartition("@")
        user = local.partition("+")[0]
        return f"{user}@{domain}" if user and domain in self._folded else address

    def _customer(self, request: StartRequest) -> str | None:
        address = request.client_address
        return None if address is None else self._digest("customer", customer(address))

    def of_prefix(self, about: StartRequest | VerificationRef) -> str | None:
        """Hash the range of a phone number."""
        number = about.identifier
        if not isinstance(number, PhoneNumber):
            return None
        # A number of a very short plan keeps its calling code and one digit.
        least = len(f"+{number.calling_code}") + 1
        kept = max(len(number.e164) - self._prefix_digits, least)
        return self._digest("prefix", number.e164[:kept])


def calling_code_of(about: StartRequest | VerificationRef) -> str | None:
    """Name the counter of a calling code."""
    number = about.identifier
    return str(number.calling_code) if isinstance(number, PhoneNumber) else None


def customer(address: str) -> str:
    """Return the network of one customer: the IPv4 address, or the /64 of an IPv6."""
    if ":" not in address:
        return address  # a request takes one spelling of an IPv4 address only
    found = ipaddress.IPv6Address(address)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - _CUSTOMER_BITS):x}/{_CUSTOMER_BITS}"


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
    ) -> None:
        self._policy = policy
        self._names = names
        self._counters = counters
        # Every start reads these, so they are made once.
        self._budgets = tuple(_counting(each, names) for each in policy.budgets)
        self._conversions = [
            (each, names.of_prefix if each.per is Per.PREFIX else calling_code_of)
            for each in policy.conversion
        ]
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

    def of_ranges(self, request: StartRequest) -> CallConversation[Refusal | None]:
        """Return the refusal of a range with too few approvals; one that refuses."""
        found = None
        for rule, name in self._ranges(request):
            value = yield from self._counters.count(name)
            approved, sent = divmod(value, _APPROVAL)
            if sent >= rule.starts and approved * 100 < rule.percent * sent:
                found = Refusal(
                    rule=CONVERSION,
                    reason=f"{approved} of {sent} approved, per {rule.per}",
                    only_records=rule.mode is Mode.RECORD,
                )
                if not found.only_records:
                    break
        return found

    def sent(
        self, permit: Permit | None, request: StartRequest
    ) -> CallConversation[None]:
        """Count a message that left: for the next wait, and for its range."""
        rule = self._policy.cool_down
        if rule is not None and permit is not None:
            name = f"messages:{permit.who}"
            yield from self._counters.add(name, _seconds(rule.forget), tidies=True)
        for each, name in self._ranges(request):
            yield from self._counters.add(name, _seconds(each.window), tidies=True)

    def give_back(self, permit: Permit) -> CallConversation[bool]:
        """
        Take out what a permit holds: no message left, or the code was not wrong.

        Returns whether it was taken out now; if not, it is when the counters are back.
        """
        if permit.held is None:
            return False
        return (yield from self._counters.take_back(permit.held, permit.begun_at))

    def guess(
        self, identifier: Identifier
    ) -> CallConversation[Permit | Refusal | None]:
        """
        Count a guess as wrong before it is made, so that no two share the last one.

        Returns a permit, to be given back unless the code is wrong; a refusal after too
        many wrong codes; None where no rule counts them.
        """
        if self._policy.wrong_codes is None:
            return None
        who = self._names.of_identifier(identifier)
        update = _wrong(self._policy.wrong_codes, who, 1)
        permit = Permit(who=who, begun_at=self._counters.clock(), held=update)
        full = yield from self._counters.take([update])
        return permit if full is None else Refusal(rule=WRONG_CODES)

    def approved(self, ref: VerificationRef) -> CallConversation[None]:
        """Begin an identifier's waits and wrong codes again; count for its range."""
        who = self._names.of_identifier(ref.identifier)
        if self._policy.wrong_codes is not None:
            yield from self._counters.forget(f"wrong:{who}")
        if self._policy.cool_down is not None:
            yield from self._counters.forget(f"messages:{who}")
        for each, name in self._ranges(ref):
            window = _seconds(each.window)
            yield from self._counters.add(name, window, _APPROVAL, tidies=True)

    def _ranges(
        self, about: StartRequest | VerificationRef
    ) -> Iterator[tuple[Conversion, str]]:
        """The rules of conversion, each with its counter for this number."""
        for rule, naming in self._conversions:
            name = naming(about)
            if name is not None:
                yield rule, f"conversion:{rule.per}:{_seconds(rule.window)}:{name}"

    def _wait(self, who: str) -> CallConversation[CounterUpdate | None]:
        rule = self._policy.cool_down
        if rule is None:
            return None
        messages = yield from self._counters.count(f"messages:{who}")
        seconds = _seconds(rule.wait_after(messages))
        # Its window is the wait, and only who opens it may send: the amount is the
        # limit, and another one for each start, by which its own wait is known again.
        ticket = 1 + secrets.randbits(_TICKET_BITS)
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
    per, seconds, starts = budget.per, _seconds(budget.window), budget.starts
    rule = Rule(name=per.value, error=_ERRORS[per])
    prefix = f"{per}:{seconds}:"
    # An identifier is hashed once for all rules.
    naming = None if per is Per.IDENTIFIER else names.naming(per)

    def update_of(request: StartRequest, who: str) -> CounterUpdate | None:
        name = who if naming is None else naming(request)
        if name is None:
            return None
        return CounterUpdate(prefix + name, seconds, starts, 1, rule)

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
