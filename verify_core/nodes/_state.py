"""
Node state: what a login carries from node to node.

The rules are those of PingAM; source: Ping Identity, PingAM 8, "Store values in shared
node states", read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from types import MappingProxyType
from typing import Any, Final

from attrs import define, field

from ..errors import InvalidSetting
from ..masking import Discreet, Hidden
from ..validation import require_all

Store = dict[str, object]

OBJECT_ATTRIBUTES: Final = "objectAttributes"
"""State key of the profile in the making: attribute name to value."""

CONTAINERS: Final = frozenset({OBJECT_ATTRIBUTES})
"""Keys whose maps are merged member by member; any other map is one value."""

_EVERYTHING: Final = "*"


def _shared(values: Mapping[str, object] | None) -> Hidden[Store]:
    return _own_store("shared", values)


def _transient(values: Mapping[str, object] | None) -> Hidden[Store]:
    return _own_store("transient", values)


def _secure(values: Mapping[str, object] | None) -> Hidden[Store]:
    return _own_store("secure", values)


def _own_store(name: str, values: Mapping[str, object] | None) -> Hidden[Store]:
    if values is not None and not isinstance(values, Mapping):
        raise InvalidSetting(name, f"takes a mapping, not {type(values).__name__}")
    return Hidden(
        {key: _own_copy(name, value) for key, value in (values or {}).items()}
    )


def _own_copy(name: str, value: object) -> Any:  # noqa: ANN401 - as it was
    # Raised outside of the `with`: what a copy fails with may quote the value.
    with suppress(RecursionError, TypeError):
        return deepcopy(value)
    raise InvalidSetting(name, "takes values of JSON, not nested without end")


def _inputs(names: Collection[str]) -> tuple[str, ...]:
    return require_all("inputs", names, str)


@define(kw_only=True, repr=False)
class NodeState(Discreet):
    """
    Three stores, read as one: transient before secure before shared.

    `repr` shows keys, never values.

    Attributes:
        _shared: Plain values; signed where they travel.
        _transient: Secrets of this request.
        _secure: Transient values that a later node declared, kept over a round trip.
        inputs: Keys that the node at hand declared; none, or `*`, means every key. They
            narrow `keys` and `is_defined`.

    Raises:
        InvalidSetting: A store that is no mapping, or a value that cannot be copied;
            names the store.
    """

    _shared: Hidden[Store] = field(factory=dict, converter=_shared)
    _transient: Hidden[Store] = field(factory=dict, converter=_transient)
    _secure: Hidden[Store] = field(factory=dict, converter=_secure)
    inputs: Collection[str] = field(default=(), converter=_inputs)

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

    def get(self, key: str) -> object:
        """The value under the key in the first store that has it, or None."""
        return next((store[key] for store in self._in_order() if key in store), None)

    def get_object(self, key: str) -> object:
        """
        A map put together from all stores; read-only, whatever is done with it.

        Returns:
            Where the value is a map, its members in shared, overlaid by those in
            secure, overlaid by those in transient. Any other value as `get` gives it.
        """
        first = self.get(key)
        if not isinstance(first, Mapping):
            return _own_copy(key, first)
        merged: Store = {}
        for store in reversed(tuple(self._in_order())):
            value = store.get(key)
            if isinstance(value, Mapping):
                merged.update(value)
        return _read_only(merged)

    def is_defined(self, key: str) -> bool:
        """Whether a store has the key and the node declared it."""
        return self._declared(key) and any(key in store for store in self._in_order())

    def keys(self) -> frozenset[str]:
        """Every key that a store has and the node declared."""
        found = frozenset().union(*self._in_order())
        return frozenset(filter(self._declared, found))

    def put_shared(self, key: str, value: object) -> None:
        """Write to shared; a transient or secure value still comes first."""
        self._shared.reveal()[key] = _own_copy(key, value)

    def put_transient(self, key: str, value: object) -> None:
        """Write to transient, which comes before the other stores."""
        self._transient.reveal()[key] = _own_copy(key, value)

    def merge_shared(self, values: Mapping[str, object]) -> None:
        """
        Write to shared and remove the same keys from the other stores.

        Maps under a key of `CONTAINERS` are merged member by member.
        """
        transient, secure, shared = self._in_order()
        _merge(values, into=shared, out_of=(transient, secure))

    def merge_transient(self, values: Mapping[str, object]) -> None:
        """Write to transient and remove the same keys from the other stores."""
        transient, secure, shared = self._in_order()
        _merge(values, into=transient, out_of=(shared, secure))

    def remove(self, key: str) -> None:
        """Remove the key from all three stores; does nothing where it is absent."""
        for store in self._in_order():
            store.pop(key, None)

    def __repr__(self) -> str:
        stores = ", ".join(
            f"{name}={sorted(map(str, store))}"
            for name, store in (
                ("shared", self.shared),
                ("transient", self.transient),
                ("secure", self.secure),
            )
        )
        return f"NodeState({stores})"

    def _in_order(self) -> Iterator[Store]:
        for store in (self._transient, self._secure, self._shared):
            yield store.reveal()

    def _declared(self, key: str) -> bool:
        return not self.inputs or _EVERYTHING in self.inputs or key in self.inputs


def _merge(
    values: Mapping[str, object], *, into: Store, out_of: tuple[Store, ...]
) -> None:
    copied = {key: _own_copy(key, value) for key, value in values.items()}
    for key, value in copied.items():
        if key in CONTAINERS and isinstance(value, Mapping):
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


def _read_only(value: object) -> object:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _read_only(item) for key, item in value.items()})
    return _own_copy("object", value)
