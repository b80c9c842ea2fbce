"""
A sound provider with one flaw: one method answers wrongly in one situation.

    @check("refusing_status_at_a_check_is_no_verdict", on=status(402))
    def takes_an_empty_account_for_a_wrong_code(it: Check) -> CheckResult:
        return WRONG

The decorator names the one case that notices the flaw, or several that notice a coarse
one. The function's name is what the author got wrong. It answers in place of the sound
provider: always, or only `on` calls that ended in a certain way, whose answer or error
it finds in the turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from tests.conformance.courier import Courier, courier_harness
from tests.support.around import Around
from tests.support.benches import fake_harness
from verify_core.errors import Unavailable, VerifyError
from verify_core.provider import VerifyProvider
from verify_core.testing import Bench, Harness
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Delivery,
    Started,
    StartRequest,
    Status,
    Verdict,
    VerificationRef,
    VerificationState,
)
from verify_fakes import FakeVerifyProvider, Message, VendorProfile
from verify_fakes.memory import TWILIO_LIKE

APPROVED = CheckResult(verdict=Verdict.APPROVED)
WRONG = CheckResult(verdict=Verdict.WRONG_CODE, retry_allowed=True)
GONE = CheckResult(verdict=Verdict.GONE)


@frozen(kw_only=True)
class Flaw:
    """
    One flaw.

    Attributes:
        cases: The case that notices it, and no other; or several, if it is a coarse one
            that others may notice, too.
        name: What the author got wrong.
        harness: The flawed provider on its bench.
        over_http: Whether that takes sockets, and so its time.
    """

    cases: tuple[str, ...]
    name: str
    harness: Harness
    over_http: bool = False

    def __str__(self) -> str:
        return f"{self.cases[0]}-{self.name}"

    @property
    def is_lone(self) -> bool:
        return len(self.cases) == 1


FLAWS: list[Flaw] = []
"""Every flaw, in the order in which they are written."""


def fake_of(sound: VerifyProvider) -> FakeVerifyProvider:
    """The fake in memory behind the provider that a bench wraps."""
    return sound._fake  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001


@define
class Turn:
    """
    One call of the flawed provider.

    Attributes:
        sound: The sound provider that the flaw stands around.
        past: The earlier calls, oldest first.
        answer: What the sound provider answers, once asked.
        error: What it raises instead.
    """

    sound: VerifyProvider
    past: list[Turn]
    answer: Any = field(default=None, init=False)
    error: Any = field(default=None, init=False)

    def go(self) -> Any:  # noqa: ANN401 - as the method
        """Put the call to the sound provider."""
        raise NotImplementedError

    @property
    def outbox(self) -> Sequence[Message]:
        """The messages that the vendor sent, which a provider of codes knows."""
        return fake_of(self.sound).outbox

    @property
    def answers(self) -> list[Started]:
        """What this provider has answered to starts so far, oldest first."""
        return [
            each.answer for each in self.past if isinstance(each, Start) if each.answer
        ]

    def started(self, attempt_id: str) -> bool:
        """Whether this provider, in this process, has started an attempt."""
        return attempt_id in {each.ref.attempt_id for each in self.answers}

    def verdicts(self, attempt_id: str) -> list[Verdict]:
        """What this provider has said of codes for an attempt, oldest first."""
        return [
            each.answer.verdict
            for each in self.past
            if isinstance(each, Check) and each.ref.attempt_id == attempt_id
            if each.answer
        ]

    def look_up(self, ref: VerificationRef) -> Status | None:
        """Where a verification stands; None where the vendor does not answer."""
        try:
            return self.sound.fetch(ref).status
        except VerifyError:
            return None


@define
class Start(Turn):
    """A start, or a resend."""

    request: StartRequest
    previous: VerificationRef | None

    def go(self, **changes: Any) -> Started:  # noqa: ANN401
        request = evolve(self.request, **changes)
        return self.sound.start(request, previous=self.previous)

    @property
    def is_resend(self) -> bool:
        """Whether it is for an earlier reference of the same person and provider."""
        previous = self.previous
        return (
            previous is not None
            and previous.identifier == self.request.identifier
            and previous.provider == self.sound.name
        )

    @property
    def is_fresh(self) -> bool:
        return not self.is_resend

    @property
    def sent(self) -> int:
        """How many starts for this person came before."""
        starts = [each for each in self.past if isinstance(each, Start)]
        person = self.request.identifier
        return sum(each.request.identifier == person for each in starts)


@define
class Check(Turn):
    """A check."""

    ref: VerificationRef
    code: str

    def go(self, **changes: Any) -> CheckResult:  # noqa: ANN401
        given = {"ref": self.ref, "code": self.code, **changes}
        return self.sound.check(given["ref"], given["code"])

    @property
    def is_right(self) -> bool:
        """Whether it is the code that this person got last."""
        person = self.ref.identifier.value
        codes = [each.code for each in self.outbox if each.to == person]
        return codes[-1:] == [self.code]


@define
class Fetch(Turn):
    """A fetch."""

    ref: VerificationRef

    def go(self) -> VerificationState:
        return self.sound.fetch(self.ref)


@define
class Cancel(Turn):
    """A cancel."""

    ref: VerificationRef

    def go(self) -> CancelOutcome:
        return self.sound.cancel(self.ref)


On = Callable[[Any], bool]


class Flawed(Around):
    """A sound provider, but for turns of one kind, which a flaw may answer."""

    def __init__(
        self,
        inner: VerifyProvider,
        turn: type[Turn],
        on: On | None,
        flaw: Callable[[Any], Any],
    ) -> None:
        super().__init__(inner)
        self.turn, self.on, self.flaw = turn, on, flaw
        self.past: list[Turn] = []

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self.take(Start(self.inner, self.past, request, previous))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return self.take(Check(self.inner, self.past, ref, code))

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self.take(Fetch(self.inner, self.past, ref))

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self.take(Cancel(self.inner, self.past, ref))

    def take(self, it: Turn) -> Any:  # noqa: ANN401 - as the method
        """Answer one call, and keep it for those that come."""
        self.past = [*self.past, it]
        try:
            it.answer = self.answered(it)
        except VerifyError as error:
            it.error = error
            raise
        return it.answer

    def answered(self, it: Turn) -> Any:  # noqa: ANN401
        flawed = isinstance(it, self.turn)
        if flawed and self.on is None:
            return self.flaw(it)
        try:
            it.answer = it.go()
        except VerifyError as error:
            it.error = error
        if flawed and self.on is not None and self.on(it):
            return self.flaw(it)
        if it.error is not None:
            raise it.error
        return it.answer


Kind = Callable[..., VerifyProvider]
"""What is around a sound provider; or a class of provider with other arguments."""

KindT = TypeVar("KindT", bound=Kind)


def start(*cases: str, on: On | None = None, **bench: Any) -> Callable[..., Kind]:  # noqa: ANN401
    """Note a flaw of starts; see the head of this module, and `note` for the rest."""
    return _noted(cases, Start, on, bench)


def check(*cases: str, on: On | None = None, **bench: Any) -> Callable[..., Kind]:  # noqa: ANN401
    """Note a flaw of checks."""
    return _noted(cases, Check, on, bench)


def fetch(*cases: str, on: On | None = None, **bench: Any) -> Callable[..., Kind]:  # noqa: ANN401
    """Note a flaw of fetches."""
    return _noted(cases, Fetch, on, bench)


def cancel(*cases: str, on: On | None = None, **bench: Any) -> Callable[..., Kind]:  # noqa: ANN401
    """Note a flaw of cancels."""
    return _noted(cases, Cancel, on, bench)


def provider(*cases: str, **bench: Any) -> Callable[[KindT], KindT]:  # noqa: ANN401
    """Note a flaw of a whole provider: one around a sound one, or a `Courier`."""

    def of(kind: KindT) -> KindT:
        over_http = isinstance(kind, type) and issubclass(kind, Courier)
        harness = courier_harness(kind) if over_http else _around(kind, **bench)
        note(*cases, name=kind.__name__, harness=harness, over_http=over_http)
        return kind

    return of


def note(*cases: str, **more: Any) -> None:  # noqa: ANN401
    """Note a flaw that these cases notice; one case notices it alone."""
    FLAWS.append(Flaw(cases=cases, **more))


def _noted(
    cases: tuple[str, ...], turn: type[Turn], on: On | None, bench: dict[str, Any]
) -> Callable[..., Kind]:
    def of(flaw: Callable[[Any], Any]) -> Kind:
        def kind(inner: VerifyProvider) -> VerifyProvider:
            return Flawed(inner, turn, on, flaw)

        kind.__name__ = flaw.__name__
        return provider(*cases, **bench)(kind)

    return of


def _around(
    kind: Callable[[VerifyProvider], VerifyProvider],
    profile: VendorProfile = TWILIO_LIKE,
    doors: Mapping[str, object] = MappingProxyType({}),
) -> Harness:
    """
    The fake in memory with something around it.

    Args:
        kind: What is around it.
        profile: What the fake's vendor can do.
        doors: What the bench has for some of its doors; None where it lacks one.
    """
    harness = fake_harness(profile, wrap=kind)

    @contextmanager
    def opened() -> Iterator[Bench]:
        with harness.open() as bench:
            yield evolve(bench, **doors)

    return evolve(harness, open=opened)


def referring(started: Started, **changes: Any) -> Started:  # noqa: ANN401
    """The same answer with a changed reference."""
    return evolve(started, ref=evolve(started.ref, **changes))


def said(verdict: Verdict) -> On:
    """Where a check ended with this verdict."""
    return lambda it: it.answer is not None and it.answer.verdict is verdict


def found(state: Status) -> On:
    """Where a fetch ended with this state."""
    return lambda it: it.answer is not None and it.answer.status is state


def status(*statuses: int) -> On:
    """Where the call failed after an answer with one of these statuses."""
    return lambda it: it.error is not None and it.error.http_status in statuses


def raised(kind: type[VerifyError]) -> On:
    """Where the call failed so, without an answer over HTTP."""
    return lambda it: isinstance(it.error, kind) and it.error.http_status is None


def away(it: Turn) -> bool:
    """Where no connection was made."""
    return raised(Unavailable)(it) and it.error.vendor_code is None


def lost(it: Start) -> bool:
    """Where the answer to a fresh start is lost, which can be checked all the same."""
    return it.is_fresh and _in_doubt(it)


def lost_resend(it: Start) -> bool:
    """Where the answer to a resend is lost."""
    return it.is_resend and _in_doubt(it)


def _in_doubt(it: Start) -> bool:
    return it.answer is not None and it.answer.delivery is Delivery.MAYBE_SENT


def fresh(on: On) -> On:
    """That, at a start which is no resend."""
    return lambda it: it.is_fresh and on(it)


def resend(on: On) -> On:
    """That, at a resend."""
    return lambda it: it.is_resend and on(it)
