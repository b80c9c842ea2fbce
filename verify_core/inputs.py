"""
What a person typed or a developer set, refused: `ValueError`s, no provider's fault.

The whole tree of errors is drawn in `verify_core.errors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class InputError(ValueError):
    """
    What a person typed, or a login carried, cannot be used; asking again is the way on.

    Attributes:
        reason: Why, as a member of a closed list.
    """

    def __init__(self, reason: StrEnum, message: str) -> None:
        super().__init__(reason, message)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


class InvalidSetting(ValueError):
    """
    A developer's setting cannot be used; found before any request is made.

    Attributes:
        setting: Which one, by the name under which it was passed.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(setting, message)
        self.setting = setting

    def __str__(self) -> str:
        return f"{self.setting}: {self.args[1]}"


def is_encodable(text: str) -> bool:
    """
    Whether the text is more than halves of characters, which nothing can carry.

    Python makes such halves (lone surrogates) of bytes that are no UTF-8, in arguments
    and in environment variables, and of escapes in JSON.
    """
    if text.isascii():  # which is all but a few texts, and takes no time
        return True
    return not any("\ud800" <= character <= "\udfff" for character in text)


def require_kind(setting: str, value: object, kind: type[T]) -> T:
    """
    The value, if it is of that type.

    Raises:
        InvalidSetting: It is of another; the message does not repeat it.
    """
    if not isinstance(value, kind):
        wanted, found = kind.__name__, type(value).__name__
        raise InvalidSetting(setting, f"takes a {wanted}, not {found}")
    return value


def require_whole(setting: str, value: object, least: int, most: int) -> int:
    """
    The value, if it is a whole number within bounds; a `bool` is not.

    Raises:
        InvalidSetting: It is another one; the message does not repeat it.
    """
    if type(value) is not int or not least <= value <= most:
        raise InvalidSetting(setting, f"takes a whole number from {least} to {most}")
    return value


def require_all(setting: str, value: object, kind: type[T]) -> tuple[T, ...]:
    """
    The members of a collection, each of that type, in its order.

    Raises:
        InvalidSetting: It is a text or no collection, or a member is of another type.
    """
    members = require_members(setting, value, kind.__name__)
    return tuple(require_kind(setting, member, kind) for member in members)


def require_members(setting: str, value: object, of_what: str) -> tuple[Any, ...]:
    """
    The members of a collection, in its order.

    Raises:
        InvalidSetting: It is a text, which would be read letter by letter, or no
            collection.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidSetting(setting, f"takes a collection of {of_what}")
    return tuple(value)


def require_texts(setting: str, value: object) -> dict[str, str]:
    """
    A copy of a mapping from texts to texts.

    Raises:
        InvalidSetting: It is no mapping, or has a member that is no text.
    """
    if not isinstance(value, Mapping):
        raise InvalidSetting(setting, f"takes a mapping, not {type(value).__name__}")
    return {
        require_text(setting, name): require_text(setting, member)
        for name, member in value.items()
    }


def read_member(kind: type[E], setting: str, value: object) -> E:
    """
    The member that a configuration names.

    Raises:
        InvalidSetting: It names none; the message lists them.
    """
    # Raised outside of the `with`: Python's own error quotes the value, and would be
    # kept as this one's context. The rest of the project does the same.
    if isinstance(value, str):
        with suppress(ValueError):
            return kind(value)
    raise InvalidSetting(setting, f"takes one of {', '.join(kind)}")


def require_text(setting: str, value: object) -> str:
    """
    The value, if it is a text that can be written out.

    Raises:
        InvalidSetting: It is none; the message does not repeat it.
    """
    text = require_kind(setting, value, str)
    if not is_encodable(text):
        raise InvalidSetting(setting, "holds half a character (a lone surrogate)")
    return text
