"""
Validators that settings and values share; each raises `InvalidSetting`.

They are attrs validators: the setting in the error is the attribute's name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

from attrs import Attribute

from .inputs import InvalidSetting, require_text

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


def instance_of(*kinds: type) -> Validator:
    """Require an instance of one of the classes; a `bool` is no number."""

    def require(_instance: object, attribute: Attribute[Any], value: object) -> None:
        is_flag = isinstance(value, bool) and bool not in kinds
        if is_flag or not isinstance(value, kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise InvalidSetting(
                _shown(attribute), f"takes a {wanted}, not {type(value).__name__}"
            )

    return require


def instance_or_none(kind: type) -> Validator:
    """Require an instance of the class, or None."""
    require_instance = instance_of(kind)

    def require(instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None:
            require_instance(instance, attribute, value)

    return require


def any_text(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out."""
    require_text(_shown(attribute), value)


def optional_text(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out, or None."""
    if value is not None:
        require_text(_shown(attribute), value)


def optional_function(
    _instance: object, attribute: Attribute[Any], value: object
) -> None:
    """Require something that can be called, or None."""
    if value is not None and not callable(value):
        raise InvalidSetting(
            _shown(attribute), f"takes a function, not {type(value).__name__}"
        )


optional_count = whole(0, 10**9, optional=True)
"""Require a number of things, or None."""


def _shown(attribute: Attribute[Any]) -> str:
    """A field's name as the constructor knows it, without a leading underscore."""
    return attribute.alias or attribute.name
