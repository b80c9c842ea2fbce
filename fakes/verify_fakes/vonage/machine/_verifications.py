"""
Where verifications are kept: found by id and by address, bounded in number.

No method's cost grows with the running verifications, but for the logarithm of the heap
that says which step expires next.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from attrs import frozen

from ...kit._hiding import Hidden
from ._workflow import VonageStatus, VonageVerification

_SLACK = 64


@frozen(kw_only=True)
class Keep:
    """
    How much is kept.

    Attributes:
        live: Verifications that have not ended; a start beyond is refused.
        ended: Verifications that have ended.
        ended_for: How long each of those is kept.
        messages: Messages in the outbox.
        events: Webhooks.
    """

    live: int = 1_000_000
    ended: int = 10_000
    ended_for: timedelta = timedelta(hours=24)
    messages: int = 10_000
    events: int = 10_000


class Verifications:
    """All verifications of one machine."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._live: dict[str, VonageVerification] = {}
        self._ended: OrderedDict[str, tuple[datetime, VonageVerification]] = (
            OrderedDict()
        )
        self._by_address: Hidden[dict[str, str]] = Hidden({})
        # When each running one was started, so that of those that are due at one
        # instant the oldest goes first.
        self._born: dict[str, int] = {}
        self._births = 0
        # Deadline, birth and id; entries of steps that ended otherwise are passed over.
        self._due: list[tuple[datetime, int, str]] = []

    def __len__(self) -> int:
        """How many are held, running or ended."""
        return len(self._live) + len(self._ended)

    @property
    def full(self) -> bool:
        return len(self._live) >= self._keep.live

    def get(self, request_id: str) -> VonageVerification | None:
        held = self._live.get(request_id)
        if held is None:
            ended = self._ended.get(request_id)
            return ended[1] if ended else None
        return held

    def running_to(self, address: str) -> VonageVerification | None:
        request_id = self._by_address.reveal().get(address)
        return None if request_id is None else self._live.get(request_id)

    def put(self, verification: VonageVerification, now: datetime) -> None:
        if verification.status is VonageStatus.RUNNING:
            self._put_running(verification)
        else:
            self._put_ended(verification, now)

    def _put_running(self, verification: VonageVerification) -> None:
        request_id = verification.request_id
        before = self._live.get(request_id)
        if before is None:
            self._births += 1
            self._born[request_id] = self._births
            for step in verification.steps:
                self._by_address.reveal()[step.to] = request_id
        if before is None or before.place != verification.place:
            heappush(self._due, self._entry(verification))
        self._live[request_id] = verification

    def _put_ended(self, verification: VonageVerification, now: datetime) -> None:
        request_id = verification.request_id
        self._live.pop(request_id, None)
        self._born.pop(request_id, None)
        by_address = self._by_address.reveal()
        for step in verification.steps:
            if by_address.get(step.to) == request_id:
                del by_address[step.to]
        self._ended[request_id] = (now, verification)
        self._drop_oldest(now)
        if len(self._due) > 2 * len(self._live) + _SLACK:
            self._due = [self._entry(each) for each in self._live.values()]
            heapify(self._due)

    def due(self, now: datetime) -> VonageVerification | None:
        """The verification whose step has expired first, if any has."""
        while self._due and self._due[0][0] <= now:
            deadline, _, request_id = heappop(self._due)
            held = self._live.get(request_id)
            if held is not None and held.deadline == deadline:
                return held
        return None

    def _entry(self, verification: VonageVerification) -> tuple[datetime, int, str]:
        request_id = verification.request_id
        return verification.deadline, self._born[request_id], request_id

    def _drop_oldest(self, now: datetime) -> None:
        while self._ended:
            since, _ = next(iter(self._ended.values()))
            fits = len(self._ended) <= self._keep.ended
            if fits and now - since <= self._keep.ended_for:
                return
            self._ended.popitem(last=False)
