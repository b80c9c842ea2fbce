"""
After a lost answer: whether the request that runs for a number is this provider's.

Vonage knows no idempotency key, but lets one request run per number: another start is
answered 409 with the id of the one that runs, and nothing is sent. So a start whose
answer was lost is put once more, and whatever comes of that, one message leaves at
most:

- 202: the first was not obeyed, or this would be a conflict. Should it still arrive, it
  meets the second one, which runs.
- 409: one runs already. It counts as the lost start's only if this provider knows of
  a start for the number that may have made it, of no other that may, and the id is
  neither known from an earlier answer nor passed by the caller to be replaced.
- Anything else, and no answer: nothing is known.

The rule is documented for numbers only, so a lost start of an e-mail is not put again.

What cannot be told apart is the request that *another process* of the same account
started for the number just before, where the refusal was lost. It sent its code to
the same person, and the two then share three guesses.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from datetime import datetime
from threading import RLock
from typing import Self

from attrs import define, field

from verify_core.errors import VerifyError

_REMEMBERED = 4096


class VonageOpenStarts:
    """
    The starts of one provider: those that run, those that were lost, and the ids known.

    Bounded, and safe to use from several threads.
    """

    def __init__(self) -> None:
        # By the hash of the address, so that no number stands in a dump of variables.
        self.unsettled: defaultdict[int, set[VonageOpenStart]] = defaultdict(set)
        self.known: OrderedDict[str, datetime] = OrderedDict()
        self.lost: OrderedDict[VonageOpenStart, None] = OrderedDict()
        self.lock = RLock()

    def begin(
        self, address: str, attempt_id: str, *, now: datetime, ends_at: datetime
    ) -> VonageOpenStart:
        """
        A start that is about to ask; a context manager, left when it has ended.

        What it starts will be over at `ends_at`.
        """
        start = VonageOpenStart(self, hash(address), attempt_id, ends_at)
        with self.lock:
            for other in [lost for lost in self.lost if lost.ends_at <= now]:
                self.forget(other)
            self.unsettled[start.address].add(start)
        return start

    def ends_at(self, request_id: str) -> datetime | None:
        """When a request will have ended, or None for one that is not known."""
        with self.lock:
            return self.known.get(request_id.lower())

    def forget(self, start: VonageOpenStart) -> None:
        """Let the start explain no request any more; with the lock held."""
        self.lost.pop(start, None)
        self.unsettled[start.address].discard(start)
        if not self.unsettled[start.address]:
            del self.unsettled[start.address]


@define(eq=False)
class VonageOpenStart:
    """
    A start whose end is not known yet.

    It is lost where it may have been obeyed, and no answer says so.
    """

    starts: VonageOpenStarts = field(repr=False)
    address: int = field(repr=False)
    attempt_id: str
    ends_at: datetime
    is_lost: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        """The start has ended; if it is unknown how, it is kept in mind."""
        if error is not None and not isinstance(error, VerifyError):
            self.is_lost = True  # interrupted, perhaps while it waited for the answer
        starts = self.starts
        with starts.lock:
            if self not in starts.unsettled.get(self.address, ()):
                return
            if not self.is_lost:
                starts.forget(self)
                return
            starts.lost[self] = None
            if len(starts.lost) > _REMEMBERED:
                starts.forget(next(iter(starts.lost)))

    def settle(self, request_id: str | None = None) -> None:
        """The answer is here: the id of the request, or None where none began."""
        starts = self.starts
        with starts.lock:
            starts.forget(self)
            if request_id is not None:
                starts.known[request_id.lower()] = self.ends_at
            while len(starts.known) > _REMEMBERED:
                starts.known.popitem(last=False)

    def adopts(self, request_id: str) -> bool:
        """Whether the running request is certainly this start's; then it is settled."""
        starts = self.starts
        with starts.lock:
            rivals = starts.unsettled.get(self.address, set())
            mine = {other for other in rivals if other.attempt_id == self.attempt_id}
            lost = any(other.is_lost for other in mine)
            if rivals != mine or not lost or request_id.lower() in starts.known:
                return False
            for other in mine:
                other.settle(request_id)
            return True
