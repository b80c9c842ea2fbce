"""Rate limits and their buckets over the wire."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from ....kit._http import Json
from ...machine._errors import Reason
from ...resources._rate_limits import Bucket, RateLimit, RateLimits
from .._collections import OwnedCollection, stamps
from .._parameters import Parameter, Table, shaped, text, whole
from .._routing import RoutedRequest, allowed, found


def _limits(call: RoutedRequest) -> RateLimits:
    return call.store.resources_of(call.service()).rate_limits


def _limit(call: RoutedRequest) -> RateLimit:
    return found(_limits(call).shelf.get(call.names[1]))


def _limit_shown(_call: RoutedRequest, limit: RateLimit) -> Json:
    return {"unique_name": limit.unique_name, "description": limit.description}


def _bucket_shown(call: RoutedRequest, bucket: Bucket) -> Json:
    return {
        "rate_limit_sid": call.names[1],
        "max": bucket.most,
        "interval": round(bucket.interval.total_seconds()),
    }


def _create(call: RoutedRequest) -> RateLimit:
    limit = RateLimit(
        sid=call.sid("RK"),
        unique_name=call.given["UniqueName"],
        description=call.given.get("Description"),
        **stamps(call),
    )
    allowed(_limits(call).add(limit))
    return limit


def _update(call: RoutedRequest, limit: RateLimit) -> RateLimit:
    if "Description" in call.given:
        limit.description = call.given["Description"]
        limit.updated_at = call.store.now()
    return limit


def _create_bucket(call: RoutedRequest) -> Bucket:
    bucket = Bucket(
        sid=call.sid("BL"),
        most=call.given["Max"],
        interval=timedelta(seconds=call.given["Interval"]),
        **stamps(call),
    )
    allowed(_limit(call).put(bucket))
    return bucket


def _update_bucket(call: RoutedRequest, before: Bucket) -> Bucket:
    interval = call.given.get("Interval")
    bucket = evolve(
        before,
        most=call.given.get("Max", before.most),
        interval=before.interval if interval is None else timedelta(seconds=interval),
        updated_at=call.store.now(),
    )
    allowed(_limit(call).put(bucket))
    return bucket


_NAME = Parameter(
    shaped(r"[A-Za-z0-9_.\-]{1,128}"), required=True, wrong=Reason.UNIQUE_NAME_FORMAT
)
_DESCRIPTION = Parameter(text(1, 1_024))
_COUNT = whole(1, 1_000_000)
#: A second to a year: the vendor names no bounds.
_SECONDS = whole(1, 31_536_000)

_CREATE_BUCKET: Table = {
    "Max": Parameter(_COUNT, required=True),
    "Interval": Parameter(_SECONDS, required=True),
}
_UPDATE_BUCKET: Table = {"Max": Parameter(_COUNT), "Interval": Parameter(_SECONDS)}

_LIMITS = OwnedCollection(
    name="RateLimit",
    items="rate_limits",
    path="/v2/Services/{ServiceSid}/RateLimits",
    shelf=lambda call: _limits(call).shelf,
    shows=_limit_shown,
    links={"buckets": "Buckets"},
)
_BUCKETS = OwnedCollection(
    name="Bucket",
    items="buckets",
    path="/v2/Services/{ServiceSid}/RateLimits/{RateLimitSid}/Buckets",
    shelf=lambda call: _limit(call).buckets,
    shows=_bucket_shown,
)
ROUTES = (
    _LIMITS.creates(_create, {"UniqueName": _NAME, "Description": _DESCRIPTION}),
    _LIMITS.lists(),
    _LIMITS.fetches(),
    _LIMITS.updates(_update, {"Description": _DESCRIPTION}),
    _LIMITS.deletes(),
    _BUCKETS.creates(_create_bucket, _CREATE_BUCKET),
    _BUCKETS.lists(),
    _BUCKETS.fetches(),
    _BUCKETS.updates(_update_bucket, _UPDATE_BUCKET),
    _BUCKETS.deletes(lambda call, bucket: _limit(call).remove(bucket)),
)
