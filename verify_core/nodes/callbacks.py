"""
Callbacks: what a node asks of a person, and the same, answered.

A callback is a value: answering one gives another. Shapes and defaults are those of
PingAM; source: Ping Identity, PingAM 8, "Supported callbacks", read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import IntEnum
from typing import TypeAlias

from attrs import Attribute, evolve, field, frozen

from ..errors import InvalidSetting
from ..masking import Secret


class MessageType(IntEnum):
    """How a text is meant; the numbers are those of the wire."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2


def _typed(value: object) -> str:
    """Text however a client's JSON or a caller wraps it; null is nothing typed."""
    if isinstance(value, Secret):
        return value.reveal()
    return "" if value is None else str(value)


def _hidden(value: str) -> str:
    return "'***'" if value else "''"


@frozen
class TextOutputCallback:
    """
    A text to show; nothing is answered.

    Attributes:
        message: The text.
        message_type: How it is meant.
    """

    message: str
    message_type: MessageType = MessageType.INFORMATION


@frozen
class NameCallback:
    """
    A field that shows what is typed.

    Attributes:
        prompt: Its label; a client's answer may leave it out.
        name: What was typed; `repr` hides it.
        default_name: What stands in the field at first; our nodes leave it empty.
    """

    prompt: str = ""
    name: str = field(default="", converter=_typed, repr=_hidden)
    default_name: str = field(default="", converter=_typed, repr=_hidden)

    @property
    def typed(self) -> str:
        """What was typed, by the same name as in a `PasswordCallback`."""
        return self.name

    def answered(self, text: str) -> NameCallback:
        """The same field with this text typed in."""
        return evolve(self, name=text)


@frozen
class PasswordCallback:
    """
    A field that hides what is typed.

    Attributes:
        prompt: Its label; a client's answer may leave it out.
        password: What was typed; `repr` hides it.
    """

    prompt: str = ""
    password: str = field(default="", converter=_typed, repr=_hidden)

    @property
    def typed(self) -> str:
        """What was typed, by the same name as in a `NameCallback`."""
        return self.password

    def answered(self, text: str) -> PasswordCallback:
        """The same field with this text typed in."""
        return evolve(self, password=text)


def _texts(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(options)


def _index(value: object) -> int:
    with suppress(ValueError):
        return int(str(value))
    raise InvalidSetting("selected_index", "takes the index of an option")


def _index_of_an_option(
    instance: ConfirmationCallback, attribute: Attribute[int], value: int
) -> None:
    if not 0 <= value < len(instance.options):
        last = len(instance.options) - 1
        raise InvalidSetting(attribute.name, f"takes 0 to {last}, the options' indices")


@frozen
class ConfirmationCallback:
    """
    A row of buttons.

    Attributes:
        options: Their labels, at least one.
        default_option: Index of the one to highlight.
        selected_index: Index of the one pressed; 0 where none was, as in PingAM.
        message_type: How the question is meant.

    Raises:
        InvalidSetting: An index that is not one of the options'.
    """

    options: tuple[str, ...] = field(converter=_texts)
    default_option: int = field(
        default=0, kw_only=True, converter=_index, validator=_index_of_an_option
    )
    selected_index: int = field(
        default=0, kw_only=True, converter=_index, validator=_index_of_an_option
    )
    message_type: MessageType = field(default=MessageType.INFORMATION, kw_only=True)

    def selected(self, index: int) -> ConfirmationCallback:
        """
        The same buttons with this one pressed.

        Raises:
            InvalidSetting: There is no such button.
        """
        return evolve(self, selected_index=index)


Callback: TypeAlias = (
    TextOutputCallback | NameCallback | PasswordCallback | ConfirmationCallback
)
