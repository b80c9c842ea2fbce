"""What docs/reference/journeys.md says that a walk leaves out: a test for each row."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from tests.support.journeys import export, journey, node, single
from tests.support.pages import Page
from tests.support.walks import (
    ADA,
    PASS,
    START,
    Clock,
    after_login,
    alone,
    people,
    took,
    ways,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import AttributeInputCallback, Journey, PollingWaitCallback
from verify_core.journeys._kinds import INNER_TREE, PAGES
from verify_core.journeys._machine import STEPS
from verify_core.journeys._steps_codes import Vendor
from verify_core.nodes import ConfirmationCallback, NameCallback
from verify_fakes import FakeVerifyProvider

TEXT = Page("docs/reference/journeys.md").text
TABLE = TEXT[TEXT.index("| node types | what they leave out |") :].split("\n\n")[0]
ROWS = {
    cells[1].split("`")[1]: cells[2].strip()
    for line in TABLE.splitlines()[2:]
    if (cells := line.split("|"))
}
"""What is left out, by the first node type of each row."""

TESTED: set[str] = set()
F = TypeVar("F", bound=Callable[..., None])


def row(kind: str) -> Callable[[F], F]:
    """Decorates the test of a row."""
    TESTED.add(kind)
    return lambda function: function


@row("VerifyAuthSenderNode")
def test_the_provider_of_the_walk_is_asked_whatever_account_the_export_has() -> None:
    fake = FakeVerifyProvider(seed=1)
    one = alone(
        "VerifyAuthSenderNode",
        "true",
        accountSID="&{esv.sid}",
        serviceSID="VA00",
        requestIdentifier=True,
    )

    assert took(one.begin(provider=fake).answer(phone="+15553231234")) == "true"
    assert len(fake.outbox) == 1


@row("UsernameCollectorNode")
def test_a_name_is_not_filled_in() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node("UsernameCollectorNode", ways("outcome"), prepopulate=True),
        }
    ).begin()
    asked = walk.answer("ada").callbacks[0]

    assert isinstance(asked, NameCallback)
    assert asked.name == ""


@row("ValidatedUsernameNode")
def test_policies_that_are_not_listed_pass() -> None:
    properties = {"userName": {"policies": [{"policyId": "valid-username"}]}}
    one = alone("ValidatedUsernameNode", "outcome", validateInput=True)
    walk = one.begin(tenant={"schema": {"properties": properties}})

    assert walk.answer("?!").outcome == "Success"
    listed = set(re.findall("`([a-zX-]+)`", ROWS["ValidatedUsernameNode"]))
    assert listed - {"prepopulate"} >= {"unique", "minimum-length"}


@row("AttributeCollectorNode")
def test_an_attribute_beside_the_default_schema_has_the_kind_of_its_value() -> None:
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node(
                "AttributeCollectorNode",
                ways("outcome"),
                attributesToCollect=["age", "city", "preferences/x"],
            ),
        }
    )
    asked = walked.begin(directory=people(age=7)).answer("ada").callbacks

    assert [
        each.kind for each in asked if isinstance(each, AttributeInputCallback)
    ] == [
        "Number",
        "String",
        "Boolean",
    ]


@row("ChoiceCollectorNode")
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


@row("MessageNode")
def test_the_realm_s_language_is_english() -> None:
    texts = {"de": "Ja", "en": "Yes!"}
    buttons = alone("MessageNode", "true", messageYes=texts).begin(locales=["fr"])

    asked = buttons.callbacks[1]
    assert isinstance(asked, ConfirmationCallback)
    assert asked.options == ("Yes!", "No")


@row("PageNode")
def test_a_page_of_version_two_has_no_standalone_nodes() -> None:
    children = {"user": node("UsernameCollectorNode"), "idp": node("SelectIdPNode")}
    read = single(
        "Login",
        {
            "page": node(
                "PageNode", {"idp-localAuthentication": "SUCCESS"}, children=children
            )
        },
    )
    read["nodes"]["page"]["_type"]["version"] = "2.0"

    assert Journey.read(export(read)).begin().answer("ada").outcome == "Success"


@row(INNER_TREE)
def test_an_inner_journey_is_given_what_the_inputs_of_a_script_name() -> None:
    seen: list[object] = []
    inner = {"s": node("ScriptedDecisionNode", ways("a"), inputs=["password"])}
    outer = {
        "pass": PASS,
        "one": node(INNER_TREE, {"true": "SUCCESS", "false": "FAILURE"}, tree="Inner"),
    }
    walked = Journey.read(
        export(single("Outer", outer), single("Inner", inner)), name="Outer"
    )

    walk = walked.begin(
        outcomes={"s": lambda state: seen.append(state.get("password")) or "a"}
    )

    assert walk.answer("secret").outcome == "Success"
    assert seen == ["secret"]


@row("DataStoreDecisionNode")
def test_a_hash_is_compared_as_it_is_written() -> None:
    walked = after_login("DataStoreDecisionNode", "true", "false")
    hashed = people(password="{SSHA}abc")

    assert took(walked.begin(directory=hashed).answer("ada", "{SSHA}abc")) == "true"


@row("IdentityStoreDecisionNode")
@pytest.mark.parametrize("kind", ["IdentityStoreDecisionNode", "LdapDecisionNode"])
def test_a_password_that_expires_soon_is_taken(kind: str) -> None:
    walked = after_login(kind, "TRUE", "CANCELLED")
    walk = walked.begin(directory=people(passwordExpiresIn=3, graceLogins=1))

    assert took(walk.answer("ada", "correct")) == "TRUE"


@row("IdentifyExistingUserNode")
def test_there_is_no_universal_id() -> None:
    walked = after_login(
        "IdentifyExistingUserNode", "true", identityAttribute="userName"
    )
    walk = walked.begin(directory=people()).answer("ada", "x")

    assert "universalId" not in walk.state.keys()  # noqa: SIM118


@row("PatchObjectNode")
def test_a_person_may_change_what_only_the_client_may() -> None:
    directory = people()
    walked = journey(
        {
            "user": node("ValidatedUsernameNode", {"outcome": "set"}),
            "set": node(
                "AttributeCollectorNode",
                {"outcome": "one"},
                attributesToCollect=["accountStatus"],
            ),
            "one": node("PatchObjectNode", ways("PATCHED"), patchAsObject=True),
        }
    )
    walk = walked.begin(directory=directory).answer("ada").answer("active")

    assert took(walk) == "PATCHED"
    assert directory.find("userName", "ada") == ADA


@row("IncrementLoginCountNode")
@row("AccountLockoutNode")
@pytest.mark.parametrize(
    "kind", ["IncrementLoginCountNode", "RetryLimitDecisionNode", "AccountLockoutNode"]
)
def test_nothing_is_written_to_the_directory(kind: str) -> None:
    directory = people()
    walk = after_login(kind, "outcome", "Retry").begin(directory=directory)

    assert took(walk.answer("ada", "x")) in ("outcome", "Retry")
    assert directory.find("userName", "ada") == ADA


@row("SetStateNode")
def test_the_url_of_the_node_is_the_one_that_is_answered() -> None:
    walk = alone("SetSuccessUrlNode", "outcome", successUrl="&{esv.url}").begin()

    assert walk.response is not None
    assert walk.response["successUrl"] == "&{esv.url}"


@row("SetSuccessDetailsNode")
@row("SetCustomCookieNode")
def test_no_headers_are_set() -> None:
    further = {"headerControl": {"a": "b"}, "name": "cookie", "value": "1"}
    for kind in ("SetSuccessDetailsNode", "SetCustomCookieNode"):
        walk = alone(kind, "outcome", **further).begin()

        assert walk.response == {"successUrl": "/am/console", "realm": "/"}


@row("TimerStartNode")
def test_a_timer_measures_nothing() -> None:
    walk = alone("TimerStopNode", "outcome", metricKey="login").begin()

    assert walk.state.shared == {"realm": "/", "authLevel": 0}


@row("AttributeValueDecisionNode")
@pytest.mark.parametrize("text", ["mail in '[\"a\"]'", "tags/0 eq 'a'"])
def test_a_filter_knows_neither_lists_nor_indices(text: str) -> None:
    walked = after_login("QueryFilterDecisionNode", "true", "false", queryFilter=text)
    walk = walked.begin(directory=people(tags=["a"]))

    if " in " in text:
        with pytest.raises(InvalidSetting, match="queryFilter: takes pr or one of"):
            walk.answer("ada", "x")
    else:
        assert took(walk.answer("ada", "x")) == "false"


@row("ProfileCompletenessDecisionNode")
def test_a_profile_is_measured_by_the_schema() -> None:
    walked = after_login(
        "ProfileCompletenessDecisionNode", "true", "false", threshold=99
    )

    assert took(walked.begin(directory=people()).answer("ada", "x")) == "false"
    assert took(walked.begin(directory=people(sn="L")).answer("ada", "x")) == "true"


@row("KbaCreateNode")
def test_wrong_answers_to_the_first_question_are_not_counted() -> None:
    info = [{"customQuestion": q, "answer": "right"} for q in ("First?", "Second?")]
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "one"}),
            "one": node("KbaVerifyNode", {"true": "SUCCESS", "false": "one"}),
        }
    )
    walk = walked.begin(directory=people(kbaInfo=info)).answer("ada")

    for _ in range(20):
        walk.answer(first="wrong")
    assert walk.answer(first="RIGHT!").outcome == "Success"


@row("EmailSuspendNode")
def test_a_link_without_a_duration_never_expires() -> None:
    clock = Clock()
    walk = alone("EmailSuspendNode", "outcome").begin(now=clock)
    clock.time += timedelta(days=9_999)

    assert walk.resume().outcome == "Success"


@row("PollingWaitNode")
def test_a_wait_is_a_day_at_most() -> None:
    asked = alone("PollingWaitNode", "DONE", secondsToWait=10**9).begin().callbacks[0]

    assert isinstance(asked, PollingWaitCallback)
    assert asked.wait_time == 86_400_000


@row("SelectIdPNode")
def test_what_a_provider_answers_is_chosen() -> None:
    read = single(
        "Login",
        {
            "idp": node(
                "SelectIdPNode",
                {"socialAuthentication": "go"},
                includeLocalAuthentication=False,
            ),
            "go": node("SocialProviderHandlerNode", {"ACCOUNT_EXISTS": "SUCCESS"}),
        },
    )
    read["socialIdentityProviders"] = {"google": {}}

    with pytest.raises(InvalidSetting, match="needs a choice for node 'go'"):
        Journey.read(export(read)).begin()
    chosen = {"go": "ACCOUNT_EXISTS"}
    assert Journey.read(export(read)).begin(outcomes=chosen).outcome == "Success"


@row("SessionDataNode")
def test_a_session_s_end_is_noted_alone() -> None:
    walk = alone("SetSessionPropertiesNode", "outcome", maxIdleTime=1).begin(now=START)

    assert walk.session is not None
    assert walk.session["maxIdleTime"] == 1


@row("AuthLevelDecisionNode")
def test_a_level_begins_at_nought_whatever_the_session_has() -> None:
    one = alone("AuthLevelDecisionNode", "true", "false", authLevelRequirement=1)

    assert took(one.begin(tenant={"session": {"AuthLevel": "5"}})) == "false"


@row("OneTimePasswordGeneratorNode")
@row("OneTimePasswordSmtpSenderNode")
def test_codes_follow_from_the_walk_and_stay_in_it() -> None:
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "make"}),
            "make": node("OneTimePasswordGeneratorNode", {"outcome": "send"}),
            "send": node(
                "OneTimePasswordSmsSenderNode", ways("outcome"), hostName="no.example"
            ),
        }
    )
    one, other = (
        walked.begin(directory=people(), now=START).answer("ada") for _ in range(2)
    )

    assert one.outbox == other.outbox
    assert len(one.outbox) == 1


def test_each_row_that_leaves_something_out_has_a_test() -> None:
    leaving = {kind for kind, what in ROWS.items() if not what.startswith("Nothing")}

    assert leaving == TESTED


def test_the_page_lists_every_node_type_that_runs() -> None:
    runs = {*STEPS, *Vendor().steps, INNER_TREE, *PAGES}

    assert not [each for each in sorted(runs) if f"`{each}`" not in TABLE]
