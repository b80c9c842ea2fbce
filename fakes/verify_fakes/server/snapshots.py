"""
The whole state of an account as one JSON document, and back.

The machine's state is a graph of plain values of `verify_fakes.twilio`. It is written
down as such, class by class and attribute by attribute, so that a new part of the
machine needs no line here. What is no state (functions, locks, chance) is left where it
is: a document is loaded into a machine that has just been built.

Only classes of the machine and of the script are made, and none of their code runs. A
digest tells a document that was changed on its way.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import random  # noqa: TID251 - to tell that it is none of the state
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from ..twilio.outbox import Message
from ..twilio.profile import PROFILES

if TYPE_CHECKING:
    from .tenants import Tenant

VERSION: Final = 1
_PACKAGE: Final = __package__.rpartition(".")[0]
_OF_STATE: Final = (
    f"{_PACKAGE}.twilio.",
    f"{_PACKAGE}.breaks",
    f"{_PACKAGE}.server.script",
)
_LOCK: Final = type(RLock())
_FROZEN: Final = Message.__setattr__
#: Attributes of the machine that its builder sets, and that are none of its state.
_BUILT: Final = frozenset(
    {
        *("profile", "limits", "_limits", "_magic", "_strict"),
        *("on_first_use", "_listeners"),
    }
)

Json = dict[str, Any]


class BadState(ValueError):
    """A document that is no state of an account; the message says why."""


def dump(tenant: Tenant) -> Json:
    """An account's state."""
    store = tenant.store
    with store.lock:
        graph = _Writer().write([store, tenant.script])
        offset = tenant.clock.offset
        document = {
            "version": VERSION,
            "account_sid": tenant.sid,
            "profile": tenant.profile,
            "limits": tenant.limited,
            "seed": tenant.seed,
            "sinks": list(tenant.sinks),
            "now": store.now().isoformat(),
            "clock_offset": [offset.days, offset.seconds, offset.microseconds],
            "state": graph,
        }
    return {**document, "digest": _digest(document)}


def load(tenant: Tenant, document: Json, *, keep_offset: bool = False) -> None:
    """
    Put a state in place of an account's own; all or nothing.

    Args:
        tenant: Whose state it becomes.
        document: As `dump` gave it.
        keep_offset: Let the clock be where real time has brought it since, instead of
            going on from where it stood.

    Raises:
        BadState: The document is none of ours, or was changed.
    """
    content = {name: document[name] for name in document if name != "digest"}
    if document.get("version") != VERSION:
        raise BadState("takes a document that export gave, of the same version")
    if document.get("digest") != _digest(content):
        raise BadState("was changed since it was exported")
    if content["profile"] not in PROFILES:
        raise BadState(f"has a profile that is unknown here: {content['profile']}")
    if content["account_sid"] != tenant.sid:
        # What belonged to that account belongs to this one.
        written = json.dumps(content["state"])
        was, becomes = _owner(content["account_sid"]), _owner(tenant.sid)
        content["state"] = json.loads(written.replace(was, becomes))
    tenant.profile = content["profile"]
    tenant.limited = content["limits"]
    tenant.seed = content["seed"]
    tenant.reset()
    offset = None
    if keep_offset:
        days, seconds, microseconds = content["clock_offset"]
        offset = timedelta(days=days, seconds=seconds, microseconds=microseconds)
    tenant.clock.restart(datetime.fromisoformat(content["now"]), offset)
    # Chance would draw again what it drew before, and give a sid twice.
    tenant.store.chance.renew(
        None if tenant.seed is None else f"{tenant.seed}:{document['digest']}"
    )
    try:
        _Reader().fill_all((tenant.store, tenant.script), content["state"])
    except (KeyError, TypeError, AttributeError, ImportError, ValueError) as error:
        tenant.reset()
        raise BadState(f"was written by another release: {error}") from None
    tenant.sinks = tuple(content.get("sinks", tenant.sinks))
    tenant.declare()
    tenant.receive()


def _owner(sid: str) -> str:
    """Whom a tenant's things belong to; a key does not tell its account."""
    return f"AC{sid[2:]}"


def _digest(document: Mapping[str, Any]) -> str:
    written = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _names(kind: type[attrs.AttrsInstance]) -> list[str]:
    return [each.name for each in attrs.fields(kind)]


def _attributes(value: object) -> dict[str, object]:
    kind = type(value)
    if attrs.has(kind):
        return {name: getattr(value, name) for name in _names(kind)}
    return vars(value)


def _is_whole_value(kind: type, written: Mapping[str, object]) -> bool:
    """Whether a thing is a value that the document has all of; others have a life."""
    return (
        attrs.has(kind)
        and kind.__setattr__ is _FROZEN
        and set(written) == set(_names(kind))
    )


def _is_state(value: object) -> bool:
    no_state = (random.Random, _LOCK)
    return not isinstance(value, no_state) and (
        not callable(value) or type(value).__module__.startswith(_OF_STATE)
    )


def _class_name(kind: type) -> str:
    return f"{kind.__module__.removeprefix(f'{_PACKAGE}.')}:{kind.__qualname__}"


def _class_named(name: str) -> type:
    module, _, qualname = name.partition(":")
    full = f"{_PACKAGE}.{module}"
    if not full.startswith(_OF_STATE):
        raise ValueError(f"no class of state: {name[:80]}")
    kind = getattr(importlib.import_module(full), qualname)
    if not isinstance(kind, type) or kind.__module__ != full:
        raise ValueError(f"no class of state: {name[:80]}")
    return kind


