"""Limits above any provider: what would be fraud, or too much, is never sent."""

from .events import Act, GuardEvent, GuardHook
from .memory import ClockedMemory
from .policy import Budget, CoolDown, GuardPolicy, Mode, OnLost, Per, WrongCodes
from .provider import GuardProvider
from .redis import redis_storage
from .settings import from_settings, load_guard
from .spend import Spend, SpendLimit

__all__ = [
    "Act",
    "Budget",
    "ClockedMemory",
    "CoolDown",
    "GuardEvent",
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
