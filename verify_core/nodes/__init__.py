"""The Sender and the Collector Decision, and the little framework they stand on."""

from .action import Action
from .buttons import Buttons
from .callbacks import (
    Callback,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from .collector import CollectorDecisionNode
from .context import TreeContext
from .credentials import Credentials, SecretResolver
from .outcomes import Outcome, read_outcome
from .sender import SenderNode
from .state import NodeState

__all__ = [
    "Action",
    "Buttons",
    "Callback",
    "CollectorDecisionNode",
    "ConfirmationCallback",
    "Credentials",
    "MessageType",
    "NameCallback",
    "NodeState",
    "Outcome",
    "PasswordCallback",
    "SecretResolver",
    "SenderNode",
    "TextOutputCallback",
    "TreeContext",
    "read_outcome",
]
