"""Texts with placeholders, `{to}`; what fills them can never leave its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from math import isfinite
from string import Formatter
from typing import Any, TypeAlias
from urllib.parse import quote

from attrs import frozen

from verify_core.errors import InvalidSetting, UnsupportedChannel
from verify_core.files import MAX_DEPTH
from verify_core.phone import PhoneNumber

from ._sender import Message


@frozen
class TextTemplate:
    """
    A text, and the names of the values between its parts.

    Attributes:
        parts: Each a text and the name of what follows it, or None at the end.
    """

    parts: tuple[tuple[str, str | None], ...]

    @property
    def names(self) -> frozenset[str]:
        """The values that it needs."""
        return frozenset(name for _text, name in self.parts if name is not None)

    def filled(
        self, values: Mapping[str, str], escape: Callable[[str], str] = str
    ) -> str:
        """The text with its values, each escaped."""
        return "".join(
            text + ("" if name is None else escape(values[name]))
            for text, name in self.parts
        )


def read_template(place: str, text: object, known: Iterable[str]) -> TextTemplate:
    """
    Read a template; `{{` and `}}` are braces.

    >>> read_template("url", "/send?to={to}", ["to"]).filled({"to": "+1&x"}, in_url)
    '/send?to=%2B1%26x'
    >>> read_template("json.text", "{txt}", ["text", "to"])
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: json.text: unknown placeholder; known are text, \
to

    Raises:
        InvalidSetting: No text, a brace alone, or an unknown placeholder; names the
            place.
    """
    if not isinstance(text, str):
        raise InvalidSetting(place, f"takes a text, not {type(text).__name__}")
    names = sorted(known)
    parts = _parts(text)
    if parts is None:
        raise InvalidSetting(place, "has a brace alone; write {{ or }} for a brace")
    for _text, name, form, conversion in parts:
        if name is not None and (name not in names or form or conversion):
            raise InvalidSetting(
                place, f"unknown placeholder; known are {', '.join(names)}"
            )
    return TextTemplate(tuple((text, name) for text, name, *_ in parts))


def _parts(text: str) -> list[tuple[str, str | None, str | None, str | None]] | None:
    try:
        return list(Formatter().parse(text))
    except ValueError:
        return None


def in_url(value: str) -> str:
    """Escape a value for a URL's path or query: RFC 3986, section 2.1."""
    return quote(value, safe="")


Tree: TypeAlias = "TextTemplate | Mapping[str, Tree] | list[Tree] | float | bool | None"
"""A JSON document whose texts are templates."""


def read_tree(
    place: str, data: object, known: Iterable[str], *, depth: int = MAX_DEPTH
) -> Tree:
    """
    Read a JSON document whose texts are templates; the names of members are not.

    Raises:
        InvalidSetting: A member is not of JSON or no template; names its place.
    """
    if depth == 0:
        raise InvalidSetting(
            place.partition(".")[0], f"nests more than {MAX_DEPTH} deep"
        )
    if isinstance(data, Mapping):
        if not all(isinstance(name, str) for name in data):
            raise InvalidSetting(place, "takes texts as names")
        return {
            name: read_tree(f"{place}.{_shown(name)}", member, known, depth=depth - 1)
            for name, member in data.items()
        }
    if isinstance(data, list | tuple):
        return [
            read_tree(f"{place}[{at}]", member, known, depth=depth - 1)
            for at, member in enumerate(data, start=1)
        ]
    if isinstance(data, float) and not isfinite(data):
        raise InvalidSetting(place, "takes a number that JSON has")
    if data is None or isinstance(data, int | float):
        return data
    return read_template(place, data, known)


def _shown(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]{1,30}", name) else "a member"


def fill_tree(tree: Tree, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """The document with its values; whoever encodes it escapes them."""
    if isinstance(tree, TextTemplate):
        return tree.filled(values)
    if isinstance(tree, Mapping):
        return {name: fill_tree(member, values) for name, member in tree.items()}
    if isinstance(tree, list):
        return [fill_tree(member, values) for member in tree]
    return tree


def names_in(tree: Tree) -> frozenset[str]:
    """The values that a document needs."""
    if isinstance(tree, TextTemplate):
        return tree.names
    members = tree.values() if isinstance(tree, Mapping) else tree
    inner = members if isinstance(members, list) or isinstance(tree, Mapping) else ()
    return frozenset().union(*(names_in(member) for member in inner))  # type: ignore[union-attr]


def _phone(message: Message) -> PhoneNumber:
    if isinstance(message.identifier, PhoneNumber):
        return message.identifier
    raise UnsupportedChannel("HTTP: the description takes phone numbers alone")


VALUES: Mapping[str, Callable[[Message], str]] = {
    "attempt_id": lambda message: message.attempt_id,
    "brand": lambda message: message.brand,
    "channel": lambda message: message.channel.value,
    "code": lambda message: message.code.reveal(),
    "html": lambda message: message.html,
    "language": lambda message: message.language,
    "minutes": lambda message: f"{-(-message.lifetime // timedelta(minutes=1))}",
    "number": lambda message: f"{message.number}",
    "subject": lambda message: message.subject,
    "text": lambda message: message.text,
    "to": lambda message: message.to,
    "to_digits": lambda message: _phone(message).e164.removeprefix("+"),
    "to_national": lambda message: _phone(message).e164.removeprefix(
        f"+{_phone(message).calling_code}"
    ),
}
"""Placeholders, and what of a message fills them."""
