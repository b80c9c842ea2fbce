"""
One HTTP exchange, awaited: the driver on `aiohttp`, and its only importer.

It keeps the promises of the blocking driver:

- **One deadline per exchange**, by `asyncio.timeout`; the library's own is off.
- **"Not sent" against "maybe sent"** is read off the connector: a request leaves as
  soon as it has a connection, and not before.
- **Nothing is sent twice.** The library would repeat GET and DELETE where the server
  had closed a kept connection; the connector refuses a second one for one exchange.
- **No number in logs**: the library logs no URL, and what it raises becomes a value.

Redirects, cookies, `.netrc` and compression are off. Why this library: 500 starts at
once took it 0.4 s, niquests 0.7 s and httpx 8.4 s (measured 2026-11-28, see
`benchmarks/bench_awaiting.py`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aiohttp
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from yarl import URL

from ._blocking import NO_ENVIRONMENT, environment
from ._messages import (
    MAX_BODY_BYTES,
    HttpAnswer,
    HttpRequest,
    NoAnswer,
    Progress,
    headers_of,
    no_answer,
)

if TYPE_CHECKING:
    from aiohttp.tracing import Trace

_TLS_CONTEXTS: dict[str, ssl.SSLContext] = {}
# By the file of their authorities: reading one takes tens of milliseconds.


_PROGRESS: ContextVar[Progress] = ContextVar("verify_providers_progress")


class _Connector(aiohttp.TCPConnector):
    """Gives each exchange one connection, and notes when it has it."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the base's signature
    ) -> aiohttp.connector.Connection:
        progress = _PROGRESS.get()
        if progress.is_leaving:
            raise aiohttp.ClientConnectionError("nothing is sent twice")
        connection = await super().connect(req, traces, timeout)
        progress.is_leaving = progress.maybe_sent = True
        return connection


class AsyncHttpClient:
    """
    Exchanges with one vendor host, awaited.

    Each event loop gets connections of its own, opened by its first exchange; as many
    may be open as exchanges are under way. Arguments and errors are `HttpClient`'s.
    """

    def __init__(self, *, base_url: str, trust_env: bool = False) -> None:
        self._base_url = base_url
        settings = environment(base_url) if trust_env else NO_ENVIRONMENT
        self._proxy = select_proxy(base_url, settings["proxies"])
        # Here, for it takes milliseconds that no deadline should lose.
        self._tls = _tls_context(settings)
        self._sessions: WeakKeyDictionary[
            asyncio.AbstractEventLoop, aiohttp.ClientSession
        ] = WeakKeyDictionary()

    async def exchange(
        self,
        request: HttpRequest,
        *,
        authorization: str | None,
        seconds: float,
        elapsed_s: Callable[[], float],
        progress: Progress,
    ) -> HttpAnswer | NoAnswer:
        """As `HttpClient.exchange`; `progress` notes when the request leaves."""
        progress.is_leaving = False
        _PROGRESS.set(progress)
        if self._tls is None:
            return no_answer(
                maybe_sent=False, late=False, secure=False, elapsed_s=elapsed_s()
            )
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(request, authorization, elapsed_s)
        except TimeoutError:
            return no_answer(
                maybe_sent=progress.is_leaving, late=True, elapsed_s=elapsed_s()
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # A value, not an exception: the library's carry the whole request.
            # ValueError comes from parsing what no HTTP server sends.
            secure = not isinstance(error, ssl.SSLError | aiohttp.ClientSSLError)
            return no_answer(
                maybe_sent=progress.is_leaving,
                late=False,
                secure=secure,
                elapsed_s=elapsed_s(),
            )

    async def aclose(self) -> None:
        """Close the connections of this event loop; a later exchange opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # sockets are freed in the loop's next turn

    async def _answer(
        self,
        request: HttpRequest,
        authorization: str | None,
        elapsed_s: Callable[[], float],
    ) -> HttpAnswer:
        async with self._session().request(
            request.method,
            URL(self._base_url + request.path, encoded=True),
            data=request.body,
            headers=headers_of(request, authorization),
            allow_redirects=False,
            proxy=self._proxy,
        ) as response:
            if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
                response.close()
                raise aiohttp.ClientConnectionError("no HTTP follows")
            found = {name.lower(): value for name, value in response.headers.items()}
            is_plain = "content-encoding" not in found
            body = await _bounded_body(response) if is_plain else None
            return HttpAnswer(
                status=response.status,
                headers=found,
                body=body,
                elapsed_s=elapsed_s(),
            )

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=_Connector(limit=0, ssl=self._tls or False),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=None),
                auto_decompress=False,
            )
        return session


def _tls_context(settings: Mapping[str, Any]) -> ssl.SSLContext | None:
    """Return the context for TLS; None where the authorities cannot be read."""
    trusted = settings["verify"]
    bundle = trusted if isinstance(trusted, str) else DEFAULT_CA_BUNDLE_PATH
    if bundle not in _TLS_CONTEXTS:
        try:
            _TLS_CONTEXTS[bundle] = ssl.create_default_context(cafile=bundle)
        except OSError:
            return None
    return _TLS_CONTEXTS[bundle]


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes | None:
    # read(n) returns what has arrived, so a body that was cut would look whole.
    body = bytearray()
    try:
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                response.close()
                return None
    except BaseException:
        # Closing in order would wait for the other end of a TLS connection to agree.
        if response.connection is not None and response.connection.transport:
            response.connection.transport.abort()
        raise
    return bytes(body)
