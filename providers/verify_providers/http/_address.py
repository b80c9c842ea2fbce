"""The address of a vendor, or of what stands in for it."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from verify_core.errors import InvalidSetting


def require_base_url(text: object, *, allow_plain_http: bool) -> str:
    """
    A base URL without its trailing slash.

    Args:
        text: Scheme, host and perhaps a path.
        allow_plain_http: Whether secrets may travel unencrypted beyond this machine.

    Raises:
        InvalidSetting: It is none, or would send secrets in clear.
    """
    if not isinstance(text, str):
        raise InvalidSetting("base_url", f"takes a text, not {type(text).__name__}")
    parts = _split(text)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not re.fullmatch(
        r"[\w.:-]+", host, re.ASCII
    ):
        raise InvalidSetting("base_url", "takes http:// or https:// and a host")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise InvalidSetting("base_url", "takes neither user, query nor fragment")
    if not re.fullmatch(r"[\w./~%-]*", parts.path, re.ASCII):
        raise InvalidSetting("base_url", "has a path with unusual characters")
    if parts.scheme == "http" and not (allow_plain_http or _is_this_machine(host)):
        raise InvalidSetting(
            "base_url",
            "plain http would send the secret in clear; use https, a loopback address, "
            "or allow_plain_http",
        )
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    with suppress(ValueError):  # which quotes the port: not chained
        parts = urlsplit(text)
        _ = parts.hostname, parts.port
        return parts
    raise InvalidSetting("base_url", "not a URL")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
