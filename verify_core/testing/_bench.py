"""
What a case needs of a provider under test: the provider and the doors to its world.

The inbox is what a person has and the provider's caller has not: the message that
arrived. Everything else is optional: a case that needs a door which is not there is
skipped and names it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from attrs import field, frozen

from verify_core.channels import Channel, IdentifierKind, read_channel
from verify_core.errors import NotSent
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret, to_secret
from verify_core.phone import PhoneNumber, PhonePolicy, read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest

from ._claims import CaseFailed, CaseInconclusive, fail, require
from ._troubles import Call, Garbage

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


@cache
def _example_phones() -> tuple[PhoneNumber, ...]:
    # Both from ranges set apart for fiction: nobody is reached by mistake.
    policy = PhonePolicy()
    return tuple(read_phone(text, policy) for text in _FICTION)


_FICTION = ("+1 555 323 1234", "+44 7700 900123")


@cache
def _example_addresses() -> tuple[EmailAddress, ...]:
    return EmailAddress("person@example.org"), EmailAddress("another@example.org")


Inbox = Callable[[Identifier], Sequence[SeenMessage]]
Advance = Callable[[timedelta], None]
Fault = Callable[[], None]
FaultOf = Callable[[Call], None]


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


def _fault_of_door(function: FaultOf | None) -> FaultOf | None:
    return None if function is None else _side_door(function)


def _fail_door(
    function: Callable[[int, Call], None] | None,
) -> Callable[[int, Call], None] | None:
    return None if function is None else _side_door(function)


def _garble_door(
    function: Callable[[Garbage, Call], None] | None,
) -> Callable[[Garbage, Call], None] | None:
    return None if function is None else _side_door(function)


def _refusals(value: Mapping[type[NotSent], Fault]) -> dict[type[NotSent], Fault]:
    return {kind: _side_door(fault) for kind, fault in value.items()}


def _secrets(value: Iterable[Secret | str]) -> tuple[Secret, ...]:
    return tuple(to_secret(each) for each in value)


@frozen(kw_only=True)
class Bench:
    """
    One provider in a world of its own, and the doors to that world.

    Only `provider` and `inbox` must be there. `HttpDoors.openings()` has all the doors
    that are the same for every vendor over HTTP.

    Attributes:
        provider: The provider under test.
        inbox: The messages that reached an identifier, oldest first.
        phones: At least two numbers that nothing was sent to yet.
        addresses: At least two e-mail addresses that nothing was sent to yet.
        secrets: Keys, tokens and passwords of the provider; no text may show them.
        guesses: Wrong codes that a verification takes before it is exhausted, or None
            where nobody knows.
        lifetime: How long a code works, or None where nobody knows.
        now: The world's present, aware.
        advance: Moves the world's clock.
        another_process: Makes a second provider with the same configuration in the same
            world, as another process of the application does.
        asked: How many requests have reached the vendor so far.
        gather: The answers to so many next requests leave together, when all of them
            have come, or after a moment.
        lose_next: The vendor acts upon the next request of that call, and its answer
            never arrives; what follows is answered. A resend is a start.
        lose_next_start: `lose_next` for a start alone, where that is all there is.
        lose_all_answers: From now on the vendor acts upon every request, and no answer
            arrives.
        drop_next_start: The connection breaks over the next start, and the vendor never
            sees it.
        fail_next: The next request of that call is answered with this status; the
            vendor acted upon it only where that is 500, 502 or 504.
        garble_next: The vendor acts upon the next request of that call and says so, in
            a body that nobody can read.
        redirect_next: The next request of that call is redirected to where it would be
            acted upon; the vendor does not act by itself.
        followed: How many requests have gone to where a redirect pointed. Without it, a
            message that arrives tells.
        refuse_next_start: For each error that stands for a refusal of this vendor's:
            lets the vendor refuse the next start for that reason.
        throttle_next_check: `fail_next` with 429 for a check, where that is all there
            is.
        speak_strangely: From now on the vendor answers checks and fetches with a status
            word that its documents do not know.
        refuse_connections: From now on nobody listens at the vendor's address.
        stall: From now on the vendor takes every request and never answers.
        trickle: From now on every answer comes byte by byte and never ends.
        deadline: The longest that one call of the provider may take, or None where it
            has no such promise.
        stopwatch: Seconds since whenever, by the clock that the provider's time-outs
            go by; read in the thread that calls.
    """

    provider: VerifyProvider
    inbox: Inbox = field(converter=_inbox_door)
    phones: tuple[PhoneNumber, ...] = field(factory=_example_phones)
    addresses: tuple[EmailAddress, ...] = field(factory=_example_addresses)
    secrets: tuple[Secret, ...] = field(default=(), converter=_secrets)
    guesses: int | None = None
    lifetime: timedelta | None = None
    now: Callable[[], datetime] | None = None
    advance: Advance | None = field(default=None, converter=_clock_door)
    another_process: Callable[[], VerifyProvider] | None = None
    asked: Callable[[], int] | None = None
    gather: Callable[[int], None] | None = None
    lose_next: FaultOf | None = field(default=None, converter=_fault_of_door)
    lose_next_start: Fault | None = field(default=None, converter=_fault_door)
    lose_all_answers: Fault | None = field(default=None, converter=_fault_door)
    drop_next_start: Fault | None = field(default=None, converter=_fault_door)
    fail_next: Callable[[int, Call], None] | None = field(
        default=None, converter=_fail_door
    )
    garble_next: Callable[[Garbage, Call], None] | None = field(
        default=None, converter=_garble_door
    )
    redirect_next: FaultOf | None = field(default=None, converter=_fault_of_door)
    followed: Callable[[], int] | None = None
    refuse_next_start: Mapping[type[NotSent], Fault] = field(
        factory=dict, converter=_refusals
    )
    throttle_next_check: Fault | None = field(default=None, converter=_fault_door)
    speak_strangely: Fault | None = field(default=None, converter=_fault_door)
    refuse_connections: Fault | None = field(default=None, converter=_fault_door)
    stall: Fault | None = field(default=None, converter=_fault_door)
    trickle: Fault | None = field(default=None, converter=_fault_door)
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

    def arrange(
        self,
        fault: Callable[GivenP, None] | None,
        *given: GivenP.args,
        **more: GivenP.kwargs,
    ) -> None:
        """
        Arrange a fault that the case needs, by one of the doors.

        Raises:
            CaseFailed: The bench has none; the case should have needed it.
        """
        if fault is None:
            fail("the case arranges a fault that the bench does not have")
        fault(*given, **more)

    def lose(self, call: Call) -> None:
        """Let the answer to the next request of that call get lost."""
        if self.lose_next is None and call is Call.START:
            self.arrange(self.lose_next_start)
        else:
            self.arrange(self.lose_next, call)

    def wait(self, duration: timedelta | None) -> None:
        """Let a time pass where the clock can be moved; less than none passes none."""
        if duration and duration > timedelta(0) and self.advance:
            self.advance(duration)

    def count(self, identifier: Identifier) -> int:
        """How many messages have reached the identifier."""
        return len(self.inbox(identifier))

    def latest_code(self, identifier: Identifier) -> str:
        """
        The code of the newest message.

        Raises:
            CaseFailed: No message arrived, though one should have.
        """
        messages = self.inbox(identifier)
        require(bool(messages), "no message arrived at the identifier")
        return messages[-1].code.reveal()
