"""Nodes that ask for names, passwords, attributes, choices."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.journeys import journey, node
from tests.support.walks import (
    PASS,
    USER,
    people,
    took,
    ways,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import AttributeInputCallback, ChoiceCallback, Journey
from verify_core.nodes import (
    ConfirmationCallback,
    TextOutputCallback,
)


def test_a_username_and_a_password_are_collected() -> None:
    walk = journey(
        {"user": USER, "pass": node("PasswordCollectorNode", ways("outcome"))}
    ).begin()

    walk.answer("ada").answer("secret")

    assert walk.state.shared["username"] == "ada"
    assert walk.state.transient["password"] == "secret"


def test_a_password_is_lost_at_a_question_that_no_later_node_needs_it_for() -> None:
    choice = node("ChoiceCollectorNode", ways("a", "b"), choices=["a", "b"])
    walk = journey({"pass": PASS, "one": choice}).begin().answer("secret")

    assert walk.state.get("password") is None


def test_a_password_outlasts_a_question_where_a_later_node_declares_it() -> None:
    walk = journey(
        {
            "user": USER,
            "pass": PASS,
            "one": node("MessageNode", {"true": "check", "false": "FAILURE"}),
            "check": node("DataStoreDecisionNode", ways("true", false="FAILURE")),
        }
    ).begin(directory=people())

    walk.answer("ada").answer("correct")

    assert walk.state.secure["password"] == "correct"
    assert walk.answer(confirm=True).outcome == "Success"


def test_a_password_outlasts_two_questions() -> None:
    walk = journey(
        {
            "user": USER,
            "pass": PASS,
            "one": node("MessageNode", {"true": "two", "false": "FAILURE"}),
            "two": node("MessageNode", {"true": "code", "false": "FAILURE"}),
            "code": node("OneTimePasswordGeneratorNode", {"outcome": "three"}),
            "three": node("MessageNode", {"true": "check", "false": "FAILURE"}),
            "check": node("DataStoreDecisionNode", ways("true", false="otp")),
            "otp": node("OneTimePasswordCollectorDecisionNode", ways("true")),
        }
    ).begin(directory=people())

    walk.answer("ada").answer("correct")

    for _ in range(3):
        walk.answer(confirm=True)
    assert walk.outcome == "Success"


def test_platform_nodes_write_attributes_and_classic_keys() -> None:
    page = node(
        "PageNode",
        ways("outcome"),
        children={
            "user": node("ValidatedUsernameNode", usernameAttribute="mail"),
            "pass": node("ValidatedPasswordNode"),
        },
    )
    walk = journey({"page": page}).begin().answer(mail="a@b.example", password="pw")
    state = walk.state

    assert state.shared["objectAttributes"] == {"mail": "a@b.example"}
    assert state.shared["username"] == "a@b.example"
    assert state.transient["objectAttributes"] == {"password": "pw"}
    assert state.transient["password"] == "pw"


def test_a_platform_username_may_be_empty() -> None:
    walk = journey({"user": node("ValidatedUsernameNode", ways("outcome"))}).begin()

    assert walk.answer("").outcome == "Success"
    assert "username" not in walk.state.shared


def collecting(**attributes: Any) -> Journey:
    return journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "page"}),
            "page": node(
                "PageNode",
                {"outcome": "patch"},
                children={"ask": node("AttributeCollectorNode", **attributes)},
            ),
            "patch": node("PatchObjectNode", ways("PATCHED", FAILURE="FAILURE")),
        }
    )


def test_attributes_are_collected_and_patched() -> None:
    walked = collecting(
        attributesToCollect=["givenName", "preferences/marketing"], required=True
    )
    walk = walked.begin(directory=people()).answer("ada")
    first, second = walk.callbacks
    assert isinstance(first, AttributeInputCallback)
    assert isinstance(second, AttributeInputCallback)
    assert (first.prompt, first.value) == ("First Name", "Ada")
    assert (second.kind, second.value) == ("Boolean", False)

    assert walk.answer(given_name="").outcome is None
    walk.answer(given_name="Augusta", **{"preferences/marketing": True})

    assert walk.outcome == "Success"
    assert walk.state.shared["objectAttributes"] == {
        "givenName": "Augusta",
        "preferences": {"marketing": True},
    }


def test_a_value_of_another_kind_is_refused() -> None:
    walk = collecting(attributesToCollect=["givenName"]).begin(directory=people())

    with pytest.raises(InvalidSetting, match="given_name: takes a string"):
        walk.answer("ada").answer(given_name=3)


@pytest.mark.parametrize(("answer", "outcome"), [("b c", "b c"), (0, "a")])
def test_a_choice_is_its_own_outcome(answer: object, outcome: str) -> None:
    walk = journey(
        {
            "one": node(
                "ChoiceCollectorNode",
                ways("a", "b c"),
                choices=["a", "b c"],
                defaultChoice="b c",
                prompt="Which way?",
            )
        }
    ).begin()
    asked = walk.callbacks[0]
    assert isinstance(asked, ChoiceCallback)
    assert asked.selected_index == 1

    assert took(walk.answer(which_way=answer)) == outcome


def test_a_choice_of_one_is_never_asked() -> None:
    walk = journey({"one": node("ChoiceCollectorNode", ways("a"), choices=["a"])})

    assert took(walk.begin()) == "a"


@pytest.mark.parametrize(
    ("answer", "outcome", "kept"),
    [({"confirm": True}, "true", 0), ({"no": True}, "false", 1), ({}, "true", 0)],
)
def test_a_message_is_confirmed(
    answer: dict[str, Any], outcome: str, kept: int
) -> None:
    walk = journey(
        {
            "one": node(
                "MessageNode",
                ways("true", "false"),
                message={"en": "Go on?", "fr": "On y va ?"},
                stateField="answer",
            )
        }
    ).begin(locales=["fr-CA"])
    text, buttons = walk.callbacks
    assert isinstance(text, TextOutputCallback)
    assert isinstance(buttons, ConfirmationCallback)
    assert text.message == "On y va ?"
    assert (buttons.options, buttons.default_option) == (("Yes", "No"), 1)
    assert walk.state.shared["answer"] is None

    assert took(walk.answer(**answer)) == outcome
    assert walk.state.shared["answer"] == kept


@pytest.mark.parametrize(
    ("headers", "attributes", "outcome"),
    [
        ({}, {}, "false"),
        ({"x-openam-username": "ada"}, {}, "true"),
        ({"X-OpenAM-Password": "pw"}, {}, "true"),
        ({"X-OpenAM-Username": "ada"}, {"allowWithoutReferer": False}, "false"),
        (
            {"X-OpenAM-Username": "ada", "Referer": "https://b.example"},
            {"allowWithoutReferer": False, "referrerWhiteList": ["https://a.example"]},
            "false",
        ),
        (
            {"X-OpenAM-Username": "ada", "Referer": "https://a.example"},
            {"allowWithoutReferer": False, "referrerWhiteList": ["https://a.example"]},
            "true",
        ),
    ],
)
def test_credentials_come_from_headers(
    headers: Mapping[str, str], attributes: dict[str, Any], outcome: str
) -> None:
    one = node("ZeroPageLoginNode", ways("true", "false"), **attributes)

    assert took(journey({"one": one}).begin(headers=headers)) == outcome


def test_a_header_given_twice_ends_the_journey() -> None:
    one = node("ZeroPageLoginNode", ways("true", "false"))
    walk = journey({"one": one}).begin(headers={"X-OpenAM-Username": ("a", "b")})

    assert (walk.outcome, walk.error) == (
        "Failure",
        "one (ZeroPageLoginNode): a header is given twice",
    )


def test_a_header_may_be_an_encoded_word() -> None:
    one = node("ZeroPageLoginNode", ways("true", "false"))
    headers = {"X-OpenAM-Username": "=?UTF-8?B?w4lsYQ==?="}

    assert journey({"one": one}).begin(headers=headers).state.get("username") == "Éla"
