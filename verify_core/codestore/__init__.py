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
from ._ruled import AsyncRuledStore, RuledStore
from ._rules import Change, CodeHolder, Stored

__all__ = [
    "AsyncCodeStore",
    "AsyncRuledStore",
    "Change",
    "CodeHolder",
    "CodeRecord",
    "CodeStatus",
    "CodeStore",
    "GuessAnswer",
    "RuledStore",
    "StartAnswer",
    "StoreGuess",
    "StoreLimits",
    "StoreStarted",
    "Stored",
]
