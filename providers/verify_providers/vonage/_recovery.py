"""
After a lost answer: whether the request that runs for a number is one of ours.

Vonage knows no idempotency key, but lets one request run per number: another start is
answered 409 with the id of the one that runs, and nothing is sent. So a start whose
answer was lost is put once more, and whatever comes of that, one message leaves at
most:

- 202: the first was not obeyed, or this would be a conflict. Should it still arrive, it
  meets the second one, which runs.
- 409: one runs already. It counts as ours only if this provider knows of a start for
  the number that may have made it, of no other that may, and the id is none that it had
  from an earlier answer, or that the caller passed to be replaced.
- Anything else, and no answer: nothing is known.

The rule is documented for numbers only, so a lost start of an e-mail is not put again.

What cannot be told apart is the request that *another process* of the same account
started for the number just before, where our own refusal was lost. It sent its code to
the same person, and the two then share three guesses.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from datetime import datetime
from threading import Lock
from typing import Final, Self

from attrs import define, field

from verify_core.errors import VerifyError

_REMEMBERED: Final = 4096


class Starts:
    """
    The starts of one provider: those that run, those that were lost, and the ids known.

    Bounded, and safe to use from several threads.
    """

    def __init__(self) -> None:
        self._unsettled: defaultdict[str, set[OpenStart]] = defaultdict(set)
        self._known: OrderedDict[str, datetime] = OrderedDict()
        self._lost: OrderedDict[OpenStart, None] = OrderedDict()
        self._lock = Lock()

    def begin(
        self, address: str, attempt_id: str, *, now: datetime, ends_at: datetime
    ) -> OpenStart:
        """
        A start that is about to ask; a context manager, left when it has ended.

        Args:
            address: Whom it reaches.
            attempt_id: Our name for the attempt.
            now: The present.
            ends_at: When what it starts will have ended.
        """
        start = OpenStart(
            starts=self, address=address, attempt_id=attempt_id, ends_at=ends_at
        )
        with self._lock:
            for other in [lost for lost in self._lost if lost.ends_at <= now]:
                self._forget(other)
            self._unsettled[address].add(start)
        return start

    def leave(self, start: OpenStart) -> None:
        """The start has ended; if nobody knows how, it is kept in mind."""
        with self._lock:
            if start not in self._unsettled.get(start.address, ()):
                return
            if not start.is_lost:
                self._forget(start)
                return
            self._lost[start] = None
            if len(self._lost) > _REMEMBERED:
                self._forget(next(iter(self._lost)))

    def settle(self, start: OpenStart, request_id: str | None) -> None:
        """What became of the start is known: the request it made, or None."""
        with self._lock:
            self._settle(start, request_id)

    def adopt(self, start: OpenStart, request_id: str) -> bool:
        """Whether the running request is certainly the start's; then settle."""
        with self._lock:
            mine = {
                other
                for other in self._unsettled[start.address]
                if other.attempt_id == start.attempt_id
            }
            rivals = self._unsettled[start.address] - mine
            lost = any(other.is_lost for other in mine)
            if rivals or not lost or request_id.lower() in self._known:
                return False
            for other in mine:
                self._settle(other, request_id)
            return True

    def ends_at(self, request_id: str) -> datetime | None:
        """When a request will have ended, or None for one that is not known."""
        with self._lock:
            return self._known.get(request_id.lower())

    def _settle(self, start: OpenStart, request_id: str | None) -> None:
        self._forget(start)
        if request_id is not None:
            self._known[request_id.lower()] = start.ends_at
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _forget(self, start: OpenStart) -> None:
        self._lost.pop(start, None)
        self._unsettled[start.address].discard(start)
        if not self._unsettled[start.address]:
            del self._unsettled[start.address]


@define(kw_only=True, eq=False)
class OpenStart:
    """
    A start whose end is not known yet.

    Attributes:
        starts: Where it is counted.
        address: Whom it reaches.
        attempt_id: Our name for the attempt.
        ends_at: When what it starts will have ended.
        is_lost: Whether it may have been obeyed without our being told.
    """

    starts: Starts = field(repr=False)
    address: str = field(repr=False)
    attempt_id: str
    ends_at: datetime
    is_lost: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if error is not None and not isinstance(error, VerifyError):
            self.is_lost = True  # interrupted, perhaps while it waited for the answer
        self.starts.leave(self)

    def settle(self, request_id: str | None = None) -> None:
        """The answer is here: the id of the request, or None where none began."""
        self.starts.settle(self, request_id)

    def adopts(self, request_id: str) -> bool:
        """Whether the running request is certainly this start's; then it is settled."""
        return self.starts.adopt(self, request_id)
