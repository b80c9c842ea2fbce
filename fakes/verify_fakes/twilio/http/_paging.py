"""Lists as Twilio pages them: the parameters, the envelope, the addresses in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

from ...kit._bounded import Cursor, Shelf, Side
from ._exchange import Response
from ._parameters import Parameter, Table, whole
from ._routing import RoutedRequest

if TYPE_CHECKING:
    from ...kit._http import Json

_Kept = TypeVar("_Kept")

#: What Twilio takes where nobody says how many.
_PAGE_SIZE = 50
_SIDES = {"PA": Side.AFTER, "PB": Side.BEFORE}
_PREFIXES = {side: prefix for prefix, side in _SIDES.items()}


def page_token(value: str) -> Cursor:
    """A token that an earlier page's addresses carried."""
    match = re.fullmatch(r"(P[AB])([0-9]{1,15})", value)
    if match is None:
        raise ValueError
    return Cursor(_SIDES[match[1]], int(match[2]))


#: The parameters of every list.
PAGE: Final[Table] = {
    "PageSize": Parameter(reads=whole(1, 1000)),
    "Page": Parameter(reads=whole(0, 999_999_999)),
    "PageToken": Parameter(reads=page_token),
}


def listed(
    call: RoutedRequest,
    key: str,
    shelf: Shelf[_Kept],
    body: Callable[[_Kept], Json],
    *,
    matches: Callable[[_Kept], bool] | None = None,
    newest_first: bool = False,
) -> Response:
    """
    One page of a list, in Twilio's envelope.

    The addresses are built from the client's own host, because SDKs follow them as they
    are (seen in PyPI twilio 9.13.0 and npm twilio 6.2.0).

    Args:
        call: A list's; its table has `PAGE`.
        key: What the items are called in the envelope.
        shelf: Where they stand.
        body: An item as JSON.
        matches: The list's filter.
        newest_first: Whether it runs backwards.
    """
    size = call.given.get("PageSize", _PAGE_SIZE)
    number = call.given.get("Page", 0)
    cursor = call.given.get("PageToken")
    page = shelf.page(
        size,
        cursor=cursor,
        skip=number * size,
        matches=matches,
        newest_first=newest_first,
    )

    def address(at: int, to: Cursor | None) -> str:
        return _address(call, {"PageSize": str(size), "Page": str(at)}, to)

    meta = {
        "key": key,
        "page": number,
        "page_size": size,
        "first_page_url": address(0, None),
        "previous_page_url": (
            address(max(0, number - 1), page.before) if page.before else None
        ),
        "url": address(number, cursor),
        "next_page_url": address(number + 1, page.after) if page.after else None,
    }
    return call.answer(200, {key: [body(item) for item in page.items], "meta": meta})


def _address(
    call: RoutedRequest, page: Mapping[str, str], cursor: Cursor | None
) -> str:
    sent = call.request.parameters
    filters = {name: sent[name] for name in call.given if name not in PAGE}
    token = {"PageToken": f"{_PREFIXES[cursor.side]}{cursor.place}"} if cursor else {}
    return call.url(f"{call.request.path}?{urlencode({**filters, **page, **token})}")
