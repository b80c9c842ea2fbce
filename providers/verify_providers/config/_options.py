"""The options of a provider's URL, each read from its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings, require_options
from verify_core.validation import read_or

REACH_OPTIONS: Mapping[str, type] = {
    "base_url": str,
    "timeout": timedelta,
    "pool_size": int,
    "trust_env": bool,
    "allow_plain_http": bool,
}
"""How a vendor is reached: fields of `verify_providers.http.Reach`, but its clock."""

_FLAGS = {"true": True, "false": False}
_READERS: Mapping[type, tuple[Callable[[str], object], str]] = {
    str: (str, "a text"),
    int: (int, "a whole number"),
    bool: (lambda text: _FLAGS[text.strip().lower()], "true or false"),
    timedelta: (lambda text: timedelta(seconds=float(text)), "a number of seconds"),
}


def read_options(
    settings: ProviderSettings,
    types: Mapping[str, type],
    *,
    also: Iterable[str] = (),
) -> dict[str, Any]:
    """
    Read the options of a URL, and refuse those that are not known.

    >>> options = {"timeout": "2.5", "pool_size": "20", "trust_env": "true"}
    >>> read_options(ProviderSettings(name="post", options=options), REACH_OPTIONS)
    {'timeout': datetime.timedelta(seconds=2, microseconds=500000), 'pool_size': 20, \
'trust_env': True}
    >>> read_options(ProviderSettings(name="post", options=options), {"color": str})
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: pool_size: unknown option; known are color

    Args:
        settings: The URL, read.
        types: The type of each option, by its name: `str`, `int`, `bool` (`true` or
            `false`), or `timedelta` (seconds).
        also: Names of further options, which the caller reads itself.

    Returns:
        The values of the options that have a type and stand in the URL.

    Raises:
        InvalidSetting: An option is unknown or malformed; names it.
    """
    require_options(settings, {*types, *also})
    return {
        name: _value(name, types[name], text)
        for name, text in settings.options.items()
        if name in types
    }


def _value(name: str, kind: type, text: str) -> object:
    read, shown = _READERS[kind]
    fault = InvalidSetting(name, f"takes {shown}")
    return read_or(read, text, fault, catching=(ValueError, KeyError, OverflowError))


def first_set(environ: Mapping[str, str], *names: str) -> str | None:
    """
    Return the first of these variables that is set and not empty, or None.

    >>> first_set({"POST_KEY": "", "OLD_POST_KEY": "coo"}, "POST_KEY", "OLD_POST_KEY")
    'coo'
    """
    return next((environ[name] for name in names if environ.get(name)), None)
