"""
Ping's nodes of Twilio Verify, and the little framework they stand on.

A node is made by its constructor, or by `from_export` of its attributes in an exported
journey. They have their names there; unknown ones are passed over. A provider or lookup
that is passed wins over the account among them. `secrets` finds what an export leaves
out, the token and sometimes the account, and the values of placeholders. The class
explains the rest.

A field of another type, or a malformed attribute, is refused by an `InvalidSetting`
that names it.
"""

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
from ._directory import Directory, MemoryDirectory
from ._framework import Action, Outcome, TreeContext, read_outcome as read_outcome
from ._identifier import IdentifierNode
from ._lookup import LineLookup, LookupNode
from ._sender import SenderNode
from ._state import NodeState

__all__ = [
    "Action",
    "Buttons",
    "CollectorDecisionNode",
    "ConfirmationCallback",
    "Directory",
    "IdentifierNode",
    "LineLookup",
    "LookupNode",
    "MemoryDirectory",
    "NameCallback",
    "NodeState",
    "Outcome",
    "PasswordCallback",
    "SenderNode",
    "TextOutputCallback",
    "TreeContext",
]
