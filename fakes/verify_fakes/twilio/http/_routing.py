"""Operations as data: a row for each, and the way from a request to its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from attrs import Factory, field, frozen

from ...kit._hiding import Hidden, Revealed, hidden
from .._store import VerifyStore
from ..machine._commands import TwilioRefusal
from ..machine._errors import Reason
from ..resources._services import Service
from ._exchange import Request, Response, answer
from ._parameters import Table

_Answered = TypeVar("_Answered")


class Denied(Exception):
    """An operation refuses; `_wire.handle` turns it into the answer."""

    def __init__(self, refused: TwilioRefusal) -> None:
        super().__init__(refused.reason.value)
        self.refused = refused


def deny(reason: Reason, detail: str = "") -> Denied:
    return Denied(TwilioRefusal(reason=reason, detail=detail))


def granted(answered: _Answered | TwilioRefusal) -> _Answered:
    """Return what a command gave back; raises Denied where it was refused."""
    if isinstance(answered, TwilioRefusal):
        raise Denied(answered)
    return answered


def found(value: _Answered | None) -> _Answered:
    """Return a value that is there; raises Denied (20404) where it is missing."""
    if value is None:
        raise deny(Reason.NOT_FOUND)
    return value


def allowed(reason: Reason | None) -> None:
    """Raise Denied where there is a reason to refuse."""
    if reason is not None:
        raise deny(reason)


@frozen(kw_only=True)
class RoutedRequest:
    """
    One request that found its route, its parameters read.

    Attributes:
        names: The variable parts of the path, in order.
        given: The parameters that were there, as values.
    """

    store: VerifyStore = field(repr=False)
    request: Request
    _names: Hidden[tuple[str, ...]] = field(converter=hidden)
    _given: Hidden[Mapping[str, Any]] = field(converter=hidden)

    names = Revealed[tuple[str, ...]]()
    given = Revealed[Mapping[str, Any]]()

    @property
    def account_sid(self) -> str | None:
        """The caller's account, where it is known."""
        return self.request.account_sid

    @property
    def owner_sid(self) -> str:
        """The account that gets what this request makes."""
        return self.account_sid or self.store.services.account_sid

    def sees(self, account_sid: str) -> bool:
        """Whether the caller sees what belongs to an account; a key sees everything."""
        return self.account_sid in (None, account_sid)

    def service(self) -> Service:
        """The service in the path, its first variable part; raises Denied."""
        return found(self.store.services.get(self.names[0], self.account_sid))

    def sid(self, prefix: str) -> str:
        return self.store.random_source.sid(prefix)

    def answer(self, status: int, body: Mapping[str, object] | None) -> Response:
        """An answer to this request; None is no content."""
        return answer(self.request, status, body)

    def url(self, path: str) -> str:
        """An address as the client knows it."""
        return f"{self.request.base_url}{path}"


Action: TypeAlias = Callable[[RoutedRequest], Response]


@frozen
class Route:
    """
    One operation of the vendor's document.

    Attributes:
        operation: Its `operationId` there.
        path: As the document has it, variable parts in braces.
        action: What answers; None where it is not served.
        table: The parameters that it accepts.
        product: The first label of Twilio's host for it.
    """

    operation: str
    method: str
    path: str
    action: Action | None
    table: Table = Factory(dict)
    product: str = "verify"

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path; an empty one stands for any single name."""
        parts = self.path.strip("/").split("/")
        return tuple("" if part.startswith("{") else part for part in parts)


#: The routes of a path by method, and the names in the path.
Fitting: TypeAlias = tuple[Mapping[str, Route], tuple[str, ...]]


class RouteTable:
    """Routes by path; a path's literal parts go before any name's."""

    def __init__(self, routes: Iterable[Route]) -> None:
        by_path: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            by_path.setdefault(route.segments, {})[route.method] = route
        self._by_length: dict[int, list[tuple[tuple[str, ...], dict[str, Route]]]] = {}
        for path in sorted(by_path, reverse=True):  # an empty part comes last
            same = self._by_length.setdefault(len(path), [])
            same.append((path, by_path[path]))

    def find(self, segments: tuple[str, ...]) -> Fitting | None:
        """The routes of a path, and what stands in place of its variable parts."""
        for path, by_method in self._by_length.get(len(segments), ()):
            pairs = list(zip(path, segments, strict=True))
            if all(part in ("", given) for part, given in pairs) and all(segments):
                return by_method, tuple(given for part, given in pairs if not part)
        return None
