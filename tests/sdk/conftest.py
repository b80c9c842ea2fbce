"""One server with a real socket, and an account of its own for each walk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import npm
from tests.support.twilio.node_walk import NodeWalk, walk_node
from tests.support.twilio.walks import driven
from verify_fakes.served import ServedTwilio
from verify_fakes.served._process import FakeServerProcess


@pytest.fixture(scope="session")
def server() -> Iterator[FakeServerProcess]:
    pytest.importorskip("httptools", reason="the server's libraries are not installed")
    process = FakeServerProcess()
    yield process
    process.stop()


@pytest.fixture
def account(server: FakeServerProcess) -> ServedTwilio:
    return server.new_account(seed=3)


@pytest.fixture(scope="session")
def node_walk(server: FakeServerProcess) -> tuple[NodeWalk, set[str]]:
    """What Node's SDK handed out, and the operations that the server was asked for."""
    npm.node_modules()
    account = server.new_account(seed=3)
    return walk_node(account), driven(account)
