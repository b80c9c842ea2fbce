"""Secrets that stand in an export in clear are found and hidden."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.journeys import LOGIN, export, journey, node
from verify_core.journeys import Journey
from verify_core.masking import Secret


@pytest.mark.parametrize(
    ("attributes", "key"),
    [
        ({"authToken": "hunter2&{esv.token}"}, "authToken"),
        ({"headers": {"Authorization": "Basic 0123"}}, "headers.Authorization"),
        ({"headers": {"proxy-authorization": "x"}}, "headers.proxy-authorization"),
        ({"credentials": "me:0123"}, "credentials"),
        ({"password": {"en": "in clear"}}, "password.en"),
        ({"password": {"pt-BR": {"$string": "in clear"}}}, "password.pt-BR.$string"),
        ({"apiKey": {"type": "STRING", "defaultValue": "x"}}, "apiKey.defaultValue"),
        ({"url": "https://me:hush1@sms.example/send"}, "url"),
        ({"more": [["Authorization", "Bearer 0123456789abcdef01"]]}, "more"),
        ({"text": {"de": "x AKIA0123456789ABCDEF"}}, "text.de"),
        ({"deep": {"script": "var apiKey = 'a1b2c3d4';"}}, "deep.script"),
    ],
)
def test_secrets_are_found_under_what_names_them(
    attributes: dict[str, Any], key: str
) -> None:
    found = journey({"a": node("MessageNode", {}, **attributes)})

    (message,) = (
        each.message for each in found.lint() if each.rule == "secret-in-clear"
    )
    assert message == f"'a' has a secret in clear: {key}."


@pytest.mark.parametrize(
    "attributes",
    [
        {"Authorization": "Bearer &{esv.token}"},
        {"credentials": "&{esv.user}:&{esv.password}"},
        {"password": {"title": "Password", "type": "string", "id": "it"}},
        {"requireAuthorization": "always"},
        {"url": "https://&{esv.user}:&{esv.password}@sms.example/"},
        {"url": "https://sms.example:8080/a:b@c"},
        {"text": "Bearer tokens are fine, Basic ones are not"},
        {"script": "var token = 'esv.twilio.token2'; var secret = get('esv1234567');"},
        {"script": "passwordField: 'password-1'; tokenType == 'bearer-token-2'"},
        {"messages": {"en": "Hello"}},
    ],
)
def test_what_only_stands_near_a_secret_is_left_as_it_is(
    attributes: dict[str, Any],
) -> None:
    found = journey({"a": node("MessageNode", {}, **attributes)}).nodes["a"]

    assert found.attributes == attributes


def test_secrets_of_node_types_are_found_by_their_property() -> None:
    properties = {"apiKey": {"title": "Key", "defaultValue": "in clear"}}
    written = {**export(LOGIN), "nodeTypes": {"x": {"properties": properties}}}

    (message,) = (
        each.message
        for each in Journey.read(written).lint()
        if each.rule == "secret-in-clear"
    )
    assert message.endswith("nodeTypes.x.properties.apiKey.defaultValue.")


def test_secrets_in_clear_are_hidden_and_placeholders_are_not() -> None:
    found = journey(
        {
            "send": node(
                "VerifyAuthSenderNode",
                accountSID="&{esv.twilio.sid}",
                authToken="0123456789abcdef",
                password="&{esv.password}",
                clientSecret={"$string": "&{esv.secret}"},
                apiKey={"$string": "in clear"},
                passwordAttribute="password",
                note=["-----BEGIN RSA PRIVATE KEY-----"],
            )
        }
    )
    attributes = found.nodes["send"].attributes

    assert attributes["authToken"] == Secret("0123456789abcdef")
    assert attributes["apiKey"] == {"$string": Secret("in clear")}
    assert attributes["note"] == (Secret("-----BEGIN RSA PRIVATE KEY-----"),)
    assert attributes["accountSID"] == "&{esv.twilio.sid}"
    assert attributes["password"] == "&{esv.password}"
    assert attributes["clientSecret"] == {"$string": "&{esv.secret}"}
    assert attributes["passwordAttribute"] == "password"
    assert "0123456789abcdef" not in f"{found!r} {attributes!r}"
