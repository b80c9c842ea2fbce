"""The two ways to a submission server: one blocks, one is awaited."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import cast

from attrs import define, field, frozen

from verify_core.validation import positive_duration, whole

from ..._connecting import addresses_of, connect_to_first
from ._smtp_conversation import (
    Broken,
    Connect,
    ReplyReader,
    Say,
    SmtpReply,
    SmtpStep,
    StartTls,
)

_CHUNK = 65_536


@frozen(kw_only=True)
class SmtpReach:
    """How a server is reached, and until when a delivery must be over."""

    host: str
    port: int = field(validator=whole(1, 65_535))
    timeout: timedelta = field(validator=positive_duration)
    tls: ssl.SSLContext = field(repr=False)
    monotonic: Callable[[], float] = field(repr=False)


def _broken(error: Exception, *, connected: bool) -> Broken:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Broken(
            reason="the certificate is not trusted; see ca_file", untrusted=True
        )
    if isinstance(error, ssl.SSLError) and not connected:
        return Broken(reason="no secure connection could be made")
    if isinstance(error, TimeoutError):
        return Broken(
            reason="no reply in time" if connected else "no connection in time"
        )
    if isinstance(error, OSError | EOFError):
        what = "the connection broke" if connected else "no connection could be made"
        return Broken(reason=what)
    return Broken(reason="what came is not SMTP")


# What sockets, TLS and the reader of replies raise; UnicodeError is of a host's name.
_FAILURES = (OSError, EOFError, ValueError)


@define
class Wire:
    """One connection that blocks, within one deadline."""

    _reach: SmtpReach
    _ends: float = field(init=False)
    _socket: socket.socket | None = field(default=None, init=False)
    _replies: ReplyReader = field(factory=ReplyReader, init=False)

    def __attrs_post_init__(self) -> None:
        self._ends = self._reach.monotonic() + self._reach.timeout.total_seconds()

    def perform(self, step: SmtpStep) -> SmtpReply | Broken | None:
        connected = isinstance(step, Say)
        try:
            match step:
                case Connect():
                    self._socket = self._connect()
                    if step.tls:
                        self._start_tls()
                    connected = True
                    return self._reply()
                case StartTls():
                    self._start_tls()
                    return None
                case Say():
                    return self._say(step)
        except _FAILURES as error:
            return _broken(error, connected=connected)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _left(self) -> float:
        left = self._ends - self._reach.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _timed(self) -> socket.socket:
        opened = cast("socket.socket", self._socket)
        opened.settimeout(self._left())
        return opened

    def _connect(self) -> socket.socket:
        addresses = addresses_of(self._reach.host, self._reach.port)
        return connect_to_first(addresses, self._left)

    def _start_tls(self) -> None:
        self._replies.require_turn()
        self._socket = self._reach.tls.wrap_socket(
            self._timed(), server_hostname=self._reach.host
        )

    def _say(self, step: Say) -> SmtpReply | None:
        self._replies.require_turn()
        view = memoryview(step.data)
        while view:
            view = view[self._timed().send(view) :]
        return self._reply() if step.awaits_reply else None

    def _reply(self) -> SmtpReply:
        reply = self._replies.feed(b"")
        while reply is None:
            data = self._timed().recv(_CHUNK)
            if not data:
                raise EOFError
            reply = self._replies.feed(data)
        return reply


class _Arrivals(asyncio.Protocol):
    """What arrives on a connection, and whether more may be written."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._failure: Exception | None = None
        self._changed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > _CHUNK:
            self.connection_lost(ValueError("too much at once"))
        self._changed.set()

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._failure = self._failure or exc or EOFError()
        self._changed.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def read(self) -> bytes:
        while not self._data:
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()
        data, self._data = bytes(self._data), bytearray()
        return data

    async def drained(self) -> None:
        await self._writable.wait()
        if self._failure is not None and not self._data:
            raise self._failure


