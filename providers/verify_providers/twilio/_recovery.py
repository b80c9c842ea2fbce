"""
After a lost answer: whether a verification that was found shows a message of ours.

Twilio knows no idempotency key, and a second start sends a second message. So a lost
answer is followed by one look at the verification of that address, and a message that
is seen there counts as ours only if

- the verification is pending, and the message went by our channel or by one that we do
  not know;
- it is none that was there before, as far as this provider and the reference that was
  passed know;
- it was sent between the beginning of our request and the answer, by Twilio's own
  clock: the answer's `Date`, and that less the time that has passed here; and
- it is not needed to explain another start of this provider for the same address that
  ran at the same time and whose end is unknown: only a message more than there are such
  starts is certainly ours.

What cannot be told apart is the message that another process sent by the same channel
to the same address after our request began (or, since `Date` counts whole seconds, up
to one second before). It belongs to the same verification and holds the same code.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from attrs import define, field

from ..http import http_date

if TYPE_CHECKING:
    from verify_core.verification import (
        DeliveryAttempt,
        StartRequest,
        VerificationRef,
    )

    from ._wire import Verification

_SECOND: Final = timedelta(seconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_REMEMBERED: Final = 4096

Span: TypeAlias = tuple[datetime, datetime]
"""From when until when, by Twilio's clock."""


class Starts:
    """
    The starts of one provider: those that run, and the messages of those that ended.

    Only the last seconds matter, so a few thousand messages are plenty. Safe to use
    from several threads.
    """

    def __init__(self) -> None:
        self._running: defaultdict[str, set[OpenStart]] = defaultdict(set)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def begin(
        self, request: StartRequest, *, at: datetime, previous: VerificationRef | None
    ) -> OpenStart:
        """
        A start that is about to ask; a context manager, left when it has ended.

        Args:
            request: Whom it reaches and how.
            at: The present, by our clock.
            previous: The reference that was passed for a resend.
        """
        start = OpenStart(starts=self, request=request, began_at=at, previous=previous)
        with self._lock:
            running = self._running[request.identifier.value]
            start.rivals |= running
            for other in running:
                other.rivals.add(start)
            running.add(start)
        return start

    def leave(self, start: OpenStart) -> None:
        """The start has ended; if it was not settled, its rivals keep it in mind."""
        address = start.request.identifier.value
        with self._lock:
            self._running[address].discard(start)
            if not self._running[address]:
                del self._running[address]

    def settle(self, start: OpenStart, found: Verification | None) -> None:
        """What became of the start is known: it explains no other message."""
        with self._lock:
            self._settle(start, found, but=[])

    def adopt(self, start: OpenStart, found: Verification, during: Span) -> bool:
        """Whether one of the messages found is certainly the start's; then settle."""
        with self._lock:
            new = [
                send
                for send in found.sends[start.sends_before(found) :]
                if start.may_have_sent(send, during)
                and _name(found, send) not in self._seen
            ]
            if len(new) <= len(start.rivals):
                return False
            self._settle(start, found, but=new[1:])
            return True

    def _settle(
        self, start: OpenStart, found: Verification | None, but: list[DeliveryAttempt]
    ) -> None:
        self._running[start.request.identifier.value].discard(start)
        for other in start.rivals:
            other.rivals.discard(start)
        if found is not None:
            names = (_name(found, send) for send in found.sends if send not in but)
            self._seen.update(dict.fromkeys(names))
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def _name(verification: Verification, send: DeliveryAttempt) -> str:
    return send.vendor_id or f"{verification.sid} {send.at} {send.channel}"


@define(kw_only=True, eq=False)
class OpenStart:
    """
    A start whose end is not known yet.

    Attributes:
        starts: Where it is counted.
        request: Whom it reaches and how.
        began_at: When it began, by our clock.
        previous: The reference that was passed for a resend.
        rivals: The starts for the same address that ran at the same time and of which
            nobody knows what they sent.
    """

    starts: Starts = field(repr=False)
    request: StartRequest = field(repr=False)
    began_at: datetime
    previous: VerificationRef | None
    rivals: set[OpenStart] = field(factory=set, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.starts.leave(self)

    def settle(self, found: Verification | None = None) -> None:
        """The answer is here: `found` holds its message, None says that none left."""
        self.starts.settle(self, found)

    def adopts(
        self, found: Verification, headers: Mapping[str, str], elapsed: timedelta
    ) -> bool:
        """
        Whether the verification shows a message of this start, which is then settled.

        Args:
            found: What Twilio has for the address.
            headers: Of the answer that told.
            elapsed: Time from the start of our request to that answer.
        """
        date = http_date(headers.get("date", ""))
        not_before = self.began_at if date is None else date - elapsed
        # `Date` has lost its fraction, so a second more is still before the answer.
        during = (not_before, not_before + elapsed + _SECOND)
        pending = found.status == "pending"
        return pending and self.starts.adopt(self, found, during)

    def sends_before(self, found: Verification) -> int:
        """How many of its messages were there before, as the reference tells."""
        previous = self.previous
        same = previous is not None and previous.vendor_id == found.sid
        return previous.sends if previous is not None and same else 0

    def may_have_sent(self, send: DeliveryAttempt, during: Span) -> bool:
        """Whether channel and time allow that the message is this start's."""
        if send.at is None or send.channel not in {None, self.request.channel}:
            return False
        # Twilio writes milliseconds; a time without any may have lost a whole second.
        lost = _MILLISECOND if send.at.microsecond else _SECOND
        begun, ended = during
        return send.at + lost > begun and send.at <= ended
