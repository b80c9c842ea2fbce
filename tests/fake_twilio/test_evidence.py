"""The evidence ledger is current, and each of its columns is shown here again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from tests.support.each import require_each
from tests.support.twilio import described, evidence
from tests.support.twilio.ledger import ledger
from tests.support.twilio.origins import ORIGINS
from tests.support.twilio.refusals import REFUSALS, Refusal
from verify_fakes.twilio.http._exchange import read_request
from verify_fakes.twilio.http._wire import ROUTES, route_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line
    from tests.support.twilio.tour import Exchange

HERE = Path(__file__).parent
WRITTEN: dict[str, Any] = json.loads(evidence.EVIDENCE.read_text(encoding="utf-8"))
SERVED = {route.operation for route in ROUTES if route.action}

needs_documents = pytest.mark.skipif(
    not described.DOCUMENTS.is_dir(),
    reason="Twilio's API description is not in ../shared/openapi",
)


@pytest.fixture(scope="module")
def log() -> list[Exchange]:
    pytest.importorskip("twilio.rest", reason="the official SDK is not installed")
    from tests.support.twilio.tour import walk_sync

    return walk_sync()


def test_the_page_is_what_the_evidence_says() -> None:
    assert evidence.LEDGER.read_text(encoding="utf-8") == ledger(WRITTEN)


@pytest.mark.sdk
def test_the_official_sdk_drives_every_served_operation(log: list[Exchange]) -> None:
    assert set(evidence.succeeded(log)) == SERVED
    assert evidence.succeeded(log) == WRITTEN["python_sync"]
    assert evidence.fields(log) == WRITTEN["fields"]


@pytest.mark.sdk
def test_so_does_the_async_one() -> None:
    pytest.importorskip("twilio.rest", reason="the official SDK is not installed")
    from tests.support.twilio.tour import walk_async

    assert evidence.succeeded(asyncio.run(walk_async())) == WRITTEN["python_async"]
    assert set(WRITTEN["python_async"]) == SERVED


@pytest.mark.sdk
@pytest.mark.spec
@needs_documents
def test_its_requests_and_the_answers_fit_the_document(log: list[Exchange]) -> None:
    for each in log:
        assert not described.request_problems(each), each
        assert not described.answer_problems(each), each
    judged = [described.request_problems, described.answer_problems]
    requests, answers = (evidence.without_problems(log, judge) for judge in judged)
    assert (requests, answers) == (WRITTEN["request"], WRITTEN["answer"])


@pytest.mark.sdk
@pytest.mark.spec
@needs_documents
def test_the_judge_finds_fault_with_a_wrong_answer(log: list[Exchange]) -> None:
    """Of every kind: a wrong value, a missing name, a name too many, a status."""
    one = next(each for each in log if each.operation == "FetchRateLimit")
    body = json.loads(one.answered)
    wrong = [{**body, "sid": "RK1"}, {**body, "more": 1}]
    wrong.append({name: value for name, value in body.items() if name != "url"})

    for each in wrong:
        changed = evolve(one, answered=json.dumps(each).encode())
        assert described.answer_problems(changed)
    assert described.answer_problems(evolve(one, status=201))
    assert described.request_problems(evolve(one, url=f"{one.url}?Shoe=1"))


@pytest.mark.spec
@needs_documents
def test_every_operation_of_the_documents_has_its_row() -> None:
    """Served or not: 57 of Verify and those of Lookup, with their method and path."""
    documented = {
        name: (method, path)
        for name, (method, path, _, _) in described.operations().items()
    }

    assert {r.operation: (r.method, r.path) for r in ROUTES} == documented
    assert sum(route.product == "verify" for route in ROUTES) == 57


@pytest.mark.spec
@needs_documents
def test_every_table_is_of_the_documents_parameters() -> None:
    """Every parameter that the fake reads exists, and what is required is required."""
    for route in ROUTES:
        if route.action is None:
            continue
        _, _, operation, _ = described.operations()[route.operation]
        known = set(described.parameters(operation)) | described.UNDOCUMENTED
        assert set(route.table) <= known, route.operation
        needed = {name for name, row in route.table.items() if row.required}
        # A check without a code is for silent network authentication alone.
        assert needed - {"Code", "Status"} <= described.required(operation)


def test_every_refusal_is_twilios(line_with: Callable[..., Line]) -> None:
    def is_twilios(case: Refusal) -> None:
        operation, method, path, form, status, code = case
        host = "lookups" if "Phone" in operation else "verify"
        url = f"https://{host}.twilio.com{path}"
        route = route_of(read_request(method, url, {}, None, request_id="RQ"))
        answered, body = line_with().call(method, path, form)
        assert route is not None
        assert route.operation == operation
        assert (answered, body["code"], body["status"]) == (status, code, status)

    require_each(REFUSALS, is_twilios)


def test_every_served_operation_has_a_refusal() -> None:
    assert {case[0] for case in REFUSALS} == SERVED == set(WRITTEN["refuses"])


def test_every_model_test_exists() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))

    assert WRITTEN["model"] == dict(sorted(evidence.MODELS.items()))
    for name in WRITTEN["model"].values():
        assert f"def {name}(" in tests


def test_every_origin_is_of_a_field_that_exists_or_is_absent_on_purpose() -> None:
    for operation, origins in ORIGINS.items():
        known = set(WRITTEN["fields"][operation]) | described.ABSENT
        assert set(origins) <= known, operation
