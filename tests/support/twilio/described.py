"""Requests and answers held against the vendor's documents."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.twilio.tour import Exchange

DOCUMENTS = Path(__file__).parents[4] / "shared" / "openapi"
#: Of a version that few other things need.
LOOKUPS_V1 = Path(__file__).with_name("documents") / "twilio_lookups_v1.json"

#: Properties of the document that live captures do not have; why: test_spec.py.
ABSENT = {"sna", "sna_attempts_error_codes"}
#: Parameters that the document lacks and both official SDKs send.
UNDOCUMENTED = {"Templates"}


@cache
def operations() -> dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Method, path, operation and whole document by `operationId`."""
    found = {}
    names = ("twilio_verify_v2.json", "twilio_lookups_v2.json")
    for file in (*(DOCUMENTS / name for name in names), LOOKUPS_V1):
        document = json.loads(file.read_text(encoding="utf-8"))
        suffix = "V1" if file is LOOKUPS_V1 else ""  # both have a FetchPhoneNumber
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    key = operation["operationId"] + suffix
                    found[key] = (method.upper(), path, operation, document)
    return found


def request_problems(exchange: Exchange) -> list[str]:
    """What the document has against a request."""
    method, path, operation, document = operations()[exchange.operation]
    parts = urlsplit(exchange.url)
    problems = []
    if not re.fullmatch(re.sub(r"\{[A-Za-z]+\}", "[^/]+", path), parts.path):
        problems.append(f"{parts.path} is not {path}")
    if method != exchange.method:
        problems.append(f"{exchange.method} is not {method}")
    given = parse_qsl(parts.query if method == "GET" else str(exchange.body or ""))
    schemas = parameters(operation)
    problems += [
        f"unknown parameter {name}"
        for name, _ in given
        if name not in schemas and name not in UNDOCUMENTED
    ]
    for name, value in given:
        schema = {**schemas.get(name, {}), "components": document["components"]}
        problems += [f"{name}: {e}" for e in _errors(schema, _typed(schema, value))]
    missing = required(operation) - {name for name, _ in given}
    return problems + [f"missing parameter {name}" for name in sorted(missing)]


def answer_problems(exchange: Exchange) -> list[str]:
    """What the document has against an answer."""
    _, _, operation, document = operations()[exchange.operation]
    described = operation["responses"].get(str(exchange.status))
    if described is None:
        return [f"undocumented status {exchange.status}"]
    if "content" not in described:
        return ["a body where there is none"] if exchange.answered else []
    content = described["content"]["application/json"]
    body = json.loads(exchange.answered)
    told = without_nulls(body) if "PhoneNumber" in exchange.operation else body
    schema = {**content["schema"], "components": document["components"]}
    problems = _errors(schema, told)
    properties = _properties(content["schema"], document)
    problems += [f"undocumented {name}" for name in sorted(set(body) - properties)]
    absent = properties - set(body) - ABSENT
    return problems + [f"without {name}" for name in sorted(absent)]


def without_nulls(body: dict[str, Any]) -> dict[str, Any]:
    """Lookup's examples have null where its schema has none."""
    return {
        name: without_nulls(value) if isinstance(value, dict) else value
        for name, value in body.items()
        if value is not None
    }


def _errors(schema: dict[str, Any], value: object) -> list[str]:
    from openapi_schema_validator import OAS30Validator, oas30_format_checker

    validator = OAS30Validator(schema, format_checker=oas30_format_checker)
    return [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(value)]


def parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The schemas of query and form, by name."""
    query = {
        each["name"]: each["schema"]
        for each in operation.get("parameters", [])
        if each["in"] == "query"
    }
    return {**query, **_form(operation).get("properties", {})}


def required(operation: dict[str, Any]) -> set[str]:
    """The names that a form must have."""
    return set(_form(operation).get("required", []))


def _form(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {})
    return dict(form.get("schema", {}))


def _typed(schema: dict[str, Any], value: str) -> object:
    """A form's text as the type that the document gives it."""
    kind = schema.get("type")
    if kind == "integer":
        return int(value) if value.isdecimal() else value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if kind == "array":
        return [value]
    return value


def _properties(schema: dict[str, Any], document: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    return set(schema.get("properties", {}))
