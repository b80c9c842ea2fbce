"""Which state keys nodes read and write."""

from __future__ import annotations

from collections.abc import Mapping

from ..nodes._bookkeeping import IDENTIFIER_KEY
from ..nodes._credentials import is_placeholder
from ._graph import Known, is_on
from ._kinds import COLLECTOR, IDENTIFIER, LOOKUP, OUTCOMES, PAGES, POLLING_WAIT, SENDER
from ._values import JourneyNode


def key_read(node: JourneyNode) -> str | None:
    """The state key in which a node looks for an identifier, where it does."""
    if is_filled_later(node.attributes.get("identifierSharedState")):
        return None
    asks = is_on(node.attributes.get("requestIdentifier"))
    if node.type in {LOOKUP, COLLECTOR} or (node.type == SENDER and not asks):
        return _identifier_key(node)
    return None


def _identifier_key(node: JourneyNode) -> str:
    key = node.attributes.get("identifierSharedState")
    return (key.strip() if isinstance(key, str) else "") or IDENTIFIER_KEY


# Attributes that name the key which a node writes, and keys that a type always writes.
_WRITTEN_UNDER: Mapping[str, str] = {
    "SessionDataNode": "sharedStateKey",
    "TimerStartNode": "startTimeProperty",
    "MessageNode": "stateField",
}
_ALWAYS_WRITTEN: Mapping[str, frozenset[str]] = {
    "UsernameCollectorNode": frozenset({"username"}),
    "ValidatedUsernameNode": frozenset({"username"}),
    "ZeroPageLoginNode": frozenset({"username"}),
    "AnonymousUserNode": frozenset({"username"}),
    "IdentifyExistingUserNode": frozenset({"username", "_id"}),
    "OneTimePasswordSmtpSenderNode": frozenset({"emailAddress"}),
}


_WRITING = frozenset({SENDER, IDENTIFIER, "SetStateNode"}).union(
    _WRITTEN_UNDER, _ALWAYS_WRITTEN
)
_IDLE = PAGES.union(OUTCOMES, {"ChoiceCollectorNode", POLLING_WAIT})


def writes(known: Known, node: JourneyNode, key: str, *, of_sender: bool) -> bool:
    """Whether a node writes a state key, or may; a Sender what it read, if wanted."""
    match node.type:
        case "InnerTreeEvaluatorNode":
            return known.inner(
                node,
                lambda each: writes(known, each, key, of_sender=of_sender),
                memo=(key, of_sender),
            )
        case "ScriptedDecisionNode":
            text = known.script_of(node)
            found = text is None or key in text
        case "VerifyAuthSenderNode":
            asks = is_on(node.attributes.get("requestIdentifier"))
            found = (asks or of_sender) and _identifier_key(node) == key
        case "VerifyAuthIdentifierNode":
            found = _identifier_key(node) == key
        case "SetStateNode":
            values = node.attributes.get("attributes")
            found = isinstance(values, Mapping) and key in values
        case kind if kind in _WRITTEN_UNDER:
            found = node.attributes.get(_WRITTEN_UNDER[kind]) == key
        case kind if kind in _ALWAYS_WRITTEN:
            found = key in _ALWAYS_WRITTEN[kind]
        case kind:
            found = kind not in _IDLE
    return found


def may_write(node: JourneyNode) -> bool:
    """Whether there is a key that a node writes, or may."""
    return node.type not in _IDLE or node.type in _WRITING


def is_filled_later(value: object) -> bool:
    """Whether an attribute comes from an ESV."""
    if isinstance(value, Mapping):
        value = value.get("$string")
    return isinstance(value, str) and is_placeholder(value)
