"""An awaited provider under tests that call and wait: the kit's cases, for one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from ..provider import AsyncVerifyProvider, Capabilities, owns
from ..verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

T = TypeVar("T")


class EventLoopThread:
    """An event loop that runs in a thread of its own until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop, and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Stop the loop and its thread, once what was closed on it has gone."""
        self.run(_let_transports_close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _let_transports_close() -> None:
    # A transport that is closed frees its socket in a later turn of the loop.
    for _turn in range(3):
        await asyncio.sleep(0)


class Blocking:
    """
    A `VerifyProvider` that runs an awaited provider's calls on a loop in a thread.

    Safe for several threads; their calls are under way at the same time. A context
    manager: leaving it closes the provider and the loop.

    Args:
        provider: The awaited provider; used from this loop alone.
        loop: A loop that others use, too, and that stays open; None makes one.
    """

    def __init__(
        self, provider: AsyncVerifyProvider, *, loop: EventLoopThread | None = None
    ) -> None:
        self._provider = provider
        self._loop = EventLoopThread() if loop is None else loop
        self._has_own_loop = loop is None

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities

    def owns(self, ref: VerificationRef) -> bool:
        return owns(self._provider, ref)

    def __repr__(self) -> str:
        return f"Blocking({self._provider!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
        if self._has_own_loop:
            self._loop.close()

    def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        return self._loop.run(self._provider.start(request, previous=previous))

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        awaitable = self._provider.check(ref, code)
        del code  # a traceback shows what a frame still holds
        return self._loop.run(awaitable)

    def fetch(self, ref: VerificationRef) -> VerificationState:
        return self._loop.run(self._provider.fetch(ref))

    def cancel(self, ref: VerificationRef) -> CancelOutcome:
        return self._loop.run(self._provider.cancel(ref))

    def lag(self, seconds: float) -> float:
        """
        How late, in seconds, a task wakes up that sleeps on the loop for so many.

        A call that blocks the loop keeps all other tasks from being served.
        """
        began = time.monotonic()
        self._loop.run(asyncio.sleep(seconds))
        return time.monotonic() - began - seconds

    def close(self) -> None:
        """Close what the provider keeps open, if it can; a later call opens it anew."""
        aclose = getattr(self._provider, "aclose", None)
        if aclose is not None:
            self._loop.run(aclose())
