"""
A provider from a TOML file that its URL names, read strictly.

What is unknown is refused, and no secret is shown.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings


def file_of(settings: ProviderSettings, variable: str) -> Path:
    """
    The file that a URL names: `name:///absolute/path` or `name://./relative/path`.

    Args:
        settings: The URL, read.
        variable: The environment variable with the path, where the URL names none.

    Raises:
        InvalidSetting: There is no path, or another part in the URL.
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


_READING: Final[ContextVar[frozenset[str]]] = ContextVar("files", default=frozenset())


@contextmanager
def read_once(file: Path) -> Iterator[None]:
    """
    What a file names is loaded within this, so that files that name each other end.

    Raises:
        InvalidSetting: The file is being loaded already.
    """
    path = os.path.abspath(file)  # noqa: PTH100 - Path's own fails on a null
    if path in _READING.get():
        raise InvalidSetting("path", f"{file} leads to itself")
    before = _READING.set(_READING.get() | {path})
    try:
        yield
    finally:
        _READING.reset(before)


def read_toml(
    file: Path, *, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """
    A TOML file.

    Args:
        file: The file.
        parse_float: Reads its numbers with a point.

    Raises:
        InvalidSetting: It cannot be read or is no TOML; says where, not what.
    """
    # Nothing is raised inside an `except`: what is wrong with a file may show what is
    # in it, and would travel along as the context.
    fault = ""
    try:
        with file.open("rb") as opened:
            return tomllib.load(opened, parse_float=parse_float)
    except OSError as error:
        fault = f"{file} cannot be read: {type(error).__name__}"
    except UnicodeDecodeError:
        fault = f"{file} is no UTF-8"
    except tomllib.TOMLDecodeError as error:
        place = re.search(
            "at line [0-9]+, column [0-9]+|at end of document", f"{error}"
        )
        fault = f"{file} is no TOML{f' {place[0]}' if place else ''}"
    except ValueError:  # a null
        fault = "no file can have such a name"
    raise InvalidSetting("path", fault)


_NOTHING: Final[Mapping[str, str]] = {}


def require_keys(
    where: str,
    data: Mapping[str, object],
    known: tuple[str, ...],
    *,
    gone: Mapping[str, str] = _NOTHING,
) -> None:
    """
    Refuse keys that are not read.

    Args:
        where: Stands before the key in the error.
        data: The table.
        known: The keys that are read.
        gone: Keys that an earlier version read, and why this one does not.

    Raises:
        InvalidSetting: Names the first such key, and says why it is gone or lists the
            known ones.
    """
    for key in data:
        if key in gone:
            raise InvalidSetting(f"{where}{key}", gone[key])
        if key not in known:
            # A key may be anything that somebody typed, a misplaced secret too.
            shown = key if re.fullmatch("[a-z_]{1,30}", key) else "a key"
            raise InvalidSetting(
                f"{where}{shown}", f"unknown; known are {', '.join(known)}"
            )


def table(setting: str, value: object) -> dict[str, Any]:
    """
    A table.

    Raises:
        InvalidSetting: It is none.
    """
    if not isinstance(value, dict):
        raise InvalidSetting(setting, "takes a table")
    return value


def tables(setting: str, value: object) -> list[dict[str, Any]]:
    """
    A list of tables.

    Raises:
        InvalidSetting: It is none.
    """
    if not isinstance(value, list):
        raise InvalidSetting(setting, f"takes tables; write [[{setting}]] for each")
    return [table(f"{setting}[{at}]", each) for at, each in enumerate(value, start=1)]


_YEAR_S: Final = 366 * 86_400


def seconds(setting: str, value: object, *, fractions: bool = False) -> timedelta:
    """
    Read a duration in seconds, at most a year's.

    Args:
        setting: Stands in the error.
        value: A whole number from 1 on.
        fractions: Whether parts of a second may be given as well.

    Raises:
        InvalidSetting: Another value.
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
    A text that stands in the file, in the environment or in a file of its own.

    Args:
        name: The key; `name_env` names a variable and `name_file` a file.
        data: Where the keys are.
        folder: What `name_file` is relative to.
        environ: The environment.
        plain: Whether the text itself may stand in the file.
        where: Stands before the key in the error.

    Returns:
        None where none of the keys is there.

    Raises:
        InvalidSetting: More than one is there, or it leads to nothing.
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
        return _filled(setting, environ.get(value, ""), f"{value} is not set")
    try:
        found, fault = (folder / value).read_text(encoding="utf-8"), "is empty"
    except (OSError, ValueError) as error:  # no UTF-8, or a null in its name
        found, fault = "", f"cannot be read: {type(error).__name__}"
    return _filled(setting, found, fault)


def _filled(setting: str, text: str, fault: str) -> str:
    if not text.strip():
        raise InvalidSetting(setting, fault)
    return text.strip()
