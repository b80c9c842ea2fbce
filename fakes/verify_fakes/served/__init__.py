"""
A fake server as a test holds it: one account of it, its side door, or its process.

`_process` starts the server as a child. It is run by its name, so it is not imported
here.
"""

from __future__ import annotations

from ._account import ServedClock as ServedClock, ServedTwilio, SideDoorRefused
from ._server import FakeServerClient

__all__ = ["FakeServerClient", "ServedTwilio", "SideDoorRefused"]
