"""Nodes that wait, send e-mail and choose a way in; and what AM answers at the end."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.journeys import export, journey, node, single
from tests.support.walks import START, USER, Clock, after_login, people, took, ways
from verify_core.errors import InvalidSetting
from verify_core.journeys import (
    Journey,
    PollingWaitCallback,
    SelectIdPCallback,
    SuspendedTextOutputCallback,
)
from verify_core.nodes import ConfirmationCallback, TextOutputCallback

# E-mail


def suspending(**attributes: Any) -> Journey:
    read = single(
        "Login",
        {
            "ask": node(
                "AttributeCollectorNode",
                {"outcome": "one"},
                attributesToCollect=["mail", "givenName"],
            ),
            "one": node("EmailSuspendNode", ways("outcome"), **attributes),
        },
    )
    read["emailTemplates"] = {
        "registration": {
            "subject": {"en": "Welcome"},
            "message": {"en": "Hi {{object.givenName}}: {{object.resumeURI}}{{x}}"},
        }
    }
    return Journey.read(export(read))


def test_a_journey_goes_on_by_the_link_of_an_e_mail() -> None:
    walk = suspending().begin().answer(mail="a@b.example", given_name="Ada")
    text = walk.callbacks[0]
    assert isinstance(text, SuspendedTextOutputCallback)
    assert text.message.startswith("An email has been sent to the address")
    sent = walk.outbox[-1]
    assert (sent.to, sent.subject) == ("a@b.example", "Welcome")
    assert sent.text == f"Hi Ada: ?suspendedId={walk.suspended_id}"

    with pytest.raises(InvalidSetting, match=r"answer: nothing is asked.*resume"):
        walk.answer()
    assert walk.resume().outcome == "Success"
    assert walk.suspended_id is None
    with pytest.raises(InvalidSetting, match="waits for no link"):
        walk.back().back().resume()


def test_a_resumed_walk_is_played_again() -> None:
    walked = suspending()
    walk = walked.begin().answer(mail="a@b.example").resume()

    assert walked.begin().replay(walk.history).taken == walk.taken
    assert walk.back().resume().outcome == "Success"


def test_an_unknown_address_is_sent_nothing_and_shown_the_same() -> None:
    walk = suspending(emailSuspendMessage={}).begin().answer(mail="")

    text = walk.callbacks[0]
    assert isinstance(text, SuspendedTextOutputCallback)
    assert text.message == "An email has been sent to your inbox."
    assert walk.outbox == ()


@pytest.mark.parametrize(("minutes", "expired"), [(9, False), (10, True)])
def test_a_link_expires(minutes: int, expired: bool) -> None:  # noqa: FBT001
    clock = Clock()
    walk = suspending(suspendDuration=10).begin(now=clock).answer(mail="a@b.example")
    clock.time += timedelta(minutes=minutes)

    if expired:
        with pytest.raises(InvalidSetting, match="has expired"):
            walk.resume()
    else:
        assert walk.resume().outcome == "Success"


def test_the_person_s_own_address_may_be_looked_up() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node("EmailSuspendNode", ways("outcome"), objectLookup=True),
        }
    ).begin(directory=people())

    assert walk.answer("ada").outbox[-1].to == "ada@example.org"
    assert walk.back().answer("bob").outbox == ()


@pytest.mark.parametrize(
    ("mail", "outcome"), [("a@b.c", "EMAIL_SENT"), ("", "EMAIL_NOT_SENT")]
)
def test_a_template_is_sent(mail: str, outcome: str) -> None:
    walked = after_login("EmailTemplateNode", "EMAIL_SENT", "EMAIL_NOT_SENT")
    walk = walked.begin(directory=people(mail=mail)).answer("ada", "x")

    assert took(walk) == outcome
    assert [sent.to for sent in walk.outbox] == [mail] * bool(mail)


def test_without_a_person_no_template_is_sent() -> None:
    one = node("EmailTemplateNode", ways("EMAIL_SENT", "EMAIL_NOT_SENT"))

    assert took(journey({"one": one}).begin(directory=people())) == "EMAIL_NOT_SENT"


# Waiting


def waiting(**attributes: Any) -> Journey:
    outcomes = ways("DONE", "EXITED", "SPAM")
    return journey({"one": node("PollingWaitNode", outcomes, **attributes)})


def test_a_wait_ends_by_the_clock() -> None:
    clock = Clock()
    message = {"en": "{{time}} s"}
    walk = waiting(secondsToWait=5, waitingMessage=message).begin(now=clock)
    asked = walk.callbacks[0]
    assert isinstance(asked, PollingWaitCallback)
    assert (asked.wait_time, asked.message) == (5000, "5 s")

    clock.time += timedelta(seconds=5)
    assert walk.answer().outcome is None
    clock.time += timedelta(milliseconds=1)
    assert took(walk.answer()) == "DONE"
    assert not [key for key in walk.state.keys() if "one." in key]  # noqa: SIM118


@pytest.mark.parametrize("press", [{"exit": True}, {"stop": True}])
def test_a_wait_is_left_by_its_button(press: dict[str, Any]) -> None:
    walk = waiting(exitable=True, exitMessage={"en": "Stop"}).begin()
    _, button = walk.callbacks
    assert isinstance(button, ConfirmationCallback)
    assert (button.options, button.selected_index) == (("Stop",), 100)

    assert walk.answer().outcome is None
    assert took(walk.answer(**press)) == "EXITED"


def test_too_many_answers_are_spam() -> None:
    walk = waiting(spamDetectionEnabled=True, spamDetectionTolerance=2).begin()

    assert walk.answer().answer().outcome is None
    assert took(walk.answer()) == "SPAM"


# Ways in


def choosing(*providers: str, **attributes: Any) -> Journey:
    page = node(
        "PageNode",
        {"localAuthentication": "SUCCESS", "socialAuthentication": "FAILURE"},
        children={
            "user": node("ValidatedUsernameNode"),
            "pass": node("ValidatedPasswordNode"),
            "idp": node("SelectIdPNode", **attributes),
        },
    )
    read = single("Login", {"page": page})
    read["socialIdentityProviders"] = {
        name: {"enabled": True, "uiConfig": {"buttonDisplayName": name.title()}}
        for name in providers
    }
    return Journey.read(export(read))


def test_local_credentials_alone_are_never_a_choice() -> None:
    walk = choosing().begin()

    assert len(walk.callbacks) == 2
    assert walk.answer("ada", "x").outcome == "Success"


def test_a_provider_is_chosen_before_names_and_passwords() -> None:
    walk = choosing("google", "github").begin()
    first = walk.callbacks[0]
    assert isinstance(first, SelectIdPCallback)
    assert [each["provider"] for each in first.providers] == [
        "google",
        "github",
        "localAuthentication",
    ]

    with pytest.raises(InvalidSetting, match="takes one of: google, github"):
        walk.answer(provider="gogle")
    assert took(walk.answer(provider="google")) == "socialAuthentication"
    assert walk.state.get("selectedIdp") == "google"


def test_local_credentials_are_chosen_among_providers() -> None:
    walk = choosing("google").begin()

    walk.answer(provider="localAuthentication", username="ada", password="pw")

    assert (took(walk), walk.state.get("username")) == ("localAuthentication", "ada")


def test_only_providers_that_are_wanted_are_offered() -> None:
    walk = choosing(
        "google",
        "github",
        filteredProviders=["github"],
        includeLocalAuthentication=False,
    ).begin()

    assert walk.state.get("selectedIdp") == "github"
    none = choosing(includeLocalAuthentication=False).begin()
    assert "no provider" in f"{none.error}"


def test_a_person_is_offered_what_was_used_before() -> None:
    walked = journey(
        {
            "user": USER,
            "pass": node("PasswordCollectorNode", {"outcome": "one"}),
            "one": node(
                "SelectIdPNode",
                ways("localAuthentication", "socialAuthentication"),
                offerOnlyExisting=True,
                identityAttribute="userName",
            ),
        }
    )

    known = walked.begin(directory=people()).answer("ada").answer("x")
    assert took(known) == "localAuthentication"


def test_a_username_is_displayed() -> None:
    walked = journey(
        {
            "user": node(
                "ValidatedUsernameNode", {"outcome": "one"}, usernameAttribute="mail"
            ),
            "one": node("DisplayUserNameNode", ways("outcome")),
        }
    )
    walk = walked.begin(directory=people()).answer("ada@example.org")

    text = walk.callbacks[0]
    assert isinstance(text, TextOutputCallback)
    assert text.message == "ada"
    assert "'ada'" not in f"{walk.callbacks}"
    assert walk.answer().outcome == "Success"


# Sessions, and the last answer


def test_a_session_has_what_nodes_wrote() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "set"}),
            "set": node(
                "SetSessionPropertiesNode",
                {"outcome": "drop"},
                properties={"a": "1", "b": "2"},
                maxSessionTime=30,
            ),
            "drop": node(
                "RemoveSessionPropertiesNode", {"outcome": "say"}, propertyNames=["b"]
            ),
            "say": node(
                "SetSuccessDetailsNode",
                {"outcome": "url"},
                successDetails={"n": "5"},
                sessionProperties={"who": "UserToken", "gone": "b"},
            ),
            "url": node("SetSuccessUrlNode", ways("outcome"), successUrl="/in"),
        }
    ).begin()
    assert (walk.session, walk.response) == (None, None)

    walk.answer("ada")

    assert walk.session == {
        "Service": "Login",
        "AuthLevel": "0",
        "UserToken": "ada",
        "a": "1",
        "maxSessionTime": 30,
    }
    assert walk.response == {"successUrl": "/in", "realm": "/", "n": 5, "who": "ada"}


def test_a_journey_without_a_session_says_so() -> None:
    walked = journey(
        {"one": node("SetCustomCookieNode", ways("outcome"))}, noSession=True
    )
    walk = walked.begin()

    assert walk.session is None
    assert walk.response == {
        "message": "Authentication Successful",
        "successUrl": "/am/console",
        "realm": "/",
    }


def test_a_failure_is_answered_as_by_am() -> None:
    one = node("SetFailureUrlNode", {"outcome": "FAILURE"}, failureUrl="/out")
    walk = journey({"one": one}).begin()

    assert walk.response == {
        "code": 401,
        "reason": "Unauthorized",
        "message": "Login failure",
        "detail": {"failureUrl": "/out"},
    }


@pytest.mark.parametrize(
    ("end", "message"), [("FAILURE", "Login failure"), ("throw", "Broken")]
)
def test_details_of_an_error_are_for_exceptions_alone(end: str, message: str) -> None:
    walk = journey(
        {
            "one": node(
                "SetErrorDetailsNode",
                {"outcome": end},
                errorMessage={"en": "Broken"},
                errorDetails={"why": "x"},
            ),
            "throw": node("AnonymousSessionUpgradeNode", ways("outcome")),
        }
    ).begin()

    assert walk.response is not None
    assert walk.response["message"] == message


def test_a_locked_person_is_told_so() -> None:
    walk = after_login("AnonymousUserNode", "outcome", anonymousUserName="ada").begin(
        directory=people(accountStatus="inactive")
    )

    response = walk.answer("x", "y").response

    assert response is not None
    assert response["message"] == "User Locked Out."


def test_a_session_that_is_there_is_read() -> None:
    walked = journey(
        {
            "one": node("SessionDataNode", {"outcome": "two"}),
            "two": node("AnonymousSessionUpgradeNode", ways("outcome")),
        }
    )
    walk = walked.begin(tenant={"session": {"UserToken": "ada"}})

    assert walk.outcome == "Success"
    assert walk.state.shared["userName"] == "ada"
    assert walk.state.shared["objectAttributes"] == {"userName": "ada"}
    assert "no session to upgrade" in f"{walked.begin(now=START).error}"
