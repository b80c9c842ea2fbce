"""
References that name a child.

A failover's reference is the child's own with three changes: it carries the failover's
name, counts the messages of all children, and has one more entry in the child's vendor
data. Reading it undoes all three. It needs no store and works in any process that has
the same children.

A reference cannot be changed once it was handed out, so replaced ones are remembered in
memory: bounded, of one process, lost at its end. Elsewhere the vendor's own cancel is
what ends the earlier code.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from attrs import evolve, frozen

from verify_core.masking import Hidden
from verify_core.verification import VerificationRef

KEY = "failover"
"""The entry in the vendor data. Of a failover within a failover, the outer's."""

_KEPT = 65_536
"""Replaced references that one process remembers; beyond it the oldest is forgotten."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


@frozen(kw_only=True)
class ChildReference:
    """
    What a failover's reference stands for: one verification with one child.

    Attributes:
        child: The child's name.
        ref: The child's own reference.
        serial: Identifies the verification in `ReplacedReferences`; empty where the
            child gave the reference out itself.
        resends: Messages sent again through this child.
        sends_before: Messages that other children sent before this one.
    """

    child: str
    ref: VerificationRef
    serial: str = ""
    resends: int = 0
    sends_before: int = 0


def to_reference(found: ChildReference, name: str) -> VerificationRef:
    """Return the reference to hand out, under the failover's name."""
    own = found.ref
    note: dict[str, object] = {
        "child": found.child,
        "own": own.provider,
        "serial": found.serial,
        "resends": found.resends,
        "before": found.sends_before,
    }
    data = dict(own.vendor_data)
    if KEY in data:
        note["inner"] = data[KEY]
    data[KEY] = _ENCODER.encode(note)
    return VerificationRef(  # every start makes one; `evolve` takes half as much again
        provider=name,
        vendor_id=own.vendor_id,
        identifier=own.identifier,
        channel=own.channel,
        attempt_id=own.attempt_id,
        created_at=own.created_at,
        sends=own.sends + found.sends_before,
        vendor_data=Hidden(data),  # texts all, so that they are not checked again
    )


def from_reference(ref: VerificationRef) -> ChildReference | None:
    """Read a failover's reference; None where it is another provider's, or altered."""
    try:
        return _read(ref, json.loads(ref.vendor_data[KEY]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _read(ref: VerificationRef, note: Mapping[str, object]) -> ChildReference:
    before = _count(note["before"])
    data = {name: text for name, text in ref.vendor_data.items() if name != KEY}
    if "inner" in note:
        data[KEY] = _text(note["inner"])
    own = evolve(
        ref, provider=_text(note["own"]), sends=ref.sends - before, vendor_data=data
    )
    return ChildReference(
        child=_text(note["child"]),
        ref=own,
        serial=_text(note["serial"]),
        resends=_count(note["resends"]),
        sends_before=before,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


class ReplacedReferences:
    """The serials of references that a later start replaced; safe for threads."""

    def __init__(self) -> None:
        self._serials: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, serial: object) -> bool:
        return serial in self._serials

    def add(self, serial: str) -> None:
        if not serial:  # of a reference that the child gave out itself
            return
        with self._lock:
            self._serials[serial] = None
            while len(self._serials) > _KEPT:
                self._serials.popitem(last=False)
