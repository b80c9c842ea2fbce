"""A certificate authority of one run, for hosts that are not ours."""

from __future__ import annotations

import ssl
from collections import OrderedDict
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509
from cryptography.x509.oid import NameOID

_OWNER: Final = "verify-core fake Twilio"
_MOST_HOSTS: Final = 32


class Authority:
    """
    A private certificate authority and the certificates that it issues.

    Its key stays in memory, so trust in it is worth nothing to anybody once the server
    has ended; each start has another.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name=_OWNER)
        self._contexts: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    @property
    def certificate(self) -> bytes:
        """What clients must trust, as PEM."""
        return self._ca.cert_pem.bytes()

    def write(self, file: Path) -> None:
        """
        Write the certificate down, over nothing but a certificate of an earlier run.

        Raises:
            FileExistsError: The file is something else.
            OSError: It cannot be written.
        """
        if file.exists() and not _is_ours(file.read_bytes()):
            raise FileExistsError(f"{file} is there already, and not from here")
        file.write_bytes(self.certificate)

    def context_for(self, host: str) -> ssl.SSLContext:
        """
        What a TLS server needs to be taken for a host.

        Args:
            host: Lower case.
        """
        context = self._contexts.get(host)
        if context is None:
            context = self._contexts[host] = self._issue(host)
            if len(self._contexts) > _MOST_HOSTS:
                self._contexts.popitem(last=False)
        return context

    def _issue(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        certificate = self._ca.issue_cert(host, organization_name=_OWNER)
        certificate.configure_cert(context)
        return context


def _is_ours(content: bytes) -> bool:
    try:
        (only,) = x509.load_pem_x509_certificates(content)
    except ValueError:
        return not content
    owners = only.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [each.value for each in owners] == [_OWNER]
