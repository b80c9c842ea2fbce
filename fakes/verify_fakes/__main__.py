"""`python -m verify_fakes` is `verify-core serve`."""

from __future__ import annotations

import sys

from .kit._installing import advice


def main() -> None:
    """Run the command."""
    try:
        from .server.command import serve
    except ModuleNotFoundError as error:
        sys.exit(advice(error))
    serve(prog_name="verify-core serve")


main()
