"""Two fakes behind one failover, everything that a test may see of it, and a bench."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeAlias

from attrs import define, evolve, field

from tests.support.around import Around, Hooked
from tests.support.benches import LIMITS, seen
from tests.support.kinds import AWAITED, Awaited, shared_loop
from verify_core.channels import Channel
from verify_core.errors import Ambiguous
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.phone import read_phone
from verify_core.provider import AsyncVerifyProvider
from verify_core.testing import Bench, Call, Harness
from verify_core.testing._awaited import Blocking
from verify_core.testing._troubles import FAILED_INSIDE
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes import FakeVerifyProvider
from verify_fakes._clock import FakeClock
from verify_fakes.memory import TWILIO_LIKE, VendorProfile
from verify_fakes.memory.bench import PATIENCE, REFUSALS, FaultyVendor
from verify_fakes.twilio import Break
from verify_providers.failover import (
    AsyncFailoverProvider,
    Child,
    FailoverEvent,
    FailoverPolicy,
    FailoverProvider,
)

US = read_phone("+1 555 323 1234")
UK = read_phone("+44 7700 900123")
MAIL = EmailAddress("person@example.org")


@define
class Watched(Around):
    """
    A fake that counts what it is asked; it stands for the vendor's own records.

    Attributes:
        calls: What it was asked, oldest first, with the reference.
        guesses: How often it held a code against the one it sent.
        in_doubt: How many starts left open whether a message left.
    """

    calls: list[tuple[str, VerificationRef | None]] = field(factory=list)
    guesses: int = 0
    in_doubt: int = 0

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.calls.append(("start", previous))
        try:
            started = self.inner.start(request, previous=previous)
        except Ambiguous:
            self.in_doubt += 1
            raise
        self.in_doubt += started.delivery is Delivery.MAYBE_SENT
        return started

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.calls.append(("check", ref))
        result = self.inner.check(ref, code)
        self.guesses += result.verdict in {Verdict.WRONG_CODE, Verdict.APPROVED}
        return result

    def fetch(self, ref: VerificationRef) -> VerificationState:
        self.calls.append(("fetch", ref))
        return self.inner.fetch(ref)

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        self.calls.append(("cancel", ref))
        return self.inner.cancel(ref)

    def count(self, call: str) -> int:
        return sum(name == call for name, _ref in self.calls)


class AwaitedFailover(Blocking):
    """An awaited failover for tests that call and wait."""

    def __init__(self, failover: AsyncFailoverProvider) -> None:
        super().__init__(failover, loop=shared_loop())
        self.failover = failover

    def child_of(self, ref: VerificationRef) -> str | None:
        return self.failover.child_of(ref)


AnyFailover: TypeAlias = FailoverProvider | AwaitedFailover


def failover_of(
    children: Iterable[Child],
    policy: FailoverPolicy | None = None,
    *,
    is_awaited: bool | None = None,
    **options: Any,  # noqa: ANN401 - as theirs
) -> AnyFailover:
    """A failover over children that block, or await them; None for the test's kind."""
    if not (AWAITED.get() if is_awaited is None else is_awaited):
        return FailoverProvider(children, policy, **options)
    awaited = [evolve(each, provider=awaited_of(each.provider)) for each in children]
    return AwaitedFailover(AsyncFailoverProvider(awaited, policy, **options))


def awaited_of(provider: Any) -> AsyncVerifyProvider:  # noqa: ANN401 - of either kind
    if isinstance(provider, AwaitedFailover):
        return provider.failover
    return Awaited(provider)


