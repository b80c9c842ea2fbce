"""
Validators that settings and values share; each raises `InvalidSetting`.

They are attrs validators: the setting in the error is the attribute's name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from attrs import Attribute

from .inputs import InvalidSetting

Validator: TypeAlias = Callable[[object, "Attribute[Any]", object], None]
"""Takes the instance, the attribute and the value; raises or returns None."""

_SECOND = timedelta(seconds=1)
_YEAR = timedelta(days=366)


def flag(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require True or False."""
    if not isinstance(value, bool):
        raise InvalidSetting(attribute.name, "takes True or False")


def whole(least: int, most: int | None = None, *, optional: bool = False) -> Validator:
    """
    Require a whole number, which True is not.

    Args:
        least: The smallest number allowed.
        most: The largest number allowed; None sets no limit.
        optional: Whether None is allowed as well.
    """
    span = f"from {least} on" if most is None else f"from {least} to {most}"

    def require(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is None and optional:
            return
        if type(value) is not int or value < least or (most or value) < value:
            raise InvalidSetting(attribute.name, f"takes a whole number {span}")

    return require


def positive_duration(
    _instance: object, attribute: Attribute[Any], value: object
) -> None:
    """Require a `timedelta` above zero."""
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise InvalidSetting(attribute.name, "takes a duration above zero")


def whole_seconds(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a `timedelta` of whole seconds, from one on, at most a year."""
    fits = isinstance(value, timedelta) and _SECOND <= value <= _YEAR
    if not fits or value % _SECOND:  # type: ignore[operator]
        raise InvalidSetting(
            attribute.name, "takes whole seconds, from one on, at most a year"
        )


def instance_or_none(kind: type) -> Validator:
    """Require an instance of the class, or None."""

    def require(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None and not isinstance(value, kind):
            raise InvalidSetting(attribute.name, f"takes a {kind.__name__} or None")

    return require
