"""
Checks that values and settings share, each written once; they raise `InvalidSetting`.

Functions named `require_…` and `read_…` take the setting's name and its value, and
return the value. The others are validators of attrs, or make one; the setting is then
the field, by the name that its constructor takes. No message repeats a value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from attrs import Attribute
from attrs.validators import optional

from .characters import is_encodable
from .errors import InvalidSetting

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)

Validator: TypeAlias = Callable[[object, "Attribute[Any]", Any], None]
"""Takes the instance, the field and the value; raises or returns None."""

_MANY = 10**9
_SECOND = timedelta(seconds=1)
_YEAR = timedelta(days=366)


def read_or(
    read: Callable[[V], T],
    value: V,
    error: Exception,
    catching: type[Exception] | tuple[type[Exception], ...] = ValueError,
) -> T:
    """
    Read a value, or raise another error, to which the first is not chained.

    Python's own errors quote the value, which may be a secret. One that is raised where
    another is handled keeps that one as its context, even with `from None`.

    Args:
        read: Makes something of the value, or raises.
        value: What to read.
        error: What to raise instead.
        catching: What `read` raises where it cannot read the value.
    """
    with suppress(*(catching if isinstance(catching, tuple) else (catching,))):
        return read(value)
    raise error


def require_kind(setting: str, value: object, kind: type[T]) -> T:
    """
    The value, if it is of that type.

    Raises:
        InvalidSetting: It is of another.
    """
    if not isinstance(value, kind):
        raise _of_another_kind(setting, value, kind)
    return value


def require_text(setting: str, value: object) -> str:
    """
    The value, if it is a text that can be written out.

    Raises:
        InvalidSetting: It is not a text, or has a lone surrogate.
    """
    if not isinstance(value, str):
        raise _of_another_kind(setting, value, str)
    # Almost every text is ASCII, and every start requires a dozen of them.
    if not value.isascii() and not is_encodable(value):
        raise InvalidSetting(setting, "holds half a character (a lone surrogate)")
    return value


def require_all(setting: str, value: object, kind: type[T]) -> tuple[T, ...]:
    """
    The members of a collection, each of that type, in its order.

    Raises:
        InvalidSetting: It is a text or no collection, or a member is of another type.
    """
    members = require_members(setting, value, kind.__name__)
    for member in members:
        if not isinstance(member, kind):
            raise _of_another_kind(setting, member, kind)
    return members


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
        InvalidSetting: It is not a mapping, or has a member that is not a text.
    """
    if not isinstance(value, Mapping):
        raise InvalidSetting(setting, f"takes a mapping, not {type(value).__name__}")
    return {
        require_text(setting, name): require_text(setting, member)
        for name, member in value.items()
    }


def read_member(kind: type[E], setting: str, value: object) -> E:
    """
    The member of an enumeration that a setting names.

    Raises:
        InvalidSetting: It names none; the message lists them.
    """
    if isinstance(value, kind):
        return value
    error = InvalidSetting(setting, f"takes one of {', '.join(kind)}")
    if not isinstance(value, str):
        raise error
    return read_or(kind, value, error)


def is_ip_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    with suppress(ValueError):
        ipaddress.ip_address(text)
        return True
    return False


def checked(require: Callable[[str, Any], object]) -> Validator:
    """Make a validator of a function `require_…(setting, value)`."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        require(_shown(attribute), value)

    return validate


def fits(test: Callable[[Any], bool], message: str) -> Validator:
    """
    Require what a test says.

    Args:
        test: Judges the value; must bear values of every type.
        message: What the field takes, beginning with a verb.
    """

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not test(value):
            raise InvalidSetting(_shown(attribute), message)

    return validate


def instance_of(*kinds: type) -> Validator:
    """Require a value of one of these types; `bool` counts only where it is named."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        is_flag = isinstance(value, bool) and bool not in kinds
        if is_flag or not isinstance(value, kinds):
            raise _of_another_kind(_shown(attribute), value, *kinds)

    return validate


def instance_or_none(*kinds: type) -> Validator:
    """Require a value of one of these types, or None."""
    return optional(instance_of(*kinds))


def any_text(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out."""
    require_text(attribute.alias or attribute.name, value)


def filled_text(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out and is not empty."""
    if not require_text(attribute.alias or attribute.name, value):
        raise InvalidSetting(_shown(attribute), "takes a text that is not empty")


def matching(pattern: str, message: str) -> Validator:
    """
    Require a text that matches a pattern as a whole.

    Args:
        pattern: A regular expression.
        message: What the field takes, beginning with a verb.
    """
    fullmatch = re.compile(pattern).fullmatch
    return fits(
        lambda value: isinstance(value, str) and bool(fullmatch(value)), message
    )


def whole(least: int, most: int | None = None) -> Validator:
    """
    Require a whole number, which True is not.

    Args:
        least: The smallest number allowed.
        most: The largest number allowed; None stands for a thousand million, so that
            Python can always write it.
    """
    span = f"from {least} on" if most is None else f"from {least} to {most}"
    largest = _MANY if most is None else most

    def is_within(value: object) -> bool:
        return type(value) is int and least <= value <= largest

    return fits(is_within, f"takes a whole number {span}")


def _is_positive_duration(value: object) -> bool:
    return isinstance(value, timedelta) and value > timedelta(0)


def _is_whole_seconds(value: object) -> bool:
    if not isinstance(value, timedelta) or not _SECOND <= value <= _YEAR:
        return False
    return not value % _SECOND


def _is_ip_address_text(value: object) -> bool:
    return isinstance(value, str) and is_ip_address(value)


flag = fits(lambda value: isinstance(value, bool), "takes True or False")
function = fits(callable, "takes a function")
positive_duration = fits(_is_positive_duration, "takes a duration above zero")
whole_seconds = fits(
    _is_whole_seconds, "takes whole seconds, from one on, at most a year"
)
ip_address = fits(_is_ip_address_text, "takes an IPv4 or IPv6 address")

optional_text = optional(any_text)
optional_function = optional(function)
optional_count = optional(whole(0, 10**9))
"""Require a number of things, or None."""


def _shown(attribute: Attribute[Any]) -> str:
    """A field's name as the constructor takes it, without a leading underscore."""
    return attribute.alias or attribute.name


def _of_another_kind(setting: str, value: object, *kinds: type) -> InvalidSetting:
    wanted = " or ".join(kind.__name__ for kind in kinds)
    return InvalidSetting(setting, f"takes a {wanted}, not {type(value).__name__}")
