"""What each vendor's fake does under a program's own client, whichever the vendor."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ..kit._faults import ConnectionBroken
from ..kit._http import VendorResponse
from ._responses import mount

if TYPE_CHECKING:
    import responses

_REQUESTS_KEPT = 1_000

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT", bound=VendorResponse[Any])
RecordT = TypeVar("RecordT")


class MountedFake(ABC, Generic[RequestT, ResponseT, RecordT]):
    """
    A vendor in HTTP without a socket, which remembers the requests it saw.

    Args:
        lock: Held while a request is answered and recorded.
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
    ) -> tuple[int, dict[str, str], bytes]:
        """
        Answer one HTTP request.

        Args:
            method: In any case.
            url: Absolute; links in an answer are built from its scheme and host.
            headers: Names in any case.
            body: As the vendor takes it, a form or JSON; or nothing.

        Returns:
            Status, headers, body.

        Raises:
            ConnectionBroken: A fault or a magic number asks for it.
        """
        with self._lock:
            response = self.respond(self._read(method, url, headers, body))
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
            except ConnectionBroken:
                self._requests.append(self._recorded(request, None))
                raise
            self._requests.append(self._recorded(request, response))
        return response

    def mount(self, mock: responses.RequestsMock) -> None:
        """Let a `responses` mock of yours answer for the vendor's hosts from here."""
        mount(self, mock)

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
