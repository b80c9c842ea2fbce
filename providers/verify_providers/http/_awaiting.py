"""
One HTTP exchange, awaited: the driver on `aiohttp`, and its only importer.

It keeps the promises of the blocking driver:

- **One deadline per exchange**, by `asyncio.timeout`; the library's own is off.
- **"Not sent" against "maybe sent"** by the library's tracing: it calls back before the
  head of the request goes to the transport.
- **Nothing is sent twice.** The library would repeat GET and DELETE on a connection
  that the server had closed; a middleware hides that failure from it.
- **No number in logs**: the library logs no URL, and what it raises becomes a value.

Redirects, cookies, `.netrc` and compression are off. Why this library: measured on
500 starts at once it took 0.4 s where the others with a maintained async client took
0.7 s (niquests) and 8.4 s (httpx), and it alone tells when the head left (2026-11-28,
`benchmarks/bench_awaiting.py`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from attrs import define
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from verify_core.errors import InvalidSetting
from verify_core.installing import install_hint

from ._blocking import NO_ENVIRONMENT, environment
from ._messages import HttpAnswer, HttpRequest, NoAnswer, flaw_of

if TYPE_CHECKING:
    from types import SimpleNamespace

    import aiohttp

MAX_BODY_BYTES = 1 << 20
"""Longest body that is read; a verify API sends a few kB."""


_TLS_CONTEXTS: dict[str, ssl.SSLContext] = {}
# By the file of their authorities: reading one takes tens of milliseconds.


@define
class Progress:
    """
    How far an exchange has come.

    Attributes:
        head_sent: Whether the first byte of the request has left, or was about to.
    """

    head_sent: bool = False


class AsyncHttpClient:
    """
    Exchanges with one vendor host, awaited.

    Each event loop gets connections of its own, opened by its first exchange.

    Args:
        base_url: Scheme, host and optional path, without a trailing slash.
        headers: Sent with every request.
        pool_size: Connections that may be open at the same time; 0 for any number.
        trust_env: Whether proxies and CA bundles are taken from the environment, as
            `requests` does. `.netrc` is never read.

    Raises:
        InvalidSetting: `aiohttp` is not installed; names the extra.
        SocksProxy: With `trust_env`, the environment asks for one.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        pool_size: int = 0,
        trust_env: bool = False,
    ) -> None:
        try:
            import aiohttp  # noqa: F401
        except ImportError:
            raise InvalidSetting(
                "provider", f"awaiting needs aiohttp: {install_hint('async')}"
            ) from None
        self._base_url = base_url
        self._headers = dict(headers)
        self._pool_size = pool_size
        self._settings = environment(base_url) if trust_env else NO_ENVIRONMENT
        self._proxy = select_proxy(base_url, self._settings["proxies"])
        # Here, for it takes milliseconds that no deadline should lose.
        self._tls = _tls_context(self._settings)
        self._sessions: WeakKeyDictionary[
            asyncio.AbstractEventLoop, aiohttp.ClientSession
        ] = WeakKeyDictionary()

    async def exchange(
        self,
        request: HttpRequest,
        *,
        authorization: str,
        seconds: float,
        progress: Progress,
    ) -> HttpAnswer | NoAnswer:
        """
        Send one request once.

        Args:
            request: What to send.
            authorization: The header of that name.
            seconds: Until when the whole answer must be here.
            progress: Notes when the request begins to leave.

        Returns:
            The answer, or what is known without one; never raises for the network.
        """
        flaw = flaw_of(request, authorization)
        if flaw is not None:
            return NoAnswer(maybe_sent=False, reason=flaw)
        if self._tls is None:
            return _no_answer(progress, secure=False)
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(request, authorization, progress)
        except TimeoutError:
            return _no_answer(progress, late=True)
        except _failures() as error:
            # A value, not an exception: the library's carry the whole request.
            return _no_answer(progress, secure=not _is_tls(error))

    async def aclose(self) -> None:
        """Close the connections of this event loop; a later exchange opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # sockets are freed in the loop's next turn

    async def _answer(
        self, request: HttpRequest, authorization: str, progress: Progress
    ) -> HttpAnswer:
        from yarl import URL

        headers = {"Accept-Encoding": "identity", "Authorization": authorization}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        async with self._session().request(
            request.method,
            URL(self._base_url + request.path, encoded=True),
            data=request.body,
            headers=headers,
            allow_redirects=False,
            proxy=self._proxy,
            trace_request_ctx=progress,
        ) as response:
            if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
                response.close()
                raise _ConnectionLostError  # no HTTP follows
            return HttpAnswer(
                status=response.status,
                headers={name.lower(): v for name, v in response.headers.items()},
                body=(
                    None
                    if "Content-Encoding" in response.headers
                    else await _bounded_body(response)
                ),
            )

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = self._new_session()
        return session

    def _new_session(self) -> aiohttp.ClientSession:
        import aiohttp

        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(_note_head_sent)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._pool_size, ssl=self._tls or False
            ),
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=None),
            trace_configs=[tracing],
            middlewares=(_once,),
            auto_decompress=False,
            trust_env=False,
        )


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


async def _note_head_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: object
) -> None:
    context.trace_request_ctx.head_sent = True


class _ConnectionLostError(Exception):
    """The connection broke; no error that the library would repeat a request for."""


async def _once(
    request: aiohttp.ClientRequest, handler: Callable[..., Any]
) -> aiohttp.ClientResponse:
    import aiohttp

    try:
        response: aiohttp.ClientResponse = await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        raise _ConnectionLostError from None
    return response


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes | None:
    # read(n) returns what has arrived, so a body that was cut would look whole.
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                response.close()
                return None
    except BaseException:
        _abort(response)
        raise
    return bytes(body)


def _abort(response: aiohttp.ClientResponse) -> None:
    # Closing in order would wait for the other end of a TLS connection to agree.
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


def _failures() -> tuple[type[Exception], ...]:
    import aiohttp

    # ValueError: from parsing what no HTTP server sends.
    return (aiohttp.ClientError, _ConnectionLostError, OSError, ValueError)


def _is_tls(error: Exception) -> bool:
    import aiohttp

    return isinstance(error, ssl.SSLError | aiohttp.ClientSSLError)


def _no_answer(
    progress: Progress, *, late: bool = False, secure: bool = True
) -> NoAnswer:
    if progress.head_sent:
        reason = (
            "no answer in time" if late else "the connection broke before the answer"
        )
    elif not secure:
        reason = "no secure connection could be made"
    else:
        reason = "no connection in time" if late else "no connection could be made"
    return NoAnswer(maybe_sent=progress.head_sent, reason=reason)
