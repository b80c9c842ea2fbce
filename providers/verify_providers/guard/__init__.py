"""Limits above any provider: what would be fraud, or too much, is never sent."""

from ._events import GuardEvent, GuardEventKind, GuardHook as GuardHook
from ._memory import ClockedMemory as ClockedMemory
from ._policy import (
    Budget,
    Conversion,
    CoolDown,
    GuardPolicy,
    Mode,
    OnLost,
    Per,
    Spend,
    SpendLimit,
    WrongCodes,
)
from ._provider import AsyncGuardProvider, GuardProvider
from ._redis import async_redis_storage, redis_storage
from ._settings import (
    async_from_settings as async_from_settings,
    from_settings as from_settings,
    load_async_guard,
    load_guard,
)

__all__ = [
    "AsyncGuardProvider",
    "Budget",
    "Conversion",
    "CoolDown",
    "GuardEvent",
    "GuardEventKind",
    "GuardPolicy",
    "GuardProvider",
    "Mode",
    "OnLost",
    "Per",
    "Spend",
    "SpendLimit",
    "WrongCodes",
    "async_redis_storage",
    "load_async_guard",
    "load_guard",
    "redis_storage",
]
