"""
What a case needs of a provider under test: the provider and a side door.

The side door is what a person has and the provider's caller has not: the message that
arrived. Clock and faults are optional; cases that need one that is missing are skipped
and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

from attrs import field, frozen

from verify_core.channels import Channel, IdentifierKind, read_channel
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret, to_secret
from verify_core.phone import PhoneNumber, PhonePolicy, read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest

from .claims import fail, require


@frozen(kw_only=True)
class SeenMessage:
    """
    A message as the person saw it.

    Attributes:
        code: The code in it.
        channel: How it came.
    """

    code: Secret = field(converter=to_secret)
    channel: Channel = field(converter=read_channel)


def _example_phones() -> tuple[PhoneNumber, ...]:
    # Both from ranges set apart for fiction: nobody is reached by mistake.
    policy = PhonePolicy()
    return tuple(read_phone(text, policy) for text in _FICTION)


_FICTION = ("+1 555 323 1234", "+44 7700 900123")


def _example_addresses() -> tuple[EmailAddress, ...]:
    return EmailAddress("person@example.org"), EmailAddress("another@example.org")


@frozen(kw_only=True)
class Bench:
    """
    One provider in a world of its own, and the side door to that world.

    Attributes:
        provider: The provider under test.
        inbox: The messages that reached an identifier, oldest first.
        phones: At least two numbers that nothing was sent to yet.
        addresses: At least two e-mail addresses that nothing was sent to yet.
        guesses: Wrong codes that a verification takes before it is exhausted, or None
            where nobody knows.
        lifetime: How long a code works, or None where nobody knows.
        advance: Moves the world's clock, or None where it cannot be moved.
        lose_next_start: The vendor acts upon the next start, and its answer never
            arrives; what follows is answered. None where that cannot be arranged.
        lose_all_answers: From now on the vendor acts upon every request, and no answer
            arrives; or None.
        throttle_next_check: The vendor answers the next check with "too many requests",
            without looking at the code; or None.
        speak_strangely: From now on the vendor answers checks and fetches with a status
            word that its documents do not know; or None.
    """

    provider: VerifyProvider
    inbox: Callable[[Identifier], Sequence[SeenMessage]]
    phones: tuple[PhoneNumber, ...] = field(factory=_example_phones)
    addresses: tuple[EmailAddress, ...] = field(factory=_example_addresses)
    guesses: int | None = None
    lifetime: timedelta | None = None
    advance: Callable[[timedelta], None] | None = None
    lose_next_start: Callable[[], None] | None = None
    lose_all_answers: Callable[[], None] | None = None
    throttle_next_check: Callable[[], None] | None = None
    speak_strangely: Callable[[], None] | None = None

    @property
    def channel(self) -> Channel:
        """The first channel that the provider offers, in our order."""
        return next(c for c in Channel if c in self.provider.capabilities.channels)

    def identifier(
        self, channel: Channel | None = None, *, other: bool = False
    ) -> Identifier:
        """
        Somebody whom the channel reaches.

        Args:
            channel: The bench's own channel where there is none.
            other: Whether it is somebody else than without this.
        """
        kind = (channel or self.channel).takes
        people = self.addresses if kind is IdentifierKind.EMAIL else self.phones
        return people[1 if other else 0]

    def request(self, channel: Channel | None = None) -> StartRequest:
        """The plainest start on the channel."""
        chosen = channel or self.channel
        return StartRequest(identifier=self.identifier(chosen), channel=chosen)

    def live_out(self, share: float = 1.0) -> None:
        """
        Let the code's life time pass, or a share of it, counted from now.

        Raises:
            CaseFailed: Clock or life time are unknown; the case should need them.
        """
        if self.advance is None or self.lifetime is None:
            fail("the case moves a clock that the bench does not have")
        self.advance(self.lifetime * share)

    def arrange(self, fault: Callable[[], None] | None) -> None:
        """
        Arrange a fault that the case needs.

        Raises:
            CaseFailed: The bench has none; the case should have needed it.
        """
        if fault is None:
            fail("the case arranges a fault that the bench does not have")
        fault()

    def wait(self, duration: timedelta | None) -> None:
        """Let a time pass where the clock can be moved; None passes none."""
        if duration and self.advance:
            self.advance(duration)

    def latest_code(self, identifier: Identifier) -> str:
        """
        The code of the newest message.

        Raises:
            CaseFailed: No message arrived, though one should have.
        """
        messages = self.inbox(identifier)
        require(bool(messages), "no message arrived at the identifier")
        return messages[-1].code.reveal()


@frozen(kw_only=True)
class Harness:
    """
    How to set up a provider under test, as often as there are cases.

    Attributes:
        name: Stands in reports.
        open: Enters a fresh world and gives its bench; left after each case.
    """

    name: str
    open: Callable[[], AbstractContextManager[Bench]]

    def __str__(self) -> str:
        return self.name
