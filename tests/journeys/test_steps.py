"""What each node type does, and what docs/reference/journeys.md says it does not."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.journeys import export, journey, node, single
from tests.support.pages import Page
from verify_core.errors import InvalidSetting
from verify_core.journeys import AttributeInputCallback, ChoiceCallback, Journey, Walk
from verify_core.journeys._kinds import INNER_TREE, PAGES
from verify_core.journeys._machine import STEPS
from verify_core.journeys._people import People
from verify_core.journeys._steps_codes import Vendor
from verify_core.nodes import (
    ConfirmationCallback,
    MemoryDirectory,
    NameCallback,
    NodeState,
    TextOutputCallback,
)
from verify_fakes import FakeVerifyProvider

START = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
ADA = {
    "_id": "1",
    "userName": "ada",
    "mail": "ada@example.org",
    "password": "correct",
    "telephoneNumber": "+15553231234",
    "givenName": "Ada",
    "preferences": {"updates": True},
}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


def people(**changes: object) -> MemoryDirectory:
    return MemoryDirectory([{**ADA, **changes}])


def ways(*outcomes: str, **to: str) -> dict[str, str]:
    """Each outcome leads to a node of its own; the walk says which was taken."""
    return {**dict.fromkeys(outcomes, "SUCCESS"), **to}


USER = node("UsernameCollectorNode", {"outcome": "pass"})
PASS = node("PasswordCollectorNode", {"outcome": "one"})


def after_login(kind: str, *outcomes: str, **attributes: Any) -> Journey:
    """A node after username and password on one page."""
    page = node(
        "PageNode",
        {"outcome": "one"},
        children={"user": USER, "pass": PASS},
    )
    return journey({"page": page, "one": node(kind, ways(*outcomes), **attributes)})


def took(walk: Walk) -> str:
    """The last outcome."""
    return walk.taken[-1][2]


# Collectors


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


# Decisions


@pytest.mark.parametrize(
    ("username", "password", "outcome"),
    [
        ("ada", "correct", "true"),
        ("1", "correct", "true"),
        ("ada", "wrong", "false"),
        ("bob", "correct", "false"),
    ],
)
def test_the_data_store_decides(username: str, password: str, outcome: str) -> None:
    walked = after_login("DataStoreDecisionNode", "true", "false")
    walk = walked.begin(directory=people()).answer(username, password)

    assert took(walk) == outcome


def test_a_data_store_without_a_password_ends_the_journey() -> None:
    one = node("DataStoreDecisionNode", ways("true", "false"))
    walk = journey({"one": one}).begin(directory=people())

    assert walk.error == (
        "one (DataStoreDecisionNode): "
        "unable to authenticate: there is no password in state"
    )


@pytest.mark.parametrize(
    ("profile", "password", "outcome"),
    [
        ({}, "correct", "TRUE"),
        ({}, "wrong", "FALSE"),
        ({}, " ", "FALSE"),
        ({"accountStatus": "inactive"}, "correct", "LOCKED"),
        ({"accountStatus": "inactive"}, "wrong", "LOCKED"),
        ({"inetUserStatus": "Inactive"}, "correct", "LOCKED"),
        ({"passwordExpired": True}, "correct", "EXPIRED"),
        ({"passwordExpired": True}, "wrong", "FALSE"),
    ],
)
def test_the_identity_store_decides(
    profile: dict[str, Any], password: str, outcome: str
) -> None:
    walked = after_login(
        "IdentityStoreDecisionNode", "TRUE", "FALSE", "LOCKED", "EXPIRED"
    )
    walk = walked.begin(directory=people(**profile)).answer("ada", password)

    assert took(walk) == outcome


def test_the_universal_id_may_replace_the_username() -> None:
    walked = after_login(
        "IdentityStoreDecisionNode", "TRUE", useUniversalIdForUsername=True
    )
    walk = walked.begin(directory=people()).answer("ada", "correct")

    assert walk.state.get("username") == "1"


def identifying(**attributes: Any) -> Journey:
    return journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node(
                "IdentifyExistingUserNode", ways("true", "false"), **attributes
            ),
        }
    )


def test_an_existing_person_is_identified() -> None:
    walk = identifying().begin(directory=people(aliasList=["a-1"]))
    walk.answer("ada@example.org")
    state = walk.state

    assert took(walk) == "true"
    assert (state.get("_id"), state.get("username")) == ("1", "ada")
    assert state.shared["objectAttributes"] == {"userName": "ada"}
    assert state.transient["objectAttributes"] == {"aliasList": ["a-1"]}


def test_an_unknown_person_leaves_state_as_it_was() -> None:
    walk = identifying().begin(directory=people())

    assert took(walk.answer("bob@example.org")) == "false"
    assert walk.state.get("_id") is None


def test_a_directory_that_fails_ends_the_journey() -> None:
    walk = identifying().begin(directory=lambda _a, _v: 1 / 0)  # type: ignore[arg-type,return-value]
    walk.answer("ada@example.org")

    assert walk.outcome == "Failure"
    assert walk.error is not None
    assert "directory raised ZeroDivisionError" in walk.error


def test_several_people_with_one_address_end_the_journey() -> None:
    twins = MemoryDirectory([ADA, {**ADA, "_id": "2", "userName": "eda"}])
    walk = identifying().begin(directory=twins).answer("ada@example.org")

    assert walk.outcome == "Failure"
    assert "several people" in f"{walk.error}"


@pytest.mark.parametrize(
    ("username", "name", "outcome"),
    [
        ("ada", "password", "true"),
        ("ada", "preferences/updates", "true"),
        ("ada", "city", "false"),
        ("bob", "password", "false"),
    ],
)
def test_an_attribute_is_present(username: str, name: str, outcome: str) -> None:
    walked = after_login(
        "AttributePresentDecisionNode", "true", "false", presentAttribute=name
    )

    assert took(walked.begin(directory=people()).answer(username, "x")) == outcome


def test_an_attribute_of_an_unnamed_person_ends_the_journey() -> None:
    one = node("AttributePresentDecisionNode", ways("true", "false"))

    assert "not present in state" in f"{journey({'one': one}).begin().error}"


# Writing to a profile


def test_what_is_patched_stays_in_the_walk_and_back_undoes_it() -> None:
    directory = people()
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "set"}),
            "set": node(
                "AttributeCollectorNode",
                {"outcome": "patch"},
                attributesToCollect=["mail"],
            ),
            "patch": node("PatchObjectNode", {"PATCHED": "who", "FAILURE": "FAILURE"}),
            "who": node(
                "ChoiceCollectorNode",
                {"stay": "who", "find": "find"},
                choices=["stay", "find"],
            ),
            "find": node("IdentifyExistingUserNode", ways("true", "false")),
        }
    )
    walk = walked.begin(directory=directory).answer("ada")

    walk.answer(mail="new@example.org").answer(choice="find")
    assert took(walk) == "true"
    assert directory.find("mail", "new@example.org") is None

    walk.back().back().answer(mail="ada@example.org").answer(choice="find")
    assert took(walk) == "true"


@pytest.mark.parametrize(
    ("username", "attributes", "end"),
    [
        ("ada", {}, "PATCHED"),
        ("ada", {"ignoredFields": ["userName"]}, "PATCHED"),
        ("", {}, "FAILURE"),
        ("bob", {}, "failed to retrieve the existing object"),
        ("ada", {"identityResource": "managed/bravo_user"}, "not the journey's"),
    ],
)
def test_a_patch_ends_as_documented(
    username: str, attributes: dict[str, Any], end: str
) -> None:
    walk = journey(
        {
            "user": node("ValidatedUsernameNode", {"outcome": "one"}),
            "one": node("PatchObjectNode", ways("PATCHED", "FAILURE"), **attributes),
        }
    ).begin(directory=people())
    walk.answer(username)

    assert end in (walk.error or took(walk))


def test_an_address_of_the_past_finds_nobody() -> None:
    known = People(directory=people())
    person = known.find("userName", "ada")
    assert person is not None

    known.change(person, {"mail": "new@example.org"})

    assert known.find("mail", "ada@example.org") is None
    assert known.find("mail", "new@example.org") == known.find("_id", "1")


def test_logins_are_counted_and_failures_swallowed() -> None:
    walked = after_login("IncrementLoginCountNode", "outcome")

    assert walked.begin(directory=people()).answer("ada", "x").outcome == "Success"
    assert walked.begin(directory=people()).answer("bob", "x").outcome == "Success"
    assert walked.begin().answer("ada", "x").outcome == "Success"
    broken = walked.begin(directory=lambda _a, _v: 1 / 0)  # type: ignore[arg-type,return-value]
    assert took(broken.answer("ada", "x")) == "outcome"


@pytest.mark.parametrize(
    ("action", "outcome"), [("LOCK", "false"), ("UNLOCK", "true"), (None, "false")]
)
def test_an_account_is_locked_and_unlocked(action: str | None, outcome: str) -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "lock"}),
            "lock": node("AccountLockoutNode", {"outcome": "one"}, lockAction=action),
            "one": node("AccountActiveDecisionNode", ways("true", "false")),
        }
    ).begin(directory=people(accountStatus="inactive"))

    assert took(walk.answer("ada")) == outcome
    assert walk.outcome == ("Success" if outcome == "true" else "Failure")


def test_a_locked_account_does_not_succeed_though_the_journey_goes_on() -> None:
    walked = after_login("AccountLockoutNode", "outcome")
    walk = walked.begin(directory=people()).answer("ada", "correct")

    assert (walk.outcome, walk.error) == ("Failure", "User Locked Out.")
    assert walk.back().answer("bob", "x").error == (
        "one (AccountLockoutNode): failed to get the identity object"
    )


@pytest.mark.parametrize(
    ("count", "attributes", "outcome"),
    [
        (25, {}, "true"),
        (50, {}, "false"),
        (6, {"interval": "EVERY", "amount": 3}, "true"),
        (0, {"interval": "EVERY", "amount": 3}, "true"),
        (7, {"interval": "EVERY", "amount": 3}, "false"),
        (None, {"interval": "EVERY", "amount": 3}, "false"),
        (0, {"interval": "EVERY", "amount": 0}, "false"),
    ],
)
def test_logins_decide(
    count: int | None, attributes: dict[str, Any], outcome: str
) -> None:
    walked = after_login("LoginCountDecisionNode", "true", "false", **attributes)
    walk = walked.begin(directory=people(loginCount=count))

    assert took(walk.answer("ada", "x")) == outcome


def test_a_counted_login_is_found_by_the_next_node_and_undone_by_back() -> None:
    clock = Clock()
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "count"}),
            "count": node("IncrementLoginCountNode", {"outcome": "one"}),
            "one": node("LoginCountDecisionNode", ways("true", "false"), amount=3),
        }
    ).begin(directory=people(loginCount=2), now=clock)

    assert took(walk.answer("ada")) == "true"
    clock.time += timedelta(seconds=1)  # so that the answer is another one
    assert took(walk.back().answer("ada")) == "true"


def limited(*, on_person: bool) -> Journey:
    return journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "limit"}),
            "limit": node(
                "RetryLimitDecisionNode",
                {"Retry": "user", "Reject": "user"},
                incrementUserAttributeOnFailure=on_person,
            ),
        }
    )


@pytest.mark.parametrize(("on_person", "fifth"), [(True, "Retry"), (False, "Reject")])
def test_the_fourth_try_is_rejected(on_person: bool, fifth: str) -> None:  # noqa: FBT001
    walk = limited(on_person=on_person).begin(directory=people())

    outcomes = [took(walk.answer("ada")) for _ in range(5)]

    assert outcomes == ["Retry", "Retry", "Retry", "Reject", fifth]
    assert "limit.retryCount" in walk.state.shared


def test_a_count_goes_with_the_person() -> None:
    counted = people(retryLimitNodeCount=["limit=2", "other=1"])
    walk = limited(on_person=True).begin(directory=counted)

    assert [took(walk.answer("ada")) for _ in range(2)] == ["Retry", "Reject"]


# State, details, time


def test_state_urls_details_and_timers_are_set() -> None:
    def on(kind: str, to: str, **attributes: Any) -> Any:
        return node(kind, {"outcome": to}, **attributes)

    walk = journey(
        {
            "state": on("SetStateNode", "url", attributes={"a": "1", "apiKey": "k"}),
            "url": on("SetSuccessUrlNode", "fail", successUrl="/in"),
            "fail": on("SetFailureUrlNode", "good", failureUrl="/out"),
            "good": on("SetSuccessDetailsNode", "start", successDetails={"n": "5"}),
            "start": on("TimerStartNode", "stop"),
            "stop": on("TimerStopNode", "SUCCESS", metricKey="m"),
        }
    ).begin(now=START)
    shared = walk.state.shared

    assert (shared["a"], shared["apiKey"]) == ("1", "k")
    assert (shared["successUrl"], shared["failureUrl"]) == ("/in", "/out")
    assert shared["TimerNodeStartTime"] == int(START.timestamp() * 1000)
    assert walk.details == {"n": 5}


def test_failure_details_replace_the_message() -> None:
    one = node(
        "SetFailureDetailsNode",
        {"outcome": "FAILURE"},
        failureMessage={"en": "Not today", "de": "Heute nicht"},
        failureDetails={"again": "true", "why": "closed"},
    )
    walk = journey({"one": one}).begin(locales=["de"])

    assert walk.details == {
        "message": "Heute nicht",
        "detail": {"again": True, "why": "closed"},
    }


# Pages and inner journeys


def test_a_page_of_version_two_names_the_child_in_its_outcome() -> None:
    page = node(
        "PageNode",
        {"user-outcome": "SUCCESS"},
        children={"user": node("UsernameCollectorNode")},
    )
    read = single("Login", {"page": page})
    read["nodes"]["page"]["_type"]["version"] = "2.0"

    assert Journey.read(export(read)).begin().answer("ada").outcome == "Success"


@pytest.mark.parametrize("spelt", ["true", "True"])
def test_a_code_on_a_page_leads_on_however_its_outcome_is_spelt(spelt: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    page = node(
        "PageNode",
        {spelt: "SUCCESS"},
        children={"code": node("VerifyAuthCollectorDecisionNode")},
    )
    walk = journey(
        {
            "send": node(
                "VerifyAuthSenderNode", {"true": "page"}, requestIdentifier=True
            ),
            "page": page,
        }
    ).begin(provider=fake)

    walk.answer(phone="+15553231234").answer(code=fake.outbox[-1].code)

    assert walk.outcome == "Success"


def test_callbacks_of_a_page_are_numbered_as_they_are_asked() -> None:
    page = node(
        "PageNode",
        ways("outcome"),
        children={"user": USER, "pass": PASS},
    )
    walk = journey({"page": page}).begin()
    assert walk.state.shared["pageNodeCallbacks"] == {"0": 0, "1": 1}

    walk.answer(username="ada")

    assert walk.state.shared["pageNodeCallbacks"] == {"0": 0, "2": 1}


def test_an_empty_page_ends_the_journey() -> None:
    walk = journey({"page": node("PageNode", ways("outcome"), children={})}).begin()

    assert "the page is empty" in f"{walk.error}"


def nested(outer: Mapping[str, Any], inner: Mapping[str, Any], **tree: Any) -> Journey:
    return Journey.read(
        export(single("Outer", outer), single("Inner", inner, **tree)), name="Outer"
    )


def calling(**attributes: Any) -> Any:
    to = {"true": "SUCCESS", "false": "FAILURE", "error": "SUCCESS"}
    return node(INNER_TREE, to, tree="Inner", **attributes)


def test_an_inner_journey_returns_what_is_shared_alone() -> None:
    walk = nested(
        {"one": calling()},
        {"user": USER, "pass": node("PasswordCollectorNode", ways("outcome"))},
    ).begin()

    walk.answer("ada").answer("secret")

    assert took(walk) == "true"
    assert walk.state.get("username") == "ada"
    assert walk.state.get("password") is None


def test_an_inner_journey_is_given_what_its_nodes_declare() -> None:
    inner = {"check": node("DataStoreDecisionNode", ways("true", false="FAILURE"))}
    walk = nested({"user": USER, "pass": PASS, "one": calling()}, inner).begin(
        directory=people()
    )

    assert walk.answer("ada").answer("correct").outcome == "Success"


def test_an_inner_journey_is_given_nothing_else_that_is_transient() -> None:
    seen: list[object] = []

    def look(state: NodeState) -> str:
        seen.append(state.get("password"))
        return "outcome"

    inner = {"look": node("KbaCreateNode", ways("outcome"))}
    walk = nested({"user": USER, "pass": PASS, "one": calling()}, inner).begin(
        outcomes={"look": look}
    )

    assert walk.answer("ada").answer("secret").outcome == "Success"
    assert seen == [None]


@pytest.mark.parametrize(
    ("further", "outcome"),
    [({}, "Failure"), ({"displayErrorOutcome": True}, "Success")],
)
def test_an_exception_goes_up_or_is_an_outcome(
    further: dict[str, Any], outcome: str
) -> None:
    broken = {"check": node("DataStoreDecisionNode", ways("true"))}
    walk = nested({"one": calling(**further)}, broken).begin(directory=people())

    assert walk.outcome == outcome
    assert (walk.error is None) == (outcome == "Success")
    assert ("errorNode" in walk.state.shared) == (outcome == "Success")


def test_an_inner_journey_that_is_off_ends_the_journey() -> None:
    off = nested({"one": calling()}, {"user": USER, "pass": PASS}, enabled=False)

    assert "is not enabled" in f"{off.begin().error}"


def test_a_missing_inner_journey_is_chosen_or_named() -> None:
    outer = journey({"one": calling()})

    with pytest.raises(InvalidSetting, match="'Inner' is not in the export"):
        outer.begin()
    assert outer.begin(outcomes={"one": "true"}).outcome == "Success"


def test_a_journey_that_calls_itself_without_end_is_an_error() -> None:
    with pytest.raises(InvalidSetting, match="nests more than 50 deep"):
        nested({"one": calling()}, {"again": calling()}).begin()


# Codes of AM's own


def own_codes(sender: str, **attributes: Any) -> Journey:
    return journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "make"}),
            "make": node("OneTimePasswordGeneratorNode", {"outcome": "send"}, length=6),
            "send": node(sender, {"outcome": "ask"}, **attributes),
            "ask": node(
                "OneTimePasswordCollectorDecisionNode",
                {"true": "SUCCESS", "false": "ask"},
            ),
        }
    )


def code_of(walk: Walk) -> str:
    return walk.outbox[-1].text[-6:]


@pytest.mark.parametrize(
    ("sender", "to"),
    [
        ("OneTimePasswordSmtpSenderNode", "ada@example.org"),
        ("OneTimePasswordSmsSenderNode", "+15553231234"),
    ],
)
def test_a_code_of_am_is_sent_and_checked(sender: str, to: str) -> None:
    walk = own_codes(sender).begin(directory=people()).answer("ada")
    sent = walk.outbox[-1]

    assert (sent.to, sent.subject) == (to, "One Time Password")
    assert sent.text == f"Your One Time Password:{code_of(walk)}"
    assert code_of(walk) not in f"{sent}{walk.outbox}"
    assert walk.answer(code="0").outcome is None
    assert walk.answer(code="").outcome is None
    assert walk.answer(code=code_of(walk)).outcome == "Success"
    assert walk.state.get("oneTimePassword") is None


@pytest.mark.parametrize(("seconds", "outcome"), [(299, "Success"), (300, None)])
def test_a_code_of_am_expires(seconds: int, outcome: str | None) -> None:
    clock = Clock()
    walk = own_codes("OneTimePasswordSmtpSenderNode").begin(
        directory=people(), now=clock
    )
    walk.answer("ada")

    clock.time += timedelta(seconds=seconds)

    assert walk.answer(code=code_of(walk)).outcome == outcome


def test_the_text_of_a_message_has_the_code_in_its_place() -> None:
    walk = own_codes(
        "OneTimePasswordSmtpSenderNode", emailContent={"en": "{{OTP}} is {{OTP}}"}
    ).begin(directory=people())
    code, _, again = walk.answer("ada").outbox[-1].text.partition(" is ")

    assert code == again
    assert code.isdecimal()


def test_an_unknown_person_is_sent_nothing() -> None:
    walk = own_codes("OneTimePasswordSmsSenderNode").begin(directory=people())

    assert "the person has no telephoneNumber" in f"{walk.answer('bob').error}"


def test_a_message_without_a_code_ends_the_journey() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "send"}),
            "send": node("OneTimePasswordSmsSenderNode", ways("outcome")),
        }
    ).begin(directory=people())

    assert "no one-time password" in f"{walk.answer('ada').error}"


def test_a_malformed_attribute_names_the_node() -> None:
    one = node("OneTimePasswordGeneratorNode", ways("outcome"), length="&{esv.length}")

    with pytest.raises(InvalidSetting, match=r"length: .* \(node one\)"):
        journey({"one": one}).begin()


# What docs/reference/journeys.md says is left out


def test_no_policy_is_checked() -> None:
    page = node(
        "PageNode",
        ways("outcome"),
        children={
            "user": node("ValidatedUsernameNode", validateInput=True),
            "pass": node("ValidatedPasswordNode", validateInput=True),
        },
    )
    walk = journey({"page": page}).begin()
    first = walk.callbacks[0]

    assert isinstance(first, NameCallback)
    assert first.prompt == "Username"
    assert walk.answer("x", "x").outcome == "Success"


def test_a_password_that_must_change_is_taken() -> None:
    walked = after_login("IdentityStoreDecisionNode", "TRUE", "CANCELLED")
    walk = walked.begin(directory=people(passwordResetRequired=True))

    assert took(walk.answer("ada", "correct")) == "TRUE"


def test_choices_are_not_dropped_for_an_authentication_level() -> None:
    walk = journey(
        {
            "level": node(
                "SetStateNode", {"outcome": "one"}, attributes={"targetAuthLevel": "9"}
            ),
            "one": node("ChoiceCollectorNode", ways("a", "b"), choices=["a", "b"]),
        }
    ).begin()

    assert took(walk.answer("b")) == "b"


def test_properties_of_a_session_are_left_out_of_the_details() -> None:
    one = node(
        "SetSuccessDetailsNode",
        ways("outcome"),
        successDetails={"a": "b"},
        sessionProperties={"c": "UserToken"},
    )

    assert journey({"one": one}).begin().details == {"a": "b"}


def test_codes_of_am_are_the_same_on_the_same_walk() -> None:
    walked = own_codes("OneTimePasswordSmsSenderNode")
    first, second = (
        walked.begin(directory=people(), now=START).answer("ada") for _ in range(2)
    )
    later = walked.begin(directory=people(), now=START + timedelta(seconds=1))

    assert code_of(first) == code_of(second)
    assert code_of(first) != code_of(later.answer("ada"))


def test_a_placeholder_of_an_attribute_is_not_filled_in() -> None:
    one = node("SetSuccessUrlNode", ways("outcome"), successUrl="&{esv.url}")

    assert journey({"one": one}).begin().state.get("successUrl") == "&{esv.url}"


def test_the_page_lists_every_node_type_that_runs() -> None:
    text = Page("docs/reference/journeys.md").text
    runs = {*STEPS, *Vendor().steps, INNER_TREE, *PAGES}

    assert not [each for each in sorted(runs) if f"`{each}`" not in text]
