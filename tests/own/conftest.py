"""The world that most tests of codes of our own begin with."""

from __future__ import annotations

import pytest

from tests.support.kinds import KINDS
from tests.support.own_world import World


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)
