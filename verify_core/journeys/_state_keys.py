"""Which state keys nodes read and write."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property

from ..nodes._bookkeeping import IDENTIFIER_KEY
from ..nodes._credentials import is_placeholder
from ._kinds import (
    COLLECTOR,
    IDENTIFIER,
    INNER_TREE,
    LOOKUP,
    OUTCOMES,
    PAGES,
    POLLING_WAIT,
    SCRIPT,
    SENDER,
)
from ._known import Known
from ._search import backwards, before
from ._shape import is_on, placed
from ._values import JourneyNode


def key_read(node: JourneyNode) -> str | None:
    """The state key in which a node looks for an identifier, where it does."""
    if is_filled_later(node.attributes.get("identifierSharedState")):
        return None
    if node.type in {LOOKUP, COLLECTOR} or (node.type == SENDER and not _asks(node)):
        return _identifier_key(node)
    return None


def _asks(sender: JourneyNode) -> bool:
    written = sender.attributes.get("requestIdentifier")
    return is_on(written, default=is_filled_later(written))


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
_IDLE = PAGES.union(OUTCOMES, {"ChoiceCollectorNode", POLLING_WAIT})

# A script writes the words that stand in it; a name that it computes, what it is handed
# and what a library writes may be any.
_WORDS = re.compile(r"\w+")
_WRITES_ANY = re.compile(
    r"""(?:putShared|putTransient|[sS]tate\s*\.\s*put)\s*\(\s*(?!["'\s])"""
    r"|(?:merge|replace)(?:Shared|Transient)|\brequire\s*\("
)


class Writers:
    """
    Which of the keys that nodes look for a node writes, as bits.

    Each key has two: the second is also set by a Sender that only read the key, which
    is enough for a Collector after it.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        keys = (
            key_read(node)
            for journey in known.journeys.values()
            for _, node in placed(journey)
        )
        named = dict.fromkeys(each for each in keys if each is not None)
        self._bits = {key: 1 << 2 * at for at, key in enumerate(named)}
        self._odd = [key for key in named if not _WORDS.fullmatch(key)]
        self.every = (1 << 2 * len(named)) - 1
        self._of_scripts: dict[str, int] = {}

    def has(self, found: int, key: str, *, by_sender: bool) -> bool:
        """Whether a key is among them; by choice, a Sender that read it is enough."""
        return found & self._bits[key] << by_sender != 0

    def of(self, node: JourneyNode) -> int:
        """What a node writes, or may."""
        if node.type == INNER_TREE:
            return self._of_journeys.get(f"{node.attributes.get('tree')}", self.every)
        if node.type == SCRIPT:
            return self._of_script(node)
        if node.type == SENDER:
            bit = self._bits.get(_identifier_key(node), 0)
            return bit * 0b11 if _asks(node) else bit << 1
        keys = _keys_written(node)
        return self.every if keys is None else self._mask(keys)

    def _mask(self, keys: Collection[str]) -> int:
        found = 0
        for key in keys:
            found |= self._bits.get(key, 0) * 0b11
        return found

    def _of_script(self, node: JourneyNode) -> int:
        name, text = f"{node.attributes.get('script')}", self._known.script_of(node)
        if text is None:
            return self.every
        if name not in self._of_scripts:
            if _WRITES_ANY.search(text):
                self._of_scripts[name] = self.every
            else:
                odd = (key for key in self._odd if key in text)
                self._of_scripts[name] = self._mask({*_WORDS.findall(text), *odd})
        return self._of_scripts[name]

    @cached_property
    def _of_journeys(self) -> Mapping[str, int]:
        own = {
            name: self.every if self._known.calls_unknown(name) else 0
            for name in self._known.journeys
        }
        for name, journey in self._known.journeys.items():
            for _, node in placed(journey):
                if node.type != INNER_TREE:
                    own[name] |= self.of(node)
        within = before({**dict.fromkeys(own, ()), **backwards(self._known.calls)}, own)
        return {name: found | within[name] for name, found in own.items()}


def _keys_written(node: JourneyNode) -> Collection[str] | None:
    """The keys of a node that is neither script nor call; None where unknown."""
    kind = node.type
    if kind == IDENTIFIER:
        return {_identifier_key(node)}
    if kind == "SetStateNode":
        values = node.attributes.get("attributes")
        return values.keys() if isinstance(values, Mapping) else ()
    if kind in _WRITTEN_UNDER:
        return {f"{node.attributes.get(_WRITTEN_UNDER[kind])}"}
    return _ALWAYS_WRITTEN.get(kind, () if kind in _IDLE else None)


def is_filled_later(value: object) -> bool:
    """Whether an attribute comes from an ESV."""
    if isinstance(value, Mapping):
        value = value.get("$string")
    return isinstance(value, str) and is_placeholder(value)
