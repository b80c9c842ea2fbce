"""One endpoint for all tests of a module; each begins with an empty inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.am import AmClient, running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    pytest.importorskip("httptools", reason="the server's libraries are not installed")
    with running() as address:
        yield address


@pytest.fixture
def am(url: str) -> Iterator[AmClient]:
    client = AmClient(url)
    client.door("POST", "/reset", {})
    yield client
    client.session.close()
