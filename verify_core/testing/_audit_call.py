"""
A function under audit, in a process of its own: JSON lines in, JSON lines out.

A first line says that its module is loaded, so that no answer has to wait for that.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from verify_core.errors import InvalidSetting

from ._places import object_at

# What Python raises where a program is wrong, not where a number is.
_BUGS = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, ImportError),
    *(LookupError, MemoryError, NameError, OSError, RecursionError, RuntimeError),
    *(SystemExit, TypeError, UnicodeError),
)


def answer(function: Callable[[str], object], text: str) -> object:
    """
    What the function says: text, or None where it refuses, or a fault.

    An error that only says that a number is wrong, such as ValueError, refuses it.
    """
    try:
        found = function(text)
        found = getattr(found, "e164", found)
        shown = f"{found}"
    except _BUGS as error:
        return {"fault": "crashed", "detail": type(error).__name__}
    except Exception:  # noqa: BLE001 - whatever the form raises
        return None
    return None if found is None or found is False else shown


def main() -> None:
    """Say whether there is the function, and answer each line of standard input."""
    # What the function prints must not stand among the answers.
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)

    def say(found: object) -> None:
        out.write(f"{json.dumps(found)}\n")
        out.flush()

    missing = f"{sys.argv[1]} is not a function"
    try:
        function = object_at("--call", sys.argv[1], example="my_app.forms:e164")
    except InvalidSetting as error:
        function, missing = None, error.message
    if not callable(function):
        say({"fault": "not_run", "detail": missing})
        return
    say(None)
    for line in sys.stdin:
        say(answer(function, json.loads(line)))


if __name__ == "__main__":
    main()
