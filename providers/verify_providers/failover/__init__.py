"""Several providers as one: the next one starts where the first one cannot."""

from .children import Child
from .events import FailoverEvent, FailoverEventKind, FailoverHook
from .policy import CircuitPolicy, FailoverPolicy
from .provider import AsyncFailoverProvider, FailoverProvider
from .settings import (
    async_from_settings,
    from_settings,
    load_async_failover,
    load_failover,
)

__all__ = [
    "AsyncFailoverProvider",
    "Child",
    "CircuitPolicy",
    "FailoverEvent",
    "FailoverEventKind",
    "FailoverHook",
    "FailoverPolicy",
    "FailoverProvider",
    "async_from_settings",
    "from_settings",
    "load_async_failover",
    "load_failover",
]
