"""A door: the shell. `verify-core --help` describes it."""

from __future__ import annotations

__all__ = ["main"]

from verify_core.installing import install_hint


def main() -> None:
    """
    Run the command line.

    Exit status: 0 done, 2 wrong usage or settings, 3 no (a wrong code, a broken law),
    4 error or Ctrl-C.

    Raises:
        SystemExit: Always, with that status.
    """
    try:
        from ._commands import verify_core
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        raise SystemExit(
            f"the command line needs click: {install_hint('cli')}"
        ) from None
    verify_core(prog_name="verify-core")
