"""The awaiting HTTP client under tests that call and wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verify_core.testing._awaited import EventLoopThread
from verify_providers.http import HttpAnswer, HttpRequest, NoAnswer
from verify_providers.http._awaiting import AsyncHttpClient
from verify_providers.http._messages import Progress


class AwaitedClient:
    """The awaiting HTTP client with the methods of the blocking one."""

    def __init__(self, *, pool_size: int = 0, **options: Any) -> None:  # noqa: ANN401 - as theirs
        del pool_size  # as many connections as exchanges are under way
        self._client = AsyncHttpClient(**options)
        self._loop = EventLoopThread()

    def exchange(
        self,
        request: HttpRequest,
        *,
        authorization: str,
        seconds: float,
        elapsed_s: Callable[[], float],
    ) -> HttpAnswer | NoAnswer:
        return self._loop.run(
            self._client.exchange(
                request,
                authorization=authorization,
                seconds=seconds,
                elapsed_s=elapsed_s,
                progress=Progress(),
            )
        )

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()
