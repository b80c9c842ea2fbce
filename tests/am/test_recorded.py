"""
What a tenant answered in 2022 agrees with the endpoint in form, member by member.

Recorded by rockcarver/frodo-lib (MIT), AuthenticateApi, "Two step login journey",
2022-12-23; tokens and names are replaced here, members and types are not.
"""
# ruff: noqa: ANN401 - JSON

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.am import PASSWORD, AmClient, answered, app as endpoint, running
from tests.support.journeys import journey, node

STEP = {
    "authId": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9",
    "callbacks": [
        {
            "type": "NameCallback",
            "output": [{"name": "prompt", "value": "User Name"}],
            "input": [{"name": "IDToken1", "value": ""}],
            "_id": 0,
        },
        {
            "type": "PasswordCallback",
            "output": [{"name": "prompt", "value": "Password"}],
            "input": [{"name": "IDToken2", "value": ""}],
            "_id": 1,
        },
    ],
}
CLAIMS = {
    "authIndexValue": "Login",
    "otk": "5abupss0oufbei0m4qdhlb3i0a",
    "authIndexType": "service",
    "realm": "/alpha",
    "sessionId": "el9qzkrDKcIO",
    "exp": 1671838964,
    "iat": 1671838064,
}
SUCCESS = {
    "tokenId": "ptBVkkHnSFpZF19QxFNinyHNBa0.*AAJTSQACMDIAAlNLABx0",
    "successUrl": "https://tenant.example.org/enduser/?realm=alpha",
    "realm": "/alpha",
}
HEADERS = {
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "cache-control": "private",
    "content-api-version": "resource=2.1",
    "expires": "0",
    "pragma": "no-cache",
    "content-type": "application/json",
}
LOGIN = journey(
    {
        "page": node(
            "PageNode",
            {"outcome": "check"},
            children={
                "user": node("UsernameCollectorNode"),
                "pass": node("PasswordCollectorNode"),
            },
        ),
        "check": node("DataStoreDecisionNode", {"true": "SUCCESS", "false": "FAILURE"}),
    }
)


def form(value: Any) -> Any:
    """Members in order, and the types of their values."""
    if isinstance(value, dict):
        return [(name, form(member)) for name, member in value.items()]
    return [*map(form, value)] if isinstance(value, list) else type(value).__name__


@pytest.fixture(scope="module")
def recorded() -> Any:
    with running(endpoint(found={"Login": LOGIN})) as url:
        am = AmClient(url)
        query = "authIndexType=service&authIndexValue=Login"
        version = "resource=2.0, protocol=1.0"
        first = am.authenticate({}, query, accept_api_version=version)
        body = answered(first.json(), "ada", PASSWORD)
        yield first, am.authenticate(body, query, accept_api_version=version)


def test_the_step_has_the_recorded_members(recorded: Any) -> None:
    first, _ = recorded

    assert first.status_code == 200
    assert form(first.json()) == form(STEP)
    assert first.json()["callbacks"] == STEP["callbacks"]


def test_the_auth_id_has_the_recorded_claims(recorded: Any) -> None:
    first, _ = recorded
    head, claims = (
        json.loads(base64.urlsafe_b64decode(f"{part}=="))
        for part in first.json()["authId"].split(".")[:2]
    )

    assert head == {"typ": "JWT", "alg": "HS256"}
    assert sorted(form(claims)) == sorted(form(CLAIMS))
    assert claims["exp"] - claims["iat"] == CLAIMS["exp"] - CLAIMS["iat"] == 900


def test_the_success_has_the_recorded_members(recorded: Any) -> None:
    _, last = recorded

    assert last.status_code == 200
    assert form(last.json()) == form(SUCCESS)


def test_answers_have_the_recorded_headers(recorded: Any) -> None:
    for answer in recorded:
        found = {name: answer.headers.get(name) for name in HEADERS}
        assert found == HEADERS
