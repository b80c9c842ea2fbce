"""Rate limits and their buckets over the wire."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve

from ....kit._http import Json
from ...machine._errors import Reason
from ...resources._rate_limits import Bucket, RateLimit, RateLimits
from .._collections import Collection, dates, owners, stamps
from .._parameters import Parameter, Table, shaped, text, whole
from .._routing import RoutedRequest, allowed, found


def _limits(call: RoutedRequest) -> RateLimits:
    return call.store.resources_of(call.service()).rate_limits


def _limit(call: RoutedRequest) -> RateLimit:
    return found(_limits(call).shelf.get(call.names[1]))


def _url(call: RoutedRequest, limit: RateLimit) -> str:
    return call.url(f"/v2/Services/{call.names[0]}/RateLimits/{limit.sid}")


def _limit_body(call: RoutedRequest, limit: RateLimit) -> Json:
    url = _url(call, limit)
    return {
        "sid": limit.sid,
        **owners(call),
        "unique_name": limit.unique_name,
        "description": limit.description,
        **dates(limit),
        "url": url,
        "links": {"buckets": f"{url}/Buckets"},
    }


def _bucket_body(call: RoutedRequest, bucket: Bucket) -> Json:
    limit = _limit(call)
    return {
        "sid": bucket.sid,
        "rate_limit_sid": limit.sid,
        **owners(call),
        "max": bucket.most,
        "interval": round(bucket.interval.total_seconds()),
        **dates(bucket),
        "url": f"{_url(call, limit)}/Buckets/{bucket.sid}",
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

_LIMITS = Collection(
    name="RateLimit",
    items="rate_limits",
    path="/v2/Services/{ServiceSid}/RateLimits",
    shelf=lambda call: _limits(call).shelf,
    body=_limit_body,
)
_BUCKETS = Collection(
    name="Bucket",
    items="buckets",
    path="/v2/Services/{ServiceSid}/RateLimits/{RateLimitSid}/Buckets",
    shelf=lambda call: _limit(call).buckets,
    body=_bucket_body,
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
