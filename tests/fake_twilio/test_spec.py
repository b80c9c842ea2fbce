"""Answers held against the vendor's API description, and each deviation explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.twilio import described
from verify_fakes.twilio import Switches
from verify_fakes.twilio.http._wire import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_twilio.conftest import Line

DOCUMENTS = Path(__file__).parents[3] / "shared" / "openapi"

pytestmark = [
    pytest.mark.spec,
    pytest.mark.skipif(
        not DOCUMENTS.is_dir(),
        reason="Twilio's API description is not in ../shared/openapi",
    ),
]

schemas = pytest.importorskip(
    "openapi_schema_validator", reason="openapi-core is not installed"
)

PHONE = "+15555550100"
SERVICE = "VA" + "0" * 32
_VERIFICATION = "/v2/Services/{ServiceSid}/Verifications"

#: Properties of the document that live captures do not have, and why.
ABSENT = {
    "sna": "absent where silent network authentication was not used (2023, 2025)",
    "sna_attempts_error_codes": "likewise (captures of checks, 2025)",
}
#: Parameters that the document lacks and both official SDKs send (PyPI twilio 9.13.0).
UNDOCUMENTED = {"Templates"}
#: Where the document's own examples break its schema: they answer null for every Lookup
#: package that was not asked for, and for what is not known of an invalid number.
NULL_IN_EXAMPLES = ("fetch", "fetchInvalid")


def document(product: str) -> dict[str, Any]:
    name = f"twilio_{product}_v2.json"
    return dict(json.loads((DOCUMENTS / name).read_text(encoding="utf-8")))


def held_against(
    product: str, path: str, method: str, answer: tuple[int, dict[str, Any]]
) -> None:
    """The answer fits the schema, and leaves out no more than is explained."""
    status, body = answer
    described = document(product)
    operation = described["paths"][path][method]
    content = operation["responses"][str(status)]["content"]["application/json"]
    schema = content["schema"]
    name = schema["$ref"].rpartition("/")[2]
    properties = described["components"]["schemas"][name]["properties"]
    validator = schemas.OAS30Validator(
        {**schema, "components": described["components"]}
    )
    examples = content["examples"]
    null = {
        key
        for name in NULL_IN_EXAMPLES
        for key, value in examples.get(name, {}).get("value", {}).items()
        if value is None
    }
    shown = {k: v for k, v in body.items() if v is not None or k not in null}
    line_type = shown.get("line_type_intelligence")
    if line_type:
        # The examples answer null for error_code; a landline has no mobile network.
        known = {k: v for k, v in line_type.items() if v is not None}
        shown["line_type_intelligence"] = known
    errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(shown)]

    assert not errors
    assert set(body) <= set(properties)
    assert set(properties) - set(body) <= set(ABSENT)


def test_verifications_fit_the_document(line: Line) -> None:
    held_against("verify", _VERIFICATION, "post", line.start())
    held_against("verify", _VERIFICATION, "post", line.start(Channel="call"))
    held_against("verify", f"{_VERIFICATION}/{{Sid}}", "get", line.fetch(PHONE))
    canceled = line.update(PHONE, "canceled")
    held_against("verify", f"{_VERIFICATION}/{{Sid}}", "post", canceled)


def test_a_verification_with_lookup_and_payment_fits(
    line_with: Callable[..., Line],
) -> None:
    line = line_with(switches=Switches(lookup_enabled=True, psd2_enabled=True))

    answer = line.start(Amount="39.99", Payee="Acme")

    held_against("verify", _VERIFICATION, "post", answer)


def test_checks_fit_the_document(line: Line) -> None:
    path = "/v2/Services/{ServiceSid}/VerificationCheck"
    line.start()
    for code in (line.wrong(), line.code()):
        _, body = line.check(code, To=PHONE)
        # Answered with 200, as captures have it; the document's schema is under 201.
        held_against("verify", path, "post", (201, body))


def test_services_fit_the_document(line: Line) -> None:
    made = line.call("POST", "/v2/Services", FriendlyName="Shop")
    held_against("verify", "/v2/Services", "post", made)
    path = f"/v2/Services/{made[1]['sid']}"
    held_against("verify", "/v2/Services/{Sid}", "get", line.call("GET", path))
    changed = line.call("POST", path, CodeLength="8")
    held_against("verify", "/v2/Services/{Sid}", "post", changed)


@pytest.mark.parametrize("number", [PHONE, "+442079460958", "+4420"])
def test_lookups_fit_the_document(line: Line, number: str) -> None:
    path = f"/v2/PhoneNumbers/{number}?Fields=line_type_intelligence"

    answer = line.call("GET", path)

    held_against("lookups", "/v2/PhoneNumbers/{PhoneNumber}", "get", answer)


@pytest.mark.parametrize("number", [PHONE, "+442079460958"])
def test_lookups_of_version_1_fit_their_document(line: Line, number: str) -> None:
    query = "Type=carrier&Type=caller-name"
    status, body = line.call("GET", f"/v1/PhoneNumbers/{number}?{query}")
    _, _, operation, whole = described.operations()["FetchPhoneNumberV1"]
    content = operation["responses"][str(status)]["content"]["application/json"]
    schema = {**content["schema"], "components": whole["components"]}
    resource = whole["components"]["schemas"]["lookups.v1.phone_number"]
    kinds = whole["components"]["schemas"]["phone_number_enum_type"]["enum"]

    assert not list(schemas.OAS30Validator(schema).iter_errors(body))
    assert set(body) == set(resource["properties"])
    assert body["carrier"]["type"] in kinds


@pytest.mark.parametrize(
    "path",
    [
        _VERIFICATION,
        f"{_VERIFICATION}/{{Sid}}",
        "/v2/Services/{ServiceSid}/VerificationCheck",
        "/v2/Services",
    ],
)
def test_parameters_are_those_of_the_document(path: str) -> None:
    """Every parameter that the fake reads exists, and the required ones agree."""
    body = document("verify")["paths"][path]["post"]["requestBody"]
    schema = body["content"]["application/x-www-form-urlencoded"]["schema"]
    rows = next(r.table for r in ROUTES if (r.method, r.path) == ("POST", path))

    assert set(rows) - UNDOCUMENTED <= set(schema["properties"])
    required = {name for name, row in rows.items() if row.required}
    assert required - {"Code"} == set(schema.get("required", []))


def test_what_the_document_bounds_the_fake_refuses() -> None:
    """A value outside of a pattern, an enumeration, a number, a date, a truth value."""
    loose = []
    for route in ROUTES:
        if route.action is None:
            continue
        _, _, operation, whole = described.operations()[route.operation]
        schemas_of = described.parameters(operation)
        for name, row in route.table.items():
            schema = schemas_of.get(name, {})
            if "$ref" in schema:
                named = schema["$ref"].rpartition("/")[2]
                schema = whole["components"]["schemas"][named]
            dated = schema.get("format") in {"date-time", "iso-country-code"}
            typed = schema.get("type") in {"integer", "boolean"}
            if not ({"pattern", "enum"} & set(schema) or dated or typed):
                continue
            try:
                row.reads("?!")
            except ValueError:
                continue
            loose.append(f"{route.operation}.{name}")

    # Answered with 20404: what is no sid is no verification's.
    assert loose == ["CreateVerificationCheck.VerificationSid"]
