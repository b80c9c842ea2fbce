"""
Every request and answer of the walks, as they were on the wire, against Twilio's
documents: by `openapi-core`, and by the stricter `support/twilio/described.py`, which
also counts what an answer leaves out or has too many of.

Deviations, all explained where they are listed: `described.ABSENT` (captures have no
such fields), `described.UNDOCUMENTED` (both SDKs send it), Lookup's nulls (its own
examples have them where its schema has none), and refusals, of which the documents
describe none; their form is that of Twilio's own page on errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import evolve

pytest.importorskip("openapi_core", reason="openapi-core is not installed")
pytest.importorskip("twilio.rest", reason="PyPI twilio is not installed")

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.support.twilio import described
from tests.support.twilio.node_walk import NodeWalk
from tests.support.twilio.tour import Exchange
from tests.support.twilio.walks import SERVED, walk_sync
from verify_fakes.served._process import FakeServerProcess

pytestmark = [
    pytest.mark.spec,
    pytest.mark.skipif(
        not described.DOCUMENTS.is_dir(),
        reason="Twilio's API description is not in ../shared/openapi",
    ),
]


@pytest.fixture(scope="module")
def python(server: FakeServerProcess) -> list[Exchange]:
    return walk_sync(server.new_account(seed=3))


@pytest.fixture
def node(node_walk: tuple[NodeWalk, set[str]]) -> list[Exchange]:
    return node_walk[0].exchanges


@cache
def document(product: str) -> OpenAPI:
    path = described.DOCUMENTS / f"twilio_{product}_v2.json"
    if product == "lookups_v1":
        path = described.LOOKUPS_V1
    # The document itself is Twilio's affair.
    return OpenAPI.from_file_path(str(path), config=Config(spec_validator_cls=None))


def problems(exchange: Exchange) -> Iterator[str]:
    """What openapi-core has against an exchange."""
    parts = urlsplit(exchange.url)
    product = "lookups" if "PhoneNumber" in exchange.operation else "verify"
    described_in = "lookups_v1" if exchange.operation.endswith("V1") else product
    request = MockRequest(
        f"https://{product}.twilio.com",
        exchange.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers={"Authorization": "Basic eA=="},  # or the answer would be 401
        data=_bytes(exchange.body),
        content_type="application/x-www-form-urlencoded" if exchange.body else "",
    )
    body = exchange.answered
    if product == "lookups":
        body = json.dumps(described.without_nulls(json.loads(body))).encode()
    answer = MockResponse(body, exchange.status, content_type="application/json")
    judge = document(described_in)
    yield from _said(lambda: judge.validate_request(request))
    yield from _said(lambda: judge.validate_response(request, answer))


def _bytes(body: bytes | str | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _said(judge: Callable[[], object]) -> Iterator[str]:
    try:
        judge()
    except OpenAPIError as error:
        yield f"{error!r}: {error.__cause__}"


def judged(log: list[Exchange]) -> dict[str, list[str]]:
    """The operations that a judge has something against, of those that succeeded."""
    found: dict[str, list[str]] = {}
    for each in log:
        if each.status < 300:
            said = [
                *problems(each),
                *described.request_problems(each),
                *described.answer_problems(each),
            ]
            if said:
                found[each.operation] = said
    return found


@pytest.mark.sdk
def test_pythons_walk_is_as_documented(python: list[Exchange]) -> None:
    assert {each.operation for each in python} == SERVED
    assert judged(python) == {}


@pytest.mark.node
def test_nodes_walk_is_as_documented(node: list[Exchange]) -> None:
    assert {each.operation for each in node if each.status < 300} == SERVED
    assert judged(node) == {}


@pytest.mark.node
def test_a_refusal_has_the_form_of_twilios_page_on_errors(
    node: list[Exchange],
) -> None:
    """Source: Twilio, "Twilio's response", "Exceptions", read 2026-11-22."""
    refusals = [each for each in node if each.status >= 400]

    assert refusals
    for each in refusals:
        body: dict[str, Any] = json.loads(each.answered)
        assert set(body) <= {"code", "message", "more_info", "status", "details"}
        assert {"code", "message", "more_info", "status"} <= set(body)
        assert body["status"] == each.status
        assert isinstance(body["code"], int)
        assert str(body["code"]) in body["more_info"] or body["code"] == 501


@pytest.mark.sdk
def test_openapi_core_finds_fault_with_a_wrong_answer(python: list[Exchange]) -> None:
    one = next(each for each in python if each.operation == "FetchRateLimit")
    body = json.loads(one.answered)

    def said(**changes: object) -> list[str]:
        return list(problems(evolve(one, **changes)))

    assert said() == []
    assert said(answered=json.dumps({**body, "sid": "RK1"}).encode())
    assert said(answered=json.dumps({**body, "date_created": "now"}).encode())
    assert said(status=201)
    assert said(method="PUT")
