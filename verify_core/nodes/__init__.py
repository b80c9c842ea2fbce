"""The Sender and the Collector Decision, and the little framework they stand on."""

from ._action import Action
from ._buttons import Buttons
from ._callbacks import (
    Callback,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from ._collector import CollectorDecisionNode
from ._context import TreeContext
from ._credentials import Credentials, SecretResolver
from ._outcomes import Outcome, read_outcome
from ._sender import SenderNode
from ._state import NodeState

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
