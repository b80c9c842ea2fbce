"""
Node state: what a login carries from node to node.

The rules are those of PingAM; source: Ping Identity, PingAM 8, "Store values in shared
node states", read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from copy import deepcopy
from types import MappingProxyType
from typing import Any, TypeAlias

from attrs import define

from ..errors import InvalidSetting
from ..frames import unframed, unframed_init
from ..masking import Discreet, Hidden
from ..validation import require_mapping

Store = dict[str, object]

OBJECT_ATTRIBUTES = "objectAttributes"
"""State key of the profile in the making; merged member by member, as no other map."""


_Given: TypeAlias = Mapping[str, object] | None


def _own_store(name: str, values: _Given) -> Hidden[Store]:
    given = {} if values is None else require_mapping(name, values)
    return Hidden({key: own_copy(name, value) for key, value in given.items()})


def own_copy(name: str, value: object) -> Any:  # noqa: ANN401 - as it was
    """A copy of a JSON value; `InvalidSetting` of that name where it has no copy."""
    # Raised outside of the `with`: what a copy fails with may quote the value.
    with suppress(RecursionError, TypeError):
        return deepcopy(value)
    raise InvalidSetting(name, "takes values of JSON, not nested without end")


@unframed_init
@define(init=False, repr=False)
class NodeState(Discreet):
    """
    Three stores, read as one: transient before secure before shared.

    `repr` shows keys, never values.

    Attributes:
        shared: Plain values; signed where they travel.
        transient: Secrets of this request.
        secure: Transient values that a later node declared, kept over a round trip.

    Raises:
        InvalidSetting: A store that is not a mapping, or a value that cannot be copied;
            names the store.
    """

    _transient: Hidden[Store]
    _secure: Hidden[Store]
    _shared: Hidden[Store]

    def __init__(
        self,
        *,
        shared: _Given = None,
        transient: _Given = None,
        secure: _Given = None,
    ) -> None:
        self._transient = _own_store("transient", transient)
        self._secure = _own_store("secure", secure)
        self._shared = _own_store("shared", shared)

    @property
    def shared(self) -> Mapping[str, object]:
        """The shared store, to read."""
        return MappingProxyType(self._shared.reveal())

    @property
    def transient(self) -> Mapping[str, object]:
        """The transient store, to read."""
        return MappingProxyType(self._transient.reveal())

    @property
    def secure(self) -> Mapping[str, object]:
        """The secure store, to read."""
        return MappingProxyType(self._secure.reveal())

    def copy(self) -> NodeState:
        """The same values in stores that change by themselves."""
        return NodeState(
            shared=self.shared, transient=self.transient, secure=self.secure
        )

    def get(self, key: str) -> object:
        """The value under the key in the first store that has it, or None."""
        return next((store[key] for store in self._in_order() if key in store), None)

    def keys(self) -> frozenset[str]:
        """Every key that a store has."""
        return frozenset().union(*self._in_order())

    @unframed
    def put_shared(self, key: str, value: object) -> None:
        """Write to shared; a transient or secure value still comes first."""
        self._shared.reveal()[key] = own_copy(key, value)

    @unframed
    def put_transient(self, key: str, value: object) -> None:
        """Write to transient, which comes before the other stores."""
        self._transient.reveal()[key] = own_copy(key, value)

    @unframed
    def merge_shared(self, values: Mapping[str, object]) -> None:
        """
        Write to shared and remove the same keys from the other stores.

        Maps under `objectAttributes` are merged member by member.
        """
        transient, secure, shared = self._in_order()
        _merge(values, into=shared, out_of=(transient, secure))

    @unframed
    def merge_transient(self, values: Mapping[str, object]) -> None:
        """Write to transient and remove the same keys from the other stores."""
        transient, secure, shared = self._in_order()
        _merge(values, into=transient, out_of=(shared, secure))

    def remove(self, *keys: str) -> None:
        """Remove keys from all three stores, where they are."""
        for store in self._in_order():
            for key in keys:
                store.pop(key, None)

    def __repr__(self) -> str:
        transient, secure, shared = (sorted(map(str, s)) for s in self._in_order())
        return f"NodeState({transient=}, {secure=}, {shared=})"

    def _in_order(self) -> tuple[Store, Store, Store]:
        return (
            self._transient.reveal(),
            self._secure.reveal(),
            self._shared.reveal(),
        )


def _merge(
    values: Mapping[str, object], *, into: Store, out_of: tuple[Store, ...]
) -> None:
    copied = {key: own_copy(key, value) for key, value in values.items()}
    for key, value in copied.items():
        if key == OBJECT_ATTRIBUTES and isinstance(value, Mapping):
            into[key] = {**_members(into, key), **value}
            for store in out_of:
                _drop_members(store, key, value)
        else:
            into[key] = value
            for store in out_of:
                store.pop(key, None)


def _members(store: Store, key: str) -> Mapping[str, object]:
    value = store.get(key)
    return value if isinstance(value, Mapping) else {}


def _drop_members(store: Store, key: str, names: Collection[str]) -> None:
    """Remove members; delete the container if nothing is left or it is not a map."""
    kept = {n: v for n, v in _members(store, key).items() if n not in names}
    if kept:
        store[key] = kept
    else:
        store.pop(key, None)
