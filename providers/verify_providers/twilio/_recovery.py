"""
After a lost answer: whether the verification found shows the lost start's message.

Twilio knows no idempotency key, and a second start sends a second message. So a lost
answer is followed by one look at the verification of that address, and a message that
is seen there counts as this start's only if

- the verification is pending, and the message went by the start's channel or by one
  that `Channel` lacks;
- it was not there before, as far as this provider and the reference that was passed
  know;
- it was sent between the beginning of the request and the answer, by Twilio's own
  clock: the answer's `Date`, and that less the time that has passed here; and
- it is not needed to explain another start of this provider for the same address that
  ran at the same time and whose end is unknown: only a message more than there are such
  starts is certainly this one's.

What cannot be told apart is the message that another process sent by the same channel
to the same address after the request began (or, since `Date` counts whole seconds, up
to one second before). It belongs to the same verification and holds the same code.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING

from attrs import define, field

from ..http import http_date

if TYPE_CHECKING:
    from verify_core.channels import Channel
    from verify_core.verification import DeliveryAttempt, VerificationRef

    from ._wire import Target, Verification

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_REMEMBERED = 4096


class TwilioOpenStarts:
    """
    The starts of one provider: those that run, and the messages of those that ended.

    Only the last seconds matter, so a few thousand messages are plenty. Safe to use
    from several threads.
    """

    def __init__(self) -> None:
        # By the hash of the address, so that no number stands in a dump of variables.
        self.running: defaultdict[int, set[TwilioOpenStart]] = defaultdict(set)
        self.seen: OrderedDict[str, None] = OrderedDict()
        self.lock = RLock()

    def begin(
        self,
        target: Target,
        channel: Channel,
        *,
        at: datetime,
        previous: VerificationRef | None,
    ) -> TwilioOpenStart:
        """A start that is about to ask; close it when it has ended."""
        address = hash(target.to)
        start = TwilioOpenStart(self, address, channel, at, previous)
        with self.lock:
            running = self.running[address]
            start.rivals |= running
            for other in running:
                other.rivals.add(start)
            running.add(start)
        return start


@define(eq=False, repr=False)
class TwilioOpenStart:
    """
    A start whose end is not known yet.

    Its rivals are the starts for the same address that ran at the same time and of
    which it is unknown what they sent.
    """

    starts: TwilioOpenStarts
    address: int
    channel: Channel
    began_at: datetime  # by the clock of this machine
    previous: VerificationRef | None
    rivals: set[TwilioOpenStart] = field(factory=set)

    def close(self) -> None:
        """The start has ended; if it was not settled, its rivals keep it in mind."""
        running = self.starts.running
        with self.starts.lock:
            running[self.address].discard(self)
            if not running[self.address]:
                del running[self.address]

    def settle(
        self,
        found: Verification | None = None,
        *,
        but: Collection[DeliveryAttempt] = (),
    ) -> None:
        """
        What became of the start is known: it explains no other message.

        Args:
            found: Holds its message; None where no message left.
            but: Messages found there that may be of others.
        """
        starts = self.starts
        with starts.lock:
            starts.running[self.address].discard(self)
            for other in self.rivals:
                other.rivals.discard(self)
            if found is not None:
                names = [_name(found, send) for send in found.sends if send not in but]
                starts.seen.update(dict.fromkeys(names))
            while len(starts.seen) > _REMEMBERED:
                starts.seen.popitem(last=False)

    def adopts(
        self, found: Verification, headers: Mapping[str, str], elapsed: timedelta
    ) -> bool:
        """
        Whether the verification shows a message of this start, which is then settled.

        Args:
            found: What Twilio has for the address.
            headers: Of the answer that showed it.
            elapsed: Time from the start's request to that answer.
        """
        date = http_date(headers.get("date", ""))
        begun = self.began_at if date is None else date - elapsed
        # `Date` has lost its fraction, so a second more is still before the answer.
        ended = begun + elapsed + _SECOND
        known = self.previous
        before = known.sends if known and known.vendor_id == found.sid else 0
        with self.starts.lock:
            new = [
                send
                for send in found.sends[before:]
                if self._may_have_sent(send, begun, ended)
                and _name(found, send) not in self.starts.seen
            ]
            if found.status != "pending" or len(new) <= len(self.rivals):
                return False
            self.settle(found, but=new[1:])
            return True

    def _may_have_sent(
        self, send: DeliveryAttempt, begun: datetime, ended: datetime
    ) -> bool:
        if send.at is None or send.channel not in {None, self.channel}:
            return False
        # Twilio writes milliseconds; a time without any may have lost a whole second.
        lost = _MILLISECOND if send.at.microsecond else _SECOND
        return send.at + lost > begun and send.at <= ended


def _name(verification: Verification, send: DeliveryAttempt) -> str:
    return send.vendor_id or f"{verification.sid} {send.at} {send.channel}"
