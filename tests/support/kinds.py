"""Providers that block and providers that are awaited, under the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from attrs import define, field
from limits import aio
from limits.storage import Storage

from verify_core.provider import AsyncVerifyProvider, Capabilities, VerifyProvider
from verify_core.testing._awaited import Blocking, EventLoopThread
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)
from verify_providers._wrapping import AsyncWrapping, WrappingConversations

KINDS = ("blocking", "awaited")

AWAITED: ContextVar[bool] = ContextVar("AWAITED", default=False)
"""Which kind of provider the worlds of this test are made with."""


@contextmanager
def worlds_of(kind: str) -> Iterator[None]:
    """Let the worlds that are made meanwhile have providers of this kind."""
    before = AWAITED.set(kind == "awaited")
    try:
        yield
    finally:
        AWAITED.reset(before)


@cache
def shared_loop() -> EventLoopThread:
    """The event loop of all awaited providers in tests that call and wait."""
    return EventLoopThread()


def blocking(provider: AsyncVerifyProvider) -> Blocking:
    """The awaited provider for tests that call and wait."""
    return Blocking(provider, loop=shared_loop())


Make = Callable[..., Any]
"""Makes a provider of one kind, which blocks in the hands of the test."""

Turn = Callable[[], Awaitable[object]]


async def next_turn() -> None:
    """Let the other tasks of the loop have a turn."""
    await asyncio.sleep(0)


@define
class Points:
    """
    The points at which a call waits; at one of them it waits until it is let through.

    Attributes:
        at: Which one, counted from 0.
        passed: How many were passed.
        reached: That one was reached.
        let_through: It may go on.
    """

    at: int
    passed: int = 0
    reached: asyncio.Event = field(factory=asyncio.Event)
    let_through: asyncio.Event = field(factory=asyncio.Event)

    async def __call__(self) -> None:
        here, self.passed = self.passed, self.passed + 1
        if here == self.at:
            self.reached.set()
            await self.let_through.wait()


@define
class Awaited:
    """
    A blocking provider that answers at once, as one that is awaited.

    Attributes:
        inner: The provider.
        turn: Awaited before each call is made, and again before its answer is given.
    """

    inner: VerifyProvider
    turn: Turn = next_turn

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        await self.turn()
        answer = self.inner.start(request, previous=previous)
        await self.turn()
        return answer

    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        await self.turn()
        answer = self.inner.check(ref, code)
        await self.turn()
        return answer

    async def fetch(self, ref: VerificationRef) -> VerificationState:
        await self.turn()
        answer = self.inner.fetch(ref)
        await self.turn()
        return answer

    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        await self.turn()
        answer = self.inner.cancel(ref)
        await self.turn()
        return answer


Child = Callable[[AsyncVerifyProvider], AsyncVerifyProvider]
"""Makes a wrapper's child of an awaited provider."""


def plain(provider: AsyncVerifyProvider) -> AsyncVerifyProvider:
    """The provider itself, as an application may write one."""
    return provider


def of_conversations(provider: AsyncVerifyProvider) -> AsyncVerifyProvider:
    """The provider as one made of conversations, which runs in the wrapper's task."""
    return AsyncWrapping(provider, WrappingConversations(provider))


KINDS_OF_CHILD = (plain, of_conversations)


class AwaitedStorage(aio.storage.Storage):
    """
    A storage that blocks, as one that is awaited.

    Args:
        kept: The storage.
        turn: As for `Awaited`.
    """

    STORAGE_SCHEME = None

    def __init__(self, kept: Storage, turn: Turn = next_turn) -> None:
        super().__init__()
        self.kept = kept
        self.turn = turn

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return self.kept.base_exceptions

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        await self.turn()
        stands = self.kept.incr(key, expiry, amount)
        await self.turn()
        return stands

    async def get(self, key: str) -> int:
        await self.turn()
        stands = self.kept.get(key)
        await self.turn()
        return stands

    async def get_expiry(self, key: str) -> float:
        await self.turn()
        end = self.kept.get_expiry(key)
        await self.turn()
        return end

    async def check(self) -> bool:
        return self.kept.check()

    async def reset(self) -> int | None:
        return self.kept.reset()

    async def clear(self, key: str) -> None:
        await self.turn()
        self.kept.clear(key)
        await self.turn()
