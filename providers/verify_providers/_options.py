"""The options of a provider's URL, each read from its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeAlias

from verify_core.errors import InvalidSetting

Reader: TypeAlias = Callable[[str, str], Any]
"""Turns an option's name and text into its value; raises `InvalidSetting`."""


def text(_name: str, value: str) -> str:
    """Any text."""
    return value


def flag(name: str, value: str) -> bool:
    """`true` or `false`."""
    word = value.strip().lower()
    if word not in {"true", "false"}:
        raise InvalidSetting(name, "takes true or false")
    return word == "true"


def seconds(name: str, value: str) -> timedelta:
    """A duration, by its number of seconds."""
    with suppress(ValueError, OverflowError):
        return timedelta(seconds=float(value))
    raise InvalidSetting(name, "takes a number of seconds")


def count(name: str, value: str) -> int:
    """A whole number."""
    with suppress(ValueError):
        return int(value)
    raise InvalidSetting(name, "takes a whole number")


REACH: Final[Mapping[str, Reader]] = {
    "base_url": text,
    "timeout": seconds,
    "pool_size": count,
    "trust_env": flag,
    "allow_plain_http": flag,
}
"""How a vendor is reached; the same for all."""


def read_options(
    options: Mapping[str, str], readers: Mapping[str, Reader]
) -> dict[str, Any]:
    """
    The values of those options that have a reader.

    Raises:
        InvalidSetting: One is malformed; names it.
    """
    return {
        name: readers[name](name, value)
        for name, value in options.items()
        if name in readers
    }


def first(environ: Mapping[str, str], *names: str) -> str | None:
    """The first of these variables that is set to something."""
    return next((environ[name] for name in names if environ.get(name)), None)
