"""A server that hands requests over and does to the connection what it is asked to."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

from ._troubles import VendorReply, VendorRequest

_TRICKLE_S = 0.05
"""Between two bytes of an answer that trickles: shorter than any time-out."""

_NO_BODY = frozenset({204, 304})


class End(Enum):
    """What becomes of the connection after a request."""

    ANSWER = auto()
    CLOSE = auto()
    RESET = auto()
    STALL = auto()
    TRICKLE = auto()
    BREAK_OFF = auto()


Respond = Callable[[VendorRequest], tuple[VendorReply, End]]


class FaultyServer(ThreadingHTTPServer):
    """
    The listening socket, and the connections that it has open.

    Args:
        respond: What is answered to a request, and what becomes of its connection.
        closing: Set when what stalls and trickles has to end.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, respond: Respond, closing: Event) -> None:
        self.respond = respond
        self.closing = closing
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - socketserver's
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_given: object) -> None:
        """Say nothing: a client that goes away in the middle is part of the cases."""

    def hang_up(self) -> None:
        """Close the connections that clients keep open."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, and writes what the doors let through."""

    server: FaultyServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def _serve(self) -> None:
        request = VendorRequest(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )
        self._write(*self.server.respond(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _write(self, reply: VendorReply, end: End) -> None:
        if end is End.ANSWER:
            self.wfile.write(self._head(reply, len(reply.body)) + self._shown(reply))
            return
        self.close_connection = True
        if end is End.STALL:
            self.server.closing.wait()
        elif end is End.BREAK_OFF:
            self.wfile.write(self._head(reply, 2 * len(reply.body) + 1) + reply.body)
        elif end is End.TRICKLE:
            self._trickle(reply)
        elif end is End.RESET:
            # Zero seconds to linger: closing resets, RFC 9293, section 3.10.4 (ABORT).
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            socket.close(self.connection.detach())

    def _trickle(self, reply: VendorReply) -> None:
        self.wfile.write(self._head(reply, 10**9))
        # Blanks before the document: JSON allows any number of them.
        while not self.server.closing.wait(_TRICKLE_S):
            self.wfile.write(b" ")

    def _head(self, reply: VendorReply, length: int) -> bytes:
        phrase = self.responses.get(reply.status, ("-",))[0]
        headers = dict(reply.headers)
        if reply.status not in _NO_BODY:
            headers["Content-Length"] = str(length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {reply.status} {phrase}\r\n{lines}\r\n".encode("latin-1")

    def _shown(self, reply: VendorReply) -> bytes:
        silent = self.command == "HEAD" or reply.status in _NO_BODY
        return b"" if silent else reply.body

    def log_message(self, *_args: object) -> None:
        """Nothing: a code may stand in what is asked."""
