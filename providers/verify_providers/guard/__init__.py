"""Limits above any provider: what would be fraud, or too much, is never sent."""

from .events import GuardEvent, GuardEventKind, GuardHook
from .policy import Budget, CoolDown, GuardPolicy, Mode, OnLost, Per, WrongCodes
from .provider import AsyncGuardProvider, GuardProvider
from .settings import (
    async_from_settings,
    from_settings,
    load_async_guard,
    load_guard,
)
from .spend import Spend, SpendLimit
from .storages import ClockedMemory, async_redis_storage, redis_storage

__all__ = [
    "AsyncGuardProvider",
    "Budget",
    "ClockedMemory",
    "CoolDown",
    "GuardEvent",
    "GuardEventKind",
    "GuardHook",
    "GuardPolicy",
    "GuardProvider",
    "Mode",
    "OnLost",
    "Per",
    "Spend",
    "SpendLimit",
    "WrongCodes",
    "async_from_settings",
    "async_redis_storage",
    "from_settings",
    "load_async_guard",
    "load_guard",
    "redis_storage",
]
