"""A server on loopback that misbehaves as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.loopback import Loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    server.run()
    yield server
    server.stop()
