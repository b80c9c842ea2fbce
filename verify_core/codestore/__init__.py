"""Where codes of our own are kept: one protocol, and the values that cross it."""

from ._protocol import (
    AsyncCodeStore,
    CodeRecord,
    CodeStatus,
    CodeStore,
    GuessAnswer,
    StartAnswer,
    StoreGuess,
    StoreLimits,
    StoreStarted,
)

__all__ = [
    "AsyncCodeStore",
    "CodeRecord",
    "CodeStatus",
    "CodeStore",
    "GuessAnswer",
    "StartAnswer",
    "StoreGuess",
    "StoreLimits",
    "StoreStarted",
]
