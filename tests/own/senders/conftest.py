"""Both ways to send: blocking, and awaited."""

from __future__ import annotations

import pytest

from tests.support.sending import WAYS, Send


@pytest.fixture(params=WAYS)
def send(request: pytest.FixtureRequest) -> Send:
    return WAYS[request.param]
