"""
A door: small files that a person wrote, read within bounds.

A path comes from a command line, a URL or another file, so it may name anything: a
device without an end, a pipe that waits for a writer, a document that is nested
without need.
"""

from __future__ import annotations

import errno
import json
import math
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


_REASONS = {
    errno.EADDRNOTAVAIL: "the address is not this machine's",
    errno.ECONNREFUSED: "nothing listens there",
    errno.EISDIR: "it is a folder",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOSPC: "the disk is full",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
}
"""What the operating system says in words of its own."""


def reason_of(error: OSError) -> str:
    """Why the operating system refused, in plain words, without the file's name."""
    late = "the time is up" if isinstance(error, TimeoutError) else ""
    said = error.strerror or late or "the system gives no reason"
    return _REASONS.get(error.errno or 0, said[:1].lower() + said[1:])


def read_file(
    setting: str, path: Path, *, shown: str = "", most: int = MAX_FILE_BYTES
) -> bytes:
    """
    Read a regular file of at most 1 MiB, or of `most` bytes, or a link to one.

    `shown` stands before what is wrong, such as the path.

    Raises:
        InvalidSetting: It cannot be read, is larger, or is a folder, a device or a
            pipe.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                fault = "is a device or a pipe, not a file"
            elif len(found := opened.read(most + 1)) > most:
                fault = f"is larger than {most >> 20} MiB"
            else:
                return found
    except OSError as error:
        fault = f"cannot be read: {reason_of(error)}"
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
        fault = "is not text in UTF-8"
    except tomllib.TOMLDecodeError as error:
        place = re.search(
            "at line [0-9]+, column [0-9]+|at end of document", f"{error}"
        )
        fault = f"is not valid TOML{f' {place[0]}' if place else ''}"
    except RecursionError:
        fault = _TOO_DEEP
    except (ValueError, ArithmeticError):  # a number of thousands of digits
        fault = "holds a number that cannot be read"
    raise InvalidSetting(setting, f"{shown} {fault}".lstrip())


def parse_json(setting: str, data: bytes, *, shown: str = "") -> Any:  # noqa: ANN401
    """
    Read a JSON document whose objects and arrays stand at most 32 deep in each other.

    Raises:
        InvalidSetting: Not JSON (RFC 8259), too deep, or an object names a member
            twice; says where, not what, since a secret may stand there.
    """
    try:
        found = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_members_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
        if not _is_deep(found):
            return found
        fault = _TOO_DEEP
    except UnicodeDecodeError:
        fault = "is not text in UTF-8"
    except json.JSONDecodeError as error:
        fault = f"is not valid JSON at line {error.lineno}, column {error.colno}"
    except RecursionError:
        fault = _TOO_DEEP
    except KeyError:
        fault = "names a member of an object twice"
    except ValueError:  # NaN, or a number of thousands of digits
        fault = "holds a number that cannot be read"
    raise InvalidSetting(setting, f"{shown} {fault}".lstrip())


def json_files(setting: str, folder: Path, *, most: int) -> list[Path]:
    """
    The files below a folder whose names end in `.json`, sorted; links are passed over.

    Raises:
        InvalidSetting: There are more than `most`, or no folder can be read.
    """
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        paths = (Path(place, name) for name in names if name.endswith(".json"))
        found += (path for path in paths if not path.is_symlink())
        if len(found) > most:
            raise InvalidSetting(setting, f"has more than {most} JSON files in it")
    return sorted(found)


def _members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KeyError
    return found


def _finite(written: str) -> float:
    found = float(written)
    if math.isinf(found):
        raise ValueError
    return found


def _no_number(_constant: str) -> float:
    raise ValueError


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
