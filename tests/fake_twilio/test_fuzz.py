"""Whatever comes to whatever operation: a well-formed answer, and never a crash."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.fake_twilio.conftest import CREDENTIALS, PHONE, SERVICE, Line
from verify_fakes import FakeTwilio
from verify_fakes.twilio.http._routing import Route
from verify_fakes.twilio.http._wire import ROUTES

IDENTITY = "ann-from-accounting"


def furnished() -> tuple[Line, dict[str, str]]:
    """A fake with one of everything, and what stands for each variable of a path."""
    line = Line(FakeTwilio(seed=4))
    service = f"/v2/Services/{SERVICE}"
    entity = f"{service}/Entities/{IDENTITY}"
    _, limit = line.call("POST", f"{service}/RateLimits", UniqueName="ip")
    limits = f"{service}/RateLimits/{limit['sid']}"
    line.call("POST", f"{limits}/Buckets", Max="2", Interval="60")
    _, factor = line.call(
        "POST", f"{entity}/Factors", FriendlyName="x", FactorType="totp"
    )
    form = {"Country": "GB", "MessagingServiceSid": "MG" + "0" * 32}
    line.call("POST", f"{service}/MessagingConfigurations", form)
    line.call("POST", "/v2/SafeList/Numbers", PhoneNumber=PHONE)
    line.twilio.store.templates.add("Mine", "{{who}} {{code}}", sid="HJ" + "0" * 32)
    _, started = line.start()
    return line, {
        "ServiceSid": SERVICE,
        "Sid": started["sid"],
        "RateLimitSid": limit["sid"],
        "Identity": IDENTITY,
        "Country": "GB",
        "PhoneNumber": PHONE,
        "FactorSid": factor["sid"],
    }


@cache
def likely_values() -> st.SearchStrategy[str]:
    """Values that a parameter might have, and others."""
    return st.one_of(
        st.sampled_from(
            [
                *("", "0", "1", "-1", "6", "50", "999999999", "1e9", "true", "NaN"),
                *("{}", "[]", "null", '{"ip": "a"}', '{"a": {"b": []}}', "[" * 99),
                *(PHONE, "sms", "email", "call", "totp", "push", "*", "approved"),
                *("canceled", "all", "GB", "HJ" + "0" * 32, "MG" + "0" * 32, "PA1"),
                '[{"sid": "HJ' + "0" * 32 + '", "substitutions": {"who": "{{code}}"}}]',
                *("2026-01-15T12:01:00Z", "9999-12-31T23:59:59-23:00", "0001-01-01"),
                *("https://example.org/", "http://[", "GEZDGNBVGY3TQOJQ", "\x00", "é"),
            ]
        ),
        st.text(max_size=12),
        st.integers().map(str),
    )


@st.composite
def requests_(draw: st.DrawFn) -> tuple[Route, dict[str, str], dict[str, str]]:
    """A route, what stands for its variables, and parameters of its table or not."""
    route = draw(st.sampled_from(ROUTES))
    names = st.sampled_from([*route.table, "Unknown"])
    form = draw(st.dictionaries(names, likely_values(), max_size=6))
    variables = draw(
        st.dictionaries(
            st.sampled_from(
                ["Sid", "Identity", "ServiceSid", "Country", "PhoneNumber"]
            ),
            st.text(min_size=1, max_size=6),
            max_size=1,
        )
    )
    return route, variables, form


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(requests_(), st.booleans())
def test_no_request_makes_it_fail(
    request: tuple[Route, dict[str, str], dict[str, str]],
    twice: bool,  # noqa: FBT001  drawn
) -> None:
    route, variables, form = request
    line, known = furnished()
    path = filled(route.path, {**known, **variables})
    query = urlencode(form, errors="replace")
    url = f"https://{route.product}.twilio.com{path}"
    if route.method == "GET":
        url, query = f"{url}?{query}", ""

    for _ in range(1 + twice):
        status, headers, answered = line.twilio.handle(
            route.method, url, CREDENTIALS, query
        )

        assert 200 <= status < 500 or status == 501
        assert headers["Twilio-Request-Id"].startswith("RQ")
        body: dict[str, Any] = json.loads(answered) if answered else {}
        assert status < 400 or set(body) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    "value", ["[" * 100_000, '{"a":' * 100_000, '{"a": "\\ud800"}']
)
@pytest.mark.parametrize("name", ["RateLimits", "Tags", "Templates"])
def test_json_that_breaks_readers_is_a_malformed_parameter(
    line: Line, name: str, value: str
) -> None:
    status, body = line.start(**{name: value})

    assert (status, body["code"]) == (400, 60251 if name == "Templates" else 60200)


def filled(path: str, variables: dict[str, str]) -> str:
    """A template's path with these values, and `x` where one is missing."""
    parts = [
        quote(variables.get(part[1:-1], "x"), safe="+") if part[:1] == "{" else part
        for part in path.split("/")
    ]
    return "/".join(parts)
