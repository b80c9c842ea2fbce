"""
A service's rate limits: how often verifications may start per value of a caller's key.

A rate limit is a key such as `end_user_ip`; its buckets say how many starts are allowed
per interval for each value of the key. The vendor does not say how it counts; here a
window opens at a value's first counted start and closes an interval later, and refused
starts do not count.

Source: Twilio, "Service Rate Limits", read 2026-11-22; how windows run is a guess.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import Factory, define, field, frozen

from ...kit._bounded import Shelf
from ..machine._commands import TwilioRefusal
from ..machine._errors import Reason

#: Twilio names an error for each of these limits, and the limits nowhere [guess].
MOST_LIMITS = 10
MOST_BUCKETS = 10
#: Values counted per bucket; the oldest is forgotten first.
_MOST_VALUES = 100_000
_SWEPT_AT_ONCE = 4


@frozen(kw_only=True)
class Bucket:
    """At most so many starts per interval for each value of the key."""

    sid: str
    most: int
    interval: timedelta
    created_at: datetime
    updated_at: datetime


@define
class _Window:
    closes_at: datetime
    count: int = 0


class Windows:
    """
    The open windows of one bucket, by value.

    Windows open in the order in which they close, because a bucket has one interval; so
    the closed ones are at the front, and a few are cleared away at each count.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def full_until(self, value: str, bucket: Bucket, now: datetime) -> datetime | None:
        """When the value may start again; None where it may now."""
        window = self._open.get(value)
        if window is None or window.closes_at <= now or window.count < bucket.most:
            return None
        return window.closes_at

    def count(self, value: str, bucket: Bucket, now: datetime) -> None:
        self._sweep(now)
        window = self._open.get(value)
        if window is None or window.closes_at <= now:
            self._open.pop(value, None)
            window = self._open[value] = _Window(now + bucket.interval)
            if len(self._open) > _MOST_VALUES:
                self._open.popitem(last=False)
        window.count += 1

    def _sweep(self, now: datetime) -> None:
        for _ in range(_SWEPT_AT_ONCE):
            value, window = next(iter(self._open.items()), ("", None))
            if window is None or window.closes_at > now:
                return
            del self._open[value]


@define(kw_only=True)
class RateLimit:
    """
    One key, and how often each of its values may start.

    Attributes:
        unique_name: What a start calls the key.
    """

    sid: str
    unique_name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    buckets: Shelf[Bucket] = Factory(lambda: Shelf(MOST_BUCKETS))
    _windows: dict[str, Windows] = field(factory=dict, repr=False)

    def put(self, bucket: Bucket) -> Reason | None:
        """Add or change a bucket, or say why that is refused."""
        same = (each for each in self.buckets if each.interval == bucket.interval)
        if any(each.sid != bucket.sid for each in same):
            return Reason.BUCKET_EXISTS
        before = self.buckets.get(bucket.sid)
        if before is not None:
            self.buckets.replace(bucket.sid, bucket)
            if before.interval != bucket.interval:
                self._windows.pop(bucket.sid, None)
            return None
        if self.buckets.full:
            return Reason.BUCKETS_FULL
        self.buckets.add(bucket.sid, bucket)
        return None

    def remove(self, bucket: Bucket) -> None:
        """Forget a bucket and what it counted."""
        self.buckets.remove(bucket.sid)
        self._windows.pop(bucket.sid, None)

    def full_until(self, value: str, now: datetime) -> datetime | None:
        """When the value may start again under all buckets; None where it may now."""
        waits = [
            self._opened(bucket).full_until(value, bucket, now)
            for bucket in self.buckets
        ]
        return max((wait for wait in waits if wait is not None), default=None)

    def count(self, value: str, now: datetime) -> None:
        """Count a start under all buckets."""
        for bucket in self.buckets:
            self._opened(bucket).count(value, bucket, now)

    def _opened(self, bucket: Bucket) -> Windows:
        return self._windows.setdefault(bucket.sid, Windows())


class RateLimits:
    """The rate limits of one service, by sid and by unique name."""

    def __init__(self) -> None:
        self.shelf: Shelf[RateLimit] = Shelf(MOST_LIMITS)

    def named(self, unique_name: str) -> RateLimit | None:
        """Find a rate limit by the name that starts call it by."""
        return next((x for x in self.shelf if x.unique_name == unique_name), None)

    def add(self, limit: RateLimit) -> Reason | None:
        """Add a rate limit, or say why that is refused."""
        if self.named(limit.unique_name) is not None:
            return Reason.RATE_LIMIT_EXISTS
        if self.shelf.full:
            return Reason.RATE_LIMITS_FULL
        self.shelf.add(limit.sid, limit)
        return None

    def admit(self, values: Mapping[str, str], now: datetime) -> TwilioRefusal | None:
        """
        Count a start under all limits that it names, or refuse it under the first full.

        Names that the service does not have limit nothing.
        """
        named = [
            (limit, values[limit.unique_name])
            for limit in self.shelf
            if limit.unique_name in values
        ]
        for limit, value in named:
            until = limit.full_until(value, now)
            if until is not None:
                return TwilioRefusal(
                    reason=Reason.RATE_LIMITED,
                    detail=limit.unique_name,
                    retry_after=until - now,
                )
        for limit, value in named:
            limit.count(value, now)
        return None
