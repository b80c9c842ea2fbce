"""The options of a provider's URL, each read from its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeAlias

from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings, require_options

OptionReader: TypeAlias = Callable[[str, str], Any]
"""Makes an option's value of its name and text; raises `InvalidSetting`."""


def text_option(_name: str, value: str) -> str:
    """Return the text as it is."""
    return value


def flag_option(name: str, value: str) -> bool:
    """
    Read `true` or `false`.

    >>> flag_option("trust_env", "true")
    True

    Raises:
        InvalidSetting: Another word.
    """
    word = value.strip().lower()
    if word not in {"true", "false"}:
        raise InvalidSetting(name, "takes true or false")
    return word == "true"


def seconds_option(name: str, value: str) -> timedelta:
    """
    Read a duration, given as a number of seconds.

    >>> seconds_option("timeout", "2.5")
    datetime.timedelta(seconds=2, microseconds=500000)

    Raises:
        InvalidSetting: Not a number, or more than a duration can hold.
    """
    with suppress(ValueError, OverflowError):
        return timedelta(seconds=float(value))
    raise InvalidSetting(name, "takes a number of seconds")


def count_option(name: str, value: str) -> int:
    """
    Read a whole number.

    >>> count_option("pool_size", "20")
    20

    Raises:
        InvalidSetting: Anything else.
    """
    with suppress(ValueError):
        return int(value)
    raise InvalidSetting(name, "takes a whole number")


REACH_OPTIONS: Mapping[str, OptionReader] = {
    "base_url": text_option,
    "timeout": seconds_option,
    "pool_size": count_option,
    "trust_env": flag_option,
    "allow_plain_http": flag_option,
}
"""How a vendor is reached: fields of `verify_providers.http.Reach`, but its clock."""


def read_options(
    settings: ProviderSettings,
    readers: Mapping[str, OptionReader],
    *,
    also: Iterable[str] = (),
) -> dict[str, Any]:
    """
    Read the options of a URL, and refuse those that are not known.

    >>> settings = ProviderSettings(name="post", options={"timeout": "3"})
    >>> read_options(settings, REACH_OPTIONS)
    {'timeout': datetime.timedelta(seconds=3)}
    >>> read_options(settings, {"color": text_option})
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: timeout: unknown option; known are color

    Args:
        settings: The URL, read.
        readers: What reads each option, by the option's name.
        also: Names of further options, which the caller reads itself.

    Returns:
        The values of the options that have a reader and stand in the URL.

    Raises:
        InvalidSetting: An option is unknown or malformed; names it.
    """
    require_options(settings, {*readers, *also})
    return {
        name: readers[name](name, value)
        for name, value in settings.options.items()
        if name in readers
    }


def first_set(environ: Mapping[str, str], *names: str) -> str | None:
    """
    Return the first of these variables that is set and not empty, or None.

    >>> first_set({"POST_KEY": "", "OLD_POST_KEY": "coo"}, "POST_KEY", "OLD_POST_KEY")
    'coo'
    """
    return next((environ[name] for name in names if environ.get(name)), None)
