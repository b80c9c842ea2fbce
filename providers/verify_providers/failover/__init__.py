"""Several providers as one: the next one starts where the first one cannot."""

from .children import Child
from .events import FailoverEvent, FailoverEventKind, FailoverHook
from .policy import CircuitPolicy, FailoverPolicy
from .provider import FailoverProvider
from .settings import from_settings, load_failover

__all__ = [
    "Child",
    "CircuitPolicy",
    "FailoverEvent",
    "FailoverEventKind",
    "FailoverHook",
    "FailoverPolicy",
    "FailoverProvider",
    "from_settings",
    "load_failover",
]