class _Writer:
    """Writes a graph; what is met again is a number, so that it stays one thing."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        self._kept: list[object] = []

    def write(self, value: object) -> Any:  # noqa: ANN401 - JSON
        """A value, as JSON types."""
        if isinstance(value, Enum):
            return {"$": "enum", "of": _class_name(type(value)), "v": value.value}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, datetime | timedelta):
            return _time(value)
        if isinstance(value, tuple | frozenset | set):
            items = value if isinstance(value, tuple) else sorted(value)
            return {"$": type(value).__name__, "v": self._all(items)}
        return self._thing(value)

    def _thing(self, value: object) -> Json:
        number = self._met.setdefault(id(value), len(self._kept))
        if number < len(self._kept):
            return {"$": "again", "v": number}
        self._kept.append(value)  # so that no other thing gets its id meanwhile
        if isinstance(value, dict | MappingProxyType):
            kind = "OrderedDict" if isinstance(value, OrderedDict) else "dict"
            pairs = [[self.write(key), self.write(each)] for key, each in value.items()]
            return {"$": kind, "v": pairs}
        if isinstance(value, list):
            return {"$": "list", "v": self._all(value)}
        if isinstance(value, deque):
            return {"$": "deque", "most": value.maxlen, "v": self._all(value)}
        return self._object(value)

    def _object(self, value: object) -> Json:
        if not type(value).__module__.startswith(_OF_STATE):
            raise TypeError(f"{type(value).__qualname__} is no kind of state")
        written = {
            name: self.write(each)
            for name, each in _attributes(value).items()
            if name not in _BUILT and _is_state(each)
        }
        return {"$": _class_name(type(value)), "v": written}

    def _all(self, items: Iterable[object]) -> list[Any]:
        return [self.write(each) for each in items]


def _time(value: datetime | timedelta) -> Json:
    if isinstance(value, datetime):
        return {"$": "datetime", "v": value.isoformat()}
    return {"$": "timedelta", "v": [value.days, value.seconds, value.microseconds]}


class _Reader:
    """Reads what a `_Writer` wrote."""

    def __init__(self) -> None:
        self._met: list[object] = []
        self._kinds: dict[str, Callable[[Json], Any]] = {
            "datetime": lambda node: datetime.fromisoformat(node["v"]),
            "timedelta": _timedelta,
            "tuple": lambda node: tuple(self._all(node)),
            "set": lambda node: set(self._all(node)),
            "frozenset": lambda node: frozenset(self._all(node)),
            "enum": lambda node: _class_named(node["of"])(node["v"]),
            "again": lambda node: self._met[node["v"]],
            "dict": lambda node: self._mapping({}, node),
            "OrderedDict": lambda node: self._mapping(OrderedDict(), node),
            "list": lambda node: self._sequence([], node),
            "deque": lambda node: self._sequence(deque(maxlen=node["most"]), node),
        }

    def fill_all(self, things: tuple[object, ...], node: Json) -> None:
        """Give each of several things the state of another of its class."""
        self._met.append(things)
        for thing, written in zip(things, node["v"], strict=True):
            self.fill(thing, written)

    def fill(self, thing: object, node: Json) -> None:
        """Give a thing that is there already the state of another of its class."""
        if node["$"] != _class_name(type(thing)):
            raise ValueError(f"{node['$'][:80]} where {type(thing).__name__} belongs")
        self._met.append(thing)
        for name, written in node["v"].items():
            if name in _BUILT:  # of an earlier release
                continue
            there = getattr(thing, name)
            if self._stays(there, written):
                self.fill(there, written)
            else:
                object.__setattr__(thing, name, self.read(written))

    def read(self, node: Any) -> Any:  # noqa: ANN401 - JSON to any state
        """A value."""
        if not isinstance(node, dict):
            return node
        known = self._kinds.get(node["$"])
        return known(node) if known else self._made(node)

    def _stays(self, there: object, written: object) -> bool:
        # Parts of the machine hold functions of each other, so they stay the same.
        return (
            isinstance(written, dict)
            and written["$"] == _class_name(type(there))
            and not _is_whole_value(type(there), written["v"])
        )

    def _made(self, node: Json) -> object:
        kind = _class_named(node["$"])
        if attrs.has(kind) and set(node["v"]) != set(_names(kind)):
            raise ValueError(f"{kind.__name__} with other parts than here")
        made: object = object.__new__(kind)
        self._met.append(made)
        for name, written in node["v"].items():
            object.__setattr__(made, name, self.read(written))
        return made

    def _all(self, node: Json) -> list[Any]:
        return [self.read(each) for each in node["v"]]

    def _mapping(self, empty: dict[Any, Any], node: Json) -> dict[Any, Any]:
        self._met.append(empty)
        for key, value in node["v"]:
            empty[self.read(key)] = self.read(value)
        return empty

    def _sequence(self, empty: Any, node: Json) -> Any:  # noqa: ANN401 - list or deque
        self._met.append(empty)
        empty.extend(self._all(node))
        return empty


def _timedelta(node: Json) -> timedelta:
    days, seconds, microseconds = node["v"]
    return timedelta(days=days, seconds=seconds, microseconds=microseconds)