@define
class World:
    """
    A failover over the children `one` and `two`.

    Attributes:
        one, two: The fakes.
        seen: The same, as the failover sees them.
        clock: Of all three.
        failover: The failover.
        events: What its hook saw.
        is_awaited: Whether the failover and its children are awaited.
        names: The fakes' names; the same, as two accounts of one vendor have.
    """

    policy: FailoverPolicy = field(factory=FailoverPolicy)
    profile: VendorProfile = TWILIO_LIKE
    other_profile: VendorProfile = TWILIO_LIKE
    is_awaited: bool = field(factory=AWAITED.get)
    names: tuple[str, str] = ("fake", "fake")
    clock: FakeClock = field(factory=FakeClock, init=False)
    one: FakeVerifyProvider = field(init=False)
    two: FakeVerifyProvider = field(init=False)
    seen: tuple[Watched, Watched] = field(init=False)
    events: list[FailoverEvent] = field(factory=list, init=False)
    failover: AnyFailover = field(init=False)

    def __attrs_post_init__(self) -> None:
        profiles = (self.profile, self.other_profile)
        self.one, self.two = (
            FakeVerifyProvider(seed=seed, clock=self.clock, profile=profile, name=name)
            for seed, profile, name in zip((1, 2), profiles, self.names, strict=True)
        )
        self.seen = (Watched(self.one), Watched(self.two))
        self.failover = self.again()

    def again(self) -> AnyFailover:
        """The failover of another process, with the same configuration."""
        children = [
            Child(name=name, provider=fake)
            for name, fake in zip(("one", "two"), self.seen, strict=True)
        ]
        return failover_of(
            children,
            self.policy,
            is_awaited=self.is_awaited,
            clock=self.clock,
            on_event=self.events.append,
        )

    @property
    def messages(self) -> tuple[int, int]:
        """How many messages each vendor sent."""
        return len(self.one.outbox), len(self.two.outbox)

    def start(
        self, to: Identifier = US, previous: VerificationRef | None = None
    ) -> Started:
        return self.failover.start(request(to), previous=previous)

    def code(self, fake: FakeVerifyProvider) -> str:
        return fake.outbox[-1].code

    def pause(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def request(to: Identifier = US, channel: Channel | None = None) -> StartRequest:
    usual = Channel.EMAIL if to == MAIL else Channel.SMS
    return StartRequest(identifier=to, channel=channel or usual)


def down(fake: FakeVerifyProvider, *, times: int | None = None) -> None:
    """Nobody answers: no message leaves."""
    fake.faults.arm("start", Break.REFUSED, last=times)


def deaf(fake: FakeVerifyProvider, *, times: int | None = None) -> None:
    """The message leaves, and the answer is lost."""
    fake.faults.arm("start", Break.ANSWER_LOST, last=times)


@define
class Scripted(Hooked):
    """A fake whose next starts raise what is scripted, without sending."""

    errors: list[Exception] = field(factory=list)
    requests: list[StartRequest] = field(factory=list)

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.requests.append(request)
        if self.errors:
            raise self.errors.pop(0)
        return super().start(request, previous=previous)


def scripted(*errors: Exception, seed: int = 1) -> Scripted:
    return Scripted(FakeVerifyProvider(seed=seed), errors=list(errors))


def pair_of(
    one: Scripted, two: Scripted, policy: FailoverPolicy | None = None
) -> AnyFailover:
    children = [Child(name="one", provider=one), Child(name="two", provider=two)]
    return failover_of(children, policy)


def failover_harness(
    one: VendorProfile, two: VendorProfile, *, second: bool
) -> Harness:
    """
    A failover over two fakes that share no codes.

    Args:
        one: What the first can do.
        two: What the second can do.
        second: Whether the first is out of order, so that the second works.
    """

    @contextmanager
    def opened() -> Iterator[Bench]:
        clock = FakeClock()
        fakes = [
            FakeVerifyProvider(seed=7, clock=clock, profile=one),
            FakeVerifyProvider(seed=8, clock=clock, profile=two),
        ]
        vendors = [FaultyVendor(fake) for fake in fakes]
        if second:
            down(fakes[0])
        yield _bench(fakes, vendors, clock, works=vendors[second])

    which = "the second works" if second else "the first works"
    return Harness(name=f"{one.name}, {two.name}: {which}", open=opened)


def _bench(
    fakes: list[FakeVerifyProvider],
    vendors: list[FaultyVendor],
    clock: FakeClock,
    *,
    works: FaultyVendor,
) -> Bench:
    """
    The failover's world and its doors.

    What the vendor acts upon goes wrong at the child that works; what it refuses, it
    refuses at both, or the other one would do it.
    """

    def provider() -> FailoverProvider:
        children = [
            Child(name=name, provider=vendor)
            for name, vendor in zip(("one", "two"), vendors, strict=True)
        ]
        return FailoverProvider(children, clock=clock)

    def everywhere(arrange: Callable[[FaultyVendor], None]) -> Callable[[], None]:
        return lambda: [arrange(vendor) for vendor in vendors] and None

    def fail_next(status: int, call: Call) -> None:
        for vendor in [works] if status in FAILED_INSIDE else vendors:
            vendor.fail_next(status, call)

    return Bench(
        provider=provider(),
        inbox=lambda identifier: [
            message for fake in fakes for message in seen(fake.outbox, identifier.value)
        ],
        guesses=LIMITS.checks,
        lifetime=LIMITS.time_to_live,
        now=clock.now,
        advance=clock.advance,
        another_process=provider,
        lose_next=lambda call: works.arm_next(Break.ANSWER_LOST, call),
        lose_all_answers=everywhere(FaultyVendor.lose_all_answers),
        drop_next_start=lambda: works.arm_next(Break.HANG_UP),
        fail_next=fail_next,
        garble_next=works.garble_next,
        redirect_next=works.redirect_next,
        refuse_next_start={
            kind: everywhere(lambda vendor, reason=reason: vendor.arm_next(reason))
            for kind, reason in REFUSALS.items()
            # Where the first is away for another reason, that one is named.
            if works is vendors[0]
        },
        speak_strangely=everywhere(FaultyVendor.speak_strangely),
        refuse_connections=everywhere(FaultyVendor.refuse_connections),
        stall=everywhere(FaultyVendor.stall),
        trickle=everywhere(FaultyVendor.stall),
        deadline=PATIENCE,
        stopwatch=lambda: sum(vendor.waited_s() for vendor in vendors),
    )
