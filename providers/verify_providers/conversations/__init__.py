"""
Conversations: what a provider decides, written once and run in two ways.

A conversation is a generator. It yields a step (an HTTP request, a call to another
provider), receives the reply to it, and ends by returning the result of a provider's
method or by raising its error. It does not wait itself: `run` performs each step and
blocks; `run_awaited` performs each step and awaits.

`ConversationProvider` makes a blocking provider of four conversations and
`AsyncConversationProvider` an awaited one, which keeps the answers whose caller was
cancelled (`LateAnswer`). A vendor over HTTP uses their subclasses in
`verify_providers.http`; a provider made of others yields `Call` steps.
"""

from ._calls import (
    AwaitedCalls as AwaitedCalls,
    Call as Call,
    CallConversation as CallConversation,
    StepCancelled as StepCancelled,
    make_calls as make_calls,
    require_awaited as require_awaited,
)
from ._late import (
    CancelCall as CancelCall,
    CheckCall as CheckCall,
    FetchCall as FetchCall,
    LateAnswer,
    OnLate as OnLate,
    ProviderAnswer as ProviderAnswer,
    ProviderCall as ProviderCall,
    StartCall as StartCall,
    log_late as log_late,
)
from ._providers import (
    AsyncConversationProvider as AsyncConversationProvider,
    AwaitedSteps as AwaitedSteps,
    ConversationProvider as ConversationProvider,
    Conversations as Conversations,
)
from ._running import (
    Conversation as Conversation,
    run as run,
    run_awaited as run_awaited,
)

__all__ = ["LateAnswer"]
