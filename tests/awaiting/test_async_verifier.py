"""`AsyncVerifier`: what `Verifier` does, awaited; no library of its own."""

from __future__ import annotations

import asyncio
import inspect
from datetime import UTC, datetime

import pytest
from attrs import Factory, define, evolve

from verify_core import (
    AsyncVerifier,
    AsyncVerifyProvider,
    Capabilities,
    Channel,
    Verdict,
    Verifier,
    read_phone,
)
from verify_core.errors import EmptyCode, InvalidPhoneNumber, TooSoon
from verify_core.events import Method, Phase, VerifyEvent
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    Status,
    VerificationRef,
    VerificationState,
)

NUMBER = read_phone("+15553231234")
REF = VerificationRef(
    provider="scripted",
    identifier=NUMBER,
    channel=Channel.SMS,
    attempt_id="a1",
    created_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


@define
class Scripted:
    """Answers what it was told to, when it is let."""

    fails: Exception | None = None
    may_answer: asyncio.Event = Factory(asyncio.Event)
    begun: asyncio.Event = Factory(asyncio.Event)
    asked: list[object] = Factory(list)
    name: str = "scripted"
    capabilities: Capabilities = Factory(lambda: Capabilities(channels=Channel))

    async def _turn(self, *asked: object) -> None:
        self.asked.append(asked)
        self.begun.set()
        await self.may_answer.wait()
        if self.fails is not None:
            raise self.fails

    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        await self._turn("start", request.identifier, previous)
        return Started(ref=REF)

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        await self._turn("check", ref, code)
        return CheckResult(verdict=Verdict.APPROVED)

    async def fetch(self, ref: VerificationRef) -> VerificationState:
        await self._turn("fetch", ref)
        return VerificationState(status=Status.PENDING)

    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        await self._turn("cancel", ref)
        return CancelOutcome.CANCELED


def willing(fails: Exception | None = None) -> Scripted:
    provider = Scripted(fails)
    provider.may_answer.set()
    return provider


def test_anything_with_the_four_methods_is_a_provider() -> None:
    assert isinstance(Scripted(), AsyncVerifyProvider)


def test_start_check_and_cancel_are_awaited() -> None:
    provider = willing()
    verifier = AsyncVerifier(provider)

    async def login() -> tuple[Verdict, CancelOutcome]:
        ref = (await verifier.start("1(555)323-1234", "SMS")).ref
        again = (await verifier.start(NUMBER, previous=ref)).ref
        result = await verifier.check(again, " 12-34 56 ")
        return result.verdict, await verifier.cancel(again)

    assert asyncio.run(login()) == (Verdict.APPROVED, CancelOutcome.CANCELED)
    assert provider.asked == [
        ("start", NUMBER, None),
        ("start", NUMBER, REF),
        ("check", REF, "123456"),
        ("cancel", REF),
    ]


def test_fetch_is_awaited() -> None:
    provider = willing()

    state = asyncio.run(AsyncVerifier(provider).fetch(REF))

    assert state.status is Status.PENDING
    assert provider.asked == [("fetch", REF)]


@pytest.mark.parametrize(
    "foreign",
    [
        evolve(REF, provider="another"),
        evolve(REF, identifier=read_phone("+44 7700 900123")),
    ],
)
def test_a_previous_that_does_not_count_never_reaches_a_provider(
    foreign: VerificationRef,
) -> None:
    provider = willing()

    started = asyncio.run(AsyncVerifier(provider).start(NUMBER, previous=foreign))

    assert provider.asked == [("start", NUMBER, None)]
    assert started.ignored_hints == ("previous",)


def test_what_cannot_be_used_is_refused_before_any_call() -> None:
    provider = willing()
    verifier = AsyncVerifier(provider)

    with pytest.raises(InvalidPhoneNumber):
        asyncio.run(verifier.start("(555) 323-1234"))
    with pytest.raises(EmptyCode):
        asyncio.run(verifier.check(REF, " "))
    assert not provider.asked


def test_an_error_reaches_the_caller_and_the_hook() -> None:
    seen: list[VerifyEvent] = []
    verifier = AsyncVerifier(willing(TooSoon("wait")), on_event=seen.append)

    with pytest.raises(TooSoon):
        asyncio.run(verifier.start(NUMBER))

    assert [event.phase for event in seen] == [Phase.ASKED, Phase.FAILED]
    assert "5553231234" not in repr(seen)


def test_an_error_of_nobody_passes_through_untouched() -> None:
    seen: list[VerifyEvent] = []
    verifier = AsyncVerifier(willing(ZeroDivisionError()), on_event=seen.append)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(verifier.start(NUMBER))

    assert [event.phase for event in seen] == [Phase.ASKED]


def test_a_cancelled_task_ends_and_the_hook_hears_of_it() -> None:
    seen: list[VerifyEvent] = []

    async def leave() -> None:
        provider = Scripted()
        verifier = AsyncVerifier(provider, on_event=seen.append)
        task = asyncio.create_task(verifier.start(NUMBER))
        await provider.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())

    assert [(event.method, event.phase) for event in seen] == [
        (Method.START, Phase.ASKED),
        (Method.START, Phase.ABANDONED),
    ]


def test_both_verifiers_have_the_same_methods_and_parameters() -> None:
    def surface(kind: type) -> dict[str, object]:
        return {
            name: inspect.signature(member).parameters
            for name, member in vars(kind).items()
            if callable(member) and not name.startswith("_")
        }

    assert surface(AsyncVerifier) == surface(Verifier)
    assert set(surface(Verifier)) == {"start", "check", "fetch", "cancel"}
