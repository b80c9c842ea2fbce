"""Finding a login's identifier in its state, and keeping it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import field, frozen

from ..masking import Discreet, Secret, to_secret
from ._state import OBJECT_ATTRIBUTES, NodeState

# Longer than any number or address; and beyond 4300 digits Python refuses to write it.
_LARGEST_NUMBER: Final = 10**30


@frozen(kw_only=True)
class FoundIdentifier(Discreet):
    """
    An identifier as it stands in state, not yet read.

    Attributes:
        text: The value, as text.
        private: Whether it was found in transient or secure state.
    """

    _text: Secret = field(converter=to_secret, repr=False)
    private: bool

    @property
    def text(self) -> str:
        """The value, as text."""
        return self._text.reveal()


def find_identifier(
    state: NodeState, key: str, *, object_attribute: str | None = None
) -> FoundIdentifier | None:
    """
    The identifier in transient, else secure, else shared state.

    Blank values count as none, so a blank one hides nothing.

    Args:
        state: Where to look.
        key: The state key.
        object_attribute: Name of an attribute under `objectAttributes` to look for
            where no store has the key; None looks no further.
    """
    found = _first(state, lambda store: store.get(key))
    if found is None and object_attribute is not None:
        name = object_attribute.removeprefix(f"{OBJECT_ATTRIBUTES}.")
        found = _first(state, lambda store: _member(store, name))
    return found


def keep_private(state: NodeState, key: str) -> None:
    """
    Move a value from shared to transient state, where it was found before.

    A number that a journey kept out of shared state does not appear there because a
    code was sent to it.
    """
    state.merge_transient({key: state.get(key)})


def text_from(value: object) -> str | None:
    """
    The text that a value in state stands for, or None.

    A number is its digits and a list its first usable member, since profiles hold
    telephone numbers in either form; blank text and everything else is nothing.
    """
    if isinstance(value, list | tuple):
        return next((text for item in value if (text := _plain(item))), None)
    return _plain(value)


def _plain(value: object) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return str(value) if 0 < value < _LARGEST_NUMBER else None


def _first(
    state: NodeState, look: Callable[[Mapping[str, object]], object]
) -> FoundIdentifier | None:
    stores = ((state.transient, True), (state.secure, True), (state.shared, False))
    for store, private in stores:
        text = text_from(look(store))
        if text is not None:
            return FoundIdentifier(text=text, private=private)
    return None


def _member(store: Mapping[str, object], name: str) -> object:
    container = store.get(OBJECT_ATTRIBUTES)
    return container.get(name) if isinstance(container, Mapping) else None
