"""Nodes that register people, and decide on their profiles; what a tenant is set to."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.journeys import journey, node
from tests.support.walks import (
    ADA,
    START,
    after_login,
    alone,
    people,
    took,
    ways,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import (
    AttributeInputCallback,
    Journey,
    ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback,
    Walk,
)
from verify_core.nodes import MemoryDirectory

SCHEMA = {
    "required": ["userName"],
    "properties": {
        "userName": {
            "title": "Login name",
            "type": "string",
            "policies": [
                {"policyId": "unique"},
                {
                    "policyId": "cannot-contain-characters",
                    "params": {"forbiddenChars": ["/"]},
                },
            ],
        },
        "password": {
            "title": "Secret",
            "type": "string",
            "policies": [
                {"policyId": "minimum-length", "params": {"minLength": 8}},
                {"policyId": "at-least-X-capitals", "params": {"numCaps": 1}},
                {"policyId": "at-least-X-numbers", "params": {"numNums": 1}},
                {
                    "policyId": "cannot-contain-others",
                    "params": {"disallowedFields": ["userName"]},
                },
            ],
        },
        "mail": {
            "type": "string",
            "description": "Your e-mail",
            "policies": [{"policyId": "valid-email-address-format"}],
        },
        "telephoneNumber": {
            "type": ["string", "null"],
            "policies": [
                {"policyId": "valid-phone-format"},
                {"policyId": "maximum-length", "params": {"maxLength": 15}},
            ],
        },
        "age": {"type": "number", "title": "Age"},
        "hidden": {"type": "string", "viewable": False},
        "fixed": {"type": "string", "userEditable": False},
        "list": {"type": "array"},
    },
}
TENANT = {"schema": SCHEMA}


def failed(walk: Walk) -> list[list[str]]:
    """Which requirements each field fails."""
    return [
        [json.loads(each)["policyRequirement"] for each in callback.failed_policies]
        for callback in walk.callbacks
        if isinstance(
            callback,
            ValidatedCreateUsernameCallback
            | ValidatedCreatePasswordCallback
            | AttributeInputCallback,
        )
    ]


# Policies


REGISTER = journey(
    {
        "page": node(
            "PageNode",
            {"outcome": "make"},
            children={
                "user": node("ValidatedUsernameNode", validateInput=True),
                "pass": node("ValidatedPasswordNode", validateInput=True),
            },
        ),
        "make": node("CreateObjectNode", {"CREATED": "find", "FAILURE": "FAILURE"}),
        "find": node(
            "IdentifyExistingUserNode",
            {"true": "SUCCESS", "false": "FAILURE"},
            identityAttribute="userName",
        ),
    }
)


def test_what_a_password_fails_is_said_and_asked_again() -> None:
    walk = REGISTER.begin(directory=people(), tenant=TENANT)
    name, password = walk.callbacks
    assert isinstance(name, ValidatedCreateUsernameCallback)
    assert isinstance(password, ValidatedCreatePasswordCallback)
    assert (name.prompt, password.prompt) == ("Login name", "Secret")
    assert name.policies["policyRequirements"] == [
        "UNIQUE",
        "CANNOT_CONTAIN_CHARACTERS",
    ]

    walk.answer(username="ada", password="eda")

    assert failed(walk) == [
        ["UNIQUE"],
        ["MIN_LENGTH", "AT_LEAST_X_CAPITAL_LETTERS", "AT_LEAST_X_NUMBERS"],
    ]
    name, password = walk.callbacks
    assert isinstance(name, ValidatedCreateUsernameCallback)
    assert isinstance(password, ValidatedCreatePasswordCallback)
    assert (name.username, password.password) == ("ada", "")
    assert json.loads(password.failed_policies[0])["params"] == {"minLength": 8}


@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        ("e/d", "Password1", [["CANNOT_CONTAIN_CHARACTERS"], []]),
        ("eda", "Password1eda", [[], ["CANNOT_CONTAIN_OTHERS"]]),
        ("", "", [["REQUIRED"], ["REQUIRED"]]),
    ],
)
def test_policies_look_at_both_fields(
    username: str, password: str, says: list[list[str]]
) -> None:
    walk = REGISTER.begin(directory=people(), tenant=TENANT)

    assert failed(walk.answer(username=username, password=password)) == says


def test_what_is_only_checked_is_asked_again_though_it_passes() -> None:
    walk = REGISTER.begin(directory=people(), tenant=TENANT)

    walk.answer("eda", "Password1", validate_only=True)

    assert (walk.outcome, failed(walk)) == (None, [[], []])
    assert walk.answer().outcome == "Success"
    assert "eda" not in f"{walk}{walk.callbacks}{walk.history}"


def test_validate_only_takes_a_truth_value() -> None:
    walk = REGISTER.begin(directory=people())

    with pytest.raises(InvalidSetting, match="validate_only: takes a truth value"):
        walk.answer(validate_only="yes")


def test_a_person_is_made_found_and_undone() -> None:
    directory = people()
    walk = REGISTER.begin(directory=directory, tenant=TENANT)

    assert walk.answer("eda", "Password1").outcome == "Success"
    assert directory.find("userName", "eda") is None
    assert walk.back().answer("eve", "Password1").outcome == "Success"
    assert walk.state.get("username") == "eve"


@pytest.mark.parametrize(
    ("tenant", "message"), [({}, "Login failure"), (TENANT, "Policy validation failed")]
)
def test_a_person_who_is_incomplete_or_refused_is_not_made(
    tenant: dict[str, Any], message: str
) -> None:
    made = journey(
        {
            "user": node("ValidatedUsernameNode", {"outcome": "one"}),
            "one": node("CreateObjectNode", ways("CREATED", FAILURE="FAILURE")),
        }
    ).begin(directory=people(), tenant=tenant)

    walk = made.answer("e/d")

    assert took(walk) == "FAILURE"
    assert walk.response is not None
    assert walk.response["message"] == message


def test_required_attributes_are_present_or_not() -> None:
    walked = journey(
        {
            "user": node("ValidatedUsernameNode", {"outcome": "one"}),
            "one": node("RequiredAttributesDecisionNode", ways("true", "false")),
        }
    )

    assert took(walked.begin(tenant=TENANT).answer("eda")) == "true"
    assert took(walked.begin(tenant=TENANT).answer("")) == "false"
    assert took(walked.begin().answer("eda")) == "false"


@pytest.mark.parametrize("kind", ["CreateObjectNode", "RequiredAttributesDecisionNode"])
def test_people_of_another_kind_end_the_journey(kind: str) -> None:
    one = alone(kind, "true", identityResource="managed/bravo_user")

    assert "not the journey's" in f"{one.begin(directory=people()).error}"


def collecting(*names: str, **attributes: Any) -> Journey:
    return alone(
        "AttributeCollectorNode", "outcome", attributesToCollect=names, **attributes
    )


def test_fields_follow_the_schema() -> None:
    walk = collecting(
        "mail", "telephoneNumber", "age", required=True, validateInputs=True
    ).begin(tenant=TENANT)
    mail, phone, age = walk.callbacks
    assert isinstance(mail, AttributeInputCallback)
    assert isinstance(phone, AttributeInputCallback)
    assert isinstance(age, AttributeInputCallback)
    assert (mail.prompt, mail.required, mail.kind) == ("Your e-mail", True, "String")
    assert (phone.prompt, phone.required) == ("telephoneNumber", False)
    assert (age.kind, age.value) == ("Number", None)

    walk.answer(mail="nowhere", telephone_number="x" * 16, age=3)

    assert failed(walk) == [
        ["VALID_EMAIL_ADDRESS_FORMAT"],
        ["VALID_PHONE_FORMAT", "MAX_LENGTH"],
        [],
    ]
    walk.answer(mail="a@b.example", telephone_number="+1 555 323")
    assert walk.outcome == "Success"


@pytest.mark.parametrize(
    ("name", "further", "says"),
    [
        ("hidden", {}, "see and change"),
        ("fixed", {"validateInputs": True}, "see and change"),
        ("list", {}, "neither text, number nor"),
        ("unknown", {}, "not in the schema"),
    ],
)
def test_a_field_that_the_schema_forbids_ends_the_journey(
    name: str, further: dict[str, Any], says: str
) -> None:
    assert says in f"{collecting(name, **further).begin(tenant=TENANT).error}"


def test_one_s_own_address_is_not_taken() -> None:
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node(
                "AttributeCollectorNode",
                {"outcome": "patch"},
                attributesToCollect=["userName"],
                validateInputs=True,
            ),
            "patch": node("PatchObjectNode", ways("PATCHED", FAILURE="FAILURE")),
        }
    )
    two = MemoryDirectory([ADA, {**ADA, "_id": "2", "userName": "eda"}])
    walk = walked.begin(directory=two, tenant=TENANT).answer("ada")

    assert failed(walk.answer(user_name="eda")) == [["UNIQUE"]]
    assert walk.answer(user_name="ada").outcome == "Success"


# Decisions on a profile


@pytest.mark.parametrize(
    ("profile", "attributes", "outcome"),
    [
        ({"city": "Rome"}, {"comparisonValue": "Rome"}, "true"),
        ({"city": "Rome"}, {"comparisonValue": "rome"}, "false"),
        ({"city": "Rome"}, {"comparisonOperation": "PRESENT"}, "true"),
        ({}, {"comparisonOperation": "PRESENT"}, "false"),
        ({}, {"comparisonValue": "Rome"}, "false"),
        ({"city": 7}, {"comparisonValue": "7"}, "true"),
        ({"city": True}, {"comparisonValue": "TRUE"}, "true"),
        ({"city": False}, {"comparisonValue": "nonsense"}, "true"),
    ],
)
def test_an_attribute_is_compared_in_its_type(
    profile: dict[str, Any], attributes: dict[str, Any], outcome: str
) -> None:
    walked = after_login(
        "AttributeValueDecisionNode",
        "true",
        "false",
        comparisonAttribute="city",
        **attributes,
    )
    walk = walked.begin(directory=people(**profile)).answer("ada", "x")

    assert took(walk) == outcome


def test_a_number_compared_with_a_word_ends_the_journey() -> None:
    walked = after_login(
        "AttributeValueDecisionNode", comparisonAttribute="n", comparisonValue="many"
    )

    ended = walked.begin(directory=people(n=1)).answer("ada", "x")

    assert "not a number" in f"{ended.error}"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("!(/preferences pr) or /preferences/marketing eq false", "true"),
        ("/preferences/updates eq false", "false"),
        ('givenName eq "Ada" and (n ge 3 and n lt 4)', "true"),
        ("mail co 'EXAMPLE' and userName sw 'a'", "true"),
        ("n gt 3 or n le 2", "false"),
        ("city pr", "false"),
        ("!city pr and true", "true"),
        ("tags eq 'b'", "true"),
        ('givenName gt "Abc"', "true"),
        ("givenName gt 3", "false"),
    ],
)
def test_a_filter_decides(text: str, outcome: str) -> None:
    ada = people(preferences={"marketing": False}, n=3, tags=["a", "b"])
    walked = after_login("QueryFilterDecisionNode", "true", "false", queryFilter=text)

    assert took(walked.begin(directory=ada).answer("ada", "x")) == outcome


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name is 3",
        "name eq",
        "(a pr",
        "a pr)",
        'name eq "',
        '"name" pr',
        "!" * 100 + "a pr",
        "(" * 5000,
        "a pr or " * 2000,
    ],
)
def test_a_filter_that_cannot_be_read_is_named(text: str) -> None:
    walked = after_login("QueryFilterDecisionNode", "true", queryFilter=text)

    with pytest.raises(InvalidSetting, match=r"queryFilter: .*\(node one\)"):
        walked.begin(directory=people()).answer("ada", "x")


@pytest.mark.parametrize(
    ("elapsed", "outcome"),
    [
        ("1 week", "true"),
        ("7 days, 1 minute", "false"),
        ("10080", "true"),
        (10081, "false"),
        ("6 days and 24 hours", "true"),
        ("999999999 weeks" * 9, "false"),
    ],
)
def test_time_has_passed_since_a_person_was_made(elapsed: Any, outcome: str) -> None:
    made = (START - timedelta(weeks=1)).isoformat()
    walked = after_login("TimeSinceDecisionNode", "true", "false", elapsedTime=elapsed)
    walk = walked.begin(directory=people(createDate=made), now=START)

    assert took(walk.answer("ada", "x")) == outcome


def test_a_time_that_cannot_be_read_is_named_and_a_missing_date_is_false() -> None:
    walked = after_login("TimeSinceDecisionNode", "true", "false", elapsedTime="soon")
    with pytest.raises(InvalidSetting, match="elapsedTime"):
        walked.begin(directory=people()).answer("ada", "x")

    walked = after_login("TimeSinceDecisionNode", "true", "false", elapsedTime="5")
    assert took(walked.begin(directory=people()).answer("ada", "x")) == "false"
    odd = walked.begin(directory=people(createDate="long ago")).answer("ada", "x")
    assert "cannot be read" in f"{odd.error}"


@pytest.mark.parametrize(("threshold", "outcome"), [(24, "true"), (25, "false")])
def test_a_profile_is_complete_in_part(threshold: int, outcome: str) -> None:
    properties = {name: {"type": "string"} for name in ("mail", "b", "c", "d")}
    walked = after_login(
        "ProfileCompletenessDecisionNode", "true", "false", threshold=threshold
    )
    walk = walked.begin(
        directory=people(), tenant={"schema": {"properties": properties}}
    )

    assert took(walk.answer("ada", "x")) == outcome


@pytest.mark.parametrize(
    "kind",
    [
        "AttributeValueDecisionNode",
        "KbaDecisionNode",
        "KbaVerifyNode",
        "ProfileCompletenessDecisionNode",
        "TermsAndConditionsDecisionNode",
        "LoginCountDecisionNode",
    ],
)
def test_a_decision_on_an_unknown_person_ends_the_journey(kind: str) -> None:
    walked = after_login(kind, "true", "false")

    unknown = walked.begin(directory=people()).answer("bob", "x")
    assert "failed to retrieve" in f"{unknown.error}"
    nobody = alone(kind, "true", "false").begin(directory=people())
    assert "not present in state" in f"{nobody.error}"


@pytest.mark.parametrize(("requirement", "outcome"), [(5, "true"), (6, "false")])
def test_a_level_is_raised_and_decides(requirement: int, outcome: str) -> None:
    walk = journey(
        {
            "up": node("ModifyAuthLevelNode", {"outcome": "one"}, authLevelIncrement=5),
            "one": node(
                "AuthLevelDecisionNode",
                ways("true", "false"),
                authLevelRequirement=requirement,
            ),
        }
    ).begin()

    assert took(walk) == outcome


# The tenant's settings


@pytest.mark.parametrize(
    ("tenant", "says"),
    [
        (3, "tenant: takes a mapping"),
        ({"scheme": {}}, "tenant: takes schema, terms"),
        ({"schema": []}, "tenant.schema: takes an object"),
        ({"terms": "x"}, "tenant.terms: takes an object"),
        ({"consents": {}}, "tenant.consents: takes an array"),
        ({"consents": [1]}, "tenant.consents: takes an object"),
        ({"kba": None}, "tenant.kba: takes an object"),
        ({"session": object()}, "tenant.session: takes JSON"),
    ],
)
def test_a_malformed_setting_is_named(tenant: Any, says: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        alone("ConsentNode", "outcome").begin(tenant=tenant)

    assert f"{raised.value}".startswith(says)
