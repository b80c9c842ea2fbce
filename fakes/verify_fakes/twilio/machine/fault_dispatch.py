"""What becomes of a call before the machine looks at it: faults and magic numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from attrs import evolve, frozen

from ...kit.breaks import ConnectionBroken
from .commands import Operation, Refused
from .faults import Fault, Faults
from .lookup import LANDLINE, LookedUp
from .numbers import MagicNumber, Trait, Traits
from .rules import detail_for
from .state import Channel

_Answered = TypeVar("_Answered")


@frozen(kw_only=True)
class Fates:
    """
    The fates of one machine.

    Attributes:
        faults: The rules that make calls fail.
        traits: What is true of numbers.
        magic: The numbers that always have the same fate.
    """

    faults: Faults
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
        operation: Operation,
        to: str | None,
        act: Callable[[], _Answered],
        *,
        channel: Channel | None = None,
    ) -> _Answered | Refused:
        """
        Do it, unless an armed fault, or else the number's magic, has other plans.

        Args:
            operation: What is called.
            to: The address concerned, where one is known.
            act: Does it.
            channel: How a message would travel.

        Raises:
            ConnectionBroken: The fate asks for it.
        """
        fate: Fault | MagicNumber | None = self.faults.hit(
            operation, () if to is None else (to,)
        )
        if fate is None:
            fate = self.magic.get(to) if to is not None else None
            if fate is None or not fate.meets(operation, channel):
                return act()
        if fate.broken is not None:
            broken = ConnectionBroken(fate.broken)
            if broken.processed:
                act()
            raise broken
        if fate.error is None:
            return act()
        return Refused(
            reason=fate.error,
            detail=detail_for(fate.error, to),
            channel=channel,
            retry_after=fate.retry_after,
        )
