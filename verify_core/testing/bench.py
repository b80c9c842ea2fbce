"""
What a case needs of a provider under test: the provider and a side door.

The side door is what a person has and the provider's caller has not: the message that
arrived. Clock and faults are optional; cases that need one that is missing are skipped
and say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from attrs import field, frozen

from verify_core.channels import Channel, IdentifierKind, read_channel
from verify_core.errors import InvalidSetting
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret, to_secret
from verify_core.phone import PhoneNumber, PhonePolicy, read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest

from .claims import CaseFailed, CaseInconclusive, fail, require

GivenP = ParamSpec("GivenP")
AnswerT = TypeVar("AnswerT")


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


Inbox = Callable[[Identifier], Sequence[SeenMessage]]
Advance = Callable[[timedelta], None]
Fault = Callable[[], None]


def _side_door(function: Callable[GivenP, AnswerT]) -> Callable[GivenP, AnswerT]:
    """What goes wrong behind the side door is the bench's fault, not the provider's."""

    @wraps(function)
    def opened(*given: GivenP.args, **more: GivenP.kwargs) -> AnswerT:
        try:
            return function(*given, **more)
        except (CaseFailed, CaseInconclusive):
            raise
        except Exception as error:
            # The name alone: somebody else's error may hold what it should not.
            text = f"the bench failed: {type(error).__name__}"
            raise CaseInconclusive(text) from error

    return opened


def _inbox_door(function: Inbox) -> Inbox:
    return _side_door(function)


def _clock_door(function: Advance | None) -> Advance | None:
    return None if function is None else _side_door(function)


def _fault_door(function: Fault | None) -> Fault | None:
    return None if function is None else _side_door(function)


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
        refuse_connections: From now on nobody listens at the vendor's address; or None.
        stall: From now on the vendor takes every request and never answers; or None.
        deadline: The longest that one call of the provider may take, or None where it
            has no such promise.
        stopwatch: Seconds since whenever, by the clock that the provider's time-outs
            go by.
    """

    provider: VerifyProvider
    inbox: Inbox = field(converter=_inbox_door)
    phones: tuple[PhoneNumber, ...] = field(factory=_example_phones)
    addresses: tuple[EmailAddress, ...] = field(factory=_example_addresses)
    guesses: int | None = None
    lifetime: timedelta | None = None
    advance: Advance | None = field(default=None, converter=_clock_door)
    lose_next_start: Fault | None = field(default=None, converter=_fault_door)
    lose_all_answers: Fault | None = field(default=None, converter=_fault_door)
    throttle_next_check: Fault | None = field(default=None, converter=_fault_door)
    speak_strangely: Fault | None = field(default=None, converter=_fault_door)
    refuse_connections: Fault | None = field(default=None, converter=_fault_door)
    stall: Fault | None = field(default=None, converter=_fault_door)
    deadline: timedelta | None = None
    stopwatch: Callable[[], float] = time.monotonic

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
class Deviation:
    """
    A law that a provider is known to break, and where that is discussed.

    It is strict: where the provider keeps the law after all, the case fails, so that
    the list stays true.

    Attributes:
        case: The name of the case.
        reason: What is different, as a sentence.
        link: The vendor's document or the issue that it stands in.

    Raises:
        InvalidSetting: No reason, or a link that is no web address.
    """

    case: str
    reason: str = field()
    link: str = field()

    @reason.validator
    def _has_a_reason(self, _attribute: object, value: str) -> None:
        if not value.strip():
            raise InvalidSetting("reason", "say what is different, as a sentence")

    @link.validator
    def _leads_somewhere(self, _attribute: object, value: str) -> None:
        if not value.startswith(("https://", "http://")):
            raise InvalidSetting("link", "takes a web address, beginning with https://")


@frozen(kw_only=True)
class Harness:
    """
    How to set up a provider under test, as often as there are cases.

    Attributes:
        name: Stands in reports.
        open: Enters a fresh world and gives its bench; left after each case.
        deviations: Laws that the provider is known to break.
    """

    name: str
    open: Callable[[], AbstractContextManager[Bench]]
    deviations: tuple[Deviation, ...] = field(default=(), converter=tuple)

    def __str__(self) -> str:
        return self.name

    def deviation(self, case: str) -> Deviation | None:
        """What is known of the provider and the case of that name, if anything is."""
        return next((each for each in self.deviations if each.case == case), None)
