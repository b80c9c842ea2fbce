"""JSON of an export: checked, made immutable, and its secrets hidden."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ..errors import InvalidSetting
from ..masking import Secret
from ..nodes._credentials import is_placeholder, without_placeholders

Members: TypeAlias = Mapping[str, object]
"""An object of JSON, read-only; arrays in it are tuples."""

EMPTY: Members = MappingProxyType({})

MAX_DEPTH = 32
_LONGEST_SHOWN = 80

# Not `passwordAttribute`, `passwordHeader` and the like, which name other things.
_NAMES_A_SECRET = re.compile(
    "(?:password|passwd|passphrase|secret|token|credentials?|(?:api|access|auth|private"
    "|secret|signing|encryption|shared)[-_.]?key|(?:^|[-_.])authorization)$",
    re.IGNORECASE,
)
# Members that hold the value of what they stand in: by ESV, by default, by locale.
_HOLDS_THE_VALUE = re.compile(
    r"\$string|value|default(?:Value)?|(?!id$)[a-z]{2}(?:[-_][A-Za-z]{2,4})*"
)
_CLEAR = re.compile(r"\w")
_SCHEME = re.compile("^(?:Basic|Bearer) +", re.IGNORECASE)  # RFC 9110, section 11
# In any text, scripts included: keys, a name and a password in a URL, credentials of
# HTTP (RFC 6750, RFC 7617), tokens (RFC 7519), keys of AWS, and what is assigned to a
# name for a secret; ESVs and their names are not secrets.
_HOLDS_A_SECRET = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"|://[^/\s:@]{1,200}:[^/\s:@{}$]{1,200}@"
    r"|\b(?i:Basic|Bearer) +(?=[\w+/=.~-]{0,200}[0-9])[\w+/=.~-]{16}"
    r"|\beyJ[\w-]{10,2000}\.[\w-]{10,2000}\.[\w-]{10}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|(?i:password|passwd|secret|token|api_?key)[\"']?\s*[:=]\s*"
    r"([\"'`])(?!esv[-.])(?=[^\"'`\s]{0,200}[0-9])[^\"'`\s&]{8,200}\1"
)


def frozen_json(value: object, key: str, depth: int = 0) -> object:
    """
    A read-only copy of what a JSON document holds.

    Raises:
        InvalidSetting: It is not JSON, or nests more than 32 deep; names the key.
    """
    if depth > MAX_DEPTH:
        raise InvalidSetting(key, f"nests more than {MAX_DEPTH} deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidSetting(key, "holds a number that cannot be read")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return tuple(frozen_json(item, key, depth + 1) for item in value)
    if not isinstance(value, Mapping):
        raise InvalidSetting(key, f"takes JSON, not {type(value).__name__}")
    made = {}
    for name, member in value.items():
        if not isinstance(name, str):
            raise InvalidSetting(
                key, f"takes texts as names, not {type(name).__name__}"
            )
        made[name] = frozen_json(member, inside(key, name), depth + 1)
    return MappingProxyType(made)


def hide_secrets(value: object, name: str = "") -> object:
    """
    The same with a `Secret` for each secret that stands there in clear.

    A secret is a text under a name that says so, and any text that holds one, such as
    a private key. What ESVs alone fill in (`&{esv.…}`) stays as it is.
    """
    if isinstance(value, str):
        return Secret(value) if _is_secret(value, name) else value
    if isinstance(value, tuple):
        return tuple(hide_secrets(item, name) for item in value)
    if isinstance(value, Mapping):
        return hide_members(value, name)
    return value


def hide_members(members: Members, name: str = "") -> Members:
    """As `hide_secrets`, for an object; its own name counts for its value."""
    return MappingProxyType(
        {
            each: hide_secrets(
                member, name if name and _HOLDS_THE_VALUE.fullmatch(each) else each
            )
            for each, member in members.items()
        }
    )


def holds_secret(text: str) -> bool:
    """Whether a secret stands in a text, such as a script."""
    return _HOLDS_A_SECRET.search(text) is not None


def _is_secret(text: str, name: str) -> bool:
    if holds_secret(text):
        return True
    if _NAMES_A_SECRET.search(name) is None:
        return False
    if not is_placeholder(text):
        return bool(text.strip())
    around = without_placeholders(text)
    return _CLEAR.search(_SCHEME.sub("", around)) is not None


def secrets_in(value: object, key: str = "") -> Iterator[str]:
    """The keys under which secrets stand in clear."""
    if isinstance(value, Secret):
        yield key
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from secrets_in(member, inside(key, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from secrets_in(item, key)


def inside(key: str, name: str) -> str:
    """The dotted key of a member."""
    return f"{key}.{shown(name)}" if key else shown(name)


def shown(text: str) -> str:
    """A text of the export as it may be printed: short, on one line, no controls."""
    kept = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
    return "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in kept
    )


def require_object(value: object, key: str) -> Members:
    """The value, if it is an object."""
    if not isinstance(value, Mapping):
        raise InvalidSetting(key, f"takes an object, not {_kind(value)}")
    return value


def member_object(members: Members, name: str, key: str) -> Members:
    """An object inside another; empty where it is missing or null."""
    value = members.get(name)
    return EMPTY if value is None else require_object(value, inside(key, name))


def member_list(members: Members, name: str, key: str) -> tuple[object, ...]:
    """An array inside an object; empty where it is missing or null."""
    value = members.get(name)
    if value is None:
        return ()
    if not isinstance(value, tuple):
        raise InvalidSetting(inside(key, name), f"takes an array, not {_kind(value)}")
    return value


def member_text(members: Members, name: str, key: str) -> str:
    """A text inside an object; empty where it is missing or null."""
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidSetting(inside(key, name), f"takes a text, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    kinds = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "a text",
        tuple: "an array",
        Secret: "a text",
        type(None): "null",
    }
    return kinds.get(type(value), "an object")
