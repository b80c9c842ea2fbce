"""
A proxy that leads to the fake itself, for clients whose hosts cannot be changed.

On the server's own port, `CONNECT verify.twilio.com:443` is answered, TLS begins with a
certificate from a private authority, and inside it the same application answers, under
Twilio's name and with links that have it. Nothing is ever forwarded: any other host or
port is refused.

Source: RFC 9110, section 9.3.6 (CONNECT).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from attrs import frozen

from .authority import Authority
from .transport import BoundedProtocol

HANDSHAKE_S: Final = 10.0
_SHUTDOWN_S: Final = 0.5
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")

#: Twilio's hosts for both products, with or without an edge and a region.
HOSTS: Final = re.compile(
    r"((?:verify|lookups)(?:\.[a-z0-9-]{1,63}){0,2}\.twilio\.com):443"
)
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection Established\r\n\r\n"
_ONLY: Final = (
    "This proxy leads to verify.twilio.com:443 and lookups.twilio.com:443 only, and "
    "there to a fake.\n"
)
_EARLY: Final = "A tunnel's client waits for the answer to its CONNECT.\n"
_FULL: Final = "Too many connections.\n"


@frozen(kw_only=True)
class Proxy:
    """
    What a server needs to be a proxy too.

    Attributes:
        authority: Issues the certificates.
        certificate: The file with the authority's own, for clients to trust.
    """

    authority: Authority
    certificate: Path

    def protocol(self, **given: Any) -> TunnelProtocol:  # noqa: ANN401 - uvicorn's
        """A protocol for one connection."""
        return TunnelProtocol(self.authority, **given)


@contextmanager
def opened(file: Path | None = None) -> Iterator[Proxy]:
    """
    A proxy with an authority of its own.

    Args:
        file: Where the authority's certificate is written to, and stays; None takes a
            temporary file.

    Raises:
        OSError: It cannot be written, or something else is there.
    """
    authority = Authority()
    if file is not None:
        authority.write(file)
        yield Proxy(authority=authority, certificate=file.resolve())
        return
    with TemporaryDirectory(prefix="verify-core-") as folder:
        authority.write(Path(folder, "ca.pem"))
        yield Proxy(authority=authority, certificate=Path(folder, "ca.pem"))


class TunnelProtocol(BoundedProtocol):
    """
    The server's protocol, and CONNECT.

    Args:
        authority: Issues the certificates.
        **given: What the server's protocol takes.
    """

    def __init__(self, authority: Authority, **given: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(**given)
        self._authority = authority
        self._given = {
            name: given[name]
            for name in ("config", "server_state", "app_state", "outgoing")
        }
        self._wanted: str | None = None
        self._last = b""

    def on_message_begin(self) -> None:
        """Another head begins."""
        super().on_message_begin()
        self._last = b""

    def on_headers_complete(self) -> None:
        """See what is asked for; a tunnel is no request for the application."""
        if self.parser.get_method() != b"CONNECT":
            super().on_headers_complete()
            return
        self._head_done()
        self._wanted = self.url.decode("latin-1").lower()

    def on_message_complete(self) -> None:
        """Nothing, where a tunnel is asked for."""
        if self._wanted is None:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a head or of a body."""
        super().data_received(data)
        newest = self._last + data
        self._last = newest[-3:]
        if self._wanted is not None and not self.transport.is_closing():
            wanted, self._wanted = self._wanted, None
            end = _END_OF_HEAD.search(newest)
            self._answer(wanted, early=end is None or end.end() < len(newest))

    def _answer(self, wanted: str, *, early: bool) -> None:
        found = HOSTS.fullmatch(wanted)
        most = self.config.limit_concurrency
        # There is no cycle before the first request.
        busy = not getattr(self.cycle, "response_complete", True)
        if found is None:
            self._refuse(b"403 Forbidden", _ONLY)
        elif early or busy:
            self._refuse(b"400 Bad Request", _EARLY)
        elif most is not None and len(self.connections) >= most:
            self._refuse(b"503 Service Unavailable", _FULL)
        else:
            # What comes next is TLS, and not for this protocol.
            self.transport.pause_reading()
            self.transport.write(_ESTABLISHED)
            task = self.loop.create_task(self._tunnel(found[1]))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)

    async def _tunnel(self, host: str) -> None:
        doorstep = _Doorstep()
        try:
            secure = await self.loop.start_tls(
                self.transport,
                doorstep,
                self._authority.context_for(host),
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=_SHUTDOWN_S,
            )
        except OSError:
            # Most often a client that does not trust the authority; it says so itself.
            secure = None
        finally:
            self.connections.discard(self)
        if secure is None or self.transport.is_closing():
            self.transport.abort()
        else:
            doorstep.hand_over(secure, BoundedProtocol(**self._given, _loop=self.loop))

    def _refuse(self, status: bytes, text: str) -> None:
        body = text.encode()
        head = (
            b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head % (status, len(body)) + body)
        self.transport.close()


class _Doorstep(asyncio.Protocol):
    """Keeps what comes between the end of a handshake and its being noticed."""

    def __init__(self) -> None:
        self._early: list[bytes] = []
        self._lost = False

    def data_received(self, data: bytes) -> None:
        self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._lost = True

    def hand_over(
        self, transport: asyncio.Transport, protocol: asyncio.Protocol
    ) -> None:
        """Let a protocol have the connection, and what came meanwhile."""
        if self._lost:
            return
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        for data in self._early:
            protocol.data_received(data)
