"""
Kinds of resources: how each is created, listed, fetched, updated and deleted.

Most of Twilio's operations are these five over one kind or another. A kind says in
`Collection` what is its own; the five are written here once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypedDict, TypeVar
from urllib.parse import urlencode

from attrs import field, frozen

from ...kit._bounded import Cursor, Shelf, Side
from ...kit._http import Json, seconds
from ..machine._errors import Reason
from ._exchange import Response
from ._parameters import Parameter, Table, whole
from ._routing import Action, Route, RoutedRequest, deny, found

_Kept = TypeVar("_Kept")

_PAGE_SIZE = 50  # Twilio's default
_SIDES = {"PA": Side.AFTER, "PB": Side.BEFORE}
_PREFIXES = {side: prefix for prefix, side in _SIDES.items()}


def page_token(value: str) -> Cursor:
    """A token that an earlier page's addresses carried."""
    match = re.fullmatch(r"(P[AB])([0-9]{1,15})", value)
    if match is None:
        raise ValueError
    return Cursor(_SIDES[match[1]], int(match[2]))


#: The parameters of every list.
PAGE: Table = {
    "PageSize": Parameter(whole(1, 1000)),
    "Page": Parameter(whole(0, 999_999_999)),
    "PageToken": Parameter(page_token),
}


def _last_name(call: RoutedRequest) -> str:
    return call.names[-1]


@frozen(kw_only=True)
class Collection(Generic[_Kept]):
    """
    One kind of resource.

    Attributes:
        name: As the document's operations end, such as `Webhook`.
        items: What the envelope of a list calls them.
        path: Of the list.
        one: The variable part of the path that names a single one.
        shelf: Where they are kept.
        shows: A single one as JSON.
        key: Where a single one lies on the shelf; by default, the path's last name.
        matches: The filter of a list; None lets all through.
        backwards: Whether a list runs from the newest to the oldest.
    """

    name: str
    items: str
    path: str
    one: str = "Sid"
    shelf: Callable[[RoutedRequest], Shelf[_Kept]]
    shows: Callable[[RoutedRequest, _Kept], Json]
    key: Callable[[RoutedRequest], str] = _last_name
    matches: Callable[[RoutedRequest], Callable[[_Kept], bool]] | None = None
    backwards: Callable[[RoutedRequest], bool] = field(default=lambda _: False)

    def body(self, call: RoutedRequest, item: _Kept) -> Json:
        """A single one as JSON."""
        return self.shows(call, item)

    def find(self, call: RoutedRequest) -> _Kept:
        """The one in the path; raises Denied."""
        return found(self.shelf(call).get(self.key(call)))

    def creates(self, create: Callable[[RoutedRequest], _Kept], table: Table) -> Route:
        """The route that creates one; `create` puts it on the shelf."""

        def action(call: RoutedRequest) -> Response:
            return call.answer(201, self.body(call, create(call)))

        return Route(f"Create{self.name}", "POST", self.path, action, table)

    def lists(self, table: Table = PAGE) -> Route:
        """The route that lists them; its table has `PAGE`."""
        return Route(f"List{self.name}", "GET", self.path, self._list, table)

    def fetches(self) -> Route:
        """The route that shows one."""

        def action(call: RoutedRequest) -> Response:
            return call.answer(200, self.body(call, self.find(call)))

        return self._of_one("Fetch", "GET", action)

    def updates(
        self, update: Callable[[RoutedRequest, _Kept], _Kept], table: Table
    ) -> Route:
        """The route that puts what `update` returns in the place of one."""

        def action(call: RoutedRequest) -> Response:
            after = update(call, self.find(call))
            self.shelf(call).replace(self.key(call), after)
            return call.answer(200, self.body(call, after))

        return self._of_one("Update", "POST", action, table)

    def deletes(
        self, delete: Callable[[RoutedRequest, _Kept], object] | None = None
    ) -> Route:
        """The route that deletes one; `delete` is called before it leaves the shelf."""

        def action(call: RoutedRequest) -> Response:
            item = self.find(call)
            if delete is not None:
                delete(call, item)
            self.shelf(call).remove(self.key(call))
            return call.answer(204, None)

        return self._of_one("Delete", "DELETE", action)

    def _of_one(
        self, verb: str, method: str, action: Action, table: Table | None = None
    ) -> Route:
        path = f"{self.path}/{{{self.one}}}"
        return Route(f"{verb}{self.name}", method, path, action, table or {})

    def _list(self, call: RoutedRequest) -> Response:
        """
        One page, in Twilio's envelope.

        The addresses are built from the client's own host, because SDKs follow them as
        they are (seen in PyPI twilio 9.13.0 and npm twilio 6.2.0).
        """
        size, number = call.given.get("PageSize", _PAGE_SIZE), call.given.get("Page", 0)
        cursor = call.given.get("PageToken")
        page = self.shelf(call).page(
            size,
            cursor=cursor,
            skip=number * size,
            matches=self.matches(call) if self.matches else None,
            newest_first=self.backwards(call),
        )

        def address(at: int, to: Cursor | None) -> str:
            return _address(call, {"PageSize": str(size), "Page": str(at)}, to)

        before, after = page.before, page.after
        meta = {
            "key": self.items,
            "page": number,
            "page_size": size,
            "first_page_url": address(0, None),
            "previous_page_url": address(max(0, number - 1), before)
            if before
            else None,
            "url": address(number, cursor),
            "next_page_url": address(number + 1, after) if after else None,
        }
        items = [self.body(call, item) for item in page.items]
        return call.answer(200, {self.items: items, "meta": meta})


