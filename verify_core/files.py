"""
A door: small files that a person wrote, read within bounds.

A path comes from a command line, a URL or another file, so it may name anything: a
device without an end, a pipe that waits for a writer, a document that is nested
without need.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import InvalidSetting

MAX_FILE_BYTES = 1 << 20
"""The largest file that is read; a long list of accounts has some 100 kB."""

MAX_DEPTH = 32
"""How deep tables and lists may stand in each other; ours need 4."""

_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(
    rf"(?<![\w-]){_NAME}(?:[ \t]*\.[ \t]*{_NAME}){{{MAX_DEPTH},}}", re.ASCII
)


def read_file(setting: str, path: Path, *, shown: str = "") -> bytes:
    """
    Read a regular file of at most 1 MiB, or a link to one.

    `shown` stands before what is wrong, such as the path.

    Raises:
        InvalidSetting: It cannot be read, is larger, or is a folder, a device or a
            pipe.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                fault = "is not a regular file"
            elif len(found := opened.read(MAX_FILE_BYTES + 1)) > MAX_FILE_BYTES:
                fault = "is larger than 1 MiB"
            else:
                return found
    except IsADirectoryError:
        fault = "is not a regular file"
    except OSError as error:
        fault = f"cannot be read: {type(error).__name__}"
    except ValueError:  # a null
        fault = "cannot be read: no file can have its name"
    raise InvalidSetting(setting, f"{shown} {fault}".lstrip())


def parse_toml(
    setting: str,
    data: bytes,
    *,
    shown: str = "",
    parse_float: Callable[[str], Any] = float,
) -> dict[str, Any]:
    """
    Read a TOML document whose tables and lists stand at most 32 deep in each other.

    Raises:
        InvalidSetting: Not TOML, or too deep; says where, not what, since a secret may
            stand there.
    """
    import tomllib  # few programs have such a file

    # Nothing is raised inside an `except`: what is wrong with a file may show what is
    # in it, and would travel along as the context.
    try:
        text = data.decode()
        # tomllib takes time by the square of a key's length.
        if _LONG_KEY.search(text):
            fault = f"joins more than {MAX_DEPTH} names by dots"
        else:
            found = tomllib.loads(text, parse_float=parse_float)
            if not _is_deep(found):
                return found
            fault = _TOO_DEEP
    except UnicodeDecodeError:
        fault = "is no UTF-8"
    except tomllib.TOMLDecodeError as error:
        place = re.search(
            "at line [0-9]+, column [0-9]+|at end of document", f"{error}"
        )
        fault = f"is no TOML{f' {place[0]}' if place else ''}"
    except RecursionError:
        fault = _TOO_DEEP
    except (ValueError, ArithmeticError):  # a number of thousands of digits
        fault = "holds a number that cannot be read"
    raise InvalidSetting(setting, f"{shown} {fault}".lstrip())


_TOO_DEEP = f"nests tables or lists more than {MAX_DEPTH} deep"


def _open_at_once(path: str, flags: int) -> int:
    # A pipe without a writer would be waited for; Windows has neither.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_deep(found: object) -> bool:
    level = [found]
    for _depth in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
