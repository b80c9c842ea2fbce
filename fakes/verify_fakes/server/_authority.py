"""
A private authority, whose certificates make this server pass for the vendor's hosts.

Its key stays in memory, so trust in it is worth nothing once the server has ended; each
start has another.
"""

from __future__ import annotations

import re
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

_OWNER = "verify-core fake Twilio"


@frozen(kw_only=True)
class Authority:
    """
    What issues the certificates.

    Attributes:
        certificate: The file with the authority's own, for clients to trust.
    """

    certificate: Path
    _ca: trustme.CA = field(
        default=Factory(lambda: trustme.CA(organization_name=_OWNER)), repr=False
    )

    def write(self) -> None:
        """
        Write the certificate, over nothing but a certificate of an earlier run.

        Raises:
            FileExistsError: The file is something else.
            OSError: It cannot be written.
        """
        file = self.certificate
        is_ours = file.is_file() and _is_authoritys(file.read_bytes())
        if file.exists() and not is_ours:
            raise FileExistsError(f"{file} is there already, and not from here")
        file.write_bytes(self._ca.cert_pem.bytes())

    def context(self, *hosts: str) -> ssl.SSLContext:
        """What a TLS server needs to be taken for these hosts."""
        return _context(self._ca, hosts)

    def context_of_all(
        self, known: tuple[str, ...], others: re.Pattern[str]
    ) -> ssl.SSLContext:
        """The same for known hosts, and for each other one that a client names."""
        context = self.context(*known)

        def choose(
            line: ssl.SSLObject, name: str | None, _context: ssl.SSLContext
        ) -> None:
            if name is not None and name not in known and others.fullmatch(name):
                line.context = self.context(name)

        context.sni_callback = choose
        return context


@lru_cache(maxsize=32)
def _context(authority: trustme.CA, hosts: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    certificate = authority.issue_cert(*hosts, organization_name=_OWNER)
    certificate.configure_cert(context)
    return context


def _is_authoritys(content: bytes) -> bool:
    try:
        (only,) = x509.load_pem_x509_certificates(content)
    except ValueError:
        return not content
    owners = only.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [each.value for each in owners] == [_OWNER]


@contextmanager
def opened(file: Path | None = None) -> Iterator[Authority]:
    """
    An authority whose certificate is written to a file and stays there.

    Without a file it goes to a temporary one, which is deleted with the block.

    Raises:
        OSError: It cannot be written, or something else is there.
    """
    with TemporaryDirectory(prefix="verify-core-") as folder:
        authority = Authority(certificate=(file or Path(folder, "ca.pem")).resolve())
        authority.write()
        yield authority
