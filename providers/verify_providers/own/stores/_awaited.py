"""A store that blocks, for programs that await."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from verify_core.codestore import AsyncCodeStore, CodeStore

_METHODS = (
    "start", "take_back", "guess", "approve", "fetch", "cancel", "unlock", "sweep",
)  # fmt: skip
_THREADS = 4
"""A store locks what it changes, so that more would only wait."""


def at_once(store: CodeStore) -> AsyncCodeStore:
    """The store, awaited: for one that waits for nothing."""
    return cast("AsyncCodeStore", _AtOnce(store))


def in_threads(store: CodeStore) -> AsyncCodeStore:
    """The store, awaited: its calls run in threads that others do not use."""
    return cast("AsyncCodeStore", _InThreads(store))


class _AtOnce:
    def __init__(self, store: CodeStore) -> None:
        self._store = store
        for name in _METHODS:
            setattr(self, name, self._awaited(getattr(store, name)))

    def __repr__(self) -> str:
        return f"{self._store!r}.awaited()"

    def _awaited(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: object, **kwargs: object) -> Any:  # noqa: ANN401
            return await self._run(partial(method, *args, **kwargs))

        return call

    async def _run(self, call: Callable[[], object]) -> object:
        return call()

    async def aclose(self) -> None:
        """Close the store, if it keeps something open."""
        close = getattr(self._store, "close", None)
        if close is not None:
            await self._run(close)


class _InThreads(_AtOnce):
    def __init__(self, store: CodeStore) -> None:
        super().__init__(store)
        self._pool: ThreadPoolExecutor | None = None

    async def _run(self, call: Callable[[], object]) -> object:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="own-codes")
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def aclose(self) -> None:
        """Close the store, and end the threads; a later call begins new ones."""
        await super().aclose()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)
