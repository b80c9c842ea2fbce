"""A task that is cancelled loses nothing: cancelled at every step of a call."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Generator
from datetime import UTC, datetime

import pytest
from attrs import Factory, define

from verify_core import Delivery, Started, StartRequest, VerificationRef, read_phone
from verify_core.errors import Ambiguous, VerifyError
from verify_core.masking import Secret
from verify_core.provider import Capabilities
from verify_core.verification import CancelOutcome, CheckResult, VerificationState
from verify_providers.conversations import (
    AsyncConversationProvider,
    ConversationProvider,
    LateAnswer,
    StartCall,
)

REQUEST = StartRequest(identifier=read_phone("+1 415 555 2671"), attempt_id="a-1")


class TwoSteps:
    """A vendor whose start takes two steps: `send` and `look`."""

    name = "two_steps"
    capabilities = Capabilities(channels=["sms"])

    def start(
        self, request: StartRequest, previous: VerificationRef | None
    ) -> Generator[str, str, Started]:
        replies = [(yield "send"), (yield "look")]
        if "refused" in replies:
            raise Ambiguous("two_steps: lost", self.name)
        lost = "lost" in replies
        return Started(
            ref=VerificationRef(
                provider=self.name,
                vendor_id="" if lost else "v-1",
                identifier=request.identifier,
                channel=request.channel,
                attempt_id="a-1",
                created_at=datetime(2026, 11, 28, tzinfo=UTC),
            ),
            delivery=Delivery.MAYBE_SENT if lost else Delivery.SENT,
        )

    def check(
        self, ref: VerificationRef, code: Secret
    ) -> Generator[str, str, CheckResult]:
        raise NotImplementedError

    def fetch(self, ref: VerificationRef) -> Generator[str, str, VerificationState]:
        raise NotImplementedError

    def cancel(self, ref: VerificationRef) -> Generator[str, str, CancelOutcome]:
        raise NotImplementedError


@define
class Gate:
    """
    Performs steps that wait until they are let through.

    Attributes:
        leaves_at: The step at which something leaves; before it nothing has.
    """

    leaves_at: str = "send"
    maybe_sent: bool = False
    asked: list[str] = Factory(list)
    replies: dict[str, str] = Factory(dict)
    cancelled: bool = False
    at_the_end: Callable[[], object] = lambda: None
    _open: dict[str, asyncio.Event] = Factory(
        lambda: {"send": asyncio.Event(), "look": asyncio.Event()}
    )
    reached: dict[str, asyncio.Event] = Factory(
        lambda: {"send": asyncio.Event(), "look": asyncio.Event()}
    )

    def let_through(self, *steps: str) -> None:
        for step in steps:
            self._open[step].set()

    async def __call__(self, step: str) -> str:
        if self.cancelled:
            return "lost"
        self.asked.append(step)
        self.reached[step].set()
        if step == self.leaves_at:
            self.maybe_sent = True
        try:
            await self._open[step].wait()
        except asyncio.CancelledError:
            self.cancelled = True
            return "lost"
        if step == "look":
            self.at_the_end()
        return self.replies.get(step, "ok")


@define
class Case:
    gate: Gate = Factory(Gate)
    late: list[LateAnswer] = Factory(list)

    def provider(self) -> AsyncConversationProvider[str, str]:
        return AsyncConversationProvider(
            TwoSteps(), lambda: self.gate, on_late=self.late.append
        )


@pytest.mark.parametrize("step", ["send", "look"])
def test_caller_ends_at_once_and_the_answer_is_kept(step: str) -> None:
    """Whatever the step at which it is cancelled, once something may have left."""

    async def scenario() -> Case:
        case = Case()
        provider = case.provider()
        task = asyncio.create_task(provider.start(REQUEST))
        if step == "look":
            case.gate.let_through("send")
        await case.gate.reached[step].wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert case.late == []
        case.gate.let_through("send", "look")
        await provider.aclose()
        return case

    case = asyncio.run(scenario())

    (late,) = case.late
    assert isinstance(late.call, StartCall)
    assert isinstance(late.answer, Started)
    assert late.answer.ref.vendor_id == "v-1"
    assert late.error is None


def test_error_that_comes_late_is_kept() -> None:
    async def scenario() -> Case:
        case = Case()
        case.gate.replies = {"look": "refused"}
        provider = case.provider()
        task = asyncio.create_task(provider.start(REQUEST))
        await case.gate.reached["send"].wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        case.gate.let_through("send", "look")
        await provider.aclose()
        return case

    (late,) = asyncio.run(scenario()).late

    assert late.answer is None
    assert isinstance(late.error, VerifyError)


def test_call_of_which_nothing_has_left_is_not_made() -> None:
    """It ends with its caller, and nothing is reported."""

    async def scenario() -> Case:
        case = Case(gate=Gate(leaves_at="look"))
        provider = case.provider()
        task = asyncio.create_task(provider.start(REQUEST))
        await case.gate.reached["send"].wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await provider.aclose()
        return case

    case = asyncio.run(scenario())

    assert case.gate.asked == ["send"]
    assert case.late == []


@pytest.mark.parametrize("leaves_at", ["send", "look"])
@pytest.mark.parametrize("moment", ["before", "same", "closing"])
def test_error_without_a_caller_is_no_complaint_of_asyncio(
    leaves_at: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It logs an exception that is never asked for, as soon as it is collected."""

    async def scenario() -> None:
        case = Case(gate=Gate(leaves_at=leaves_at))
        case.gate.replies = {"look": "refused"}
        task = asyncio.create_task(case.provider().start(REQUEST))
        loop = asyncio.get_running_loop()
        if moment == "same":
            case.gate.at_the_end = lambda: loop.call_soon(task.cancel)
            case.gate.let_through("send", "look")
        else:
            await case.gate.reached["send"].wait()
            task.cancel()
        if moment != "closing":
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())
    gc.collect()

    assert [each for each in caplog.records if each.name == "asyncio"] == []


