"""How a vendor is reached: address, deadline, connections, environment, clock."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar, Self
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen
from attrs.validators import and_

from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings
from verify_core.validation import (
    fits,
    flag,
    function,
    is_this_machine,
    positive_duration,
    require_kind,
    whole,
)

from ..config import REACH_OPTIONS, read_options

_TIMEOUT = and_(
    positive_duration,
    fits(lambda timeout: timeout <= timedelta(minutes=5), "takes at most 5 minutes"),
)


@frozen(kw_only=True)
class Reach:
    """
    How a vendor is reached; the defaults suit a live account.

    >>> Reach(base_url="http://127.0.0.1:8000/").url_or("https://api.post.example")
    'http://127.0.0.1:8000'
    >>> Reach(base_url="http://post.example")
    Traceback (most recent call last):
    verify_core.errors.InvalidSetting: base_url: plain http would send the secret in \
clear; use https, a loopback address, or allow_plain_http

    Attributes:
        base_url: Another address than the vendor's, for a fake or a gateway: scheme,
            host and perhaps a path.
        allow_plain_http: Let `base_url` be plain http beyond this machine, which sends
            the secret unencrypted.
        timeout: Deadline of one call, recovery included; more than 0, at most 5
            minutes.
        pool_size: Connections kept open; one per thread that calls at the same time.
        trust_env: Take HTTP proxies and CA bundles from the environment.
        monotonic: Seconds on a clock that never goes back.

    Raises:
        InvalidSetting: A value that cannot be used; names the field.
    """

    DEFAULT_TIMEOUT: ClassVar = timedelta(seconds=4)
    DEFAULT_POOL_SIZE: ClassVar = 10

    base_url: str | None = None
    allow_plain_http: bool = field(default=False, validator=flag)
    timeout: timedelta = field(default=DEFAULT_TIMEOUT, validator=_TIMEOUT)
    pool_size: int = field(default=DEFAULT_POOL_SIZE, validator=whole(1))
    trust_env: bool = field(default=False, validator=flag)
    monotonic: Callable[[], float] = field(
        default=time.monotonic, validator=function, repr=False
    )

    def __attrs_post_init__(self) -> None:
        if self.base_url is not None:
            self.url_or(self.base_url)

    @classmethod
    def from_settings(
        cls, settings: ProviderSettings, *, host_is_address: bool = False
    ) -> Self:
        """
        Read the options of a URL that has no others: `?base_url=…&timeout=2.5`.

        >>> settings = ProviderSettings(name="post", host="eu.post.example:8443")
        >>> Reach.from_settings(settings, host_is_address=True).base_url
        'https://eu.post.example:8443'

        Args:
            settings: The URL, read.
            host_is_address: Whether the URL's host, with its port, is where the vendor
                is reached, by https; `base_url` goes before it. Without this, the host
                is not read.

        Raises:
            InvalidSetting: The host or an option cannot be used, or is unknown; names
                it.
        """
        options = read_options(settings, REACH_OPTIONS)
        if host_is_address and settings.host:
            options.setdefault("base_url", _address_of(settings.host))
        return cls(**options)

    def url_or(self, default: str) -> str:
        """
        The address to use, without a trailing slash: `base_url`, else the vendor's own.

        Args:
            default: The vendor's own address.

        Raises:
            InvalidSetting: `base_url` is not a URL, or would send secrets unencrypted.
        """
        url = default if self.base_url is None else self.base_url
        return _base_url(url, allow_plain_http=self.allow_plain_http)


def _address_of(host: str) -> str:
    if "/" not in host:
        with suppress(InvalidSetting):
            return _base_url(f"https://{host}", allow_plain_http=False)
    raise InvalidSetting("host", "takes the name of a host, and perhaps a port")


def _base_url(text: str, *, allow_plain_http: bool) -> str:
    """Return a base URL without its trailing slash, or say why it cannot be used."""
    parts = _split(require_kind("base_url", text, str))
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not re.fullmatch(
        r"[\w.:-]+", host, re.ASCII
    ):
        raise InvalidSetting("base_url", "takes http:// or https:// and a host")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise InvalidSetting("base_url", "takes neither user, query nor fragment")
    if not re.fullmatch(r"[\w./~%-]*", parts.path, re.ASCII):
        raise InvalidSetting("base_url", "has a path with unusual characters")
    if parts.scheme == "http" and not (allow_plain_http or is_this_machine(host)):
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
