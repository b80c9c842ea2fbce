"""
Connections of `urllib3` that keep one deadline for a whole exchange.

They also note whether the first byte of the request has left, which no exception says
reliably, and put the true path into a request whose path is masked for logs.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum, auto
from http import HTTPStatus
from http.client import HTTPResponse as RawResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

from attrs import define
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .._connecting import addresses_of, connect_to_first
from ._messages import HttpRequest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Stage(Enum):
    """How far a connection has come in an exchange."""

    UNSEEN = auto()
    """Our connections know nothing of it: it is new, or a stand-in answers it."""
    PREPARING = auto()
    """Nothing has left; a kept connection may be at hand."""
    CONNECTING = auto()
    WRITING = auto()
    """The first byte has left, or was about to."""


@define
class Exchange:
    """
    The exchange that the current thread or task is in.

    Attributes:
        ends: When the deadline passes, on the monotonic clock.
        request: What is sent; `urllib3` knows and logs its `shown_path`.
        monotonic: Seconds on a clock that never goes back.
        stage: How far the connection has come.
    """

    ends: float
    request: HttpRequest
    monotonic: Callable[[], float]
    stage: Stage = Stage.UNSEEN

    def remaining(self) -> float:
        """Seconds left; raises `TimeoutError` after the deadline."""
        left = self.ends - self.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


# urllib3 does its work in the caller's thread; this is how its connections know which
# exchange they serve.
current_exchange: ContextVar[Exchange] = ContextVar("verify_providers_exchange")


class _BoundedReader(io.RawIOBase):
    """A socket's bytes; each read waits no longer than what is left of the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._exchange = current_exchange.get()
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        self._sock.settimeout(self._exchange.remaining())
        count: int | None = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _BoundedResponse(RawResponse):
    """An answer: the final one, read whole, within the deadline."""

    fp: Any

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method)
        # The base's makefile() keeps the socket open until the body is read; keep that.
        self._reader = _BoundedReader(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        # http.client takes a head that was cut for a whole one without the rest of its
        # headers, and so an answer of unknown length for an empty one.
        if self._reader.ended or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            raise IncompleteRead(b"")
        # urllib3 would log a line that is not a header, with all that it holds.
        self.msg.defects.clear()
        self.msg.set_payload("")

    def _read_and_discard_trailer(self) -> None:
        # http.client takes the end of the connection for the end of the trailer.
        super()._read_and_discard_trailer()  # type: ignore[misc]
        if self._reader.ended:
            raise IncompleteRead(b"")

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        # http.client skips no interim answer but 100 (RFC 9110, section 15.2), and so
        # would read the final one as the answer to the next request.
        if status < HTTPStatus.OK and status != HTTPStatus.SWITCHING_PROTOCOLS:
            status = HTTPStatus.CONTINUE.value
        return version, status, reason


class _BoundedConnection(HTTPConnection):
    """A connection that keeps the deadline and notes when a request begins to leave."""

    response_class = _BoundedResponse

    _held: list[bytes] | None = None

    def request(
        self,
        *args: Any,  # noqa: ANN401 - the base's signature
        **kwargs: Any,  # noqa: ANN401 - likewise
    ) -> None:
        # The base writes twice. One write is one packet, and wakes the other end once.
        held: list[bytes] = []
        self._held = held
        try:
            super().request(*args, **kwargs)
        finally:
            self._held = None
        self.send(b"".join(held))

    def connect(self) -> None:
        exchange = current_exchange.get()
        exchange.stage = Stage.CONNECTING
        super().connect()
        exchange.stage = Stage.PREPARING

    def _new_conn(self) -> socket.socket:
        # urllib3 would give the whole time-out to each address of the host in turn.
        exchange = current_exchange.get()
        addresses = addresses_of(self.host.strip("[]"), self.port)
        sock = connect_to_first(addresses, exchange.remaining)
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(exchange.remaining())  # for the TLS handshake
        return sock

    def putrequest(
        self,
        method: str,
        url: str,
        skip_host: bool = False,  # noqa: FBT001, FBT002 - the base's signature
        skip_accept_encoding: bool = False,  # noqa: FBT001, FBT002 - likewise
    ) -> None:
        exchange = current_exchange.get()
        request = exchange.request
        true_url = url.replace(request.shown_path, request.path)
        super().putrequest(method, true_url, skip_host, skip_accept_encoding)

    def send(self, data: Any) -> None:  # noqa: ANN401 - the base's signature
        if self._held is not None:
            self._held.append(data)
            return
        exchange = current_exchange.get()
        if self.sock is None:
            self.connect()
        if self.sock is not None:
            self.sock.settimeout(exchange.remaining())
        if exchange.stage is not Stage.CONNECTING:  # else a proxy's CONNECT
            exchange.stage = Stage.WRITING
        super().send(data)


class _BoundedTlsConnection(_BoundedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _BoundedConnection  # pyright: ignore[reportAssignmentType] - as theirs


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTlsConnection  # pyright: ignore[reportAssignmentType] - as theirs


POOLS = {"http": _Pool, "https": _TlsPool}
