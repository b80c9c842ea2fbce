"""What waits for nothing, for programs that await."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


class AtOnce:
    """A store or sender whose methods are awaited, and answer at once."""

    def __init__(self, inside: object) -> None:
        self._inside = inside

    def __repr__(self) -> str:
        return f"{self._inside!r}.awaited()"

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._inside, name)

        async def call(*args: object, **kwargs: object) -> Any:  # noqa: ANN401
            return method(*args, **kwargs)

        return call
