"""
What a person typed or a developer set, refused: `ValueError`s, no provider's fault.

The whole tree of errors is drawn in `verify_core.errors`.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

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
        wish, found = kind.__name__, type(value).__name__
        raise InvalidSetting(setting, f"takes a {wish}, not {found}")
    return value


def read_member(kind: type[E], setting: str, value: object) -> E:
    """
    The member that a configuration names.

    Raises:
        InvalidSetting: It names none; the message lists them.
    """
    # Raised outside of the `with`: Python's own error quotes the value, and would be
    # kept as this one's context. The rest of the project does the same.
    with suppress(ValueError):
        return kind(value)  # type: ignore[arg-type]  # the enum judges anything
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
