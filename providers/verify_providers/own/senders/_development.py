"""Senders for tests and development, which let no message leave."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from typing import TextIO, cast

from verify_core.errors import InvalidSetting, VerifyError
from verify_core.frames import unframed
from verify_core.validation import require_whole

from .._at_once import AtOnce
from ._sender import AsyncSender, MaybeSent, Message, Sent

_LOG = logging.getLogger(__name__)


class MemorySender:
    """
    Keeps what it is given, for tests; safe for several threads.

    Attributes:
        outbox: The messages that arrived, the newest last.

    Args:
        most: How many messages are kept; the oldest are dropped.
    """

    def __init__(self, *, most: int = 10_000) -> None:
        self.outbox: list[Message] = []
        self._most = require_whole("most", most, least=1)
        self._next: deque[VerifyError | MaybeSent] = deque()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<MemorySender with {len(self.outbox)} messages>"

    def fail_next(self, *outcomes: VerifyError | MaybeSent) -> None:
        """
        Let the next messages end so, one each; later ones arrive again.

        A message that may have been sent, by `MaybeSent` or an error like `Ambiguous`,
        arrives: it stands in the outbox.
        """
        self._next.extend(outcomes)

    @unframed
    def send(self, message: Message) -> Sent | MaybeSent:
        """Keep the message, or fail as `fail_next` said."""
        with self._lock:
            outcome = self._next.popleft() if self._next else Sent()
            if not isinstance(outcome, VerifyError) or outcome.maybe_sent:
                self.outbox.append(message)
                del self.outbox[: -self._most]
        if isinstance(outcome, VerifyError):
            raise outcome.but()
        return outcome

    def awaited(self) -> AsyncSender:
        """Return this sender, with the same outbox, as one that is awaited."""
        return cast("AsyncSender", AtOnce(self))


class ConsoleSender:
    """
    Prints each message, its code included: for development only.

    This is the one sender that shows codes, on purpose; it logs a warning when it is
    made. It masks the recipient.

    Args:
        stream: Where to print; None is standard error as it is then.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        if stream is not None and not callable(getattr(stream, "write", None)):
            raise InvalidSetting("stream", "takes a stream of text, or None")
        self._stream = stream
        _LOG.warning("ConsoleSender prints codes where people can read them")

    def send(self, message: Message) -> Sent | MaybeSent:
        """Print channel, recipient, subject and text."""
        stream = sys.stderr if self._stream is None else self._stream
        subject = f" {message.subject}" if message.subject else ""
        shown = (
            f"[{message.channel} to {message.identifier}]{subject}\n{message.text}\n"
        )
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: it is closed
            return MaybeSent(reason=f"printing ended with {type(error).__name__}")
        return Sent()

    def awaited(self) -> AsyncSender:
        """Return this sender as one that is awaited."""
        return cast("AsyncSender", AtOnce(self))
