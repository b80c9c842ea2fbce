"""A guard over a vendor that counts, and everything that a test may want to see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from attrs import define, field
from limits import aio
from limits.storage import Storage

from tests.support.kinds import AWAITED, Awaited, AwaitedStorage, blocking, shared_loop
from verify_core.channels import Channel
from verify_core.errors import VerifyError
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.phone import read_phone
from verify_core.provider import Capabilities, LookupKey
from verify_core.testing._awaited import Blocking
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes._clock import FakeClock
from verify_providers.conversations import (
    AwaitedCalls,
    CallConversation,
    OnLate,
    make_calls,
    run,
    run_awaited,
)
from verify_providers.guard import (
    AsyncGuardProvider,
    ClockedMemory,
    GuardEvent,
    GuardEventKind,
    GuardPolicy,
    GuardProvider,
)

T = TypeVar("T")

US = read_phone("+1 555 323 1234")
NEIGHBOUR = read_phone("+1 555 323 1999")
ELSEWHERE = read_phone("+1 555 876 4321")
UK = read_phone("+44 7700 900123")
MAIL = EmailAddress("person@example.org")
PEPPER = "sixteen or more characters"
CODE = "123456"
HOUR = timedelta(hours=1)
CAPABLE = Capabilities(
    channels=frozenset(Channel), fetch=LookupKey.ID, attempts_reported=False
)


@define
class Vendor:
    """
    A provider that answers at once, knows one code, and counts what it is asked.

    Attributes:
        clock: Dates its references.
        starts: What it was asked to send, oldest first.
        previous: The references that came with it.
        checks: The references that it was asked about.
        errors: What its next starts raise, first one first.
        answers: What its next checks say or raise, first one first; then `judge`
            decides.
        judge: What a check says of a code, or raises.
        at_start: Called at each start; may raise.
        ids: Numbers its verifications.
        capabilities: What it can do.
    """

    clock: Callable[[], object]
    starts: list[StartRequest] = field(factory=list)
    previous: list[VerificationRef | None] = field(factory=list)
    checks: list[VerificationRef] = field(factory=list)
    errors: list[BaseException] = field(factory=list)
    answers: list[Verdict | BaseException] = field(factory=list)
    judge: Callable[[str], Verdict] = lambda code: (
        Verdict.APPROVED if code == CODE else Verdict.WRONG_CODE
    )
    at_start: Callable[[], object] = lambda: None
    ids: count[int] = field(factory=count)
    capabilities: Capabilities = CAPABLE

    name = "vendor"

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.starts.append(request)
        self.previous.append(previous)
        self.at_start()
        if self.errors:
            raise self.errors.pop(0)
        ref = VerificationRef(
            provider=self.name,
            vendor_id=f"VE{next(self.ids):032x}",
            identifier=request.identifier,
            channel=request.channel,
            attempt_id=request.attempt_id or "a" * 32,
            created_at=self.clock(),  # type: ignore[arg-type]
            vendor_data={"service": "VA5"},
        )
        return Started(ref=ref, channel=request.channel)

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        self.checks.append(ref)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return CheckResult(verdict=answer)
        return CheckResult(verdict=self.judge(code))

    def fetch(self, _ref: VerificationRef) -> VerificationState:
        return VerificationState(status=Status.PENDING)

    def cancel(self, _ref: VerificationRef) -> CancelOutcome:
        return CancelOutcome.NOT_SUPPORTED


class Store(Storage):
    """
    Counters as a server keeps them: each call is one operation, and no more than that.

    Args:
        clock: The server's.
        before: Called before each increment with the counter's name; another machine
            may come in between there.
    """

    STORAGE_SCHEME = None

    def __init__(
        self,
        clock: Callable[[], datetime],
        before: Callable[[str], None] = lambda _key: None,
    ) -> None:
        super().__init__()
        self.kept = ClockedMemory(clock)
        self.before = before

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.before(key)
        return self.kept.incr(key, expiry, amount)

    def get(self, key: str) -> int:
        return self.kept.get(key)

    def get_expiry(self, key: str) -> float:
        return self.kept.get_expiry(key)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        return self.kept.reset()

    def clear(self, key: str) -> None:
        self.kept.clear(key)


class Faulty(Storage):
    """
    A storage that is lost at one of its operations, until it is mended.

    Args:
        kept: The storage.
    """

    STORAGE_SCHEME = None

    def __init__(self, kept: Storage) -> None:
        super().__init__()
        self.kept = kept
        self.left: int | None = None
        self.is_applied = False

    def lose(self, operations: int, *, applied: bool) -> None:
        """Fail after so many operations; the next one may be done all the same."""
        self.left, self.is_applied = operations, applied

    def mend(self) -> None:
        self.left = None

    @property
    def is_lost(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return (OSError,)

    def _do(self, call: Callable[[], T]) -> T:
        if self.left is None:
            return call()
        self.left -= 1
        if self.left >= 0:
            return call()
        if self.is_applied:
            self.is_applied = False
            call()
        raise OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._do(lambda: self.kept.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        return self._do(lambda: self.kept.get(key))

    def get_expiry(self, key: str) -> float:
        return self._do(lambda: self.kept.get_expiry(key))

    def check(self) -> bool:
        return not self.is_lost

    def reset(self) -> int | None:
        return self.kept.reset()

    def clear(self, key: str) -> None:
        self._do(lambda: self.kept.clear(key))


@define
class World:
    """
    A guard over a vendor.

    Attributes:
        policy: The guard's.
        storage: Where it counts; None for memory. One that blocks is awaited where the
            guard is.
        awaited: Whether guard, vendor and storage are awaited; the test's kind.
        clock: Of guard and vendor.
        vendor: The vendor.
        events: What the guard's hook saw.
        guard: The guard, for tests that call and wait.
    """

    policy: GuardPolicy
    storage: Storage | aio.storage.Storage | None = None
    awaited: bool = field(factory=AWAITED.get)
    clock: FakeClock = field(factory=FakeClock)
    vendor: Vendor = field(init=False)
    events: list[GuardEvent] = field(factory=list, init=False)
    guard: GuardProvider | Blocking = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.vendor = Vendor(self.clock)
        if self.awaited:
            self.guard = blocking(self.awaited_guard())
        else:
            assert not isinstance(self.storage, aio.storage.Storage)
            self.guard = GuardProvider(
                self.vendor,
                self.policy,
                storage=self.storage,
                pepper=PEPPER,
                clock=self.clock,
                on_event=self.events.append,
            )

    def awaited_guard(self, *, on_late: OnLate | None = None) -> AsyncGuardProvider:
        """A guard over the same vendor, awaited."""
        storage = self.storage
        if isinstance(storage, Storage) and not isinstance(storage, ClockedMemory):
            storage = AwaitedStorage(storage)
        return AsyncGuardProvider(
            Awaited(self.vendor),
            self.policy,
            storage=storage,
            pepper=PEPPER,
            clock=self.clock,
            on_event=self.events.append,
            on_late=on_late,
        )

    def start(
        self,
        to: Identifier = US,
        *,
        address: str | None = None,
        previous: VerificationRef | None = None,
        channel: Channel | None = None,
    ) -> Started:
        request = asking(to, address=address, channel=channel)
        return self.guard.start(request, previous=previous)

    def passes(self, to: Identifier = US, *, address: str | None = None) -> bool:
        """Whether a start reaches the vendor and comes back."""
        try:
            self.start(to, address=address)
        except VerifyError:
            return False
        return True

    def pause(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @property
    def sent(self) -> int:
        return len(self.vendor.starts)

    def kinds(self) -> list[GuardEventKind]:
        return [event.kind for event in self.events]


def asking(
    to: Identifier = US,
    *,
    address: str | None = None,
    channel: Channel | None = None,
) -> StartRequest:
    usual = Channel.EMAIL if isinstance(to, EmailAddress) else Channel.SMS
    return StartRequest(identifier=to, channel=channel or usual, client_address=address)


def drive(conversation: CallConversation[T]) -> T:
    """Run a conversation in the test's own way."""
    if AWAITED.get():
        return shared_loop().run(run_awaited(conversation, AwaitedCalls("guard")))
    return run(conversation, make_calls())
