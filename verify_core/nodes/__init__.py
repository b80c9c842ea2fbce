"""The Sender and the Collector Decision, and the little framework they stand on."""

from ._callbacks import (
    Callback as Callback,
    ConfirmationCallback,
    MessageType as MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._collector import Buttons, CollectorDecisionNode
from ._credentials import Credentials as Credentials
from ._framework import Action, Outcome, TreeContext, read_outcome as read_outcome
from ._sender import SenderNode
from ._state import NodeState

__all__ = [
    "Action",
    "Buttons",
    "CollectorDecisionNode",
    "ConfirmationCallback",
    "NameCallback",
    "NodeState",
    "Outcome",
    "PasswordCallback",
    "SenderNode",
    "TextOutputCallback",
    "TreeContext",
]
