"""
Failures on purpose: by an armed rule, or by a number that always fails the same way.

A rule takes a reason or Twilio's number for one, such as 60203; a resend is a `start`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from attrs import evolve, field, frozen

from ...kit import _faults as faults
from ...kit._faults import Break, ConnectionBroken
from ._commands import TwilioCommand, TwilioRefusal
from ._errors import BY_CODE, Reason
from ._lookup import LANDLINE, LookedUp
from ._numbers import Trait, Traits, country_of
from ._state import TwilioChannel

_Answered = TypeVar("_Answered")


class TwilioFaults(faults.ArmedFaults[TwilioCommand, Reason]):
    """The armed rules of one machine."""

    def __init__(self) -> None:
        super().__init__(TwilioCommand, _reason_of)


def _reason_of(effect: Reason | int, _operation: TwilioCommand) -> Reason:
    reason = effect if isinstance(effect, Reason) else BY_CODE.get(effect)
    if reason is None:
        raise faults.unknown(effect, BY_CODE)
    return reason


@frozen
class MagicNumber:
    """
    A number that always has the same effect.

    Attributes:
        meaning: The effect in words.
        error: Why the operation is refused, if it is.
        broken: How the connection breaks, if it does.
        channels: The channels concerned; None is all of them.
    """

    number: str
    meaning: str
    error: Reason | None = None
    operation: TwilioCommand = field(default=TwilioCommand.START, kw_only=True)
    broken: Break | None = field(default=None, kw_only=True)
    trait: Trait | None = field(default=None, kw_only=True)
    channels: frozenset[TwilioChannel] | None = field(default=None, kw_only=True)

    def meets(self, operation: TwilioCommand, channel: TwilioChannel | None) -> bool:
        """Whether this operation over this channel has the number's effect."""
        if operation is not self.operation:
            return False
        return self.channels is None or channel in self.channels


# 500 555 0000 to 0199 is not given to subscribers, and 0001 to 0009 are where Twilio
# keeps the magic numbers of its messaging test credentials; where one of their effects
# exists here, it has the same number. Verify itself has none (see LIMITS.md).
# Source: Twilio, "Test credentials", read 2026-11-22.
_MAGIC_ROWS = (
    MagicNumber("+15005550001", "not a valid number", Reason.INVALID_TO),
    MagicNumber(
        "+15005550002", "accepted, but nothing ever arrives", trait=Trait.UNREACHABLE
    ),
    MagicNumber(
        "+15005550003",
        "in a country blocked by Geo Permissions",
        Reason.COUNTRY_BLOCKED,
    ),
    MagicNumber(
        "+15005550004", "under a prefix blocked by Fraud Guard", Reason.PREFIX_BLOCKED
    ),
    MagicNumber("+15005550005", "has had its five messages already", Reason.MAX_SENDS),
    MagicNumber("+15005550006", "works like any other number"),
    MagicNumber(
        "+15005550007",
        "its channel is switched off in the service",
        Reason.CHANNEL_DISABLED,
    ),
    MagicNumber("+15005550008", "many starts at once", Reason.CONCURRENT),
    MagicNumber(
        "+15005550009",
        "a landline that refuses SMS, whatever the service's switches",
        Reason.LANDLINE,
        trait=Trait.LANDLINE,
        channels=frozenset({TwilioChannel.SMS}),
    ),
    MagicNumber(
        "+15005550010", "over a rate limit of the service", Reason.TOO_MANY_REQUESTS
    ),
    MagicNumber("+15005550011", "Twilio is unavailable (503)", Reason.UNAVAILABLE),
    MagicNumber(
        "+15005550012", "not verified on a trial account", Reason.UNVERIFIED_ON_TRIAL
    ),
    MagicNumber("+15005550013", "the credentials are refused", Reason.UNAUTHENTICATED),
    MagicNumber("+15005550014", "Twilio fails inside (500)", Reason.INTERNAL),
    MagicNumber(
        "+15005550015",
        "blocked until Twilio has reviewed the account",
        Reason.ATTEMPT_BLOCKED,
    ),
    MagicNumber(
        "+15005550016",
        "the message is sent, and the answer lost",
        broken=Break.ANSWER_LOST,
    ),
    MagicNumber(
        "+15005550017",
        "the connection closes before anything is sent",
        broken=Break.HANG_UP,
    ),
    MagicNumber(
        "+15005550018",
        "starts, and every check finds the checks used up",
        Reason.MAX_CHECKS,
        operation=TwilioCommand.CHECK,
    ),
    MagicNumber(
        "+15005550019",
        "starts, and every check finds nothing",
        Reason.NOT_FOUND,
        operation=TwilioCommand.CHECK,
    ),
)

#: The magic numbers, by number.
MAGIC_NUMBERS: Mapping[str, MagicNumber] = {row.number: row for row in _MAGIC_ROWS}


@frozen(kw_only=True)
class FaultDispatch:
    """Decide for one machine whether a call fails before the machine sees it."""

    magic: Mapping[str, MagicNumber]
    faults: TwilioFaults = field(factory=TwilioFaults)
    traits: Traits = field(factory=Traits)

    def trait_of(self, to: str) -> Trait | None:
        """What is true of a number here, set by a test or by magic."""
        magic = self.magic.get(to)
        return self.traits.numbers.get(to) or (magic.trait if magic else None)

    def shown_in(self, found: LookedUp) -> LookedUp:
        """Apply the traits that a test has set to what a lookup found."""
        if not found.valid:
            return found
        trait = self.trait_of(found.number)
        return evolve(
            found,
            line_type=LANDLINE if trait is Trait.LANDLINE else found.line_type,
            reachable=trait is not Trait.UNREACHABLE,
            blocked=self.traits.blocked_prefix_of(found.number) is not None,
        )

    def unless_failing(
        self,
        operation: TwilioCommand,
        to: str | None,
        act: Callable[[], _Answered],
        *,
        channel: TwilioChannel | None = None,
    ) -> _Answered | TwilioRefusal:
        """
        Call `act`, unless an armed fault, or else the number's magic, makes it fail.

        Raises:
            ConnectionBroken: The fault or the number asks for it.
        """
        armed = self.faults.hit(operation, () if to is None else (to,))
        effect = armed or self._magic_effect(operation, to, channel)
        if effect is None:
            return act()
        if effect.broken is not None:
            broken = ConnectionBroken(effect.broken)
            if broken.processed:
                act()
            raise broken
        if effect.error is None:
            return act()
        return TwilioRefusal(
            reason=effect.error,
            detail=_detail_for(effect.error, to),
            channel=channel,
            retry_after=armed.retry_after if armed else None,
        )

    def _magic_effect(
        self,
        operation: TwilioCommand,
        to: str | None,
        channel: TwilioChannel | None,
    ) -> MagicNumber | None:
        magic = self.magic.get(to) if to is not None else None
        return magic if magic and magic.meets(operation, channel) else None


def _detail_for(reason: Reason, to: str | None) -> str:
    """What the message of a refusal on purpose names."""
    if to is None:
        return ""
    if reason is Reason.INVALID_TO:
        return to
    if reason is Reason.INVALID_PARAMETER:
        return "To"
    if reason is Reason.PREFIX_BLOCKED:
        return to[:5]
    if reason is Reason.COUNTRY_BLOCKED:
        return country_of(to) or ""
    return ""
