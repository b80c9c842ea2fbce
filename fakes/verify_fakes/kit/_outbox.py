"""The messages that people received from any vendor, and where they are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar, overload

from attrs import field, frozen

from ._hiding import Hidden, Revealed, hidden_address, hidden_text


@frozen(kw_only=True)
class Delivered:
    """
    One message, as it reached a person; only its own attributes show what is in it.

    Attributes:
        to: Phone number or e-mail address, as the vendor writes it.
        subject: Of an e-mail; empty elsewhere.
        at: When it left (UTC).
    """

    _to: Hidden[str] = field(converter=hidden_address)
    channel: StrEnum
    _code: Hidden[str] = field(converter=hidden_text)
    _body: Hidden[str] = field(converter=hidden_text)
    _subject: Hidden[str] = field(default="", converter=hidden_text)
    at: datetime

    to = Revealed[str]()
    code = Revealed[str]()
    body = Revealed[str]()
    subject = Revealed[str]()


MessageT = TypeVar("MessageT", bound=Delivered)


class KeptMessages(Sequence[MessageT], Generic[MessageT]):
    """
    The messages, oldest first; the oldest leave when it is full.

    Args:
        plain: Turns an address into the one that messages carry.
    """

    def __init__(self, keep: int = 10_000, plain: Callable[[str], str] = str) -> None:
        self._messages: deque[MessageT] = deque(maxlen=keep)
        self._plain = plain
        self._added = 0

    @property
    def added(self) -> int:
        """How many were ever put in."""
        return self._added

    def add(self, message: MessageT) -> None:
        """Put in one more message."""
        self._messages.append(message)
        self._added += 1

    def to(self, address: str) -> list[MessageT]:
        """The messages to one address, oldest first."""
        plain = self._plain(address)
        return [message for message in self if message.to == plain]

    def clear(self) -> None:
        """Throw all messages away."""
        self._messages.clear()

    @overload
    def __getitem__(self, index: int) -> MessageT: ...
    @overload
    def __getitem__(self, index: slice) -> list[MessageT]: ...
    def __getitem__(self, index: int | slice) -> MessageT | list[MessageT]:
        """A message by place (-1 is the newest), or a list of them."""
        if isinstance(index, slice):
            return list(self._messages)[index]
        return self._messages[index]

    def __iter__(self) -> Iterator[MessageT]:
        """From the oldest on, as they are now: others may send meanwhile."""
        return iter(tuple(self._messages))

    def __reversed__(self) -> Iterator[MessageT]:
        """From the newest on; unlike `__iter__`, not while others send."""
        return reversed(self._messages)

    def __len__(self) -> int:
        """How many it holds now."""
        return len(self._messages)

    def __repr__(self) -> str:
        return f"Outbox({len(self)} messages)"
