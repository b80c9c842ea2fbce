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

from attrs import frozen

from ._access import TWILIOS_HOSTS
from ._authority import Authority

_SHUTDOWN_S = 0.5
_PORT = ":443"


@frozen(kw_only=True)
class Proxy:
    """
    What a server needs to be a proxy too.

    Attributes:
        authority: Whose certificates the client trusts.
    """

    authority: Authority
    only = (
        "This proxy leads to verify.twilio.com:443 and lookups.twilio.com:443 only, "
        "and there to a fake."
    )

    def host_of(self, target: str) -> str | None:
        """The host that a tunnel may lead to, lower case; None for any other target."""
        host = target.lower().removesuffix(_PORT)
        right = target.endswith(_PORT) and TWILIOS_HOSTS.fullmatch(host)
        return host if right else None

    async def secured(
        self, transport: asyncio.Transport, host: str, timeout_s: float
    ) -> tuple[asyncio.Transport, bytes] | None:
        """
        TLS on a connection that does not read, as if with that host.

        Returns:
            What to read and write from now on, and what came in the meantime. None
            where the client gave up, most often because it does not trust the
            authority; it says so itself.
        """
        doorstep = _Doorstep()
        try:
            secure = await asyncio.get_running_loop().start_tls(
                transport,
                doorstep,
                self.authority.context(host),
                server_side=True,
                ssl_handshake_timeout=timeout_s,
                ssl_shutdown_timeout=_SHUTDOWN_S,
            )
        except OSError:
            return None
        if secure is None or transport.is_closing() or doorstep.lost:
            return None
        return secure, bytes(doorstep.early)


class _Doorstep(asyncio.Protocol):
    """Keeps what comes between the end of a handshake and its being noticed."""

    def __init__(self) -> None:
        self.early = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.lost = True
