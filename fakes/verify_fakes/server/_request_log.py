"""The latest requests of an account, within bounds of number and of weight."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, Generic, Protocol, TypeVar

from attrs import define

REDACTED: Final = "[redacted]"
LONGEST_VALUE: Final = 1_000
LONGEST_ANSWER: Final = 4_000


class Weighty(Protocol):
    """An entry of a log."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        ...


_Entry = TypeVar("_Entry", bound=Weighty)


@define(eq=False)
class Weight:
    """What all logs of a server weigh together."""

    bytes: int = 0


class RequestLog(Generic[_Entry]):
    """
    The latest requests of one account.

    Args:
        most: How many.
        most_bytes: What they may weigh.
        whole: What all logs weigh; kept up to date.
    """

    def __init__(self, most: int, most_bytes: int, whole: Weight) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._whole = whole
        self._kept: deque[_Entry] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[_Entry]:
        """Oldest first."""
        return iter(self._kept)

    def add(self, seen: _Entry) -> None:
        """Keep one more, and let go of the oldest for it."""
        self._kept.append(seen)
        self._weigh(seen.weight)
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._weigh(-self._kept.popleft().weight)

    def clear(self) -> None:
        """Let go of all."""
        self._kept.clear()
        self._weigh(-self._bytes)

    def _weigh(self, more: int) -> None:
        self._bytes += more
        self._whole.bytes += more
