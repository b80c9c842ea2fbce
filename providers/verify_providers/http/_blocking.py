"""
One HTTP exchange, blocking: the driver on `requests`.

An adapter adds to the library, unnoticed by its other users in the same process:

- **One deadline per exchange.** A read time-out of `requests` begins anew with each
  `recv`, so a server that sends a byte now and then holds its caller for ever. Our
  connections give every read and write only what is left. The one thing that no
  deadline reaches is the system's name resolution.
- **"Not sent" against "maybe sent"** is read off the connection: the first byte of the
  request makes the difference.
- **No number in logs.** `urllib3` logs the path of every request. It is given a masked
  path, and the connection puts the true one into the request line.
- **No compression.** None is asked for, so a body that comes compressed nevertheless is
  not read: to unpack a few bytes can take the memory and the time of a whole machine.

Nothing is sent twice: no retries, no redirects, no cookies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from verify_core.errors import InvalidSetting

from ._connection import POOLS, Exchange, Stage, current_exchange
from ._messages import (
    MAX_BODY_BYTES,
    HttpAnswer,
    HttpRequest,
    NoAnswer,
    headers_of,
    no_answer,
)
from ._reach import Reach


class _Adapter(HTTPAdapter):
    """Pools of bounded connections, and a masked path for everything above them."""

    def __init__(self, base_url: str, pool_size: int) -> None:
        never = urllib3.Retry(total=0, read=False)
        super().__init__(pool_connections=1, pool_maxsize=pool_size, max_retries=never)
        self.poolmanager.pool_classes_by_scheme = POOLS
        self._base_path = urlsplit(base_url).path
        self._pool: urllib3.connectionpool.ConnectionPool | None = None

    def get_connection_with_tls_context(
        self,
        *args: Any,  # noqa: ANN401 - the base's signature
        **kwargs: Any,  # noqa: ANN401 - likewise
    ) -> urllib3.connectionpool.ConnectionPool:
        # The first thing that `requests` does with a request. A stand-in for the
        # network replaces `send` as a whole and never comes here.
        current_exchange.get().stage = Stage.PREPARING
        # One client has one host, one proxy and one bundle of authorities.
        pool = self._pool
        if pool is None:
            pool = super().get_connection_with_tls_context(*args, **kwargs)
            self._pool = pool
        return pool

    def close(self) -> None:
        self._pool = None
        super().close()

    def proxy_manager_for(
        self,
        proxy: str,
        **kwargs: Any,  # noqa: ANN401 - the base's signature
    ) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def request_url(
        self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None
    ) -> str:
        asked = current_exchange.get().request
        if not proxies:
            return self._base_path + asked.shown_path
        url = super().request_url(request, dict(proxies))
        return url.replace(asked.path, asked.shown_path)

    def build_response(
        self,
        request: requests.PreparedRequest,
        answer: Any,  # noqa: ANN401 - one of urllib3
    ) -> requests.Response:
        if current_exchange.get().stage is Stage.UNSEEN:  # a stand-in's answer
            return super().build_response(request, answer)
        # What `_answer` reads. The base would also keep cookies and guess an encoding.
        response = requests.Response.__new__(requests.Response)
        response.raw, response.headers = answer, answer.headers
        response.status_code = answer.status
        return response


class HttpClient:
    """
    Exchanges with one vendor host; safe to use from several threads.

    Args:
        base_url: Scheme, host and optional path, without a trailing slash.
        pool_size: Connections kept open. More may be open for a moment when more
            threads call at once; `urllib3` then logs a warning and closes the surplus.
        trust_env: Whether proxies and CA bundles are taken from the environment, as
            `requests` does. `.netrc` is never read.
        monotonic: Seconds on a clock that never goes back.

    Raises:
        InvalidSetting: With `trust_env`, the environment names a SOCKS proxy.
    """

    def __init__(
        self,
        *,
        base_url: str,
        pool_size: int = Reach.DEFAULT_POOL_SIZE,
        trust_env: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url
        self._monotonic = monotonic
        self._settings = environment(base_url) if trust_env else NO_ENVIRONMENT
        self._adapter = _Adapter(base_url, pool_size)

    def exchange(
        self,
        request: HttpRequest,
        *,
        authorization: str | None,
        seconds: float,
        elapsed_s: Callable[[], float],
    ) -> HttpAnswer | NoAnswer:
        """
        Send one request once.

        Args:
            request: What to send.
            authorization: The header of that name; None sends none.
            seconds: Until when the whole answer must be here.
            elapsed_s: Says at the end how long the provider's call has taken.

        Returns:
            The answer, or what is known without one; never raises for the network.
        """
        ends = self._monotonic() + seconds
        exchange = Exchange(ends, request, self._monotonic)
        token = current_exchange.set(exchange)
        try:
            prepared = self._prepared(request, authorization)
            return self._answer(prepared, seconds, elapsed_s)
        except _FAILURES as error:
            # A value, not an exception: those of `requests` carry the whole request,
            # and whatever is raised while one is handled carries it as its context.
            return _no_answer(exchange, error, elapsed_s())
        finally:
            current_exchange.reset(token)

    def close(self) -> None:
        """Close the idle connections; a later exchange opens new ones."""
        self._adapter.close()

    def _prepared(
        self, request: HttpRequest, authorization: str | None
    ) -> requests.PreparedRequest:
        # By hand: Request.prepare() parses and re-quotes what is already encoded.
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = self._base_url + request.path
        prepared.body = body = request.body
        prepared.hooks = {}
        headers = headers_of(request, authorization)
        if body is not None:
            headers["Content-Length"] = str(len(body))
        prepared.headers = CaseInsensitiveDict(headers)
        return prepared

    def _answer(
        self,
        prepared: requests.PreparedRequest,
        seconds: float,
        elapsed_s: Callable[[], float],
    ) -> HttpAnswer:
        response = self._adapter.send(
            prepared, stream=True, timeout=(seconds, seconds), **self._settings
        )
        # By name: a header that came twice counts as one, its values joined.
        headers = {name.lower(): response.headers[name] for name in response.headers}
        body: bytes | None = None
        try:
            if "content-encoding" not in headers:
                # "Decode" means no more than to read on until the body's end is seen.
                body = response.raw.read(MAX_BODY_BYTES + 1, decode_content=True)
        finally:
            response.raw.close()
        if body is not None and len(body) > MAX_BODY_BYTES:
            body = None
        return HttpAnswer(
            status=response.status_code,
            headers=headers,
            body=body,
            elapsed_s=elapsed_s(),
        )


_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,  # from parsing what no HTTP server sends
)

NO_ENVIRONMENT: Mapping[str, Any] = {"verify": True, "cert": None, "proxies": None}


def environment(base_url: str) -> Mapping[str, Any]:
    """
    Proxies and certificates that the environment names for a host.

    Raises:
        InvalidSetting: A SOCKS proxy, which our connections cannot go through.
    """
    with requests.Session() as session:
        found = session.merge_environment_settings(base_url, {}, None, None, None)
    proxies = {name: str(proxy) for name, proxy in found["proxies"].items() if proxy}
    if any(proxy.lower().startswith("socks") for proxy in proxies.values()):
        raise InvalidSetting(
            "trust_env", "the environment names a SOCKS proxy; use an HTTP one"
        )
    return {"verify": found["verify"], "cert": found["cert"], "proxies": proxies}


# Where a stand-in for the network answers instead of our connections, only the type of
# the exception is left to tell.
_CERTAINLY_UNSENT = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.SSLError,
    requests.exceptions.InvalidURL,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)
_LATE = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)


def _no_answer(exchange: Exchange, error: Exception, elapsed_s: float) -> NoAnswer:
    chain = _chain(error)
    if exchange.stage is Stage.UNSEEN:
        maybe_sent = not any(isinstance(each, _CERTAINLY_UNSENT) for each in chain)
    else:
        maybe_sent = exchange.stage is Stage.WRITING
    return no_answer(
        maybe_sent=maybe_sent,
        late=any(isinstance(each, _LATE) for each in chain),
        elapsed_s=elapsed_s,
        secure=not isinstance(error, requests.exceptions.SSLError),
    )


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = [error]
    for link in links:
        inner = [getattr(link, "reason", None), *link.args, link.__cause__]
        links += [
            item
            for item in inner
            if isinstance(item, BaseException) and item not in links
        ]
    return links
