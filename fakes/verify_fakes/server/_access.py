"""
Who is let in: by the name that a request has for the server, and the page it is from.

A browser sends what any page of any site asks it to, also to this machine, and says
which page it was (`Origin`, `Sec-Fetch-Site`). A page can let its own name point here
(DNS rebinding); then it is of the same origin, and that name in `Host` gives it away.
Programs send neither header, and are let in.

Sources: WHATWG Fetch, "Origin header" and "CORS protocol"; W3C Fetch Metadata.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import field, frozen

#: Twilio's hosts for both products, with or without an edge and a region.
TWILIOS_HOSTS = re.compile(r"(?:verify|lookups)(?:\.[a-z0-9-]{1,63}){0,2}\.twilio\.com")
#: Those that most clients call.
TWILIOS = ("verify.twilio.com", "lookups.twilio.com")
#: Vonage's, with or without a region.
VONAGES_HOSTS = re.compile(
    r"(?:api|rest)(?:-[a-z0-9]{1,16}){0,2}\.(?:nexmo|vonage)\.com"
)
VONAGES = (
    "api.nexmo.com",
    "api.vonage.com",
    "api-eu.vonage.com",
    "api-us.vonage.com",
    "api-ap.vonage.com",
    "rest.nexmo.com",
)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PREFLIGHT = "access-control-request-method"


@frozen
class Stranger:
    """Why a request is not let in, and the part of it that shows so."""

    field: str
    why: str


@frozen(kw_only=True)
class Access:
    """
    Whom a server answers.

    Attributes:
        vendors_hosts: The names of the vendor's API.
        loopback_only: Whether only this machine can reach the server. Then it answers
            to no other names than this machine's and the vendor's.
        origins: Sites besides the server's own pages whose pages may use it, as
            `read_origin` gives them.
    """

    vendors_hosts: re.Pattern[str]
    loopback_only: bool = True
    origins: frozenset[str] = field(default=frozenset())

    def is_vendors(self, host: str) -> bool:
        """Whether a Host header is one of the vendor's API."""
        return self.vendors_hosts.fullmatch(_name_of(host)) is not None

    def stranger(
        self,
        headers: Mapping[str, str],
        *,
        scheme: str,
        absolute: bool = False,
        port: int | None = None,
        is_page: bool = False,
    ) -> Stranger | None:
        """
        Why a request is not let in; None where it is.

        Args:
            headers: Names in lower case.
            scheme: By which it came, `http` or `https`.
            absolute: Whether its target was in absolute form, as it is for a proxy.
            port: Of the server.
            is_page: Whether it is for a page, or a part of one. They hold no data, and
                a link may lead to them from anywhere.
        """
        host = headers.get("host", "")
        own = not host or is_loopback(host)  # HTTP/1.0 has no Host, and no browser
        if not own and not self.is_vendors(host):
            if self.loopback_only:
                return Stranger("host", _NAMES)
            if absolute:
                return Stranger("host", _ABSOLUTE)
        elif absolute and own and _port_of(host, scheme) != port:
            return Stranger("host", _ABSOLUTE)
        welcome = is_page or self._is_from_here(headers, scheme, host)
        return None if welcome else _FOREIGN

    def _is_from_here(self, headers: Mapping[str, str], scheme: str, host: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") in {None, "same-origin", "none"}
        return origin.lower() in {f"{scheme}://{host.lower()}", *self.origins}

    def shared_with(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """The headers that let a page of an allowed site read the answer (CORS)."""
        origin = headers.get("origin", "").lower()
        if origin not in self.origins:
            return []
        shared = [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-expose-headers", b"retry-after, twilio-request-id"),
            (b"vary", b"origin"),
        ]
        if _PREFLIGHT in headers:
            shared.append((b"access-control-allow-methods", b"GET, POST, PUT, DELETE"))
            shared.append((b"access-control-allow-headers", _ASKED_WITH))
        return shared


_NAMES = (
    "This server answers to localhost, to loopback addresses and to the vendor's own "
    "hosts, and to no other name; --host makes it reachable by others."
)
_ABSOLUTE = "This server forwards nothing; it is asked by the vendor's hosts."
_FOREIGN = Stranger(
    "origin", "Pages of other sites may not use this server; --allow-origin names one."
)
_ASKED_WITH = b"authorization, content-type"


def read_origin(text: str) -> str:
    """
    A site as browsers write it in `Origin`: lower case, without its usual port.

    Raises:
        ValueError: It is not just a scheme, a host and a port.
    """
    try:
        parts = urlsplit(text.strip().lower())
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError(_ORIGIN) from None
    if parts.scheme not in _DEFAULT_PORTS or not host or text.count("/") > 3:  # noqa: PLR2004
        raise ValueError(_ORIGIN)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(_ORIGIN)
    named = f"[{host}]" if ":" in host else host
    usual = port in {None, _DEFAULT_PORTS[parts.scheme]}
    return f"{parts.scheme}://{named}" + ("" if usual else f":{port}")


_ORIGIN = "takes a scheme, a host and a port, such as http://localhost:3000"


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine, whatever name servers say."""
    name = _name_of(host)
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, 6.3
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """The name in a Host header, lower case; nothing where it cannot be read."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _port_of(host: str, scheme: str) -> int | None:
    try:
        return urlsplit(f"//{host}").port or _DEFAULT_PORTS[scheme]
    except ValueError:
        return None


def has_token(headers: Mapping[str, str], query: Mapping[str, str], token: str) -> bool:
    """
    Whether a request to the side door brings its token.

    It may be in the query, since a browser's `EventSource` sends no headers.
    """
    given = headers.get("authorization", "")
    offered = given.removeprefix("Bearer ") or query.get("token", "")
    return hmac.compare_digest(offered.encode(), token.encode())
