"""The running server: its socket, its first line, its end."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, Protocol

import uvicorn
from attrs import frozen

from .transport import BoundedProtocol, Outgoing, Receive, Scope, Send

if TYPE_CHECKING:
    from .proxy import Proxy

_BACKLOG: Final = 1024
_GRACE_S: Final = 1
_YOUNG: Final = 50_000


class Served(Protocol):
    """An application of ours, whichever vendor's."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

    def begin(self) -> None:
        """What the server does by itself begins; in its event loop."""

    def end(self) -> None:
        """Let go of whoever listens; the server is about to end."""


@frozen(kw_only=True)
class Tls:
    """
    What a server shows to clients that want https.

    Attributes:
        certificate: File of the certificate and what it stands on (PEM).
        key: File of its private key; None is the same file.
    """

    certificate: Path
    key: Path | None = None

    def __attrs_post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)

    @classmethod
    def of(cls, certificate: Path | None, key: Path | None) -> Tls | None:
        """
        Of files that may not be there; without a certificate there is no TLS.

        Raises:
            OSError: What is in the files is no certificate, or no key of it.
        """
        return None if certificate is None else cls(certificate=certificate, key=key)


class _Server(uvicorn.Server):
    """uvicorn's server; it says where it listens, and lets go of open streams."""

    def __init__(
        self, config: uvicorn.Config, app: Served, said: Iterable[str]
    ) -> None:
        super().__init__(config)
        self._app = app
        self._said = said

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._app.begin()
            _spare_the_collector()
            print(*self._said, sep="\n", flush=True)  # noqa: T201 - promised

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # The base keeps the signal and raises it again at the end; ending as asked is
        # success, not death by signal.
        self._app.end()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _spare_the_collector() -> None:
    """
    Look for dead cycles less often.

    What is kept is many small things that live for ten minutes and know no cycles;
    looking through them as often as by default cost a twentieth of the processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)


def listen(host: str, port: int) -> socket.socket:
    """
    A bound socket.

    Args:
        host: Name or address.
        port: 0 takes a free one.

    Raises:
        OSError: The address is taken, or not ours.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    """Where a client finds the socket."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def is_private(bound: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    host = bound.getsockname()[0]
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def serve(
    app: Served,
    bound: socket.socket,
    proxy: Proxy | None = None,
    *,
    tls: Tls | None = None,
) -> None:
    """
    Serve until SIGTERM or Ctrl-C.

    Args:
        app: What answers.
        bound: As `listen` gave it.
        proxy: To serve `CONNECT` too.
        tls: To serve https; None is http.
    """
    if not is_private(bound):
        print(  # noqa: T201 - said loudly
            "WARNING: not only this machine can reach this server. It shows codes and "
            "numbers to everyone who asks; --side-door-token guards them.",
            file=sys.stderr,
            flush=True,
        )
    url = url_of(bound, "http" if tls is None else "https")
    said = [f"Listening on {url}"]
    if proxy is not None:
        said.append(f"Proxy on {url} with the CA certificate {proxy.certificate}")
    protocol = BoundedProtocol if proxy is None else proxy.protocol
    how = configuration(app, protocol)
    if tls is not None:
        how.ssl_certfile, how.ssl_keyfile = str(tls.certificate), tls.key
    _Server(how, app, said).run(sockets=[bound])


def configuration(
    app: Served, protocol: Callable[..., asyncio.Protocol] = BoundedProtocol
) -> uvicorn.Config:
    """How uvicorn is run."""
    return uvicorn.Config(
        app,
        http=partial(protocol, outgoing=Outgoing()),  # type: ignore[arg-type]  # it only calls it
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        proxy_headers=False,  # whoever asks is believed in nothing but the request
        server_header=False,
        date_header=False,  # an account's own clock dates its answers
        backlog=_BACKLOG,
        limit_concurrency=_BACKLOG,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_GRACE_S,
    )
