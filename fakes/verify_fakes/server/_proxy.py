"""
A proxy that leads to the fake itself, for clients whose hosts cannot be changed.

On the server's own port, `CONNECT verify.twilio.com:443` is answered, TLS begins with a
certificate from a private authority, and inside it the same application answers, under
Twilio's name and with links that have it. Nothing is ever forwarded: any other host or
port is refused.

The authority's key stays in memory, so trust in it is worth nothing once the server has
ended; each start has another. Source: RFC 9110, section 9.3.6 (CONNECT).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from attrs import Factory, field, frozen
from cryptography import x509
from cryptography.x509.oid import NameOID

from ._access import TWILIOS_HOSTS

_SHUTDOWN_S = 0.5
_PORT = ":443"
_OWNER = "verify-core fake Twilio"


@frozen(kw_only=True)
class Proxy:
    """
    What a server needs to be a proxy too.

    Attributes:
        certificate: The file with the authority's own, for clients to trust.
    """

    certificate: Path
    _authority: trustme.CA = field(
        default=Factory(lambda: trustme.CA(organization_name=_OWNER)), repr=False
    )
    only = (
        "This proxy leads to verify.twilio.com:443 and lookups.twilio.com:443 only, "
        "and there to a fake."
    )

    def write(self) -> None:
        """
        Write the certificate, over nothing but a certificate of an earlier run.

        Raises:
            FileExistsError: The file is something else.
            OSError: It cannot be written.
        """
        file = self.certificate
        if file.exists() and not _is_authoritys(file.read_bytes()):
            raise FileExistsError(f"{file} is there already, and not from here")
        file.write_bytes(self._authority.cert_pem.bytes())

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
                _context(self._authority, host),
                server_side=True,
                ssl_handshake_timeout=timeout_s,
                ssl_shutdown_timeout=_SHUTDOWN_S,
            )
        except OSError:
            return None
        if secure is None or transport.is_closing() or doorstep.lost:
            return None
        return secure, bytes(doorstep.early)


@lru_cache(maxsize=32)
def _context(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """What a TLS server needs to be taken for a host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    certificate = authority.issue_cert(host, organization_name=_OWNER)
    certificate.configure_cert(context)
    return context


def _is_authoritys(content: bytes) -> bool:
    try:
        (only,) = x509.load_pem_x509_certificates(content)
    except ValueError:
        return not content
    owners = only.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [each.value for each in owners] == [_OWNER]


class _Doorstep(asyncio.Protocol):
    """Keeps what comes between the end of a handshake and its being noticed."""

    def __init__(self) -> None:
        self.early = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self.lost = True


@contextmanager
def opened(file: Path | None = None) -> Iterator[Proxy]:
    """
    A proxy whose certificate is written to a file and stays there.

    Without a file it goes to a temporary one, which is deleted with the block.

    Raises:
        OSError: It cannot be written, or something else is there.
    """
    with TemporaryDirectory(prefix="verify-core-") as folder:
        proxy = Proxy(certificate=(file or Path(folder, "ca.pem")).resolve())
        proxy.write()
        yield proxy
