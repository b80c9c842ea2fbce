"""
Callbacks on the wire have the form of the fixtures of Ping's own SDKs.

Sources, read 2026-11-28: ForgeRock/forgerock-javascript-sdk, `e2e/mock-api`;
ForgeRock/forgerock-android-sdk, test fixtures; Ping Identity, PingAM 8, "Interactive
callbacks".
"""
# ruff: noqa: ANN401 - JSON

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.am import NUMBER, PASSWORD, AmClient, answered, app, running
from tests.support.journeys import journey, node
from verify_core.journeys import (
    AttributeInputCallback,
    ChoiceCallback,
    ConsentMappingCallback,
    KbaCreateCallback,
    PollingWaitCallback,
    SelectIdPCallback,
    SuspendedTextOutputCallback,
    TermsAndConditionsCallback,
    ValidatedCreatePasswordCallback,
    ValidatedCreateUsernameCallback,
)
from verify_core.nodes import (
    ConfirmationCallback,
    MessageType,
    NameCallback,
    PasswordCallback,
    TextOutputCallback,
)
from verify_fakes.am._wire import BadCallbacks, read_answers, to_json


def fields(*pairs: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in pairs]


POLICIES = (("policies", {}), ("failedPolicies", []), ("validateOnly", False))
FORMS: list[tuple[Any, str, list[Any], list[Any] | None]] = [
    (
        TextOutputCallback("Hello", MessageType.ERROR),
        "TextOutputCallback",
        fields(("message", "Hello"), ("messageType", "2")),
        None,
    ),
    (
        SuspendedTextOutputCallback("Look there"),
        "SuspendedTextOutputCallback",
        fields(("message", "Look there"), ("messageType", "0")),
        None,
    ),
    (
        NameCallback("User Name"),
        "NameCallback",
        fields(("prompt", "User Name")),
        fields(("IDToken3", "")),
    ),
    (
        PasswordCallback("Password", "secret"),
        "PasswordCallback",
        fields(("prompt", "Password")),
        fields(("IDToken3", "")),
    ),
    (
        ChoiceCallback("Choose", ("a", "b"), default_choice=1),
        "ChoiceCallback",
        fields(("prompt", "Choose"), ("choices", ["a", "b"]), ("defaultChoice", 1)),
        fields(("IDToken3", 1)),
    ),
    (
        ConfirmationCallback(("Yes", "No"), default_option=1),
        "ConfirmationCallback",
        fields(
            ("prompt", ""),
            ("messageType", 0),
            ("options", ["Yes", "No"]),
            ("optionType", -1),
            ("defaultOption", 1),
        ),
        fields(("IDToken3", 0)),
    ),
    (
        AttributeInputCallback(name="givenName", prompt="First Name", required=True),
        "StringAttributeInputCallback",
        fields(
            ("name", "givenName"),
            ("prompt", "First Name"),
            ("required", True),
            *POLICIES,
            ("value", ""),
        ),
        fields(("IDToken3", ""), ("IDToken3validateOnly", False)),
    ),
    (
        AttributeInputCallback(name="age", prompt="Age", kind="Number", value=None),
        "NumberAttributeInputCallback",
        fields(
            ("name", "age"),
            ("prompt", "Age"),
            ("required", False),
            *POLICIES,
            ("value", None),
        ),
        fields(("IDToken3", None), ("IDToken3validateOnly", False)),
    ),
    (
        ValidatedCreateUsernameCallback(prompt="Username", failed_policies=("{}",)),
        "ValidatedCreateUsernameCallback",
        fields(
            ("policies", {}),
            ("failedPolicies", ["{}"]),
            ("validateOnly", False),
            ("prompt", "Username"),
        ),
        fields(("IDToken3", ""), ("IDToken3validateOnly", False)),
    ),
    (
        ValidatedCreatePasswordCallback(prompt="Password", password="secret"),
        "ValidatedCreatePasswordCallback",
        fields(("echoOn", False), *POLICIES, ("prompt", "Password")),
        fields(("IDToken3", ""), ("IDToken3validateOnly", False)),
    ),
    (
        KbaCreateCallback(prompt="Select", predefined_questions=("Q1?", "Q2?")),
        "KbaCreateCallback",
        fields(
            ("prompt", "Select"),
            ("predefinedQuestions", ["Q1?", "Q2?"]),
            ("allowUserDefinedQuestions", True),
        ),
        fields(("IDToken3question", ""), ("IDToken3answer", "")),
    ),
    (
        TermsAndConditionsCallback(version="1.0", terms="All", create_date="2019"),
        "TermsAndConditionsCallback",
        fields(("version", "1.0"), ("terms", "All"), ("createDate", "2019")),
        fields(("IDToken3", False)),
    ),
    (
        ConsentMappingCallback(name="managedUser_ldap", fields=("First Name",)),
        "ConsentMappingCallback",
        fields(
            ("name", "managedUser_ldap"),
            ("displayName", ""),
            ("icon", ""),
            ("accessLevel", ""),
            ("isRequired", False),
            ("message", ""),
            ("fields", ["First Name"]),
        ),
        fields(("IDToken3", False)),
    ),
    (
        SelectIdPCallback(providers=({"provider": "google"},)),
        "SelectIdPCallback",
        fields(("providers", [{"provider": "google"}])),
        fields(("IDToken3", "")),
    ),
    (
        PollingWaitCallback(wait_time=8000, message="Waiting"),
        "PollingWaitCallback",
        fields(("waitTime", "8000"), ("message", "Waiting")),
        None,
    ),
]


