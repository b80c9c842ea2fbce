"""A bare HTTP client on raw sockets, so that what is measured is the server."""

from __future__ import annotations

import selectors
import socket
import statistics
import time
from collections.abc import Iterator

from attrs import define, frozen


@frozen(kw_only=True)
class Load:
    """What a run showed: requests per second, and each request's seconds if timed."""

    per_second: float
    median_us: float
    statuses: frozenset[int]


def post(path: str, host: str, body: bytes, authorization: str) -> bytes:
    """One request, ready to be written."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: {authorization}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@define(eq=False)
class _Connection:
    sock: socket.socket
    received: bytes = b""
    begun: float = 0.0
    ended: bool = False


class _Run:
    """One run's connections and what they saw."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes]) -> None:
        self.address = address
        self.requests = requests
        self.selector = selectors.DefaultSelector()
        self.latencies: list[float] = []
        self.statuses: set[int] = set()
        self.sent = 0

    def connect(self) -> _Connection:
        sock = socket.create_connection(self.address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock)
        self.selector.register(sock, selectors.EVENT_READ, connection)
        return connection

    def drop(self, connection: _Connection) -> None:
        self.selector.unregister(connection.sock)
        connection.sock.close()

    def begin(self, connection: _Connection) -> None:
        self.sent += 1
        connection.received = b""
        connection.begun = time.perf_counter()
        connection.sock.sendall(next(self.requests))

    def answers(self) -> Iterator[_Connection]:
        """Connections whose answer is whole, as they come."""
        for key, _events in self.selector.select():
            connection: _Connection = key.data
            data = connection.sock.recv(65536)
            connection.received += data
            connection.ended = not data
            status = _status_if_whole(connection)
            if status is not None:
                self.latencies.append(time.perf_counter() - connection.begun)
                self.statuses.add(status)
                yield connection

    def close(self) -> None:
        for key in tuple(self.selector.get_map().values()):
            key.data.sock.close()
        self.selector.close()


def run(
    address: tuple[str, int],
    requests: Iterator[bytes],
    *,
    count: int,
    connections: int,
    reconnect: bool = False,
) -> Load:
    """
    Send `count` requests, one at a time on each connection, and wait for each answer.

    Args:
        address: Host and port.
        requests: What to send, without end.
        count: How many.
        connections: At the same time.
        reconnect: Open a connection anew after each answer, for servers that close it.
    """
    going = _Run(address, requests)
    begun = time.perf_counter()
    for _ in range(min(connections, count)):
        going.begin(going.connect())
    while len(going.latencies) < count:
        for connection in going.answers():
            if going.sent >= count:
                going.drop(connection)
                continue
            again = connection
            if reconnect or connection.ended:
                going.drop(connection)
                again = going.connect()
            going.begin(again)
    elapsed = time.perf_counter() - begun
    going.close()
    return Load(
        per_second=count / elapsed,
        median_us=statistics.median(going.latencies) * 1e6,
        statuses=frozenset(going.statuses),
    )


def _status_if_whole(connection: _Connection) -> int | None:
    head, found, body = connection.received.partition(b"\r\n\r\n")
    if not found:
        return None
    length = None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    whole = connection.ended if length is None else len(body) >= length
    return int(head[9:12]) if whole else None
