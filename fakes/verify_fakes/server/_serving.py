"""The running server: its socket, its first line, its end."""

from __future__ import annotations

import asyncio
import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve, frozen

from verify_core.files import reason_of

from ._asgi import Served
from ._bounds import Bounds
from ._connection import Connection, Connections

if TYPE_CHECKING:
    from ._proxy import Proxy

_BACKLOG = 1_024
_YOUNG = 50_000
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: Descriptors besides connections: sockets to webhooks, files, pipes.
_OTHER_FILES = 128


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """
    What a server shows to clients that want https; None without a certificate.

    Raises:
        OSError: The files hold no certificate, or no key of it.
    """
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError:
        files = certificate if key is None else f"{certificate} and {key}"
        raise OSError(f"--tls-cert: {files} has no certificate and key (PEM)") from None
    return context


@frozen(kw_only=True, eq=False)
class VendorsHosts:
    """
    A second socket, on which the server is taken for the vendor's hosts.

    Attributes:
        bound: As `listen` gave it; clients look for port 443.
        tls: With certificates for the names.
        names: The hosts that most clients call.
        certificate: The file with the authority's certificate, for clients to trust.
    """

    bound: socket.socket
    tls: ssl.SSLContext
    names: tuple[str, ...]
    certificate: Path

    def said(self) -> str:
        """Where it is, what to trust, and the hosts file's line that leads here."""
        host = self.bound.getsockname()[0]
        here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared
        return (
            f"Vendor's hosts on {url_of(self.bound, 'https')} "
            f"with the CA certificate {self.certificate}\n"
            f"Line for the hosts file: {here} {' '.join(self.names)}"
        )


@define(eq=False, kw_only=True)
class HttpServer(Connections):
    """
    Serves an application on a socket until it is asked to end.

    Attributes:
        bound: As `listen` gave it.
        tls: To serve https; None is http.
        hosts: To be taken for the vendor's hosts too.
    """

    bound: socket.socket
    tls: ssl.SSLContext | None = None
    hosts: VendorsHosts | None = None
    _ending: asyncio.Event = Factory(asyncio.Event)

    async def run(self, began: Callable[[], None]) -> None:
        """Serve until `end` is called; call `began` once connections are taken."""
        servers = [await self._listening(self.bound, self.tls)]
        if self.hosts is not None:
            servers.append(await self._listening(self.hosts.bound, self.hosts.tls))
        self.app.begin()
        try:
            began()
            await self._ending.wait()
        finally:
            for server in servers:
                server.close()
            self.app.end()
            await self._let_go()

    async def _listening(
        self, bound: socket.socket, tls: ssl.SSLContext | None
    ) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(
            lambda: Connection(self, self.proxy),
            sock=bound,
            backlog=_BACKLOG,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else self.bounds.handshake_s,
        )

    def end(self) -> None:
        """Let `run` come to its end; to be called in its event loop."""
        self._ending.set()

    async def _let_go(self) -> None:
        """Wait for what is under way, for a moment, then close everything."""
        for connection in tuple(self.open):
            connection.shutdown()
        tasks = [each.task for each in self.open if each.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=self.bounds.end_s)
        for connection in tuple(self.open):
            connection.abort()
        await asyncio.sleep(0)


_WARNING = (
    "WARNING: not only this machine can reach this server. It shows codes and numbers "
    "to everyone who asks; --side-door-token guards them."
)


def listen(host: str, port: int) -> socket.socket:
    """
    A socket that listens; port 0 takes a free one.

    Raises:
        OSError: The address is taken, or not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (socket.gaierror, UnicodeError):
        raise OSError(f"port {port} of {host}: no such name") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            free = f"port {port} of {host} is in use; --port 0 takes a free one"
            raise OSError(free) from None
        why = reason_of(error)
        raise OSError(f"port {port} of {host}: {why}") from None
    bound.setblocking(False)  # noqa: FBT003 - the standard library's
    return bound


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """Where a client finds the socket."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _for_people(url: str) -> str:
    """An address that a browser can open: every address includes this machine's."""
    return url.replace("//0.0.0.0:", "//localhost:").replace("//[::]:", "//localhost:")


def is_private(bound: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    host = bound.getsockname()[0]
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def serve(
    app: Served,
    bound: socket.socket,
    proxy: Proxy | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    hosts: VendorsHosts | None = None,
    new_token: str | None = None,
) -> None:
    """
    Serve until SIGTERM or Ctrl-C; the arguments are those of `HttpServer`.

    A `new_token` is one of the inbox that its reader does not know yet. It is printed
    behind the `#` of the inbox's address, a part that browsers keep to themselves.

    Raises:
        OSError: The standard output cannot be written to.
    """
    if not is_private(bound) and new_token is None:
        print(_WARNING, file=sys.stderr, flush=True)  # noqa: T201 - said loudly
    url = url_of(bound, "http" if tls is None else "https")
    said = [f"Listening on {url}"]
    if proxy is not None:
        said.append(
            f"Proxy on {url} with the CA certificate {proxy.authority.certificate}"
        )
    if hosts is not None:
        said.append(hosts.said())
    if new_token is not None:
        said.append(f"Inbox on {_for_people(url)}/#token={new_token}")

    def began() -> None:
        _spare_the_collector()
        _say("\n".join(said))

    # It warns of each form that breaks off; the client's answer says so already.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        server = HttpServer(
            app=app,
            bound=bound,
            bounds=_within_files(app.bounds),
            proxy=proxy,
            tls=tls,
            hosts=hosts,
        )
        with _ended_by_signals(server, runner.get_loop()):
            runner.run(server.run(began))


def _say(text: str) -> None:
    """
    Print the lines that others may wait for.

    Raises:
        OSError: They cannot be written: a full disk, a reader that has gone.
    """
    try:
        print(text, flush=True)  # noqa: T201 - promised
    except OSError:
        # Python would try once more at its end, and complain in many lines.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop: uvloop where it is installed; None is Python's own."""
    try:
        import uvloop
    except ImportError:  # it does not exist for Windows
        return None
    return uvloop.new_event_loop


@contextmanager
def _ended_by_signals(
    server: HttpServer, loop: asyncio.AbstractEventLoop
) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server with the exit status of success."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(server.end)

    before = {each: signal.signal(each, end) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _within_files(bounds: Bounds) -> Bounds:
    """The bounds, with no more connections than this process may have files open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return bounds
    wanted = bounds.connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return bounds
    return evolve(bounds, connections=max(soft - _OTHER_FILES, 1))


def _spare_the_collector() -> None:
    """
    Look for dead cycles less often.

    The server keeps many small objects for ten minutes, and they form no cycles; to
    look through them as often as by default cost a twentieth of the processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)
