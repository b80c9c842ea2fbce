"""Limits above any provider: what would be fraud, or too much, is never sent."""

from .events import GuardEvent, GuardEventKind, GuardHook
from .policy import Budget, CoolDown, GuardPolicy, Mode, OnLost, Per, WrongCodes
from .provider import GuardProvider
from .settings import from_settings, load_guard
from .spend import Spend, SpendLimit
from .storages import ClockedMemory, redis_storage

__all__ = [
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
    "from_settings",
    "load_guard",
    "redis_storage",
]
