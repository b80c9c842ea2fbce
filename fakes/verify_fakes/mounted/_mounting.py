"""What every vendor's fake does under a program's own client, by `responses`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import update_wrapper
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, TypeVar
from urllib.parse import urlsplit

from ..kit._faults import Break, ConnectionBroken
from ..kit._http import VendorResponse
from ..kit._installing import install_hint

if TYPE_CHECKING:
    import responses
    from requests import PreparedRequest, RequestException

REDACTED = "[redacted]"
_REQUESTS_KEPT = 1_000
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

_Answered = tuple[int, dict[str, str], bytes]

P = ParamSpec("P")
RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT", bound=VendorResponse[Any])
RecordT = TypeVar("RecordT")
FakeT = TypeVar("FakeT", bound="MountedFake[Any, Any, Any]")


class MountedFake(ABC, Generic[RequestT, ResponseT, RecordT]):
    """
    A vendor in HTTP without a socket, which remembers the requests it saw.

    Attributes:
        hosts: Matches the beginning of the vendor's URLs.
    """

    hosts: ClassVar[re.Pattern[str]]

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._requests: deque[RecordT] = deque(maxlen=_REQUESTS_KEPT)

    @property
    def requests(self) -> Sequence[RecordT]:
        """The requests seen, oldest first; the last thousand."""
        with self._lock:
            return tuple(self._requests)

    def handle(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
    ) -> _Answered:
        """
        Answer one HTTP request.

        Args:
            method: In any case.
            url: Absolute; links in an answer are built from its scheme and host.
            headers: Names in any case.
            body: As the vendor takes it, a form or JSON.

        Returns:
            Status, headers, body.

        Raises:
            ConnectionBroken: A fault or a magic number asks for it.
        """
        with self._lock:
            request = self._read(method, url, headers, body)
            # A failure's traceback shows the variables of this frame.
            del url, headers, body
            response = self.respond(request)
        return response.status, dict(response.headers), response.body

    def respond(self, request: RequestT) -> ResponseT:
        """
        Answer a request that is taken apart already.

        Raises:
            ConnectionBroken: A fault or a magic number asks for it.
        """
        with self._lock:
            try:
                response = self._answer(request)
            except ConnectionBroken as error:
                self._requests.append(self._recorded(request, None))
                kind = error.kind
            else:
                self._requests.append(self._recorded(request, response))
                return response
        # Made anew, since the frames below hold numbers and codes in their variables.
        raise ConnectionBroken(kind)

    def mount(self, mock: responses.RequestsMock) -> None:
        """Let a mock of the library `responses` answer for the vendor's hosts."""

        def answer(prepared: PreparedRequest) -> _Answered:
            try:
                return self.handle(
                    str(prepared.method),
                    str(prepared.url),
                    prepared.headers,
                    _whole(prepared.body),
                )
            except ConnectionBroken as error:
                broken = error
            # Outside the handler, or its context would lead to the frames below.
            raise as_requests_sees(broken, prepared, str(prepared.url))

        for method in _METHODS:
            mock.add_callback(method, self.hosts, callback=answer, content_type=None)

    @abstractmethod
    def _read(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None,
    ) -> RequestT: ...

    @abstractmethod
    def _answer(self, request: RequestT) -> ResponseT: ...

    @abstractmethod
    def _recorded(self, request: RequestT, response: ResponseT | None) -> RecordT: ...


def answering(
    make: Callable[P, FakeT], name: str
) -> Callable[P, AbstractContextManager[FakeT]]:
    """The context manager of this name, in whose block a fake answers for its hosts."""

    @contextmanager
    def block(*args: P.args, **kwargs: P.kwargs) -> Iterator[FakeT]:
        try:
            import responses
        except ImportError as error:
            raise ImportError(
                f"{name}() needs the library responses: {install_hint('testing')}"
            ) from error
        fake = make(*args, **kwargs)
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            fake.mount(mock)
            yield fake

    block.__name__ = block.__qualname__ = name
    block.__doc__ = (
        f"Answer for a vendor's hosts within a block; takes what {make.__name__} takes."
    )
    return update_wrapper(block, make, assigned=(), updated=())  # its signature


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

    host, path = urlsplit(url).hostname or "", str(prepared.path_url)
    pool = HTTPSConnectionPool(host)
    if broken.kind is Break.REFUSED:
        text = "Failed to establish a new connection: [Errno 111] Connection refused"
        refused = NewConnectionError(HTTPConnection(host), text)
        return requests.ConnectionError(
            MaxRetryError(pool, path, refused), request=prepared
        )
    if broken.kind is Break.ANSWER_LATE:
        late = ReadTimeoutError(pool, path, "Read timed out.")
        return requests.ReadTimeout(late, request=prepared)
    gone = RemoteDisconnected("Remote end closed connection without response")
    return requests.ConnectionError(
        ProtocolError("Connection aborted.", gone), request=prepared
    )
