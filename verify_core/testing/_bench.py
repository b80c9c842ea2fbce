"""
What a case needs of a provider under test: the provider and the doors to its world.

The inbox is what a person has and the provider's caller has not: the message that
arrived. Everything else is optional: a case that needs a missing door is skipped and
names it.
"""

from __future__ import annotations

import time
import unittest
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar

from attrs import evolve, field, fields, frozen

from verify_core.channels import Channel, IdentifierKind, read_channel
from verify_core.errors import InvalidSetting, NotSent
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret, to_secret
from verify_core.phone import PhoneNumber, read_phone
from verify_core.provider import VerifyProvider
from verify_core.verification import StartRequest

from ._troubles import Call, Garbage

GivenP = ParamSpec("GivenP")
AnswerT = TypeVar("AnswerT")
WorldT = TypeVar("WorldT")


class CaseFailed(AssertionError):
    """The provider breaks the law that the case is named for."""


class CaseSkipped(unittest.SkipTest):
    """The case does not apply; the text says why. Test frameworks read it as a skip."""


class CaseInconclusive(Exception):
    """The bench failed, or chance did not play along: nothing is known of the law."""


def fail(text: str) -> NoReturn:
    """End the case: the law is broken. The text holds no code and no full number."""
    raise CaseFailed(text)


def require(claim: bool, text: str) -> None:  # noqa: FBT001 - reads like assert
    """Hold the provider to a claim; the text says what is wrong where it fails."""
    if not claim:
        fail(text)


@frozen(kw_only=True)
class SeenMessage:
    """
    A message as the person saw it.

    Attributes:
        code: The code in it.
        channel: How it came.
        locale: The language that it was in, as a BCP 47 tag, or None where the bench
            cannot tell.
    """

    code: Secret = field(converter=to_secret)
    channel: Channel = field(converter=read_channel)
    locale: str | None = None


@cache
def _example_phones() -> tuple[PhoneNumber, ...]:
    # Both from ranges set apart for fiction, so that nothing reaches a real person.
    return read_phone("+1 555 323 1234"), read_phone("+44 7700 900123")


