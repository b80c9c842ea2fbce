"""A host with several addresses, of which the first ones do not answer."""

from __future__ import annotations

import socket
import time

import pytest

from tests.support.loopback import Loopback, silent_address
from verify_providers._connecting import connect_to_first


def test_second_address_is_tried_with_its_share(loopback: Loopback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = listener.getsockname()
    live = ("127.0.0.1", int(loopback.url.rpartition(":")[2]))

    with connect_to_first([dead, live], lambda: 2) as connected:
        assert connected.getpeername() == live
    with pytest.raises(ConnectionRefusedError):
        connect_to_first([dead, dead], lambda: 2)


def test_address_that_is_silent_leaves_time_for_the_next(loopback: Loopback) -> None:
    live = ("127.0.0.1", int(loopback.url.rpartition(":")[2]))
    with silent_address() as silent:
        began = time.monotonic()
        with connect_to_first([silent, live], lambda: 0.4) as connected:
            assert connected.getpeername() == live

    assert time.monotonic() - began < 0.4
