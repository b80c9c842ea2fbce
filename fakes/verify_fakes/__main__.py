"""`python -m verify_fakes` is `verify-core serve`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command."""
    try:
        from .server.command import serve
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing: pip install 'verify-core[server]'")
    serve(prog_name="verify-core serve")


main()