def test_answer_that_came_in_the_same_moment_is_kept() -> None:
    """The caller is cancelled after the answer came and before it could wake up."""

    async def scenario() -> Case:
        case = Case()
        task = asyncio.create_task(case.provider().start(REQUEST))
        loop = asyncio.get_running_loop()
        case.gate.at_the_end = lambda: loop.call_soon(task.cancel)
        case.gate.let_through("send", "look")
        with pytest.raises(asyncio.CancelledError):
            await task
        return case

    case = asyncio.run(scenario())

    assert len(case.late) == 1


@pytest.mark.parametrize("step", ["send", "look"])
def test_loop_that_closes_reports_what_is_known(step: str) -> None:
    """`asyncio.run` cancels every task; a reference is kept all the same."""
    case_of: list[Case] = []

    async def scenario() -> None:
        case = Case()
        case_of.append(case)
        started = asyncio.create_task(case.provider().start(REQUEST))
        if step == "look":
            case.gate.let_through("send")
        await case.gate.reached[step].wait()
        del started

    asyncio.run(scenario())

    (late,) = case_of[0].late
    assert isinstance(late.answer, Started)
    assert late.answer.delivery is Delivery.MAYBE_SENT


def test_late_answer_is_logged_masked_if_it_is_not_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        gate = Gate()
        provider = AsyncConversationProvider(TwoSteps(), lambda: gate)
        task = asyncio.create_task(provider.start(REQUEST))
        await gate.reached["send"].wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        gate.let_through("send", "look")
        await provider.aclose()

    asyncio.run(scenario())

    assert "StartCall for +1" in caplog.text
    assert "4155552671" not in caplog.text
    assert "pass on_late" in caplog.text


def test_both_drivers_bear_the_name_and_the_promises_of_the_vendor() -> None:
    vendor = TwoSteps()
    blocking = ConversationProvider(vendor, lambda: lambda _step: "ok")

    for provider in (blocking, Case().provider()):
        assert provider.name == vendor.name
        assert provider.capabilities == vendor.capabilities
