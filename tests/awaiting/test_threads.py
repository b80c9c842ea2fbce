"""Any provider, awaited: worker threads that lose no message."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from contextvars import ContextVar

import pytest
from attrs import Factory, define

from verify_core import AsyncVerifier, AsyncVerifyProvider, Verdict, read_phone
from verify_core.errors import InvalidSetting, Unavailable
from verify_core.verification import (
    CancelOutcome,
    Started,
    StartRequest,
    Status,
    VerificationRef,
)
from verify_fakes import FakeVerifyProvider
from verify_providers.conversations import LateAnswer, StartCall
from verify_providers.threads import as_async

NUMBER = read_phone("+15553231234")
REQUEST = StartRequest(identifier=NUMBER)
WAITS_S = 10


class Held(FakeVerifyProvider):
    """A fake whose starts wait until they are let, and say when they have begun."""

    def __init__(self, fails: Exception | None = None) -> None:
        super().__init__(seed=1)
        self.begun, self.let = threading.Semaphore(0), threading.Event()
        self.fails = fails

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        self.begun.release()
        assert self.let.wait(WAITS_S)
        if self.fails is not None:
            raise self.fails
        return super().start(request, previous=previous)


@define
class Late:
    """What `on_late` was told."""

    told: list[LateAnswer] = Factory(list)
    heard: threading.Event = Factory(threading.Event)

    def __call__(self, answer: LateAnswer) -> None:
        self.told.append(answer)
        self.heard.set()


async def begin(
    held: Held, start: Coroutine[object, object, Started]
) -> asyncio.Task[Started]:
    """A task whose start has reached the provider."""
    task = asyncio.create_task(start)
    assert await asyncio.to_thread(held.begun.acquire, timeout=WAITS_S)
    return task


async def cancelled(task: asyncio.Task[Started]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_all_four_methods_are_awaited() -> None:
    fake = FakeVerifyProvider(seed=1)

    async def walk() -> None:
        async with as_async(fake) as provider:
            assert isinstance(provider, AsyncVerifyProvider)
            assert (provider.name, provider.capabilities) == (
                fake.name,
                fake.capabilities,
            )
            ref = (await provider.start(REQUEST)).ref
            ref = (await provider.start(REQUEST, previous=ref)).ref
            assert (await provider.fetch(ref)).status is Status.PENDING
            assert (await provider.check(ref, "0000")).verdict is Verdict.WRONG_CODE
            assert await provider.cancel(ref) is CancelOutcome.CANCELED

    asyncio.run(walk())
    assert len(fake.outbox) == 2


def test_errors_come_through_unchanged() -> None:
    fake = FakeVerifyProvider(seed=1)
    fake.faults.arm("start", 20503)

    with pytest.raises(Unavailable):
        asyncio.run(AsyncVerifier(as_async(fake)).start(NUMBER))


def test_the_event_loop_is_never_blocked() -> None:
    held = Held()

    async def both() -> int:
        provider = as_async(held)
        task = await begin(held, provider.start(REQUEST))
        turns = 0
        while turns < 100:  # the loop turns while the provider waits
            await asyncio.sleep(0)
            turns += 1
        held.let.set()
        await task
        return turns

    assert asyncio.run(both()) == 100


def test_a_message_that_left_after_all_is_told() -> None:
    """The task ends at once; the reference goes where somebody keeps it."""
    held, late = Held(), Late()

    async def leave() -> None:
        async with as_async(held, on_late=late) as provider:
            await cancelled(await begin(held, provider.start(REQUEST)))
            assert not late.told
            held.let.set()

    asyncio.run(leave())

    (told,) = late.told
    assert isinstance(told.call, StartCall)
    assert isinstance(told.answer, Started)
    code = held.outbox[-1].code
    assert held.check(told.answer.ref, code).verdict is Verdict.APPROVED


def test_where_nobody_asked_to_be_told_a_masked_warning_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = Held()

    async def leave() -> None:
        async with as_async(held) as provider:
            await cancelled(await begin(held, provider.start(REQUEST)))
            held.let.set()

    with caplog.at_level(logging.WARNING, "verify_providers.conversations"):
        asyncio.run(leave())

    (record,) = caplog.records
    assert "StartCall" in record.getMessage()
    assert "ended with Started" in record.getMessage()
    assert NUMBER.value.lstrip("+") not in record.getMessage()


def test_an_error_that_came_late_is_told() -> None:
    held, late = Held(fails=Unavailable("out of order")), Late()

    async def leave() -> None:
        async with as_async(held, on_late=late) as provider:
            await cancelled(await begin(held, provider.start(REQUEST)))
            held.let.set()

    asyncio.run(leave())

    (told,) = late.told
    assert told.answer is None
    assert isinstance(told.error, Unavailable)


def test_a_late_answer_survives_the_end_of_the_loop() -> None:
    held, late = Held(), Late()

    async def leave() -> None:
        provider = as_async(held, on_late=late)
        await cancelled(await begin(held, provider.start(REQUEST)))

    asyncio.run(leave())
    held.let.set()

    assert late.heard.wait(WAITS_S)
    assert late.told[0].answer is not None


def test_a_call_that_waits_for_a_thread_is_taken_back() -> None:
    """Nothing was sent, so nothing is to be told."""
    held, late = Held(), Late()

    async def leave() -> None:
        async with as_async(held, threads=1, on_late=late) as provider:
            first = await begin(held, provider.start(REQUEST))
            second = asyncio.create_task(provider.start(REQUEST))
            await asyncio.sleep(0)
            await cancelled(second)
            held.let.set()
            await first

    asyncio.run(leave())

    assert len(held.outbox) == 1
    assert not late.told


def test_an_answer_that_arrived_in_time_is_told_nobody_else() -> None:
    late = Late()

    async def stay() -> None:
        async with as_async(FakeVerifyProvider(seed=1), on_late=late) as provider:
            await provider.start(REQUEST)

    asyncio.run(stay())

    assert not late.told


def test_the_caller_s_context_reaches_the_provider() -> None:
    """As a tracing library relies on it."""
    trace: ContextVar[str] = ContextVar("trace")
    seen: list[str] = []

    class Traced(FakeVerifyProvider):
        def start(
            self, request: StartRequest, *, previous: VerificationRef | None = None
        ) -> Started:
            seen.append(trace.get())
            return super().start(request, previous=previous)

    async def traced() -> None:
        trace.set("t1")
        await as_async(Traced(seed=1)).start(REQUEST)

    asyncio.run(traced())

    assert seen == ["t1"]


def test_no_threads_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="threads"):
        as_async(FakeVerifyProvider(), threads=0)


def test_what_it_shows_is_the_provider_s() -> None:
    fake = FakeVerifyProvider(seed=1)

    assert repr(as_async(fake)) == f"as_async({fake!r})"
