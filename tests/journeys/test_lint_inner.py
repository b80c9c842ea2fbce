"""Rules look into inner journeys, and at what has happened before them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.journeys import export, journey, node, single
from tests.support.lint import (
    ASKING,
    IDENTIFY,
    IDENTIFY_ALONE,
    RESEND,
    SENDER,
    SILENT_SENDER,
    Nodes,
    check,
    code,
    inner,
    message,
    retry,
    send,
)
from verify_core.journeys import Journey
from verify_core.journeys._context import Context
from verify_core.journeys._graph import Graph

WITHIN_SENDS = {"send": send(), "code": code()}
LIMITER = {"r": retry("SUCCESS")}


def test_an_inner_journey_is_looked_for_and_judged_with_what_stands_before_it() -> None:
    outer = single("Outer", {"send": send(true="in"), "in": inner("Inner")})
    within = single("Inner", {"code": code(to={"false": "code"})})

    alone = Journey.read(export(outer)).lint()
    both = Journey.read(export(outer, within)).lint()

    assert {each.rule for each in alone} == {"inner-journey-missing"}
    assert [(each.rule, each.journey) for each in both] == [
        ("wrong-codes-unlimited", "Inner")
    ]


def test_an_inner_journey_may_be_what_sends() -> None:
    outer = single("Outer", {"in": inner("Inner", true="code"), "code": code()})
    within = single("Inner", {"send": send(true="SUCCESS")})

    assert Journey.read(export(outer, within)).lint() == ()


@pytest.mark.parametrize(
    ("within", "found"),
    [
        ({"m": message("SUCCESS")}, {"wrong-codes-unlimited"}),
        ({"r": retry("SUCCESS")}, set()),
    ],
    ids=["asks", "counts"],
)
def test_an_inner_journey_limits_wrong_codes_if_it_counts(
    within: Nodes, found: set[str]
) -> None:
    nodes = {
        "send": send(),
        "code": code(to={"false": "in"}),
        "in": inner("Inner", true="code"),
    }
    written = export(single("Outer", nodes), single("Inner", within))

    assert {each.rule for each in Journey.read(written).lint()} == found


def test_journeys_that_call_each_other_are_judged_once() -> None:
    one = single("One", {"in": inner("Two", false="in")})
    two = single("Two", {"in": inner("One")})

    found = Journey.read(export(one, two), name="One").lint()

    assert [(each.rule, each.journey, each.node) for each in found] == [
        ("success-unreachable", "One", None),
        ("loop-without-end", "One", "in"),
        ("success-unreachable", "Two", None),
        ("loop-without-end", "Two", "in"),
    ]


def test_a_journey_that_calls_itself_first_is_a_loop() -> None:
    found = journey({"in": inner("Login")}).lint()

    assert [(each.rule, each.node) for each in found] == [
        ("success-unreachable", None),
        ("loop-without-end", "in"),
    ]


def test_a_journey_that_calls_itself_succeeds_if_another_way_does() -> None:
    asking = {"m": message("in"), "in": inner("Login")}
    choosing = {"a": check(false="m"), **asking}

    assert [each.rule for each in journey(asking).lint()] == ["success-unreachable"]
    assert journey(choosing).lint() == ()


def test_success_is_looked_for_in_inner_journeys() -> None:
    outer = single("Outer", {"in": inner("Inner")})
    failing = single("Inner", {"a": check(true="FAILURE")})

    found = Journey.read(export(outer, failing)).lint()

    assert [(each.rule, each.journey) for each in found] == [
        ("success-unreachable", "Outer"),
        ("success-unreachable", "Inner"),
    ]


ACROSS: list[tuple[Nodes, Nodes, set[str]]] = [
    (
        {"in": inner("Inner", false="in")},
        WITHIN_SENDS,
        {"wrong-codes-unlimited", "sender-error-loops"},
    ),
    ({"in": inner("Inner")}, WITHIN_SENDS, set()),
    (
        {"in": inner("Inner", false="r"), "r": retry("in")},
        WITHIN_SENDS,
        set(),
    ),
    (
        {"send": send(true="in"), "in": inner("Inner", false="send")},
        {"code": code()},
        {"wrong-codes-unlimited"},
    ),
    (
        {
            "send": send(),
            "code": code(to={"false": "in"}),
            "in": inner("Inner", true="code", false="code"),
        },
        LIMITER,
        {"wrong-codes-unlimited"},
    ),
    (
        {
            "send": send(),
            "code": code(to={"false": "in"}),
            "in": inner("Inner", true="code"),
        },
        LIMITER,
        set(),
    ),
    (
        {"in": inner("Inner", true="code", false="in"), "code": code()},
        {"send": node(SENDER, {"true": "SUCCESS", "error": "FAILURE"}, **ASKING)},
        {"sender-error-loops"},
    ),
    (
        {"send": send(true="in"), "in": inner("Inner", true="SUCCESS", false="send")},
        {
            "code": code(to={"false": "r", "resend": "FAILURE"}, **RESEND),
            "r": LIMITER["r"],
        },
        {"resend-without-cooldown", "wrong-codes-unlimited"},
    ),
    (
        {"in": inner("Inner", true="SUCCESS", false="in")},
        {"a": check()},
        {"loop-without-end"},
    ),
]


@pytest.mark.parametrize(("outer", "within", "rules"), ACROSS)
def test_loops_are_seen_across_inner_journeys(
    outer: Nodes, within: Nodes, rules: set[str]
) -> None:
    written = export(single("Outer", outer), single("Inner", within))

    found = [each for each in Journey.read(written).lint() if each.journey == "Outer"]

    assert {each.rule for each in found} == rules
    assert {each.node for each in found} <= outer.keys()


def test_calls_that_double_at_each_depth_are_judged_in_bounds() -> None:
    depths = [
        single(f"D{i}", {"a": inner(f"D{i + 1}", false="b"), "b": inner(f"D{i + 1}")})
        for i in range(20)
    ]

    written = export(*depths, single("D20", {"m": message("SUCCESS")}))

    found = Journey.read(written, name="D0")
    context = Context({**found.journeys, "D0": found})

    assert found.lint() == ()
    assert 500 < len(Graph(found, context).unfolded) <= 1_002


def test_what_an_inner_journey_writes_later_is_not_there_before() -> None:
    first = node(SENDER, {"true": "find", "error": "FAILURE"})
    reads = single("Inner", {"send": first, "find": IDENTIFY_ALONE})
    calls = single("Outer", {"in": inner("Inner")})

    found = Journey.read(export(calls, reads), name="Outer").lint()

    assert [(each.rule, each.node) for each in found] == [
        ("identifier-never-written", "send")
    ]


def test_what_an_inner_journey_lacks_is_looked_for_in_those_that_call_it() -> None:
    """Being called by another one is no excuse."""
    reads = single("Inner", {"send": SILENT_SENDER, "code": code()})
    calls = single("Outer", {"in": inner("Inner")})
    finds = single("Finder", {"find": IDENTIFY, "send": inner("Inner")})

    def rules(*journeys: dict[str, Any]) -> set[tuple[str, str]]:
        found = Journey.read(export(*journeys), name="Outer").lint()
        return {(each.rule, each.journey) for each in found}

    assert rules(calls, reads) == {("identifier-never-written", "Inner")}
    assert rules(calls, reads, finds) == set()


def test_every_journey_that_calls_a_collector_sends_before() -> None:
    collects = single("Inner", {"code": code()})
    sends = single("Outer", {"send": send(true="in"), "in": inner("Inner")})
    does_not = single("Other", {"a": check(true="in"), "in": inner("Inner")})

    def found(*journeys: dict[str, Any]) -> list[tuple[str, str]]:
        linted = Journey.read(export(*journeys), name="Outer").lint()
        return [(each.rule, each.journey) for each in linted if each.node == "code"]

    assert found(sends, collects) == []
    assert ("collector-without-sender", "Inner") in found(sends, does_not, collects)


def test_an_inner_journey_sends_only_if_every_way_through_it_does() -> None:
    nodes = {"in": inner("Inner", true="code"), "code": code()}
    sending = {"send": send(true="SUCCESS")}
    partly = {"a": check(true="send", false="SUCCESS"), **sending}
    failing = {"a": check(true="send", false="FAILURE"), **sending}

    def rules(within: Nodes) -> set[str]:
        written = export(single("Outer", nodes), single("Inner", within))
        return {each.rule for each in Journey.read(written, name="Outer").lint()}

    assert rules(partly) == {"collector-without-sender"}
    assert rules(failing) == rules(sending) == set()


def test_a_journey_for_calls_alone_has_had_what_it_needs() -> None:
    nodes = {"code": code()}

    called = Journey.read(export(single("Inner", nodes, innerTreeOnly=True))).lint()
    begun = Journey.read(export(single("Inner", nodes))).lint()

    assert called == ()
    assert {each.rule for each in begun} == {
        "collector-without-sender",
        "identifier-never-written",
    }


def test_journeys_that_only_call_each_other_are_judged_as_if_begun() -> None:
    one = single(
        "One", {"a": check(true="code", false="in"), "in": inner("Two"), "code": code()}
    )
    two = single("Two", {"m": message("in"), "in": inner("One")})

    found = Journey.read(export(one, two), name="One").lint()

    assert "collector-without-sender" in {each.rule for each in found}
