"""Rate limits: kept, limited, and held against a tiny model."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from tests.fake_twilio.conftest import CREDENTIALS, SERVICE, Line
from verify_fakes import FakeTwilio
from verify_fakes.twilio.resources import _rate_limits as rate_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = f"/v2/Services/{SERVICE}/RateLimits"


def limited(line: Line, name: str, *buckets: tuple[int, int]) -> str:
    """A rate limit's sid, with buckets of so many starts in so many seconds."""
    sid: str = line.call("POST", PATH, UniqueName=name)[1]["sid"]
    for most, seconds in buckets:
        form = {"Max": str(most), "Interval": str(seconds)}
        assert line.call("POST", f"{PATH}/{sid}/Buckets", form)[0] == 201
    return sid


def start(line: Line, number: int, **values: str) -> int:
    """The status of a start to a number of its own, under these values."""
    to = f"+1555{number:07d}"
    return line.start(to, RateLimits=json.dumps(values))[0]


def test_a_full_bucket_answers_429_and_when_to_come_again(line: Line) -> None:
    limited(line, "end_user_ip", (2, 60))
    assert [start(line, n, end_user_ip="192.0.2.1") for n in range(2)] == [201, 201]
    line.twilio.clock.advance(timedelta(seconds=20.5))

    url = f"https://verify.twilio.com/v2/Services/{SERVICE}/Verifications"
    form = 'To=%2B15555550100&Channel=sms&RateLimits={"end_user_ip": "192.0.2.1"}'
    status, headers, answered = line.twilio.handle("POST", url, CREDENTIALS, form)

    assert (status, json.loads(answered)["code"]) == (429, 20429)
    assert json.loads(answered)["message"] == "Too many requests"
    assert headers["Retry-After"] == "40"
    assert headers["Twilio-Reached-Rate-Limit"] == "end_user_ip"
    assert len(line.twilio.outbox) == 2
    line.twilio.clock.advance(timedelta(seconds=39.5))
    assert start(line, 9, end_user_ip="192.0.2.1") == 201


def test_each_value_has_a_count_of_its_own(line: Line) -> None:
    limited(line, "ip", (1, 60))

    assert [start(line, n, ip=ip) for n, ip in enumerate("abab")] == [
        201,
        201,
        429,
        429,
    ]


def test_a_start_that_names_no_limit_is_not_limited(line: Line) -> None:
    limited(line, "ip", (1, 60))

    assert {line.start(f"+1555000000{n}")[0] for n in range(5)} == {201}
    assert {start(line, n, other="a") for n in range(5)} == {201}


def test_a_refused_start_counts_under_no_limit(line: Line) -> None:
    """Else a caller who is refused by one limit would use up another."""
    limited(line, "ip", (1, 60))
    limited(line, "user", (2, 60))
    assert start(line, 0, ip="a", user="u") == 201
    assert start(line, 1, ip="a", user="u") == 429

    assert start(line, 2, user="u") == 201
    assert start(line, 3, user="u") == 429


def test_a_start_that_ends_in_too_many_sends_counts_all_the_same(line: Line) -> None:
    """The limit is asked first: it counts requests, not messages."""
    limited(line, "ip", (6, 60))
    answers = [line.start(RateLimits='{"ip": "a"}')[1] for _ in range(7)]

    assert [body.get("code") for body in answers] == [None] * 5 + [60203, 20429]


def test_the_longest_of_several_waits_is_given(line: Line) -> None:
    limited(line, "ip", (1, 60), (1, 3600))
    start(line, 0, ip="a")

    url = f"https://verify.twilio.com/v2/Services/{SERVICE}/Verifications"
    form = 'To=%2B15555550100&Channel=sms&RateLimits={"ip": "a"}'
    _, headers, _ = line.twilio.handle("POST", url, CREDENTIALS, form)

    assert headers["Retry-After"] == "3600"


def test_what_is_deleted_limits_no_more(line: Line) -> None:
    sid = limited(line, "ip", (1, 60))
    start(line, 0, ip="a")
    assert start(line, 1, ip="a") == 429
    bucket = line.call("GET", f"{PATH}/{sid}/Buckets")[1]["buckets"][0]["sid"]

    assert line.call("DELETE", f"{PATH}/{sid}/Buckets/{bucket}")[0] == 204
    assert start(line, 2, ip="a") == 201
    assert line.call("DELETE", f"{PATH}/{sid}")[0] == 204
    assert line.call("GET", f"{PATH}/{sid}")[0] == 404
    assert line.call("POST", PATH, UniqueName="ip")[0] == 201


