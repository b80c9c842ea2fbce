"""Any provider for programs that await: its calls run in worker threads."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Self, TypeVar

from verify_core.frames import unframed
from verify_core.masking import to_secret
from verify_core.provider import Capabilities, VerifyProvider, owns
from verify_core.validation import require_function, require_whole
from verify_core.verification import (
    CancelOutcome,
    CheckResult,
    Started,
    StartRequest,
    VerificationRef,
    VerificationState,
)

from .conversations import (
    CancelCall,
    CheckCall,
    FetchCall,
    LateAnswer,
    OnLate,
    ProviderAnswer,
    ProviderCall,
    StartCall,
    log_late,
    require_awaited,
)

__all__ = ["as_async"]

T = TypeVar("T")
AnswerT = TypeVar("AnswerT", bound=ProviderAnswer)

_THREADS = 10
# As many as a vendor over HTTP keeps connections open.


class _Threads:
    """Worker threads under the name of what they call."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = threads
        self._thread_name = name
        self._pool = self._new_pool()

    def _new_pool(self) -> ThreadPoolExecutor:
        # It begins no thread before a call needs one.
        return ThreadPoolExecutor(self._threads, thread_name_prefix=self._thread_name)

    def _submit(self, make: Callable[[], T]) -> Future[T]:
        return self._pool.submit(contextvars.copy_context().run, make)

    async def aclose(self) -> None:
        """Wait for the calls that are under way, late ones included."""
        pool, self._pool = self._pool, self._new_pool()
        await asyncio.to_thread(pool.shutdown)


class ThreadedProvider(_Threads):
    """A provider whose calls run in worker threads; made by `as_async`."""

    def __init__(
        self,
        provider: VerifyProvider,
        threads: int,
        on_late: OnLate | None,
    ) -> None:
        require_awaited("provider", provider, awaited=False)
        require_whole("threads", threads, least=1)
        self._provider = provider
        late = log_late if on_late is None else on_late
        self.on_late = require_function("on_late", late)
        super().__init__(threads, provider.name)

    @property
    def name(self) -> str:
        """The provider's own."""
        return self._provider.name

    @property
    def capabilities(self) -> Capabilities:
        """The provider's own."""
        return self._provider.capabilities

    def owns(self, ref: VerificationRef) -> bool:
        """Whether the reference is the provider's own."""
        return owns(self._provider, ref)

    def __repr__(self) -> str:
        return f"as_async({self._provider!r})"

    @unframed
    async def start(
        self, request: StartRequest, *, previous: VerificationRef | None = None
    ) -> Started:
        """As the provider's, without blocking the event loop."""
        call = StartCall(request=request, previous=previous)
        start = self._provider.start
        return await self._call(call, lambda: start(request, previous=previous))

    @unframed
    async def check(self, ref: VerificationRef, code: str) -> CheckResult:
        """As the provider's, without blocking the event loop."""
        call = CheckCall(ref=ref, code=to_secret(code, "code"))
        del code  # a traceback shows what a frame still holds
        check = self._provider.check
        return await self._call(call, lambda: check(ref, call.code.reveal()))

    @unframed
    async def fetch(self, ref: VerificationRef) -> VerificationState:
        """As the provider's, without blocking the event loop."""
        return await self._call(FetchCall(ref=ref), lambda: self._provider.fetch(ref))

    @unframed
    async def cancel(self, ref: VerificationRef) -> CancelOutcome:
        """As the provider's, without blocking the event loop."""
        return await self._call(CancelCall(ref=ref), lambda: self._provider.cancel(ref))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def _call(self, call: ProviderCall, make: Callable[[], AnswerT]) -> AnswerT:
        running = self._submit(make)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            # A call that waits for a thread is taken back. One that has begun cannot
            # be: its message may be on the way, so its answer is not thrown away.
            if not running.cancel():
                running.add_done_callback(partial(self._report, call))
            raise

    def _report(self, call: ProviderCall, ended: Future[AnswerT]) -> None:
        if not ended.cancelled():
            error = ended.exception()
            answer = None if error else ended.result()
            self.on_late(LateAnswer(call=call, answer=answer, error=error))


class InThreads(_Threads):
    """
    An object for programs that await: each call of a method runs in a worker thread.

    A call that waits for a thread when it is cancelled is never made; one that has
    begun runs to its end.

    Args:
        inner: What is called; safe for several threads.
        threads: How many calls may run at a time.
    """

    def __init__(self, inner: object, *, threads: int = _THREADS) -> None:
        self._inner = inner
        super().__init__(threads, type(inner).__name__)

    def __repr__(self) -> str:
        return f"InThreads({self._inner!r})"

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._inner, name)

        async def call(*args: object, **kwargs: object) -> Any:  # noqa: ANN401
            running = self._submit(partial(method, *args, **kwargs))
            return await asyncio.wrap_future(running)

        return call

    async def aclose(self) -> None:
        """Wait for the calls that are under way, and close what is called."""
        await super().aclose()
        close = getattr(self._inner, "close", None)
        if callable(close):
            await asyncio.to_thread(close)


def as_async(
    provider: VerifyProvider,
    *,
    threads: int = _THREADS,
    on_late: OnLate | None = None,
) -> ThreadedProvider:
    """
    A provider whose calls are awaited: each runs in a worker thread, on `asyncio`.

    A task that is cancelled ends at once. A call that had not begun is never made; one
    that had runs to its end (a vendor over HTTP has a deadline), and its answer goes to
    `on_late`, so that the reference of a message that left is not lost.

    Args:
        provider: Any, as long as it may be called from several threads.
        threads: How many calls may run at a time; they start when they are needed.
        on_late: Receives what became of a call whose task was cancelled after it had
            begun: in the worker thread, or on the event loop where the answer came
            in the same moment. It must be quick. None logs a masked warning.

    Raises:
        InvalidSetting: `threads` is below 1, or the provider is awaited already.
    """
    return ThreadedProvider(provider, threads, on_late)
