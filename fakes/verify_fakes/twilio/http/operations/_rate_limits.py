"""Rate limits and their buckets over the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ....kit._http import seconds
from ...machine._reasons import Reason
from ...resources._rate_limits import Bucket, RateLimit, RateLimits, changed
from .._exchange import Response
from .._paging import PAGE, listed
from .._parameters import Parameter, Table, shaped, text, whole
from .._routing import Route, RoutedRequest, deny, found

if TYPE_CHECKING:
    from ....kit._http import Json


def _limits(call: RoutedRequest) -> RateLimits:
    return call.store.resources_of(call.service()).rate_limits


def _limit(call: RoutedRequest) -> RateLimit:
    return found(_limits(call).shelf.get(call.names[1]))


def _bucket(call: RoutedRequest) -> Bucket:
    return found(_limit(call).buckets.get(call.names[2]))


def _url(call: RoutedRequest, limit: RateLimit) -> str:
    return call.url(f"/v2/Services/{call.names[0]}/RateLimits/{limit.sid}")


def _limit_body(call: RoutedRequest, limit: RateLimit) -> Json:
    url = _url(call, limit)
    return {
        "sid": limit.sid,
        "service_sid": call.names[0],
        "account_sid": call.service().account_sid,
        "unique_name": limit.unique_name,
        "description": limit.description,
        "date_created": seconds(limit.created_at),
        "date_updated": seconds(limit.updated_at),
        "url": url,
        "links": {"buckets": f"{url}/Buckets"},
    }


def _bucket_body(call: RoutedRequest, limit: RateLimit, bucket: Bucket) -> Json:
    return {
        "sid": bucket.sid,
        "rate_limit_sid": limit.sid,
        "service_sid": call.names[0],
        "account_sid": call.service().account_sid,
        "max": bucket.most,
        "interval": round(bucket.interval.total_seconds()),
        "date_created": seconds(bucket.created_at),
        "date_updated": seconds(bucket.updated_at),
        "url": f"{_url(call, limit)}/Buckets/{bucket.sid}",
    }


def _create(call: RoutedRequest) -> Response:
    limits, now = _limits(call), call.store.now()
    limit = RateLimit(
        sid=call.store.random_source.sid("RK"),
        unique_name=call.given["UniqueName"],
        description=call.given.get("Description"),
        created_at=now,
        updated_at=now,
    )
    reason = limits.add(limit)
    if reason is not None:
        raise deny(reason)
    return call.answer(201, _limit_body(call, limit))


def _list(call: RoutedRequest) -> Response:
    shelf = _limits(call).shelf
    return listed(call, "rate_limits", shelf, lambda limit: _limit_body(call, limit))


def _fetch(call: RoutedRequest) -> Response:
    return call.answer(200, _limit_body(call, _limit(call)))


def _update(call: RoutedRequest) -> Response:
    limit = _limit(call)
    if "Description" in call.given:
        limit.describe(call.given["Description"], call.store.now())
    return call.answer(200, _limit_body(call, limit))


def _delete(call: RoutedRequest) -> Response:
    _limits(call).shelf.remove(_limit(call).sid)
    return call.answer(204, None)


def _create_bucket(call: RoutedRequest) -> Response:
    limit, now = _limit(call), call.store.now()
    bucket = Bucket(
        sid=call.store.random_source.sid("BL"),
        most=call.given["Max"],
        interval=timedelta(seconds=call.given["Interval"]),
        created_at=now,
        updated_at=now,
    )
    return _put(call, 201, limit, bucket)


def _put(
    call: RoutedRequest, status: int, limit: RateLimit, bucket: Bucket
) -> Response:
    reason = limit.put(bucket)
    if reason is not None:
        raise deny(reason)
    return call.answer(status, _bucket_body(call, limit, bucket))


def _list_buckets(call: RoutedRequest) -> Response:
    limit = _limit(call)
    return listed(
        call,
        "buckets",
        limit.buckets,
        lambda bucket: _bucket_body(call, limit, bucket),
    )


def _fetch_bucket(call: RoutedRequest) -> Response:
    return call.answer(200, _bucket_body(call, _limit(call), _bucket(call)))


def _update_bucket(call: RoutedRequest) -> Response:
    before = _bucket(call)
    interval = call.given.get("Interval")
    bucket = changed(
        before,
        most=call.given.get("Max", before.most),
        interval=before.interval if interval is None else timedelta(seconds=interval),
        now=call.store.now(),
    )
    return _put(call, 200, _limit(call), bucket)


def _delete_bucket(call: RoutedRequest) -> Response:
    _limit(call).remove(_bucket(call))
    return call.answer(204, None)


_NAME = Parameter(
    reads=shaped(r"[A-Za-z0-9_.\-]{1,128}"),
    required=True,
    wrong=Reason.UNIQUE_NAME_FORMAT,
)
_DESCRIPTION = Parameter(reads=text(1, 1_024))
_COUNT = whole(1, 1_000_000)
#: A second to a year: the vendor names no bounds.
_SECONDS = whole(1, 31_536_000)

CREATE: Final[Table] = {"UniqueName": _NAME, "Description": _DESCRIPTION}
UPDATE: Final[Table] = {"Description": _DESCRIPTION}
CREATE_BUCKET: Final[Table] = {
    "Max": Parameter(reads=_COUNT, required=True),
    "Interval": Parameter(reads=_SECONDS, required=True),
}
UPDATE_BUCKET: Final[Table] = {
    "Max": Parameter(reads=_COUNT),
    "Interval": Parameter(reads=_SECONDS),
}

_ALL = "/v2/Services/{ServiceSid}/RateLimits"
_ONE = f"{_ALL}/{{Sid}}"
_BUCKETS = f"{_ALL}/{{RateLimitSid}}/Buckets"
_BUCKET = f"{_BUCKETS}/{{Sid}}"

ROUTES: Final = (
    Route(
        operation="CreateRateLimit",
        method="POST",
        path=_ALL,
        action=_create,
        table=CREATE,
    ),
    Route(operation="ListRateLimit", method="GET", path=_ALL, action=_list, table=PAGE),
    Route(operation="FetchRateLimit", method="GET", path=_ONE, action=_fetch),
    Route(
        operation="UpdateRateLimit",
        method="POST",
        path=_ONE,
        action=_update,
        table=UPDATE,
    ),
    Route(operation="DeleteRateLimit", method="DELETE", path=_ONE, action=_delete),
    Route(
        operation="CreateBucket",
        method="POST",
        path=_BUCKETS,
        action=_create_bucket,
        table=CREATE_BUCKET,
    ),
    Route(
        operation="ListBucket",
        method="GET",
        path=_BUCKETS,
        action=_list_buckets,
        table=PAGE,
    ),
    Route(operation="FetchBucket", method="GET", path=_BUCKET, action=_fetch_bucket),
    Route(
        operation="UpdateBucket",
        method="POST",
        path=_BUCKET,
        action=_update_bucket,
        table=UPDATE_BUCKET,
    ),
    Route(
        operation="DeleteBucket",
        method="DELETE",
        path=_BUCKET,
        action=_delete_bucket,
    ),
)