def test_a_changed_bucket_limits_as_it_says_now(line: Line) -> None:
    sid = limited(line, "ip", (1, 60))
    bucket = line.call("GET", f"{PATH}/{sid}/Buckets")[1]["buckets"][0]["sid"]
    start(line, 0, ip="a")

    line.call("POST", f"{PATH}/{sid}/Buckets/{bucket}", Max="2")

    assert [start(line, n, ip="a") for n in (1, 2)] == [201, 429]


def test_names_and_intervals_are_unique(line: Line) -> None:
    sid = limited(line, "ip", (1, 60), (5, 3600))

    assert line.call("POST", PATH, UniqueName="ip")[1]["code"] == 60208
    again = {"Max": "9", "Interval": "60"}
    buckets = f"{PATH}/{sid}/Buckets"
    assert line.call("POST", buckets, again)[1]["code"] == 60211
    hourly = line.call("GET", buckets)[1]["buckets"][1]["sid"]
    assert line.call("POST", f"{buckets}/{hourly}", Interval="60")[1]["code"] == 60211
    assert line.call("POST", f"{buckets}/{hourly}", Interval="3600")[0] == 200


def test_there_are_no_more_than_the_vendor_would_have(line: Line) -> None:
    assert rate_limits.MOST_LIMITS == rate_limits.MOST_BUCKETS == 10
    for number in range(rate_limits.MOST_LIMITS):
        sid = limited(line, f"n{number}")
    assert line.call("POST", PATH, UniqueName="more")[1]["code"] == 60207
    for number in range(rate_limits.MOST_BUCKETS):
        form = {"Max": "1", "Interval": str(60 + number)}
        assert line.call("POST", f"{PATH}/{sid}/Buckets", form)[0] == 201
    form = {"Max": "1", "Interval": "9"}
    assert line.call("POST", f"{PATH}/{sid}/Buckets", form)[1]["code"] == 60210


def test_limits_go_with_their_service(line: Line) -> None:
    limited(line, "ip", (1, 60))
    line.call("DELETE", f"/v2/Services/{SERVICE}")

    assert line.call("GET", PATH)[0] == 404


@pytest.mark.parametrize(
    "value", ["1", "[]", '{"ip": {}}', '{"ip": null}', json.dumps({"ip": "x" * 257})]
)
def test_malformed_values_are_60200_and_named(line: Line, value: str) -> None:
    _, body = line.start(RateLimits=value)

    assert body["message"] == "Invalid parameter: RateLimits"


def test_counts_are_forgotten_with_time(twilio: FakeTwilio) -> None:
    line = Line(twilio)
    limited(line, "ip", (5, 60))
    for number in range(50):
        start(line, number, ip=str(number))
    twilio.clock.advance(timedelta(minutes=2))
    for number in range(50):
        start(line, number, ip="same")
        twilio.clock.advance(timedelta(minutes=2))

    service = twilio.services.get(SERVICE)
    assert service is not None
    limit = twilio.store.resources_of(service).rate_limits.named("ip")
    assert limit is not None
    windows = limit._windows.values()  # noqa: SLF001  cannot be seen from outside
    assert [len(each) for each in windows] == [1]


class Model:
    """
    The second opinion: for each value, the starts that counted.

    A window opens at the first of them and closes an interval later.
    """

    def __init__(self, buckets: Mapping[str, list[tuple[int, int]]]) -> None:
        self.buckets = buckets
        self.windows: dict[tuple[str, int, str], tuple[int, int]] = {}

    def admits(self, values: Mapping[str, str], now: int) -> bool:
        keys = [
            (name, most, interval, values[name])
            for name, buckets in self.buckets.items()
            for most, interval in buckets
            if name in values
        ]
        after = {}
        for name, most, interval, value in keys:
            opened, count = self.windows.get((name, interval, value), (now, 0))
            if now >= opened + interval:
                opened, count = now, 0
            if count >= most:
                return False
            after[name, interval, value] = (opened, count + 1)
        self.windows |= after
        return True


names = st.sampled_from(["ip", "user"])
buckets = st.dictionaries(
    names,
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 90)),
        max_size=3,
        unique_by=lambda bucket: bucket[1],
    ),
)
starts = st.lists(
    st.tuples(st.integers(0, 60), st.dictionaries(names, st.sampled_from("ab"))),
    max_size=25,
)


@given(buckets, starts)
def test_rate_limits_agree_with_the_model(
    buckets: dict[str, list[tuple[int, int]]],
    starts: list[tuple[int, dict[str, str]]],
) -> None:
    """Whatever limits there are and whatever comes when, both let the same through."""
    line, model, now = Line(FakeTwilio(seed=1)), Model(buckets), 0
    for name, rows in buckets.items():
        limited(line, name, *rows)
    for number, (pause, values) in enumerate(starts):
        line.twilio.clock.advance(timedelta(seconds=pause))
        now += pause
        expected = 201 if model.admits(values, now) else 429

        assert start(line, number, **values) == expected
