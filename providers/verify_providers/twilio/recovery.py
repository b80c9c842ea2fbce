"""
After a lost answer: whether a verification that was found shows a message of ours.

Twilio knows no idempotency key, and a second start sends a second message. So a lost
answer is followed by one look at the verification of that address, and what is seen
there counts as ours only if

- it is pending and its last messages went by our channel, or by one we do not know;
- the message is none that was there before, as far as this process and the reference
  that was passed know; and
- it was sent after our request began, by Twilio's own clock: the answer's `Date` less
  the time that has passed here since. `Date` counts whole seconds, so another login's
  message to the same address less than about one second before ours cannot be told
  apart where another process sent it. It belongs to the same verification and holds the
  same code.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from .errors import http_date

if TYPE_CHECKING:
    from verify_core.channels import Channel
    from verify_core.verification import DeliveryAttempt, VerificationRef

    from .wire import Verification

_SECOND: Final = timedelta(seconds=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_REMEMBERED: Final = 4096


class SeenSends:
    """
    The messages that this process has seen, newest last; no number among them.

    Only the last seconds matter, so a few thousand are plenty.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def add(self, verification: Verification) -> None:
        """Remember every message of the verification."""
        with self._lock:
            for send in verification.sends:
                self._seen[_name(verification, send)] = None
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def knows(self, verification: Verification, send: DeliveryAttempt) -> bool:
        """Whether the message was there before."""
        with self._lock:
            return _name(verification, send) in self._seen


def _name(verification: Verification, send: DeliveryAttempt) -> str:
    return send.vendor_id or f"{verification.sid} {send.at} {send.channel}"


@frozen(kw_only=True)
class LostStart:
    """
    A start whose answer is missing.

    Attributes:
        channel: The channel asked for.
        began_at: When the request began, by our clock.
        previous: The reference that was passed for a resend.
        seen: The messages known from before.
    """

    channel: Channel
    began_at: datetime
    previous: VerificationRef | None
    seen: SeenSends = field(repr=False)

    def shows_ours(
        self, found: Verification, headers: Mapping[str, str], elapsed: timedelta
    ) -> bool:
        """
        Whether the verification that was found shows a message of this start.

        Args:
            found: What Twilio has for the address.
            headers: Of the answer that told.
            elapsed: Time from the start of our request to that answer.
        """
        if found.status != "pending":
            return False
        date = http_date(headers.get("date", ""))
        not_before = self.began_at if date is None else date - elapsed
        new = found.sends[self._known_count(found) :]
        return any(self._is_ours(found, send, not_before) for send in new)

    def _known_count(self, found: Verification) -> int:
        previous = self.previous
        same = previous is not None and previous.vendor_id == found.sid
        return previous.sends if previous is not None and same else 0

    def _is_ours(
        self, found: Verification, send: DeliveryAttempt, not_before: datetime
    ) -> bool:
        if send.at is None or send.channel not in {None, self.channel}:
            return False
        # Twilio writes milliseconds; a time without any may have lost a whole second.
        lost = _MILLISECOND if send.at.microsecond else _SECOND
        return send.at + lost > not_before and not self.seen.knows(found, send)
