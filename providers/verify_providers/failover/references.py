"""
References that name a child.

A failover's reference is the child's own but for three things: it carries the
failover's name, counts the messages of all children, and has one entry of ours beside
the child's vendor data. Handing it back undoes all three. It needs no store and works
in any process that has the same children.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from attrs import evolve, frozen

from verify_core.verification import VerificationRef

KEY: Final = "failover"
"""Our entry in the vendor data. Of a failover within a failover, the outer's."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))


@frozen(kw_only=True)
class Link:
    """
    One verification with one child.

    Attributes:
        child: The child's name.
        ref: Its own reference, as it gave it out.
        serial: Ours for it; empty where the child gave it out itself.
    """

    child: str
    ref: VerificationRef
    serial: str = ""


@frozen(kw_only=True)
class Pin:
    """
    What a reference stands for.

    Attributes:
        newest: The verification that counts.
        older: One that may have been started before it and works as well, or None.
        resends: Messages sent again through the newest one's child.
        sends_before: Messages of other children before the newest one's.
    """

    newest: Link
    older: Link | None = None
    resends: int = 0
    sends_before: int = 0

    @property
    def links(self) -> tuple[Link, ...]:
        """Its verifications, newest first."""
        return (self.newest,) if self.older is None else (self.newest, self.older)


def to_reference(pin: Pin, name: str) -> VerificationRef:
    """
    The reference to hand out.

    Args:
        pin: What it stands for.
        name: The failover's.
    """
    own = pin.newest.ref
    note: dict[str, object] = {
        "child": pin.newest.child,
        "own": own.provider,
        "serial": pin.newest.serial,
        "resends": pin.resends,
        "before": pin.sends_before,
    }
    if KEY in own.vendor_data:
        note["inner"] = own.vendor_data[KEY]
    if pin.older is not None:
        note["older"] = _older_to_json(pin.older)
    # Field by field: `evolve` takes half as long again, and every start comes by here.
    return VerificationRef(
        provider=name,
        vendor_id=own.vendor_id,
        identifier=own.identifier,
        channel=own.channel,
        attempt_id=own.attempt_id,
        created_at=own.created_at,
        sends=own.sends + pin.sends_before,
        vendor_data={**own.vendor_data, KEY: _ENCODER.encode(note)},
    )


def from_reference(ref: VerificationRef) -> Pin | None:
    """What a reference of ours stands for, or None where it is none of ours."""
    try:
        return _pin(ref, json.loads(ref.vendor_data[KEY]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _pin(ref: VerificationRef, note: Mapping[str, object]) -> Pin:
    before = _count(note["before"])
    data = {name: text for name, text in ref.vendor_data.items() if name != KEY}
    if "inner" in note:
        data[KEY] = _text(note["inner"])
    own = evolve(
        ref, provider=_text(note["own"]), sends=ref.sends - before, vendor_data=data
    )
    newest = Link(child=_text(note["child"]), ref=own, serial=_text(note["serial"]))
    older = _older_from_json(note["older"], own) if "older" in note else None
    return Pin(
        newest=newest,
        older=older,
        resends=_count(note["resends"]),
        sends_before=before,
    )


def _older_to_json(link: Link) -> dict[str, object]:
    ref = link.ref.to_json()
    del ref["identifier"]  # both reach the same person
    return {"child": link.child, "serial": link.serial, "ref": ref}


def _older_from_json(data: object, newest: VerificationRef) -> Link:
    if not isinstance(data, Mapping):
        raise TypeError
    identifier = newest.to_json()["identifier"]
    return Link(
        child=_text(data["child"]),
        ref=VerificationRef.from_json({**data["ref"], "identifier": identifier}),
        serial=_text(data["serial"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value
