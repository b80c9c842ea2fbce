"""Let a call fail before the machine sees it: by an armed fault, or a magic number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from attrs import evolve, frozen

from ...kit._faults import ConnectionBroken
from ._commands import TwilioOperation, TwilioRefusal
from ._faults import TwilioFault, TwilioFaults
from ._lookup import LANDLINE, LookedUp
from ._numbers import MagicNumber, Trait, Traits
from ._rules import detail_for
from ._state import TwilioChannel

_Answered = TypeVar("_Answered")


@frozen(kw_only=True)
class FaultDispatch:
    """
    Decide for one machine whether a call fails.

    Attributes:
        faults: The rules that make calls fail.
        traits: What is true of numbers.
        magic: The numbers that always have the same effect.
    """

    faults: TwilioFaults
    traits: Traits
    magic: Mapping[str, MagicNumber]

    def trait_of(self, to: str) -> Trait | None:
        """What is true of a number here, set by a test or by magic."""
        magic = self.magic.get(to)
        return self.traits.numbers.get(to) or (magic.trait if magic else None)

    def shown_in(self, found: LookedUp) -> LookedUp:
        """What a lookup says, as the traits that a test has set would have it."""
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
        operation: TwilioOperation,
        to: str | None,
        act: Callable[[], _Answered],
        *,
        channel: TwilioChannel | None = None,
    ) -> _Answered | TwilioRefusal:
        """
        Do it, unless an armed fault, or else the number's magic, makes it fail.

        Args:
            operation: What is called.
            to: The address concerned, where one is known.
            act: Does it.
            channel: How a message would travel.

        Raises:
            ConnectionBroken: The fault or the number asks for it.
        """
        effect: TwilioFault | MagicNumber | None = self.faults.hit(
            operation, () if to is None else (to,)
        )
        if effect is None:
            effect = self.magic.get(to) if to is not None else None
            if effect is None or not effect.meets(operation, channel):
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
            detail=detail_for(effect.error, to),
            channel=channel,
            retry_after=effect.retry_after,
        )
