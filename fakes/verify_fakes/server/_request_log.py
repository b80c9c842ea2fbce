"""The request log of an account: what it keeps of an exchange, and how many."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar

from attrs import define, field, frozen

from ._bounds import Bounds

REDACTED = "[redacted]"
LONGEST_VALUE = 1_000
LONGEST_ANSWER = 4_000


@frozen(kw_only=True)
class LoggedExchange:
    """
    One request and its answer, as a log shows them.

    Only what a table of the operation knows is written down, and a path without the
    parts that are neither a word of the vendor's nor an id: a code may stand in a name
    that the vendor does not read, in a path, a query or a body of another kind.

    Attributes:
        cursor: Its place among all that happened.
        at: By the account's clock.
        operation: The vendor's `operationId`, where there is one.
        unknown: How many parameters the operation does not know.
        status: The HTTP status; None where the connection broke.
        answer: The begin of the body that went out, secrets redacted.
        weight: About how many bytes all this takes.
        messages: The places of the messages that it sent.
    """

    cursor: int
    at: datetime
    method: str
    path: str = field(repr=False)
    operation: str | None
    unknown: int
    status: int | None
    answer: bytes = field(repr=False)
    weight: int
    messages: tuple[int, ...] = ()


ExchangeT = TypeVar("ExchangeT", bound=LoggedExchange)


@define(eq=False)
class Weight:
    """What all logs of a server weigh together."""

    bytes: int = 0


class RequestLog(Generic[ExchangeT]):
    """The latest requests of one account, oldest first; keeps `whole` up to date."""

    def __init__(self, bounds: Bounds, whole: Weight) -> None:
        self._bounds = bounds
        self._whole = whole
        self._kept: deque[ExchangeT] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[ExchangeT]:
        return iter(self._kept)

    def __reversed__(self) -> Iterator[ExchangeT]:
        return reversed(self._kept)

    def add(self, seen: ExchangeT) -> None:
        """Keep one more, and let go of the oldest for it."""
        self._kept.append(seen)
        self._weigh(seen.weight)
        bounds = self._bounds
        while len(self._kept) > bounds.requests or self._bytes > bounds.log_bytes:
            self._weigh(-self._kept.popleft().weight)

    def clear(self) -> None:
        self._kept.clear()
        self._weigh(-self._bytes)

    def _weigh(self, more: int) -> None:
        self._bytes += more
        self._whole.bytes += more
