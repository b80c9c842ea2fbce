"""Our requests, and what we read, held against Vonage's document of 2023-02-08."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from verify_core.accepting import Accepted
from verify_core.errors import VerifyError
from verify_core.identifiers import EmailAddress, Identifier
from verify_core.masking import Secret
from verify_core.verification import CheckResult, StartHints, StartRequest
from verify_providers.http import HttpAnswer, HttpRequest
from verify_providers.vonage import (
    SmsStep,
    VonageExtras,
    WhatsAppStep,
    _wire as wire,
)
from verify_providers.vonage._asking import Defaults, ask_for
from verify_providers.vonage._errors import VonageAction, error_of, read_problem
from verify_providers.vonage._locales import LOCALES

from tests.vonage.tiny import NUMBER  # isort: skip

DOCUMENT = Path(__file__).parents[3] / "shared" / "openapi" / "vonage_verify_v2.yml"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID = "c11236f4-00bf-4b89-84ba-88b25df97315"

pytestmark = [
    pytest.mark.spec,
    pytest.mark.skipif(not DOCUMENT.exists(), reason="the vendor's document is absent"),
]


@cache
def document() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


def problems(schema: dict[str, Any], value: object) -> Iterator[str]:
    validators = pytest.importorskip("openapi_schema_validator")
    whole = {**schema, "components": document()["components"]}
    for error in validators.OAS30Validator(whole).iter_errors(value):
        yield error.message


def started(
    identifier: Identifier = NUMBER,
    extras: VonageExtras | None = None,
    **more: Any,  # noqa: ANN401 - fields
) -> HttpRequest:
    asked = ask_for(
        StartRequest(identifier=identifier, **more),
        Accepted(previous=None, extras=extras, ignored=()),
        Defaults(brand="Acme", whatsapp_from="447700900000"),
        attempt_id="mine",
    )
    return wire.start_request(asked.to_json())


# The document of 2023 lists so many; today's page has more.
OF_2023 = (
    *("en-us", "en-gb", "es-es", "es-mx", "es-us", "it-it", "fr-fr", "de-de"),
    *("ru-ru", "hi-in", "pt-br", "pt-pt", "id-id"),
)
REQUESTS = [
    ("newRequest", started()),
    ("newRequest", started(channel="call")),
    ("newRequest", started(channel="whatsapp")),
    ("newRequest", started(EmailAddress("pat@example.org"), channel="email")),
    ("newRequest", started(fallback_channels=("sms",))),
    *(("newRequest", started(locale=tag)) for tag in OF_2023),
    (
        "newRequest",
        started(
            hints=StartHints(time_to_live=timedelta(seconds=300), code_length=10),
            custom_code=None,
        ),
    ),
    ("newRequest", started(custom_code="a1B2c3")),
    (
        "newRequest",
        started(extras=VonageExtras(workflow=(SmsStep(app_hash="FA+9qCX9VSu"),))),
    ),
    (
        "newRequest",
        started(
            channel="whatsapp",
            extras=VonageExtras(workflow=(WhatsAppStep(sender="447700900001"),)),
        ),
    ),
    ("checkCode", wire.check_request(ID, Secret("1234"))),
]


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def resolved(item: dict[str, Any]) -> dict[str, Any]:
    found: Any = item
    while "$ref" in found:
        names = found["$ref"].removeprefix("#/").split("/")
        found = document()
        for name in names:
            found = found[name]
    return dict(found)


def test_languages_of_the_document_are_all_spoken() -> None:
    listed = document()["components"]["schemas"]["Language"]["enum"]

    assert set(OF_2023) == set(listed) <= set(LOCALES)


@pytest.mark.parametrize(("name", "request_made"), REQUESTS)
def test_request_is_the_documents(name: str, request_made: HttpRequest) -> None:
    method, path, operation = operations()[name]
    # The document's paths hang on a base that ends without a slash; nobody sends one.
    wanted = f"/v2/verify{path.replace('{request_id}', ID)}".removesuffix("/")
    body = resolved(operation["requestBody"])["content"][request_made.content_type]

    assert (request_made.method, request_made.path) == (method, wanted)
    sent = json.loads(request_made.body or b"")
    assert list(problems(body["schema"], sent)) == []


def test_validator_knows_a_wrong_request() -> None:
    """A test that cannot fail proves nothing."""
    _, _, operation = operations()["newRequest"]
    schema = resolved(operation["requestBody"])["content"]["application/json"]["schema"]
    sent = json.loads(started().body or b"")

    for wrong in (
        {k: v for k, v in sent.items() if k != "brand"},
        {**sent, "workflow": [{"channel": "pigeon", "to": "1"}]},
        {**sent, "locale": "tlh"},
        {**sent, "code_length": 3},
    ):
        assert list(problems(schema, wrong))


def documented(name: str) -> list[tuple[int, dict[str, Any]]]:
    """Every status with a body in the document, with the example of its schema."""
    _, _, operation = operations()[name]
    found = []
    for status, answer in operation["responses"].items():
        media = resolved(answer).get("content", {}).get("application/json")
        if media is not None:
            found.append((int(status), example(media["schema"])))
    return found


def example(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the schema is of
    schema = resolved(schema)
    if "example" in schema:
        return schema["example"]
    return {
        name: example(inner) for name, inner in schema.get("properties", {}).items()
    }


@pytest.mark.parametrize("name", ["newRequest", "checkCode"])
def test_every_documented_answer_is_understood(name: str) -> None:
    """None is unexpected, and each error has the document's word for it."""
    from verify_core.errors import Unexpected

    answers = documented(name)

    assert len(answers) == {"newRequest": 4, "checkCode": 5}[name]
    for status, body in answers:
        raw = HttpAnswer(status=status, body=json.dumps(body).encode())
        found: object
        if name == "newRequest":
            found = wire.read_started(raw) or error_of(raw, VonageAction.START, now=NOW)
        else:
            found = wire.read_check(raw, ID) or error_of(
                raw, VonageAction.CHECK, now=NOW
            )
        assert not isinstance(found, Unexpected), (status, body)
        if isinstance(found, VerifyError):
            assert found.vendor_code in str(body.get("type")), body
        else:
            assert isinstance(found, str | CheckResult)


def test_conflicts_example_names_the_running_request() -> None:
    conflict = dict(documented("newRequest"))[409]
    raw = HttpAnswer(status=409, body=json.dumps(conflict).encode())

    assert read_problem(raw).running == conflict["request_id"]
    assert error_of(raw, VonageAction.START, now=NOW).vendor_request_id


@pytest.mark.parametrize(
    "name", ["VerifyResource", "VerifyResourceWhatsappInteractive", "VerifySilentAuth"]
)
def test_every_documented_webhook_is_understood(name: str) -> None:
    from verify_core.verification import Status
    from verify_providers.vonage._webhooks import read_event

    schema = document()["components"]["schemas"][name]
    body = example(schema)
    for word in schema["properties"]["status"]["enum"]:
        event = read_event({**body, "request_id": ID, "status": word})
        assert event is not None
        assert event.status is not Status.UNKNOWN, word
