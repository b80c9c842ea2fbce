"""A function under audit, in a process of its own: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

# What Python raises where a program is wrong, not where a number is.
_BUGS = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, ImportError),
    *(LookupError, MemoryError, NameError, OSError, RecursionError, RuntimeError),
    *(SystemExit, TypeError, UnicodeError),
)


def answer(function: object, text: str) -> object:
    """
    What the function says: text, or None where it refuses, or a fault.

    An error that only says that a number is wrong, such as ValueError, refuses it.
    """
    try:
        found = function(text)  # type: ignore[operator]
    except _BUGS as error:
        return {"fault": "crashed", "detail": type(error).__name__}
    except Exception:  # noqa: BLE001 - whatever the form raises
        return None
    found = getattr(found, "e164", found)
    return None if found is None or found is False else f"{found}"


def main() -> None:
    """Answer each line of standard input."""
    # What the function prints must not stand among the answers.
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    sys.path.insert(0, "")  # as for `python -m`
    module, _, name = sys.argv[1].partition(":")
    function: object = None
    try:
        function = getattr(import_module(module), name)
        missing = None if callable(function) else f"{sys.argv[1]} is no function"
    except Exception as error:  # noqa: BLE001 - whatever the module raises
        missing = f"{module} gives no {name}: {type(error).__name__}"
    for line in sys.stdin:
        fault = {"fault": "missing", "detail": missing}
        found = fault if missing else answer(function, json.loads(line))
        out.write(f"{json.dumps(found)}\n")
        out.flush()


if __name__ == "__main__":
    main()
