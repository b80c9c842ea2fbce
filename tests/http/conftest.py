"""A server on loopback that misbehaves on demand, and the driver that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.drivers import DRIVERS, chosen
from tests.support.loopback import Loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    server.run()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Iterator[str]:
    """The driver that `client` makes; each test runs with both."""
    chosen.append(request.param)
    yield request.param
    chosen.pop()
