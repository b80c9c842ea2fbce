"""
The order of steps, as generators that yield provider calls and receive their results.

Nothing here talks to anybody. A driver does: `run` calls a provider and hands its
answer, or its error, back in; `run_async` awaits one. Nodes, the command line and web
applications drive the same generators.
"""

from .awaiting import AsyncVerifier, run_async
from .calls import (
    CancelCall,
    CheckCall,
    FetchCall,
    Flow,
    ProviderAnswer,
    ProviderCall,
    StartCall,
)
from .driving import perform, run
from .events import (
    EventHook,
    FlowEvent,
    Phase,
    Step,
    abandoned,
    answered,
    asked,
    failed,
)
from .steps import (
    StartOptions,
    canceling,
    collecting,
    fetching,
    sending,
)
from .verifier import Verifier

__all__ = [
    "AsyncVerifier",
    "CancelCall",
    "CheckCall",
    "EventHook",
    "FetchCall",
    "Flow",
    "FlowEvent",
    "Phase",
    "ProviderAnswer",
    "ProviderCall",
    "StartCall",
    "StartOptions",
    "Step",
    "Verifier",
    "abandoned",
    "answered",
    "asked",
    "canceling",
    "collecting",
    "failed",
    "fetching",
    "perform",
    "run",
    "run_async",
    "sending",
]
