"""The windows in which a guard counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from attrs import Attribute

from verify_core.errors import InvalidSetting

_SECOND: Final = timedelta(seconds=1)
_LONGEST: Final = timedelta(days=366)


def whole_seconds(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """
    A validator: a number of whole seconds, as stores count them.

    Raises:
        InvalidSetting: A fraction of one, less than one, or more than a year.
    """
    fits = isinstance(value, timedelta) and _SECOND <= value <= _LONGEST
    if not fits or value % _SECOND:  # type: ignore[operator]
        raise InvalidSetting(
            attribute.name, "takes whole seconds, from one on, at most a year"
        )
