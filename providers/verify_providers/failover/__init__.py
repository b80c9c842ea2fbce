"""Several providers as one: the next one starts where the first one cannot."""

from ._calls import FailoverEvent, FailoverEventKind, FailoverHook as FailoverHook
from ._children import Child, FailoverPolicy
from ._circuits import CircuitPolicy
from ._provider import AsyncFailoverProvider, FailoverProvider
from ._settings import (
    async_from_settings as async_from_settings,
    from_settings as from_settings,
    load_async_failover,
    load_failover,
)

__all__ = [
    "AsyncFailoverProvider",
    "Child",
    "CircuitPolicy",
    "FailoverEvent",
    "FailoverEventKind",
    "FailoverPolicy",
    "FailoverProvider",
    "load_async_failover",
    "load_failover",
]