@cache
def _example_addresses() -> tuple[EmailAddress, ...]:
    # RFC 5321, section 2.4: the local part is sent as it is, capitals included.
    texts = ("Per.Son+codes@example.org", "another@example.org")
    return tuple(map(EmailAddress, texts))


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
        custom_code: A code of the caller's own that the vendor takes, if it takes any;
            others of its length are taken, too.
        rotate_key: The vendor exchanges the provider's key, and where the provider has
            it from, the new one is found.
        guesses: Wrong codes that a verification takes before it is exhausted, or None
            where that is unknown.
        lifetime: How long a code works, or None where that is unknown.
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
            an unreadable body.
        redirect_next: The next request of that call is redirected to where it would be
            acted upon; the vendor does not act by itself.
        followed: How many requests have gone to where a redirect pointed. Without it, a
            message that arrives shows that one was followed.
        refuse_next_start: For each error that stands for a refusal by this vendor:
            lets the vendor refuse the next start for that reason.
        throttle_next_check: `fail_next` with 429 for a check, where that is all there
            is.
        throttle_next: The vendor refuses the next request of that call with 429, whose
            `Retry-After` says how long to wait; returns that time.
        intercept_next: The next request of that call does not reach the vendor; 404 and
            a web page come back, as from a proxy.
        targets: Path and query of each request that reached the vendor's address, as
            sent, oldest first.
        speak_strangely: From now on the vendor answers checks and fetches with a status
            word that its documents do not know.
        refuse_connections: From now on the vendor's address refuses connections.
        stall: From now on the vendor takes every request and never answers.
        trickle: From now on every answer comes byte by byte and never ends.
        deadline: The longest that one call of the provider may take, or None where it
            has no such promise.
        impatient: Makes a provider in the same world whose calls take at most
            `deadline`, so that `provider` itself may have time on a busy machine.
        stopwatch: Seconds since any fixed moment, by the clock that the provider's
            time-outs go by; read in the thread that calls.
    """

    provider: VerifyProvider
    inbox: Callable[[Identifier], Sequence[SeenMessage]]
    phones: tuple[PhoneNumber, ...] = field(factory=_example_phones)
    addresses: tuple[EmailAddress, ...] = field(factory=_example_addresses)
    secrets: tuple[Secret, ...] = field(default=(), converter=_secrets)
    custom_code: str = "90817263"
    rotate_key: Callable[[], None] | None = None
    guesses: int | None = None
    lifetime: timedelta | None = None
    now: Callable[[], datetime] | None = None
    advance: Callable[[timedelta], None] | None = None
    another_process: Callable[[], VerifyProvider] | None = None
    asked: Callable[[], int] | None = None
    gather: Callable[[int], None] | None = None
    lose_next: Callable[[Call], None] | None = None
    lose_next_start: Callable[[], None] | None = None
    lose_all_answers: Callable[[], None] | None = None
    drop_next_start: Callable[[], None] | None = None
    fail_next: Callable[[int, Call], None] | None = None
    garble_next: Callable[[Garbage, Call], None] | None = None
    redirect_next: Callable[[Call], None] | None = None
    followed: Callable[[], int] | None = None
    refuse_next_start: Mapping[type[NotSent], Callable[[], None]] = field(factory=dict)
    throttle_next_check: Callable[[], None] | None = None
    throttle_next: Callable[[Call], timedelta] | None = None
    intercept_next: Callable[[Call], None] | None = None
    targets: Callable[[], Sequence[str]] | None = None
    speak_strangely: Callable[[], None] | None = None
    refuse_connections: Callable[[], None] | None = None
    stall: Callable[[], None] | None = None
    trickle: Callable[[], None] | None = None
    deadline: timedelta | None = None
    impatient: Callable[[], VerifyProvider] | None = None
    stopwatch: Callable[[], float] = time.monotonic

    @property
    def channel(self) -> Channel:
        """The first channel that the provider offers, in the order of `Channel`."""
        return next(c for c in Channel if c in self.provider.capabilities.channels)

    def identifier(
        self, channel: Channel | None = None, *, other: bool = False
    ) -> Identifier:
        """One of two people whom the channel reaches; the bench's own by default."""
        kind = (channel or self.channel).takes
        people = self.addresses if kind is IdentifierKind.EMAIL else self.phones
        return people[1 if other else 0]

    def request(
        self, channel: Channel | None = None, *, other: bool = False
    ) -> StartRequest:
        """The plainest start on the channel."""
        chosen = channel or self.channel
        person = self.identifier(chosen, other=other)
        return StartRequest(identifier=person, channel=chosen)

    def live_out(self, share: float = 1.0) -> None:
        """Let the code's life time pass, or a share of it, counted from now."""
        if self.advance is None or self.lifetime is None:
            fail("the case moves a clock that the bench does not have")
        self.advance(self.lifetime * share)

    def arrange(
        self,
        fault: Callable[GivenP, None] | None,
        *given: GivenP.args,
        **more: GivenP.kwargs,
    ) -> None:
        """Arrange a fault by a door, which the case must have needed."""
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
        """Let a time pass where the clock can be moved; None and less pass nothing."""
        if duration and duration > timedelta(0) and self.advance:
            self.advance(duration)

    def count(self, identifier: Identifier) -> int:
        """How many messages have reached the identifier."""
        return len(self.inbox(identifier))

    def latest_code(self, identifier: Identifier) -> str:
        """The code of the newest message; the case fails without a message."""
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
class AnyHarness(Generic[WorldT]):
    """
    How to set up what is under test, as often as there are cases.

    Attributes:
        name: Stands in reports.
        open: Enters a fresh world and gives its bench; left after each case.
        deviations: Laws that are known to be broken.
    """

    name: str
    open: Callable[[], AbstractContextManager[WorldT]]
    deviations: tuple[Deviation, ...] = field(default=(), converter=tuple)

    def __str__(self) -> str:
        return self.name

    def deviation(self, case: str) -> Deviation | None:
        """The known deviation in the case of that name, or None."""
        return next((each for each in self.deviations if each.case == case), None)


@frozen(kw_only=True)
class Harness(AnyHarness[Bench]):
    """How to set up a provider: a `name`, `open` for a `Bench`, known `deviations`."""


@contextmanager
def world_of(harness: AnyHarness[WorldT]) -> Iterator[WorldT]:
    """
    A fresh world, for a block that raises nothing but a case's own exceptions.

    Raises:
        CaseInconclusive: It does not open, or does not close.
    """
    doing = "open"
    try:
        with harness.open() as world:
            doing = "close"
            yield world
    except (CaseFailed, CaseInconclusive, CaseSkipped):
        raise
    except Exception as error:
        text = f"the bench does not {doing}: {type(error).__name__}"
        raise CaseInconclusive(text) from error


@contextmanager
def bench_of(harness: AnyHarness[Bench]) -> Iterator[Bench]:
    """The bench of a fresh world, whose doors raise `CaseInconclusive` alone."""
    with world_of(harness) as bench:
        doors: dict[str, Any] = {
            name: side_door(getattr(bench, name))
            for name in _DOORS
            if getattr(bench, name) is not None
        }
        doors["refuse_next_start"] = {
            kind: side_door(door) for kind, door in bench.refuse_next_start.items()
        }
        yield evolve(bench, **doors)


_NO_DOORS = {"another_process", "impatient", "stopwatch", "refuse_next_start"}
_DOORS = [
    each.name
    for each in fields(Bench)
    if "Callable" in str(each.type) and each.name not in _NO_DOORS
]


def side_door(function: Callable[GivenP, AnswerT]) -> Callable[GivenP, AnswerT]:
    """What goes wrong behind a side door is the bench's fault, not the provider's."""

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
