"""
Reading a node's attributes as journey exports write them.

What cannot be read is an `InvalidSetting` that names the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..channels import Channel, read_channel
from ..errors import InvalidSetting, UnknownChannel
from ..masking import Secret
from ..validation import read_or

Attributes = Mapping[str, object]
"""A node's object in an export; members that a node does not know are passed over."""


def require_attributes(attributes: object) -> Attributes:
    """Refuse what is not a JSON object."""
    if not isinstance(attributes, Mapping):
        raise InvalidSetting("attributes", "takes the JSON object of one node")
    return attributes


def text(attributes: Attributes, name: str, default: str = "") -> str:
    """A text without the blanks around it; null and nothing else give the default."""
    value = attributes.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise InvalidSetting(name, "takes a text")
    return value.strip() or default


def secret(attributes: Attributes, name: str) -> Secret | None:
    """A secret; exports carry null."""
    value = attributes.get(name)
    if isinstance(value, Secret):
        return value
    found = text(attributes, name)
    return Secret(found) if found else None


def flag(attributes: Attributes, name: str, *, default: bool) -> bool:
    """A truth value, also spelled `"true"` or `"False"`."""
    value = attributes.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    spelled = {"true": True, "false": False}
    found = spelled.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise InvalidSetting(name, "takes true or false")
    return found


def channel(attributes: Attributes, name: str = "channel") -> Channel:
    """A channel in any case; SMS where the export names none."""
    written = text(attributes, name, Channel.SMS)
    known = ", ".join(item.name for item in Channel)
    error = InvalidSetting(name, f"takes one of {known}")
    return read_or(read_channel, written, error, catching=UnknownChannel)


def state_key(attributes: Attributes, name: str, default: str) -> str:
    """The name of a state key; null gives the default."""
    if isinstance(attributes.get(name), str) and not text(attributes, name):
        raise InvalidSetting(name, f"takes the name of a state key, such as {default}")
    return text(attributes, name, default)
