"""
Checks that values and settings share, each written once; they raise `InvalidSetting`.

Functions named `require_…` and `read_…` take the setting's name and its value, and
return the value or raise. The others are validators of attrs, or make one; the setting
is then the field, by the name that its constructor takes. No message repeats a value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from attrs import Attribute
from attrs.validators import optional

from .characters import is_encodable
from .errors import InvalidSetting

T = TypeVar("T")
V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)
F = TypeVar("F")

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
    """
    with suppress(*(catching if isinstance(catching, tuple) else (catching,))):
        return read(value)
    raise error


def require_kind(setting: str, value: object, kind: type[T]) -> T:
    """The value, if it is of that type."""
    if not isinstance(value, kind):
        raise _of_another_kind(setting, value, kind)
    return value


def require_function(setting: str, value: F) -> F:
    """The value, if it can be called."""
    if not callable(value):
        raise InvalidSetting(setting, "takes a function")
    return value


def require_whole(
    setting: str, value: object, *, least: int, most: int | None = None
) -> int:
    """
    The value, if it is a whole number within these bounds, which True is not.

    Without `most` it may be up to a thousand million, which Python can always write.
    """
    largest = _MANY if most is None else most
    if type(value) is not int or not least <= value <= largest:
        span = f"from {least} on" if most is None else f"from {least} to {most}"
        raise InvalidSetting(setting, f"takes a whole number {span}")
    return value


def require_text(setting: str, value: object) -> str:
    """The value, if it is a text that can be written out, without lone surrogates."""
    if not isinstance(value, str):
        raise _of_another_kind(setting, value, str)
    if not value.isascii() and not is_encodable(value):
        raise InvalidSetting(setting, "holds half a character (a lone surrogate)")
    return value


def require_all(setting: str, value: object, kind: type[T]) -> tuple[T, ...]:
    """The members of a collection, each of that type, in its order."""
    members: tuple[Any, ...] = (
        value
        if type(value) is tuple
        else require_members(setting, value, kind.__name__)
    )
    for member in members:
        if not isinstance(member, kind):
            raise _of_another_kind(setting, member, kind)
    return members


def require_members(setting: str, value: object, of_what: str) -> tuple[Any, ...]:
    """The members of a collection; not of a text, letter by letter."""
    if type(value) is tuple:
        return value
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidSetting(setting, f"takes a collection of {of_what}")
    return tuple(value)


def require_mapping(setting: str, value: object) -> Mapping[Any, Any]:
    """The value, if it is a mapping."""
    if not isinstance(value, Mapping):
        raise InvalidSetting(setting, f"takes a mapping, not {type(value).__name__}")
    return value


def require_texts(setting: str, value: object) -> dict[str, str]:
    """A copy of a mapping from texts to texts."""
    # Almost every mapping is a dict, and almost every text ASCII.
    found = value if isinstance(value, dict) else require_mapping(setting, value)
    texts: dict[Any, Any] = dict(found)
    for text in (*texts, *texts.values()):
        if not isinstance(text, str) or not text.isascii():
            require_text(setting, text)
    return texts


def read_member(kind: type[E], setting: str, value: object) -> E:
    """The member of an enumeration that a setting names; an error lists them."""
    if isinstance(value, kind):
        return value
    error = InvalidSetting(setting, f"takes one of {', '.join(kind)}")
    if not isinstance(value, str):
        raise error
    return read_or(kind, value, error)


def aware_utc(value: datetime, setting: str = "datetime") -> datetime:
    """
    Convert an instant to UTC.

    Raises:
        InvalidSetting: It is not a datetime; it is naive, so that it may mean many
            instants; or it lies at the edge of the calendar, where sums with it
            overflow.
    """
    if not isinstance(value, datetime):
        require_kind(setting, value, datetime)
    if value.utcoffset() is None:
        raise InvalidSetting(
            setting, "takes a datetime with its time zone, not a naive one"
        )
    if not MINYEAR + 1 < value.year < MAXYEAR - 1:
        raise InvalidSetting(setting, "takes a datetime of the years 3 to 9997")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def checked(require: Callable[[str, Any], object]) -> Validator:
    """Make a validator of a function `require_…(setting, value)`."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        require(attribute.alias or attribute.name, value)

    return validate


def fits(test: Callable[[Any], bool], message: str) -> Validator:
    """
    Require what a test says.

    Args:
        test: Judges the value; is given values of every type.
        message: What the field takes, beginning with a verb.
    """

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not test(value):
            raise InvalidSetting(attribute.alias or attribute.name, message)

    return validate


def instance_of(*kinds: type) -> Validator:
    """Require a value of one of these types; `bool` counts only where it is named."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        is_flag = isinstance(value, bool) and bool not in kinds
        if is_flag or not isinstance(value, kinds):
            setting = attribute.alias or attribute.name
            raise _of_another_kind(setting, value, *kinds)

    return validate


def instance_or_none(*kinds: type) -> Validator:
    """Require a value of one of these types, or None."""
    return optional(instance_of(*kinds))


def matching(pattern: str, message: str) -> Validator:
    """Require a text that matches a regular expression as a whole; see `fits`."""
    fullmatch = re.compile(pattern).fullmatch

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or not fullmatch(value):
            raise InvalidSetting(attribute.alias or attribute.name, message)

    return validate


def whole(least: int, most: int | None = None) -> Validator:
    """Require a whole number, which True is not; see `require_whole`."""

    def validate(_instance: object, attribute: Attribute[Any], value: object) -> None:
        setting = attribute.alias or attribute.name
        require_whole(setting, value, least=least, most=most)

    return validate


def any_text(_instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out, without lone surrogates."""
    # Almost every text is ASCII, and every start requires half a dozen of them.
    if not isinstance(value, str) or not value.isascii():
        require_text(attribute.alias or attribute.name, value)


def filled_text(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Require a text that can be written out and is not empty."""
    if not isinstance(value, str) or not value.isascii():
        any_text(instance, attribute, value)
    if not value:
        setting = attribute.alias or attribute.name
        raise InvalidSetting(setting, "takes a text that is not empty")


def is_this_machine(host: str) -> bool:
    """Whether a host of a URL is the machine itself, so that nothing leaves it."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_positive_duration(value: object) -> bool:
    return isinstance(value, timedelta) and value > timedelta(0)


def _is_whole_seconds(value: object) -> bool:
    if not isinstance(value, timedelta) or not _SECOND <= value <= _YEAR:
        return False
    return not value % _SECOND


def _is_ip_address(value: object) -> bool:
    with suppress(ValueError):
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    return False


def _of_another_kind(setting: str, value: object, *kinds: type) -> InvalidSetting:
    wanted = " or ".join(kind.__name__ for kind in kinds)
    return InvalidSetting(setting, f"takes a {wanted}, not {type(value).__name__}")


flag = fits(lambda value: isinstance(value, bool), "takes True or False")
function = fits(callable, "takes a function")
positive_duration = fits(_is_positive_duration, "takes a duration above zero")
whole_seconds = fits(
    _is_whole_seconds, "takes whole seconds, from one on, at most a year"
)
ip_address = fits(_is_ip_address, "takes an IPv4 or IPv6 address")

optional_text = optional(any_text)
optional_function = optional(function)
optional_count = optional(whole(0))
