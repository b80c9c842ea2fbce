"""Pages, inner journeys, and nodes that write state and details."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.journeys import export, journey, node, single
from tests.support.walks import (
    PASS,
    START,
    USER,
    people,
    took,
    ways,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey
from verify_core.journeys._kinds import INNER_TREE
from verify_core.nodes import (
    NodeState,
)
from verify_fakes import FakeVerifyProvider


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


def test_a_page_has_a_header_in_the_person_s_language() -> None:
    page = node(
        "PageNode",
        ways("outcome"),
        children={"user": USER},
        pageHeader={"en": "Sign in", "de": "Anmelden"},
        pageDescription={},
        stage='{"themeId":"1"}',
    )
    walk = journey({"page": page}).begin(locales=["de-AT"])

    assert walk.page == {"header": "Anmelden", "stage": '{"themeId":"1"}'}
    assert walk.answer("ada").page == {}
