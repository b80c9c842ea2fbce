"""`python -m verify_core.cli` is `verify-core`."""

from . import main

main()
