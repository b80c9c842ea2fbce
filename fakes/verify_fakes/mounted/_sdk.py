"""
The official SDK on the fake, without a socket and without patching anything.

    fake = FakeTwilio(seed=1)
    client = Client(account_sid, token, http_client=twilio_http_client(fake))

The SDK takes any object with a `request` method as its HTTP client
(source: PyPI twilio 9.13, `twilio.base.client_base.ClientBase.request`), so nothing of
the SDK is imported here.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from ..kit._faults import Break, ConnectionBroken
from ..kit._hiding import Hidden, Revealed, hidden_text
from ..kit._http import header_of
from ..twilio.http._exchange import Request, admitted, request_of, user_of

if TYPE_CHECKING:
    from ._twilio import FakeTwilio

Fields = Mapping[str, object]
"""Parameters as the SDK passes them; a list repeats its name."""

_Failure: TypeAlias = Callable[[ConnectionBroken, str, str], Exception]
_FIRST_ERROR = 400


@frozen
class SdkResponse:
    """An answer, as the SDK reads it."""

    status_code: int
    _text: Hidden[str] = field(converter=hidden_text)
    headers: Mapping[str, str]

    text = Revealed[str]()

    @property
    def content(self) -> str:
        """The body, under the name that older versions read."""
        return self.text

    @property
    def ok(self) -> bool:
        """Whether its status is below 400."""
        return self.status_code < _FIRST_ERROR


class FakeHttpClient:
    """
    What the SDK's `Client` takes as `http_client`, answering from a fake.

    Args:
        failure: Makes the exception of a broken connection from method and URI.
    """

    is_async = False

    def __init__(self, fake: FakeTwilio, failure: _Failure | None = None) -> None:
        self._fake = fake
        self._failure = failure or _as_requests_sees

    def request(
        self,
        method: str,
        uri: str,
        params: Fields | None = None,
        data: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_network: object,  # time-out and redirects: nothing here has either
    ) -> SdkResponse:
        """
        Answer one request.

        Raises:
            requests.RequestException: A fault breaks the connection; of the class that
                the SDK's own client lets through.
        """
        user = user_of(header_of(headers or {}, "authorization"))
        if auth is not None:
            user = admitted(*auth)
        request = self._read(method, uri, params, data, user)
        # A failure's traceback shows the variables of this frame.
        del uri, params, data, headers, auth
        try:
            response = self._fake.respond(request)
        except ConnectionBroken as error:
            broken = error
        else:
            text = response.body.decode()
            return SdkResponse(response.status, text, response.headers)
        raise self._failure(broken, method, request.base_url + request.path)

    def _read(
        self,
        method: str,
        uri: str,
        params: Fields | None,
        data: Fields | None,
        user: str | None,
    ) -> Request:
        """Take a request apart; by way of text it would take a sixth of a call more."""
        url, store = urlsplit(uri), self._fake.store
        if method.upper() == "GET":
            pairs = parse_qsl(url.query, keep_blank_values=True) + _pairs(params)
        else:
            pairs = _pairs(data)
        return request_of(
            method,
            url,
            pairs,
            user=user,
            request_id=store.random_source.sid("RQ"),
            at=store.now(),
        )


class FakeAsyncHttpClient:
    """
    The same for the SDK's asynchronous calls (`create_async` and the like).

    A fault raises the `aiohttp.ClientError` that the SDK's own client lets through.
    """

    is_async = True

    def __init__(self, fake: FakeTwilio) -> None:
        self._blocking = FakeHttpClient(fake, _as_aiohttp_sees)

    async def request(self, *args: Any, **kwargs: Any) -> SdkResponse:  # noqa: ANN401 - as there
        """Answer one request; the arguments are those of `FakeHttpClient.request`."""
        call = Hidden(partial(self._blocking.request, *args, **kwargs))
        del args, kwargs  # a failure's traceback shows the variables of this frame
        return call.reveal()()

    async def close(self) -> None:
        """Nothing is open; the SDK's own client has this too."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


def twilio_http_client(
    fake: FakeTwilio, *, asynchronous: bool = False
) -> FakeHttpClient | FakeAsyncHttpClient:
    """
    An HTTP client for the official SDK that talks to a fake in this process.

    Args:
        fake: The fake that answers; several clients may share one.
        asynchronous: For `create_async` and the like; the SDK does either, not both.

    Returns:
        The `http_client` for `twilio.rest.Client`.
    """
    return FakeAsyncHttpClient(fake) if asynchronous else FakeHttpClient(fake)


def _pairs(fields: Fields | None) -> list[tuple[str, str]]:
    # As requests writes a form: None is left out, and a list repeats its name.
    pairs: list[tuple[str, str]] = []
    for name, value in (fields or {}).items():
        many = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, str(each)) for each in many if each is not None]
    return pairs


def _as_requests_sees(broken: ConnectionBroken, method: str, uri: str) -> Exception:
    from requests import Request

    from ._mounting import as_requests_sees

    return as_requests_sees(broken, Request(method, uri).prepare(), uri)


def _as_aiohttp_sees(broken: ConnectionBroken, _method: str, uri: str) -> Exception:
    import aiohttp

    if broken.kind is Break.REFUSED:
        parts = urlsplit(uri)
        # As much of aiohttp's connection key as its errors read.
        key: Any = SimpleNamespace(
            host=parts.hostname, port=parts.port or 443, ssl=True, is_ssl=True
        )
        refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return aiohttp.ClientConnectorError(key, refused)
    if broken.kind is Break.ANSWER_LATE:
        return aiohttp.ServerTimeoutError("the answer did not come in time")
    return aiohttp.ServerDisconnectedError()
