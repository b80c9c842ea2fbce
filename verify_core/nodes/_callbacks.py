"""
Callbacks: what a node asks of a person, and the same, answered.

A callback is a value: answering one gives another. Shapes and defaults are those of
PingAM; source: Ping Identity, PingAM 8, "Supported callbacks", read 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import TypeAlias

from attrs import Attribute, evolve, field, frozen

from ..errors import InvalidSetting
from ..frames import unframed_init
from ..masking import Discreet, Revealed, Secret
from ..validation import any_text, instance_of, require_all, require_kind


class MessageType(IntEnum):
    """How a text is meant; the numbers are those of the wire."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2


# Beyond it no code or number lies, and Python refuses to write what is far longer.
_LARGEST_NUMBER = 10**30


def _name(value: object) -> Secret:
    return _typed(value, "name")


def _password(value: object) -> Secret:
    return _typed(value, "password")


def _typed(value: object, setting: str) -> Secret:
    """Text however a client's JSON or a caller wraps it; null is nothing typed."""
    if isinstance(value, Secret):
        return value
    if type(value) is int and abs(value) < _LARGEST_NUMBER:
        return Secret(str(value))
    return Secret("" if value is None else require_kind(setting, value, str))


def _hidden(value: Secret) -> str:
    return "'***'" if value.reveal() else "''"


@frozen
class TextOutputCallback:
    """
    A text to show; nothing is answered.

    Attributes:
        message: The text.
        message_type: How it is meant.
    """

    message: str = field(validator=any_text)
    message_type: MessageType = field(
        default=MessageType.INFORMATION, validator=instance_of(MessageType)
    )


@unframed_init
@frozen
class NameCallback(Discreet):
    """
    A field that shows what is typed.

    Attributes:
        prompt: Its label; a client's answer may leave it out.
        name: What was typed; only this name and `typed` show it.
    """

    prompt: str = field(default="", validator=instance_of(str))
    _name: Secret = field(default=Secret(""), converter=_name, repr=_hidden)

    name = Revealed[str]("_name", "What was typed.")

    typed = name
    """What was typed, by the same name as in a `PasswordCallback`."""

    def answered(self, text: str) -> NameCallback:
        """Answer the field with a text."""
        return evolve(self, name=text)


@unframed_init
@frozen
class PasswordCallback(Discreet):
    """
    A field that hides what is typed.

    Attributes:
        prompt: Its label; a client's answer may leave it out.
        password: What was typed; only this name and `typed` show it.
    """

    prompt: str = field(default="", validator=instance_of(str))
    _password: Secret = field(default=Secret(""), converter=_password, repr=_hidden)

    password = Revealed[str]("_password", "What was typed.")

    typed = password
    """What was typed, by the same name as in a `NameCallback`."""

    def answered(self, text: str) -> PasswordCallback:
        """Answer the field with a text."""
        return evolve(self, password=text)


def _texts(options: Iterable[str]) -> tuple[str, ...]:
    found = require_all("options", options, str)
    if not found:
        raise InvalidSetting("options", "takes at least one label")
    return found


def _default_option(value: object) -> int:
    return _index(value, "default_option")


def _selected_index(value: object) -> int:
    return _index(value, "selected_index")


def _index(value: object, setting: str) -> int:
    """An index however a client's JSON spells it."""
    if type(value) is int:
        return value
    if isinstance(value, str) and re.fullmatch("[0-9]{1,4}", value.strip()):
        return int(value)
    raise InvalidSetting(setting, "takes the index of an option")


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
        selected_index: Index of the one pressed; 0 at first, as in PingAM.
        message_type: How the question is meant.

    Raises:
        InvalidSetting: A field of another type, or an index that is not one of the
            options'; names it.
    """

    options: tuple[str, ...] = field(converter=_texts)
    default_option: int = field(
        default=0,
        kw_only=True,
        converter=_default_option,
        validator=_index_of_an_option,
    )
    selected_index: int = field(
        default=0,
        kw_only=True,
        converter=_selected_index,
        validator=_index_of_an_option,
    )
    message_type: MessageType = field(
        default=MessageType.INFORMATION,
        kw_only=True,
        validator=instance_of(MessageType),
    )

    def selected(self, index: int) -> ConfirmationCallback:
        """Answer by pressing a button; `InvalidSetting` if it does not exist."""
        return evolve(self, selected_index=index)


Callback: TypeAlias = (
    TextOutputCallback | NameCallback | PasswordCallback | ConfirmationCallback
)
