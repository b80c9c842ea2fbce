"""An event loop in a thread, so that one test drives what blocks and what awaits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from verify_providers.http import HttpAnswer, HttpRequest, NoAnswer
from verify_providers.http._awaiting import AsyncHttpClient, Progress

T = TypeVar("T")


class LoopThread:
    """An event loop that runs in a thread of its own until it is stopped."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class AwaitedClient:
    """The awaiting HTTP client with the methods of the blocking one."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as theirs
        self._client = AsyncHttpClient(**options)
        self._loop = LoopThread()

    def exchange(
        self, request: HttpRequest, *, authorization: str, seconds: float
    ) -> HttpAnswer | NoAnswer:
        return self._loop.run(
            self._client.exchange(
                request,
                authorization=authorization,
                seconds=seconds,
                progress=Progress(),
            )
        )

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.stop()
