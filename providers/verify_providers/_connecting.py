"""A connection to a host of several addresses, within one deadline."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable


def addresses_of(host: str, port: int) -> list[tuple[str, int]]:
    """Look up the addresses of a host; no deadline reaches the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in found]


def connect_to_first(
    addresses: Iterable[tuple[str, int]], remaining: Callable[[], float]
) -> socket.socket:
    """
    Connect to the first address that answers; each waits for its share of the time.

    Args:
        addresses: Of one host, the best first.
        remaining: Seconds left; raises `TimeoutError` where none are.

    Raises:
        OSError: None answered.
    """
    failure: OSError = OSError("the host has no address")
    waiting = list(addresses)
    while waiting:
        share = remaining() / len(waiting)
        try:
            return socket.create_connection(waiting.pop(0), share)
        except OSError as error:
            failure = error
    raise failure
