"""Any vendor's fake on the library `responses`: requests in, answers out, no socket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import urlsplit

from ..kit._faults import Break, ConnectionBroken
from ..kit._installing import install_hint

if TYPE_CHECKING:
    import responses
    from requests import PreparedRequest, RequestException

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

_Answered = tuple[int, dict[str, str], bytes]


class Fake(Protocol):
    """
    A vendor in HTTP, without a socket.

    Attributes:
        hosts: Matches the beginning of the vendor's URLs.
    """

    hosts: ClassVar[re.Pattern[str]]

    def handle(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
    ) -> _Answered:
        """
        Answer one HTTP request.

        Raises:
            ConnectionBroken: A fault asks for it.
        """
        ...


def mount(fake: Fake, mock: responses.RequestsMock) -> None:
    """
    Let a `responses` mock answer for a vendor's hosts.

    Args:
        fake: What answers.
        mock: Of the caller.
    """
    for method in _METHODS:
        mock.add_callback(
            method, fake.hosts, callback=_callback(fake), content_type=None
        )


@contextmanager
def mounted(fake: Fake, *, by: str) -> Iterator[None]:
    """
    Answer for a vendor's hosts within a block; any other host is refused there.

    Args:
        fake: What answers.
        by: The function that the caller called, for an error.

    Raises:
        ImportError: `responses` is missing; names the extra that brings it.
    """
    try:
        import responses
    except ImportError as error:
        raise ImportError(
            f"{by}() needs the library responses: {install_hint('testing')}"
        ) from error
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mount(fake, mock)
        yield


def _callback(fake: Fake) -> Callable[[PreparedRequest], _Answered]:
    def answer(prepared: PreparedRequest) -> _Answered:
        url = str(prepared.url)
        body = _whole(prepared.body)
        try:
            return fake.handle(str(prepared.method), url, prepared.headers, body)
        except ConnectionBroken as broken:
            raise as_requests_sees(broken, prepared, url) from None

    return answer


def _whole(body: Any) -> bytes | str | None:  # noqa: ANN401 - what requests takes
    """A body that may be a file, or come in pieces, as a socket would send it."""
    if body is None or isinstance(body, bytes | str):
        return body
    if hasattr(body, "read"):
        return _whole(body.read())
    pieces = (each.encode() if isinstance(each, str) else each for each in body)
    return b"".join(pieces)


def as_requests_sees(
    broken: ConnectionBroken, prepared: PreparedRequest, url: str
) -> RequestException:
    """The exception that `requests` raises when a real connection fails like this."""
    from http.client import RemoteDisconnected

    import requests
    from urllib3 import HTTPSConnectionPool
    from urllib3.connection import HTTPConnection
    from urllib3.exceptions import (
        MaxRetryError,
        NewConnectionError,
        ProtocolError,
        ReadTimeoutError,
    )

    host = urlsplit(url).hostname or ""
    pool = HTTPSConnectionPool(host)
    if broken.kind is Break.REFUSED:
        text = "Failed to establish a new connection: [Errno 111] Connection refused"
        refused = NewConnectionError(HTTPConnection(host), text)
        path = str(prepared.path_url)
        return requests.ConnectionError(
            MaxRetryError(pool, path, refused), request=prepared
        )
    if broken.kind is Break.ANSWER_LATE:
        late = ReadTimeoutError(pool, str(prepared.path_url), "Read timed out.")
        return requests.ReadTimeout(late, request=prepared)
    gone = RemoteDisconnected("Remote end closed connection without response")
    return requests.ConnectionError(
        ProtocolError("Connection aborted.", gone), request=prepared
    )