@pytest.mark.parametrize(
    ("callback", "kind", "outputs", "inputs"), FORMS, ids=[form[1] for form in FORMS]
)
def test_a_callback_has_its_form(
    callback: Any, kind: str, outputs: list[Any], inputs: list[Any] | None
) -> None:
    made = to_json(callback, 3, 2)

    found = {"type": kind, "output": outputs}
    if inputs is not None:
        found["input"] = inputs
    assert made == {**found, "_id": 2}
    assert "secret" not in json.dumps(made)


@pytest.mark.parametrize(
    ("callback", "given", "answer"),
    [
        (NameCallback("x"), {"IDToken1": "ada"}, "ada"),
        (NameCallback("x"), {"IDToken1": None}, ""),
        (NameCallback("x"), {"IDToken1": 123456}, "123456"),
        (NameCallback("x"), {}, ""),
        (ConfirmationCallback(("a", "b")), {"IDToken1": "1"}, 1),
        (
            KbaCreateCallback(prompt="x", predefined_questions=()),
            {"IDToken1question": "Who?", "IDToken1answer": "I"},
            ("Who?", "I"),
        ),
        (
            TermsAndConditionsCallback(version="1", terms="x", create_date="y"),
            {"IDToken1": "true"},
            True,
        ),
        (
            AttributeInputCallback(name="a", prompt="A", kind="Number", value=None),
            {"IDToken1": 4.5},
            4.5,
        ),
    ],
)
def test_an_answer_is_read_however_a_client_spells_it(
    callback: Any, given: dict[str, Any], answer: object
) -> None:
    theirs = {**to_json(callback, 1), "input": fields(*given.items())}

    found = read_answers([callback], [theirs])

    assert found.values == (answer,)
    assert f"{answer}" not in repr(found) or answer == ""


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=4
)


@settings(max_examples=40)
@given(value=VALUES)
def test_any_other_value_is_read_or_refused_without_being_quoted(value: object) -> None:
    marked = f"{value}quoted" if isinstance(value, str) else value
    for callback, *_ in FORMS:
        theirs = to_json(callback, 1)
        if "input" in theirs:
            theirs["input"][0]["value"] = marked
            assert "quoted" not in refusal(callback, theirs)


def refusal(callback: object, theirs: dict[str, Any]) -> str:
    """Why an answer is refused; nothing where it is taken."""
    try:
        read_answers([callback], [theirs])
    except BadCallbacks as bad:
        return f"{bad}"
    return ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["authId", "callbacks", "type", "input", "name", "value"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=25, deadline=None)
@given(body=JSON, member=JSON)
def test_no_body_is_more_than_a_bad_request(
    url: str, body: object, member: object
) -> None:
    am = AmClient(url)
    step = am.start()

    for each in (body, {**step, "callbacks": member}, {**step, "authId": member}):
        answer = am.authenticate(each, "authIndexType=service&authIndexValue=Hidden")
        assert answer.status_code in {200, 400, 401}, answer.text
        assert answer.status_code == 200 or answer.json()["code"] == answer.status_code
    am.session.close()


def test_a_check_alone_asks_again_and_says_what_failed() -> None:
    found = journey(
        {
            "name": node(
                "ValidatedUsernameNode", {"outcome": "SUCCESS"}, validateInput=True
            )
        }
    )
    with running(app(found={"Login": found})) as url:
        am = AmClient(url)
        step = am.start("Login")
        body = answered(step, "ada")
        body["callbacks"][0]["input"][1]["value"] = True
        again = am.authenticate(body).json()
        body = answered(again, "grace")
        body["callbacks"][0]["input"][1]["value"] = False
        done = am.authenticate(body).json()

    output = {each["name"]: each["value"] for each in again["callbacks"][0]["output"]}
    assert json.loads(output["failedPolicies"][0]) == {"policyRequirement": "UNIQUE"}
    assert "tokenId" in done


# As Ping's SDKs know it: forgerock-ios-sdk, AuthApiError and its tests.
NO_LINK = {
    "code": 401,
    "reason": "Unauthorized",
    "message": "org.forgerock.openam.auth.nodes.framework.token."
    "SuspendedAuthSessionException: Token not found. It may have expired.",
}


def test_the_link_of_an_e_mail_goes_on_once() -> None:
    found = journey(
        {
            "who": node("UsernameCollectorNode", {"outcome": "mail"}),
            "mail": node("EmailSuspendNode", {"outcome": "SUCCESS"}),
        }
    )
    made = app(found={"Login": found})
    with running(made) as url:
        am = AmClient(url)
        shown = am.next(am.start("Login"), "ada")
        (walk,) = made.account.walks
        link = f"suspendedId={walk.walk.suspended_id}"
        early = am.authenticate(shown)
        elsewhere = am.post(f"realms/root/authenticate?{link}")
        first, second = (am.authenticate(query=link) for _ in range(2))

    assert [c["type"] for c in shown["callbacks"]] == ["SuspendedTextOutputCallback"]
    assert "tokenId" in first.json()
    assert elsewhere.json() == second.json() == NO_LINK
    assert early.json()["message"] == "Session has timed out"


def test_what_is_kept_of_a_walk_shows_no_secret(am: AmClient) -> None:
    step = am.next(am.sign_in(), NUMBER)
    am.next(step, am.code)
    walk = am.door("GET", "/walks")["walks"][-1]["id"]

    said = json.dumps(am.door("GET", f"/walks/one?walk={walk}"))

    for secret in (PASSWORD, am.code, NUMBER):
        assert secret not in said
    assert "ada" in said
