"""
A provider from a TOML file that its URL names: strict, bounded, no secret shown.

For providers made of others, `failover` and `guard`. What cannot be used is an
`InvalidSetting` that names the setting.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from attrs import NOTHING, define, field, fields

from verify_core.errors import InvalidSetting
from verify_core.files import parse_toml, read_file
from verify_core.frames import unframed
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import read_or

T = TypeVar("T")
_VARIABLE = re.compile("[A-Z][A-Z0-9_]{0,63}")


def file_of_url(settings: ProviderSettings, variable: str) -> Path:
    """
    Return the file of a URL: `name:///absolute/path` or `name://./relative/path`.

    Where the URL has no path, the environment variable has it.

    >>> settings = ProviderSettings(name="failover", path="etc/verify/failover.toml")
    >>> file_of_url(settings, "VERIFY_FAILOVER_FILE").as_posix()
    '/etc/verify/failover.toml'
    """
    for part in ("user", "secret", "options"):
        if getattr(settings, part):
            raise InvalidSetting(part, "takes none; the file says everything")
    name, path = settings.name, settings.path
    example = f"{name}:///etc/verify/{name}.toml"
    if settings.host:
        if settings.host == "." and path:
            return Path(path)
        relative = f"{name}://./relative/path.toml"
        raise InvalidSetting("host", f"takes none; write {example}, or {relative}")
    if path:
        # The slash that a URL's path begins with, unless it is a drive of Windows.
        return Path(path if re.match("[A-Za-z]:/", path) else f"/{path}")
    path = settings.environ.get(variable, "")
    if not path:
        raise InvalidSetting("path", f"missing; write {example} or set {variable}")
    return Path(path)


MAX_NESTED_FILES = 8  # a guard of a failover takes 2
MAX_PROVIDERS = 64


@define
class _Load:
    """What has been loaded since the outermost file, and which files are open now."""

    files: list[str] = field(factory=list)
    providers: int = 0


_LOAD: ContextVar[_Load | None] = ContextVar("load", default=None)


@contextmanager
def loading(file: Path, *, providers: int = 1) -> Iterator[None]:
    """
    Load the providers that a file names within this, so that their number is bounded.

    A file that is being loaded already is refused, and so are more than 8 files inside
    each other, and more than 64 providers in all of them.
    """
    path = os.path.abspath(file)  # noqa: PTH100 - Path's own fails on a null
    outermost = _LOAD.get()
    load = outermost or _Load()
    if path in load.files:
        raise InvalidSetting("path", f"{file} leads to itself")
    if len(load.files) >= MAX_NESTED_FILES:
        raise InvalidSetting(
            "path", f"{file} is the end of more than {MAX_NESTED_FILES} nested files"
        )
    load.providers += providers
    if load.providers > MAX_PROVIDERS:
        raise InvalidSetting(
            "path", f"{file} leads to more than {MAX_PROVIDERS} providers"
        )
    load.files.append(path)
    before = _LOAD.set(load)
    try:
        yield
    finally:
        _LOAD.reset(before)
        load.files.pop()


def read_toml(
    file: Path, *, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """Read a TOML file: a regular one, at most 1 MiB, at most 32 levels deep."""
    shown = f"{file}"
    data = read_file("path", file, shown=shown)
    return parse_toml("path", data, shown=shown, parse_float=parse_float)


def require_keys(
    where: str,
    data: Mapping[str, object],
    known: tuple[str, ...],
    *,
    gone: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """
    Refuse keys that are not read; `gone` says why earlier versions read some.

    >>> require_keys("circuit.", {"failurs": 5}, ("failures", "pause_s"))
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: circuit.failurs: unknown; known are failures, \
pause_s
    """
    for key in data:
        if key in gone:
            raise InvalidSetting(f"{where}{key}", gone[key])
        if key not in known:
            # A key may be anything that was typed, a misplaced secret too.
            shown = key if re.fullmatch("[a-z_]{1,30}", key) else "a key"
            raise InvalidSetting(
                f"{where}{shown}", f"unknown; known are {', '.join(known)}"
            )


def table_of(setting: str, value: object) -> dict[str, Any]:
    """Return the value, if it is a table."""
    if not isinstance(value, dict):
        raise InvalidSetting(setting, "takes a table")
    return value


def tables_of(setting: str, value: object) -> list[dict[str, Any]]:
    """Return the value, if it is a list of tables."""
    if not isinstance(value, list):
        raise InvalidSetting(setting, f"takes tables; write [[{setting}]] for each")
    return [
        table_of(f"{setting}[{at}]", each) for at, each in enumerate(value, start=1)
    ]


_YEAR_S = 366 * 86_400


def seconds_of(setting: str, value: object, *, fractions: bool = False) -> timedelta:
    """
    Read a duration in seconds, at most a year's.

    >>> seconds_of("cool_down.forget_s", 3600)
    datetime.timedelta(seconds=3600)
    """
    if type(value) is int and 1 <= value <= _YEAR_S:
        return timedelta(seconds=value)
    if fractions and type(value) is float and 0 < value <= _YEAR_S:
        return timedelta(seconds=value)
    least = "more than 0" if fractions else "whole ones from 1 on"
    raise InvalidSetting(setting, f"takes seconds, {least}, at most a year's")


def text_of(
    name: str,
    data: Mapping[str, object],
    folder: Path,
    environ: Mapping[str, str],
    *,
    plain: bool = True,
    where: str = "",
) -> str | None:
    """
    Return a text that stands in the file, in the environment or in a file of its own.

    The key `name_env` names a variable and `name_file` a file, relative to `folder`;
    `name` has the text itself, if it may stand there `plain`. None without such a key.

    >>> environ = {"GUARD_REDIS": "redis://127.0.0.1"}
    >>> text_of("storage", {"storage_env": "GUARD_REDIS"}, Path(), environ)
    'redis://127.0.0.1'
    """
    keys = ((name,) if plain else ()) + (f"{name}_env", f"{name}_file")
    given = [key for key in keys if key in data]
    if not given:
        return None
    if len(given) > 1:
        raise InvalidSetting(f"{where}{name}", f"takes one of {', '.join(keys)}")
    setting, value = f"{where}{given[0]}", data[given[0]]
    if not isinstance(value, str) or not value.strip():
        raise InvalidSetting(setting, "takes a text that is not empty")
    if given[0] == name:
        return value.strip()
    if given[0].endswith("_env"):
        # A text of another form may be the secret itself, in the wrong place.
        shown = value if _VARIABLE.fullmatch(value) else "the variable"
        found, fault = environ.get(value, ""), f"{shown} is not set"
    else:
        unreadable = InvalidSetting(setting, "is not text in UTF-8")
        written = read_file(setting, folder / value)
        found = read_or(bytes.decode, written, unreadable, catching=UnicodeDecodeError)
        fault = "is empty"
    if not found.strip():
        raise InvalidSetting(setting, fault)
    return found.strip()


def read_value(
    kind: type[T],
    where: str,
    data: object,
    keys: Collection[str],
    *,
    lists: Collection[str] = (),
    fractions: bool = False,
) -> T:
    """
    Read a value of attrs from a table of a TOML file.

    A key is the field's name; one that ends in `_s` is in seconds, for a duration, and
    `lists` are those that take several. Errors name the table, `where`, and the key.
    """
    table = table_of(where, data)
    require_keys(f"{where}.", table, tuple(keys))

    def duration(setting: str, value: object) -> timedelta:
        return seconds_of(setting, value, fractions=fractions)

    required = {each.name for each in fields(kind) if each.default is NOTHING}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key in keys:
        name, setting, value = key.removesuffix("_s"), f"{where}.{key}", table.get(key)
        if key not in table and name not in required:
            continue
        if key in lists:
            if not isinstance(value, list):
                raise InvalidSetting(setting, "takes a list of seconds")
            values[name] = tuple(duration(setting, each) for each in value)
        else:
            values[name] = value if name == key else duration(setting, value)
    return named(where, lambda: kind(**values))


def named(where: str, make: Callable[[], T]) -> T:
    """Make something for a table, whose name an `InvalidSetting` then bears."""
    try:
        return make()
    except InvalidSetting as error:
        fault = error
    # Not chained: a cause may show a secret.
    raise InvalidSetting(f"{where}.{fault.setting}", fault.message)


def by_url(variable: str, load: Callable[..., T]) -> Callable[[ProviderSettings], T]:
    """Return what makes the provider of a URL, from the file that the URL names."""

    @unframed
    def from_settings(settings: ProviderSettings) -> T:
        return load(file_of_url(settings, variable), environ=settings.environ)

    return from_settings