class _Tls:
    """
    TLS between what is said and what goes over the connection.

    Not `loop.start_tls`: its transport takes more than has left, so that whether the
    end of the mail has left could not be said.
    """

    def __init__(self, reach: SmtpReach) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = reach.tls.wrap_bio(
            self.incoming, self.outgoing, server_hostname=reach.host
        )

    def has_begun(self) -> bool:
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
            return True
        return False

    def encrypted(self, data: bytes) -> bytes:
        self._tls.write(data)
        return self.outgoing.read()

    def decrypted(self, data: bytes) -> bytes:
        self.incoming.write(data)
        found = bytearray()
        with suppress(ssl.SSLWantReadError):
            while piece := self._tls.read(_CHUNK):
                found += piece
        return bytes(found)


@define
class AwaitedWire:
    """
    As `Wire`, awaited.

    Attributes:
        maybe_sent: Whether the step that gives the mail away was begun.
    """

    _reach: SmtpReach
    maybe_sent: bool = field(default=False, init=False)
    _ends: float = field(init=False)
    _transport: asyncio.Transport | None = field(default=None, init=False)
    _arrivals: _Arrivals = field(factory=_Arrivals, init=False)
    _tls: _Tls | None = field(default=None, init=False)
    _replies: ReplyReader = field(factory=ReplyReader, init=False)

    def __attrs_post_init__(self) -> None:
        now = asyncio.get_running_loop().time()
        self._ends = now + self._reach.timeout.total_seconds()

    async def perform(self, step: SmtpStep) -> SmtpReply | Broken | None:
        connected = isinstance(step, Say)
        try:
            async with asyncio.timeout_at(self._ends):
                match step:
                    case Connect():
                        await self._connect()
                        if step.tls:
                            await self._start_tls()
                        connected = True
                        return await self._reply()
                    case StartTls():
                        await self._start_tls()
                        return None
                    case Say():
                        return await self._say(step)
        except _FAILURES as error:
            return _broken(error, connected=connected)

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()  # an orderly end would wait for the other side
            await asyncio.sleep(0)  # sockets are freed in the loop's next turn

    async def _addresses(self) -> list[str]:
        try:
            return [str(ipaddress.ip_address(self._reach.host))]
        except ValueError:  # a name, which takes a thread
            found = await asyncio.get_running_loop().getaddrinfo(
                self._reach.host, self._reach.port, type=socket.SOCK_STREAM
            )
        return [str(address[0]) for *_, address in found]

    async def _connect(self) -> None:
        loop, failure = asyncio.get_running_loop(), OSError("the host has no address")
        addresses = await self._addresses()
        for position, address in enumerate(addresses):
            share = (self._ends - loop.time()) / (len(addresses) - position)
            try:
                async with asyncio.timeout(share):
                    self._transport, self._arrivals = await loop.create_connection(
                        _Arrivals, address, self._reach.port
                    )
            except OSError as error:
                failure = error
            else:
                self._transport.set_write_buffer_limits(0)
                return
        raise failure

    async def _start_tls(self) -> None:
        self._replies.require_turn()
        tls = _Tls(self._reach)
        while not tls.has_begun():
            await self._write(tls.outgoing.read())
            tls.incoming.write(await self._arrivals.read())
        await self._write(tls.outgoing.read())
        self._tls = tls

    async def _write(self, data: bytes) -> None:
        cast("asyncio.Transport", self._transport).write(data)
        await self._arrivals.drained()

    async def _say(self, step: Say) -> SmtpReply | None:
        self._replies.require_turn()
        self.maybe_sent = self.maybe_sent or step.gives_away
        await self._write(self._tls.encrypted(step.data) if self._tls else step.data)
        return await self._reply() if step.awaits_reply else None

    async def _reply(self) -> SmtpReply:
        data = b""  # for what may have come together with the end of the handshake
        while True:
            if self._tls is not None:
                data = self._tls.decrypted(data)
            reply = self._replies.feed(data)
            if reply is not None:
                return reply
            data = await self._arrivals.read()
