"""
Where the server may post to: this machine, and hosts that it was told to trust.

No name is looked up unless it was allowed by that name, so no name server can lead the
server to an address of its choice (DNS rebinding): what is called loopback here is a
loopback address written out, or a name that never means anything else (RFC 6761).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from attrs import field, frozen

_PORTS: Final = {"http": 80, "https": 443}
_THIS_MACHINE: Final = ("127.0.0.1", "::1")
#: What may stand in a request line as it is; everything else is percent-encoded.
_PLAIN: Final = "!#$%&'()*+,/:;=?@[]~"


class NotAllowed(ValueError):
    """Nothing is posted there; the message says why."""


@frozen(kw_only=True)
class Destination:
    """
    A URL that may be posted to.

    Attributes:
        url: As it is called and signed: without credentials and fragment, which no
            receiver gets to see there.
        secure: Whether TLS is spoken.
        name: Whose certificate it must be.
        addresses: What to connect to, in order: addresses, or the one allowed name.
        port: TCP port.
        host: The Host header.
        authorization: The Authorization header, where the URL has credentials.
    """

    url: str
    secure: bool
    name: str
    addresses: tuple[str, ...]
    port: int
    host: str
    authorization: str | None = field(repr=False)


def plain_host(host: str) -> str:
    """
    A host as it is compared: lower case, and an address in its usual form.

    Raises:
        ValueError: It is none, but perhaps a URL, or has a port.
    """
    name = host.strip().lower().removeprefix("[").removesuffix("]").rstrip(".")
    try:
        return str(ip_address(name))
    except ValueError:
        if not name or set(name) & set("/:@?#[] "):
            raise ValueError("takes a name or an address, without port") from None
        return name


def read_destination(url: str, allowed: Iterable[str]) -> Destination:
    """
    Where a URL leads.

    Args:
        url: Absolute, http or https.
        allowed: Hosts besides this machine, as `plain_host` gives them.

    Raises:
        NotAllowed: It is no such URL, or leads elsewhere.
    """
    try:
        parts = urlsplit(url)
        port, name = parts.port, plain_host(parts.hostname or "")
    except ValueError:
        raise NotAllowed("the URL has no host and port that can be read") from None
    if parts.scheme not in _PORTS:
        raise NotAllowed("the URL is neither http nor https")
    host = parts.netloc.rpartition("@")[2]
    return Destination(
        url=f"{parts.scheme}://{host}{_target(parts)}",
        secure=parts.scheme == "https",
        name=name,
        addresses=_addresses(name, allowed),
        port=_PORTS[parts.scheme] if port is None else port,
        host=host,
        authorization=_authorization(parts),
    )


def target_of(url: str) -> str:
    """What stands in the request line: path and query."""
    return _target(urlsplit(url))


def without_password(url: str) -> str:
    """A URL that can be shown."""
    scheme, slashes, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{netloc.rpartition('@')[2]}{slash}{path}"


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_PLAIN)


def _addresses(name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    if name == "localhost" or name.endswith(".localhost"):
        return _THIS_MACHINE
    if name in allowed or _is_loopback(name):
        return (name,)
    raise NotAllowed(
        f"{name} is not this machine, and --allow-webhooks-to does not name it"
    )


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _authorization(parts: SplitResult) -> str | None:
    # Source: Twilio, "Webhook quickstart" of Event Streams, read 2026-11-23: a sink's
    # URL may hold credentials, sent with every request.
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
