"""Where codes of our own are kept: one protocol, and what fulfils it."""

from ._store import (
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
