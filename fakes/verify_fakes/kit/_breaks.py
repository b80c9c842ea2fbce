"""How a connection fails a caller on purpose; the same for every vendor's fake."""

from __future__ import annotations

from enum import StrEnum


class Break(StrEnum):
    """How a connection fails a caller."""

    REFUSED = "refused"  # nobody listens: certainly not processed
    HANG_UP = "hang_up"  # closed after reading, without processing
    ANSWER_LOST = "answer_lost"  # processed, then closed without an answer
    ANSWER_LATE = "answer_late"  # processed, and the answer never comes: a time-out


class ConnectionBroken(Exception):
    """
    There is no answer: a fault said so.

    Attributes:
        kind: What the caller sees of it.
        processed: Whether the command took effect all the same.
    """

    def __init__(self, kind: Break) -> None:
        """Keep `kind` for whoever turns this into a library's own exception."""
        super().__init__(kind.value)
        self.kind = kind
        self.processed = kind in {Break.ANSWER_LOST, Break.ANSWER_LATE}

    def __reduce__(self) -> tuple[type[ConnectionBroken], tuple[Break]]:
        """Survive pickle and copy."""
        return type(self), (self.kind,)
