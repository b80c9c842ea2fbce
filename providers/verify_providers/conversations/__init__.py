"""
Conversations: what a provider decides, written once and run in two ways.

A conversation is a generator. It yields a step (an HTTP request, a call to another
provider), receives the reply to it, and ends by returning the result of a provider's
method or by raising its error. It does not wait itself: `run` performs each step and
blocks; `run_awaited` performs each step and awaits.

`ConversationProvider` makes a blocking provider of four conversations and
`AsyncConversationProvider` an awaited one, which keeps the answers whose caller was
cancelled (`LateAnswer`). A vendor over HTTP uses their subclasses in
`verify_providers.http`; a provider made of others yields `Call`s.
"""

from ._calls import (
    AwaitedCalls,
    Call,
    CallConversation,
    StepCancelled,
    make_calls,
    require_awaited,
)
from ._late import (
    CancelCall,
    CheckCall,
    FetchCall,
    LateAnswer,
    OnLate,
    ProviderAnswer,
    ProviderCall,
    StartCall,
    log_late,
)
from ._providers import (
    AsyncConversationProvider,
    AwaitedSteps,
    ConversationProvider,
    Conversations,
)
from ._running import Conversation, run, run_awaited

__all__ = [
    "AsyncConversationProvider",
    "AwaitedCalls",
    "AwaitedSteps",
    "Call",
    "CallConversation",
    "CancelCall",
    "CheckCall",
    "Conversation",
    "ConversationProvider",
    "Conversations",
    "FetchCall",
    "LateAnswer",
    "OnLate",
    "ProviderAnswer",
    "ProviderCall",
    "StartCall",
    "StepCancelled",
    "log_late",
    "make_calls",
    "require_awaited",
    "run",
    "run_awaited",
]
