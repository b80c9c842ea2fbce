"""Resources in the order of their creation, bounded, and read page by page."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import frozen

Kept = TypeVar("Kept")


class Side(StrEnum):
    """On which side of a place a page lies."""

    AFTER = "after"
    BEFORE = "before"


@frozen
class Cursor:
    """Where a page begins or ends: a place that a value has, or had."""

    side: Side
    place: int


@frozen(kw_only=True)
class Page(Generic[Kept]):
    """
    Some neighbours of a list, in its order.

    Attributes:
        before: Ends the page before this one; None where this is the first.
        after: Begins the page after this one; None where this is the last.
    """

    items: tuple[Kept, ...]
    before: Cursor | None
    after: Cursor | None


class Shelf(Generic[Kept]):
    """
    Values by key, in the order of their creation; `most` of them.

    Each value has a place, a number that only grows and that never changes; a page is
    bounded by places. So a value that stays is seen exactly once by a reader who turns
    the pages, even if others come and go meanwhile.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        # A dict would look through all that ever left to find the oldest.
        self._kept: OrderedDict[str, tuple[int, Kept]] = OrderedDict()
        self._places = 0

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._kept) >= self.most

    def add(self, key: str, value: Kept) -> None:
        """
        Put a new value at the end; the oldest leaves where the shelf is full.

        To refuse instead, ask `full` before.
        """
        if self.full:
            self._kept.popitem(last=False)
        self._places += 1
        self._kept[key] = (self._places, value)

    def get(self, key: str) -> Kept | None:
        """The value under a key, or None."""
        found = self._kept.get(key)
        return None if found is None else found[1]

    def replace(self, key: str, value: Kept) -> None:
        """Put another value in the place of the one under this key."""
        self._kept[key] = (self._kept[key][0], value)

    def remove(self, key: str) -> None:
        """Forget the value under a key, if there is one."""
        self._kept.pop(key, None)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Kept]:
        return (value for _, value in self._kept.values())

    def page(
        self,
        size: int,
        *,
        cursor: Cursor | None = None,
        skip: int = 0,
        matches: Callable[[Kept], bool] | None = None,
        newest_first: bool = False,
    ) -> Page[Kept]:
        """One page; without a cursor it begins `skip` values after the beginning."""
        kept = self._kept.values()
        ordered = reversed(kept) if newest_first else kept
        rows = [row for row in ordered if not matches or matches(row[1])]
        if cursor is not None:
            skip = _passed(cursor, [place for place, _ in rows], newest_first)
            if cursor.side is Side.BEFORE:
                skip, size = max(0, skip - size), min(size, skip)
        shown = rows[skip : skip + size]
        more = skip + size < len(rows)
        return Page(
            items=tuple(value for _, value in shown),
            before=Cursor(Side.BEFORE, shown[0][0]) if shown and skip else None,
            after=Cursor(Side.AFTER, shown[-1][0]) if shown and more else None,
        )


def _passed(cursor: Cursor, places: list[int], newest_first: bool) -> int:  # noqa: FBT001  private
    """How many places a list has up to a cursor."""
    own = cursor.side is Side.AFTER
    return sum(
        (place > cursor.place if newest_first else place < cursor.place)
        or (own and place == cursor.place)
        for place in places
    )


class Notifications(Generic[Kept]):
    """
    What a vendor posts, oldest first; the oldest leaves when there are too many.

    Args:
        keep: How many are held.
    """

    def __init__(self, keep: int) -> None:
        self._kept: deque[Kept] = deque(maxlen=keep)
        self._listeners: list[Callable[[Kept], None]] = []

    def add(self, notification: Kept) -> None:
        """Keep one more, and call the listeners."""
        self._kept.append(notification)
        for listener in self._listeners:
            listener(notification)

    def listen(self, listener: Callable[[Kept], None]) -> None:
        """
        Call a function with each one from now on.

        The machine waits, and holds its lock: hand over, do not deliver.
        """
        self._listeners.append(listener)

    def __iter__(self) -> Iterator[Kept]:
        """From the oldest on, as they are now."""
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)
