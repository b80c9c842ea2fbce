"""What an operation of the side door is asked, and lists and waits as answers to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Reversible
from itertools import islice, takewhile
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from attrs import field, frozen
from starlette.responses import Response

from ..kit._hiding import Hidden, Revealed, hidden
from ..kit._http import encoded
from . import _reading as reading
from ._accounts import AccountT
from ._bounds import Bounds
from ._events import Broadcast
from ._reading import Json

FoundT = TypeVar("FoundT")


class Placed(Protocol):
    """What has a place among all that happened."""

    @property
    def cursor(self) -> int: ...


PlacedT = TypeVar("PlacedT", bound=Placed)

MOST = 1_000
"""Messages or requests in one answer."""

LAST = 10**15
"""After every cursor."""

LONGEST_WAIT_S = 60.0
WINDOW = {
    "after": "a cursor",
    "before": "a cursor",
    "limit": f"1 to {MOST}, the newest",
    "cursors": "only these, with commas between them",
}
TIMEOUT = {"timeout_s": f"0 to {LONGEST_WAIT_S:g} seconds (default 10)"}


@frozen(kw_only=True)
class DoorRequest(Generic[AccountT]):
    """
    What an operation is asked.

    Attributes:
        accounts: Those that it is about.
        query: The first parameter of each name.
        body: The JSON body, or empty.
    """

    accounts: tuple[AccountT, ...]
    _query: Hidden[Mapping[str, str]] = field(converter=hidden)
    _body: Hidden[Json] = field(converter=hidden)
    broadcast: Broadcast
    bounds: Bounds

    query = Revealed[Mapping[str, str]]()
    body = Revealed[Json]()

    @property
    def account(self) -> AccountT:
        """The one account of an operation below `/accounts/{account}`."""
        return self.accounts[0]

    def is_like(self, name: str, value: object) -> bool:
        """Whether a query parameter is missing, or has this value."""
        return self.query.get(name) in {None, "", str(value)}

    @property
    def _only(self) -> frozenset[int] | None:
        return reading.whole_numbers(self.query, "cursors")

    def newer(self, kept: Reversible[PlacedT]) -> Iterator[PlacedT]:
        """What comes after the cursors that are asked for, newest first."""
        after = reading.whole_number(self.query, "after", 0)
        floor = max(after, min(self._only or {1}) - 1)
        return takewhile(lambda each: each.cursor > floor, reversed(kept))

    def window(
        self,
        name: str,
        found: Iterable[tuple[int, Callable[[], object]]],
        **more: object,
    ) -> Response:
        """The newest of a list of cursors and what is shown there, oldest first."""
        after = reading.whole_number(self.query, "after", 0)
        before = reading.whole_number(self.query, "before", LAST)
        only = self._only
        wanted = [
            each
            for each in found
            if after < each[0] < before and (only is None or each[0] in only)
        ]
        ordered = [shown for _, shown in sorted(wanted, key=itemgetter(0))]
        most = reading.whole_number(self.query, "limit", MOST, 1, MOST)
        more = {"cursor": self.broadcast.cursor, "run": self.broadcast.run, **more}
        return self.listed(name, ordered, most=most, newest=True, **more)

    def listed(
        self,
        name: str,
        items: list[Callable[[], object]],
        *,
        most: int | None = None,
        newest: bool = False,
        **more: object,
    ) -> Response:
        """
        A list as an answer: `most` items, as far as they fit.

        Items come oldest first, as functions: only what is shown is made. `newest`
        drops the oldest where not all fit.
        """
        shown: list[bytes] = []
        left = self.bounds.answer_bytes
        for item in islice(reversed(items) if newest else items, most):
            part = encoded(item())
            left -= len(part) + 1
            if left < 0 and shown:
                break
            shown.append(part)
        if newest:
            shown.reverse()
        rest = encoded({"left_out": len(items) - len(shown), **more})
        body = b"{%b:[%b],%b" % (encoded(name), b",".join(shown), rest[1:])
        return as_json(body)

    async def wait(
        self, look: Callable[[], FoundT | None], every_s: float = LONGEST_WAIT_S
    ) -> FoundT | None:
        """
        What `look` finds as soon as it does; None if that takes over `timeout_s`.

        Args:
            look: Called again whenever something has happened to the account.
            every_s: How often at least.
        """
        timeout_s = reading.number(self.query, "timeout_s", 10.0, 0, LONGEST_WAIT_S)
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout_s
        listener = self.broadcast.listen(self.account.name)
        try:
            while (found := look()) is None:
                left = ends - loop.time()
                if left <= 0 or self.broadcast.closed:
                    return None
                await listener.next(min(left, every_s))
        finally:
            self.broadcast.leave(listener)
        return found


def as_json(content: object, status: int = 200) -> Response:
    """JSON that no browser keeps; bytes are JSON already."""
    return Response(
        content if isinstance(content, bytes) else encoded(content),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
