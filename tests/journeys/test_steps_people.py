"""Nodes that find people, decide on them and write to profiles."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.journeys import journey, node
from tests.support.walks import (
    ADA,
    Clock,
    after_login,
    people,
    took,
    ways,
)
from verify_core.journeys import Journey, Walk
from verify_core.journeys._people import People
from verify_core.nodes import ConfirmationCallback, MemoryDirectory, TextOutputCallback


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


def resetting(**attributes: Any) -> Walk:
    kind = "IdentityStoreDecisionNode"
    walked = after_login(kind, "TRUE", CANCELLED="FAILURE", **attributes)
    walk = walked.begin(directory=people(passwordResetRequired=True))
    return walk.answer("ada", "correct")


def test_a_password_that_was_reset_is_changed() -> None:
    walk = resetting()
    text, *_, buttons = walk.callbacks
    assert isinstance(text, TextOutputCallback)
    assert isinstance(buttons, ConfirmationCallback)
    assert text.message == "PASSWORD MUST BE RESET."
    assert (buttons.options, buttons.default_option) == (("SUBMIT", "CANCEL"), 1)

    walk.answer(old_password="correct", new_password="horse battery")
    assert walk.outcome is None
    walk.answer("correct", "horse battery", "horse battery")

    assert (took(walk), walk.outcome) == ("TRUE", "Success")
    assert walk.state.get("password") == "horse battery"


@pytest.mark.parametrize(
    ("old", "new", "again", "says"),
    [
        ("wrong", "horse battery", "horse battery", "old password is wrong"),
        ("correct", "horse", "horse", "at least 6 characters"),
        ("correct", "horse battery", "horse", "do not match"),
        ("correct", "correct", "correct", "must not be the old one"),
    ],
)
def test_a_new_password_that_does_not_do_is_asked_again(
    old: str, new: str, again: str, says: str
) -> None:
    walk = resetting(minimumPasswordLength=6, mixedCaseForPasswordChangeMessages=True)
    text = walk.answer(old, new, again).callbacks[0]

    assert isinstance(text, TextOutputCallback)
    assert says in text.message
    assert took(walk.answer(cancel=True)) == "CANCELLED"


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
