"""
What Twilio's documents allow is answered as they describe, or refused as Twilio does:
requests drawn from the documents, every answer over a socket and held against them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings

from tests.sdk.drawn import Furnished, forms, plain_form
from tests.support.each import require_each
from tests.support.twilio import described
from verify_fakes.served._process import FakeServerProcess
from verify_fakes.twilio.http._routing import Route
from verify_fakes.twilio.http._wire import ROUTES

pytest.importorskip("openapi_schema_validator", reason="openapi-core is not installed")

pytestmark = [
    pytest.mark.spec,
    pytest.mark.skipif(
        not described.DOCUMENTS.is_dir(),
        reason="Twilio's API description is not in ../shared/openapi",
    ),
]

SERVED = [route for route in ROUTES if route.action]
EXAMPLES = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def furnish(
    server: FakeServerProcess, session: requests.Session
) -> Callable[[], Furnished]:
    return lambda: Furnished(account=server.new_account(), session=session)


def test_what_makes_sense_is_done(furnish: Callable[[], Furnished]) -> None:
    def is_done(route: Route) -> None:
        furnished = furnish()
        seen = furnished.ask(route, plain_form(route, furnished.held))
        assert seen.status < 300, seen.answered
        assert described.answer_problems(seen) == []

    require_each(SERVED, is_done, name=lambda route: route.operation)


@pytest.mark.parametrize("route", SERVED, ids=lambda route: route.operation)
def test_whatever_is_allowed_has_a_documented_answer(
    furnish: Callable[[], Furnished], route: Route
) -> None:
    furnished = furnish()

    @EXAMPLES
    @given(forms(route, furnished.held))
    def holds(form: dict[str, Any]) -> None:
        seen = furnished.ask(route, form)

        if seen.status < 300:
            assert described.answer_problems(seen) == []
        else:
            # 501: a factor of a kind that is not served, as LIMITS.md says.
            assert 400 <= seen.status < 500 or seen.status == 501, seen.answered
            refusal = json.loads(seen.answered)
            assert set(refusal) == {"code", "message", "more_info", "status"}
            assert refusal["status"] == seen.status

    holds()
