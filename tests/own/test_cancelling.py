"""A task that is cancelled loses no message, no reference and no guess."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.own_world import AT_ONCE, KEYS, sms, wrong
from verify_core.channels import Channel
from verify_core.errors import Refused
from verify_core.verification import Delivery, Started, StartRequest, Verdict
from verify_providers.conversations import LateAnswer
from verify_providers.own import AsyncOwnCodes, CodePolicy, MemoryStore
from verify_providers.own.senders import MemorySender, Message, Sent

STORE_CALLS = ("start", "take_back", "guess", "approve", "fetch", "cancel")


class Slow:
    """A store and a sender, awaited, whose call of one name waits to be let through."""

    def __init__(self, at: str, error: Exception | None = None) -> None:
        self.memory, self.sender = MemoryStore(), MemorySender()
        self.reached, self.let_through = asyncio.Event(), asyncio.Event()
        self.late: list[LateAnswer] = []
        self._at, self._error = at, error
        for name in STORE_CALLS:
            setattr(self, name, self._step(name, getattr(self.memory, name)))

    def _step(self, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if name == self._at:
                self.reached.set()
                await self.let_through.wait()
            return make(*args, **kwargs)

        return call

    async def send(self, message: Message) -> Sent:
        if self._at == "send":
            self.reached.set()
            await self.let_through.wait()
        if self._error is not None:
            raise self._error
        self.sender.send(message)
        return Sent()

    @property
    def code(self) -> str:
        return self.sender.outbox[-1].code.reveal()

    def provider(self, policy: CodePolicy = AT_ONCE) -> AsyncOwnCodes:
        return AsyncOwnCodes(
            store=self,  # type: ignore[arg-type] - its methods are set
            senders={Channel.SMS: self},
            keys=KEYS,
            brand="Shop",
            policy=policy,
            on_late=self.late.append,
        )

    async def cancel_there(self, provider: AsyncOwnCodes, call: Any) -> None:  # noqa: ANN401
        """Cancel the caller while the step waits; then let it through."""
        task = asyncio.create_task(call)
        await self.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        self.let_through.set()
        await provider.aclose()


@pytest.mark.parametrize("at", ["start", "send"])
def test_start_runs_on_and_its_reference_is_kept(at: str) -> None:
    async def life() -> None:
        slow = Slow(at)
        provider = slow.provider()
        await slow.cancel_there(provider, provider.start(sms()))

        [late] = slow.late
        assert isinstance(late.answer, Started)
        assert late.answer.delivery is Delivery.SENT
        result = await provider.check(late.answer.ref, slow.code)
        assert result.verdict is Verdict.APPROVED

    asyncio.run(life())


def test_resend_that_only_looked_is_not_made() -> None:
    async def life() -> None:
        slow = Slow("fetch")
        provider = slow.provider()
        first = await provider.start(sms())
        again = provider.start(sms(), previous=first.ref)
        await slow.cancel_there(provider, again)

        assert len(slow.sender.outbox) == 1
        assert not slow.late

    asyncio.run(life())


def test_start_that_sent_nothing_is_taken_back_all_the_same() -> None:
    async def life() -> None:
        slow = Slow("send", Refused("blocked"))
        provider = slow.provider(CodePolicy())
        await slow.cancel_there(provider, provider.start(sms()))

        assert len(slow.memory) == 0
        assert [type(each.error) for each in slow.late] == [Refused]

    asyncio.run(life())


@pytest.mark.parametrize("at", ["guess", "approve"])
def test_guess_counts_once_and_its_verdict_is_kept(at: str) -> None:
    async def life() -> None:
        slow = Slow(at)
        provider = slow.provider()
        started = await provider.start(sms())
        await slow.cancel_there(provider, provider.check(started.ref, slow.code))

        [late] = slow.late
        assert late.answer is not None
        assert getattr(late.answer, "verdict") is Verdict.APPROVED  # noqa: B009
        again = await provider.check(started.ref, slow.code)
        assert again.verdict is Verdict.GONE

    asyncio.run(life())


@pytest.mark.parametrize("at", ["start", "send"])
def test_loop_that_closes_leaves_no_message_unknown(at: str) -> None:
    """What was under way counts as lost: perhaps sent, or certainly not."""
    slow = Slow(at)

    async def begin() -> None:
        provider = slow.provider()
        asyncio.create_task(provider.start(sms()))  # noqa: RUF006 - it is left alone
        await slow.reached.wait()

    asyncio.run(begin())

    answers = [each.answer or each.error for each in slow.late]
    assert len(answers) == 1
    if at == "send":
        assert isinstance(answers[0], Started)
        assert answers[0].delivery is Delivery.MAYBE_SENT
    else:
        assert type(answers[0]).__name__ == "Unavailable"
        assert not slow.sender.outbox


class Hanging:
    """A sender that blocks for as long as the test lets it, without a twin."""

    def __init__(self) -> None:
        import threading

        self.gate = threading.Event()
        self.outbox: list[Message] = []

    def send(self, message: Message) -> Sent:
        self.gate.wait(30)
        self.outbox.append(message)
        return Sent()


def test_sender_that_blocks_leaves_loop_and_store_free() -> None:
    """Senders hang in threads of their own: checks and other senders go on."""
    hanging, quick = Hanging(), MemorySender()

    async def life() -> None:
        provider = AsyncOwnCodes(
            store=MemoryStore(),
            senders={Channel.SMS: hanging, Channel.CALL: quick},
            keys=KEYS,
            brand="Shop",
            policy=AT_ONCE,
        )
        hung = [
            asyncio.create_task(provider.start(sms(attempt_id=f"{n}")))
            for n in range(30)
        ]
        await asyncio.sleep(0)
        request = StartRequest(identifier=sms().identifier, channel=Channel.CALL)
        started = await provider.start(request)
        code = quick.outbox[-1].code.reveal()
        result = await provider.check(started.ref, wrong(code))
        assert result.verdict is Verdict.WRONG_CODE
        assert not any(task.done() for task in hung)
        hanging.gate.set()
        await asyncio.gather(*hung)
        await provider.aclose()

    asyncio.run(life())
    assert len(hanging.outbox) == 30
