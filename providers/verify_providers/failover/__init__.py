"""Several providers as one: the next one starts where the first one cannot."""

from .children import Child
from .events import Act, FailoverEvent, FailoverHook
from .policy import CircuitPolicy, FailoverPolicy
from .provider import FailoverProvider
from .settings import from_settings, load_failover

__all__ = [
    "Act",
    "Child",
    "CircuitPolicy",
    "FailoverEvent",
    "FailoverHook",
    "FailoverPolicy",
    "FailoverProvider",
    "from_settings",
    "load_failover",
]