def _address(
    call: RoutedRequest, page: Mapping[str, str], cursor: Cursor | None
) -> str:
    sent = call.request.parameters
    filters = {name: sent[name] for name in call.given if name not in PAGE}
    token = {"PageToken": f"{_PREFIXES[cursor.side]}{cursor.place}"} if cursor else {}
    return call.url(f"{call.request.path}?{urlencode({**filters, **page, **token})}")


def stored(shelf: Shelf[_Kept], key: str, item: _Kept) -> _Kept:
    """Put a new one on its shelf and return it; raises Denied where that is full."""
    if shelf.full:
        raise deny(Reason.TOO_MANY_REQUESTS)
    shelf.add(key, item)
    return item


class Dated(Protocol):
    """What nearly every resource has."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...


_Owned = TypeVar("_Owned", bound=Dated)


def dates(item: Dated) -> Json:
    """The two dates of a resource."""
    return {
        "date_created": seconds(item.created_at),
        "date_updated": seconds(item.updated_at),
    }


@frozen(kw_only=True)
class OwnedCollection(Collection[_Owned]):
    """
    A kind of resource below a service: its JSON has owners, dates and an address.

    Attributes:
        names: The field that its address ends with; only `sid` is shown for itself.
        links: Names of links, and how they go on from its address.
    """

    names: str = "sid"
    links: Mapping[str, str] = field(factory=dict)

    def body(self, call: RoutedRequest, item: _Owned) -> Json:
        """A single one as JSON, what is its own in the middle."""
        last, above = getattr(item, self.names), iter(call.names)
        path = re.sub(r"\{\w+\}", lambda _: next(above), self.path)
        url = call.url(f"{path}/{last}")
        links = {name: f"{url}/{path}" for name, path in self.links.items()}
        return {
            **({"sid": last} if self.names == "sid" else {}),
            "account_sid": call.service().account_sid,
            "service_sid": call.names[0],
            **self.shows(call, item),
            **dates(item),
            "url": url,
            **({"links": links} if links else {}),
        }


class _Stamps(TypedDict):
    created_at: datetime
    updated_at: datetime


def stamps(call: RoutedRequest) -> _Stamps:
    """The dates of a resource that is made now."""
    now = call.store.now()
    return {"created_at": now, "updated_at": now}


def renamed(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that are there, under the names of fields."""
    return {names[name]: given[name] for name in names if name in given}
