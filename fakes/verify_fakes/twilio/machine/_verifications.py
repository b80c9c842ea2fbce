"""
Where verifications are kept: found at once, forgotten in time, never too many.

Law: no method costs more with more pending verifications. They are found by sid and by
address in dictionaries; expired ones are cleared away in the order of their creation, a
few at each call of `sweep`, and never met before that: `find` looks at the clock first.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import frozen

from ...kit._hiding import Hidden
from ._state import LIVE, Limits, TwilioStatus, TwilioVerification, timed

#: How many one sweep clears away; more than the one that a command may add, so that a
#: backlog shrinks (a clock can be moved by an hour at once).
_SWEPT_AT_ONCE = 4


@frozen(kw_only=True)
class Keep:
    """
    How much is kept.

    Attributes:
        ended_for: How long each of those is kept.
    """

    live: int = 2_000_000
    ended: int = 10_000
    ended_for: timedelta = timedelta(hours=24)
    messages: int = 10_000
    attempts: int = 10_000
    events: int = 10_000
    safe_numbers: int = 10_000


class Verifications:
    """
    All verifications of one machine.

    Args:
        limits: Twilio's numbers; the time to live is the same for all verifications, so
            that the order of creation is the order of expiry.
        expired: Is called with each verification that time ends while it is pending.
    """

    def __init__(
        self, limits: Limits, keep: Keep, expired: Callable[[TwilioVerification], None]
    ) -> None:
        self._expired = expired
        self._limits = limits
        self._keep = keep
        self._live: OrderedDict[str, TwilioVerification] = OrderedDict()
        self._ended: OrderedDict[str, tuple[datetime, TwilioVerification]] = (
            OrderedDict()
        )
        # Service sid to address to the sid of the newest verification there.
        self._newest: Hidden[dict[str, dict[str, str]]] = Hidden({})
        self._polls: dict[str, deque[datetime]] = {}

    def limit(self, limits: Limits) -> None:
        """Count by other numbers from now on; the time to live must be the same."""
        self._limits = limits

    @property
    def live(self) -> int:
        """How many have not been seen to end."""
        return len(self._live)

    def __len__(self) -> int:
        """How many are held, ended ones included."""
        return len(self._live) + len(self._ended)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._live) >= self._keep.live

    def find(
        self, service_sid: str, *, sid: str | None, to: str | None, now: datetime
    ) -> TwilioVerification | None:
        """A service's verification by sid, or else the newest by address."""
        if sid is None:
            newest = self._newest.reveal().get(service_sid)
            sid = newest.get(to) if newest and to is not None else None
            if sid is None:
                return None
        held = self.get(sid, now)
        return held if held and held.service_sid == service_sid else None

    def get(self, sid: str, now: datetime) -> TwilioVerification | None:
        """A verification by sid, of whatever service."""
        held = self._live.get(sid)
        if held is not None:
            return self._after_time(held, now)
        ended = self._ended.get(sid)
        return ended[1] if ended else None

    def put(self, verification: TwilioVerification, now: datetime) -> None:
        """Keep a new or changed verification."""
        sid = verification.sid
        if verification.status in LIVE:
            if sid not in self._live:
                newest = self._newest.reveal().setdefault(verification.service_sid, {})
                newest[verification.to] = sid
            self._live[sid] = verification
        elif self._live.pop(sid, None) is not None:
            self._ended[sid] = (now, verification)

    def forget_service(self, service_sid: str) -> None:
        """Find no more of a deleted service by address; sids expire with time."""
        self._newest.reveal().pop(service_sid, None)

    def sweep(self, now: datetime) -> None:
        """Clear a few expired ones away."""
        for _ in range(_SWEPT_AT_ONCE):
            if not (self._end_oldest(now) or self._drop_oldest(now)):
                return

    def settle(self, now: datetime) -> None:
        """End everything that is due, in the order of its creation."""
        while self._end_oldest(now):
            pass

    def too_many_polls(self, sid: str, now: datetime) -> bool:
        """Whether a fetch would go over a limit; if not, it is counted."""
        limits = self._limits.polls
        if not limits:
            return False
        polls = self._polls.get(sid)
        if polls is None:
            polls = self._polls[sid] = deque(maxlen=max(limits.values()))
        for window, most in limits.items():
            if len(polls) >= most and polls[-most] > now - window:
                return True
        polls.append(now)
        return False

    def _after_time(
        self, held: TwilioVerification, now: datetime
    ) -> TwilioVerification:
        after = timed(held, limits=self._limits, now=now)
        if after is not held:
            self.put(after, now)
            if held.status is TwilioStatus.PENDING:
                self._expired(after)
        return after

    def _end_oldest(self, now: datetime) -> bool:
        if not self._live:
            return False
        oldest = next(iter(self._live.values()))
        return self._after_time(oldest, now) is not oldest

    def _drop_oldest(self, now: datetime) -> bool:
        if not self._ended:
            return False
        sid, (since, verification) = next(iter(self._ended.items()))
        due = now - since > self._keep.ended_for
        if not due and len(self._ended) <= self._keep.ended:
            return False
        del self._ended[sid]
        self._polls.pop(sid, None)
        newest = self._newest.reveal().get(verification.service_sid)
        if newest and newest.get(verification.to) == sid:
            del newest[verification.to]
        return True
