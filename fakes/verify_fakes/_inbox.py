"""A person's inbox, as a test looks into it: the next message, never a stale one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from verify_core.frames import raising_alone

from .kit._hiding import Hidden, masked

if TYPE_CHECKING:
    from .mounted._twilio import FakeTwilio
    from .served._account import ServedTwilio
    from .twilio._outbox import Message

DEFAULT_WAIT_S = 5.0
LONGEST_WAIT_S = 60.0
_LOOK_EVERY_S = 0.005


class NoMessage(AssertionError):
    """No message came in time; the text says what came instead, addresses masked."""


class MessageSource(Protocol):
    """Where an inbox looks; places are opaque, and None is before the first message."""

    def newest(self) -> Any:  # noqa: ANN401 - opaque
        """The place of the newest message."""

    def wait(self, to: str, *, after: Any, timeout_s: float) -> Any:  # noqa: ANN401
        """Place and message of the first one to an address after a place, or None."""

    def received(self) -> list[Message]:
        """All messages, oldest first."""


class Inbox:
    """Messages of one test, each handed out once, in the order in which they came."""

    def __init__(self, source: MessageSource) -> None:
        self._source = source
        self._read: Hidden[dict[str, Any]] = Hidden({})
        self._floor: Any = None

    @raising_alone(NoMessage)
    def next(self, to: str, *, timeout_s: float = DEFAULT_WAIT_S) -> Message:
        """
        The next message to an address: the first that was not handed out yet.

        Args:
            to: A phone number as the application sends it (E.164), or an e-mail
                address.
            timeout_s: How long to wait for it, 0 to 60 seconds of real time.

        Raises:
            NoMessage: None came.
            ValueError: The wait is too long.
        """
        if not 0 <= timeout_s <= LONGEST_WAIT_S:
            raise ValueError(f"timeout_s takes 0 to {LONGEST_WAIT_S:g}")
        after = self._read.reveal().get(to, self._floor)
        found = self._source.wait(to, after=after, timeout_s=timeout_s)
        if found is None:
            raise NoMessage(self._explained(to, timeout_s))
        place, message = found
        self._read.reveal()[to] = place
        given: Message = message
        return given

    def skip(self) -> None:
        """Count all that came so far as read; `next` gives what comes from now on."""
        self._floor = self._source.newest()
        self._read.reveal().clear()

    def _explained(self, to: str, timeout_s: float) -> str:
        came = [message.to for message in self._source.received()]
        others = ", ".join(sorted({masked(each) for each in came if each != to}))
        read = f"{came.count(to)} came before and were read" if to in came else ""
        seen = "; ".join(filter(None, [read, others and f"others went to {others}"]))
        return (
            f"no message to {masked(to)} came within {timeout_s:g} s "
            f"({seen or 'nothing was sent at all'})"
        )


class FakeSource:
    """The messages of a fake in this process."""

    def __init__(self, fake: FakeTwilio) -> None:
        self._fake = fake

    def newest(self) -> Message | None:
        """A message is its own place."""
        return self._fake.outbox[-1] if self._fake.outbox else None

    def wait(
        self, to: str, *, after: Message | None, timeout_s: float
    ) -> tuple[Message, Message] | None:
        """Look again and again: only another thread of the application can be late."""
        pause = threading.Event()
        # Counted, not timed: a test may have frozen the process's clocks.
        for _ in range(int(timeout_s / _LOOK_EVERY_S) + 1):
            found = self._first(to, after)
            if found is not None:
                return found, found
            pause.wait(_LOOK_EVERY_S)
        return None

    def received(self) -> list[Message]:
        return list(self._fake.outbox)

    def _first(self, to: str, after: Message | None) -> Message | None:
        found = None
        for message in reversed(tuple(self._fake.outbox)):
            if message is after:
                break
            if message.to == to:
                found = message
        return found


class ServedSource:
    """The messages of an account on a fake server, which does the waiting."""

    def __init__(self, account: ServedTwilio) -> None:
        self._account = account

    def newest(self) -> int:
        return self._account.cursor

    def wait(
        self, to: str, *, after: int | None, timeout_s: float
    ) -> tuple[int, Message] | None:
        return self._account.wait(to, after=after or 0, timeout_s=timeout_s)

    def received(self) -> list[Message]:
        return self._account.outbox
