"""Each rule: the smallest journey that breaks it, and one that keeps it."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.journeys import FAILURE, Node, export, journey, node, single
from verify_core.journeys import Journey
from verify_core.journeys._context import Context
from verify_core.journeys._graph import Graph
from verify_core.journeys._rules import RULES

ENDS = {"true": "SUCCESS", "false": "FAILURE", "error": "FAILURE"}
ASKING = {"requestIdentifier": True}
SENDER = "VerifyAuthSenderNode"
COLLECTOR = "VerifyAuthCollectorDecisionNode"


def check(**to: str) -> Node:
    return node("DataStoreDecisionNode", ENDS | to)


def send(**to: str) -> Node:
    return node(SENDER, {"true": "code", "error": "FAILURE"} | to, **ASKING)


def code(*, to: dict[str, str] | None = None, **attributes: Any) -> Node:  # noqa: ANN401
    return node(COLLECTOR, ENDS | (to or {}), **{"hideCode": False} | attributes)


def retry(again: str, reject: str = "FAILURE") -> Node:
    return node("RetryLimitDecisionNode", {"Retry": again, "Reject": reject})


def message(to: str) -> Node:
    return node("MessageNode", {"true": to, "false": "FAILURE"})


def page(last: Node, *before: Node, to: dict[str, str] | None = None) -> Node:
    children = {f"c{i}": each for i, each in enumerate([*before, last])}
    return node("PageNode", to or last[1], children=children)


LISTED = [{"id": each} for each in ENDS]
RESEND = {"showResendButton": True}
IDENTIFY = node(
    "VerifyAuthIdentifierNode", {"True": "send", "False": "FAILURE", "Error": "FAILURE"}
)
IDENTIFY_ALONE = node(
    "VerifyAuthIdentifierNode",
    {"True": "SUCCESS", "False": "FAILURE", "Error": "FAILURE"},
)
SILENT_SENDER = node(SENDER, {"true": "code", "error": "FAILURE"})
PATCH = node("PatchObjectNode", {"PATCHED": "SUCCESS", "FAILURE": "FAILURE"})
Nodes = dict[str, Node]

CASES: list[tuple[str, Nodes, Nodes]] = [
    ("success-unreachable", {"a": check(true="FAILURE")}, {"a": check()}),
    ("connection-broken", {"a": check(true="nowhere")}, {"a": check()}),
    (
        "outcome-unconnected",
        {"a": node("DataStoreDecisionNode", {"true": "SUCCESS"})},
        {"a": check()},
    ),
    (
        "node-unreachable",
        {"a": check(), "b": check()},
        {"a": check(false="b"), "b": check()},
    ),
    (
        "loop-without-end",
        {"a": check(false="a")},
        {"a": check(false="b"), "b": message("a")},
    ),
    (
        "loop-without-end",
        {"a": check(false="b"), "b": retry("FAILURE", reject="a")},
        {"a": check(false="b"), "b": retry("a")},
    ),
    (
        "page-decider-not-last",
        {"send": send(), "code": page(node("MessageNode"), code())},
        {"send": send(), "code": page(code(), node("UsernameCollectorNode"))},
    ),
    (
        "wrong-codes-unlimited",
        {"send": send(), "code": code(to={"false": "code"})},
        {"send": send(), "code": code(to={"false": "r"}), "r": retry("code")},
    ),
    (
        "wrong-codes-unlimited",
        {"send": send(), "code": page(code(to={"false": "m"})), "m": message("send")},
        {
            "send": send(),
            "code": page(code(to={"false": "m"})),
            "m": message("r"),
            "r": retry("code"),
        },
    ),
    (
        "wrong-codes-unlimited",
        {
            "g": node("OneTimePasswordGeneratorNode", {"outcome": "c"}),
            "c": node("OneTimePasswordCollectorDecisionNode", ENDS | {"false": "c"}),
        },
        {
            "g": node("OneTimePasswordGeneratorNode", {"outcome": "c"}),
            "c": node("OneTimePasswordCollectorDecisionNode", ENDS),
        },
    ),
    (
        "sender-error-loops",
        {"send": send(error="send"), "code": code()},
        {"send": send(error="r"), "code": code(), "r": retry("send")},
    ),
    (
        "sender-error-loops",
        {"send": send(error="x"), "code": code(), "x": check(false="send")},
        {"send": send(error="x"), "code": code(), "x": message("send")},
    ),
    (
        "resend-without-cooldown",
        {"send": send(), "code": code(to={"resend": "send"}, **RESEND)},
        {
            "send": send(),
            "code": code(to={"resend": "w"}, **RESEND),
            "w": node("PollingWaitNode", {"DONE": "send"}),
        },
    ),
    (
        "resend-without-cooldown",
        {
            "send": send(),
            "code": page(code(to={"resend": "m"}, **RESEND)),
            "m": message("send"),
        },
        {
            "send": send(),
            "code": page(code(to={"resend": "r"}, **RESEND)),
            "r": retry("send"),
        },
    ),
    (
        "resend-without-cooldown",
        {"send": send(), "code": code(to={"resend": "send"})},
        {"send": send(), "code": code(to={"resend": "send"}, showResendButton=False)},
    ),
    (
        "resend-without-cooldown",
        {
            "send": send(),
            "code": code(to={"resend": "x"}, **RESEND),
            "x": node("SetStateNode", {"outcome": "send"}),
        },
        {
            "send": send(),
            "code": code(to={"resend": "x"}, **RESEND),
            "x": node("ScriptedDecisionNode", {"on": "send"}, outcomes=["on"]),
        },
    ),
    (
        "resend-without-cooldown",
        {
            "send": send(),
            "code": code(to={"resend": "x"}, **RESEND),
            "x": node("SetStateNode", {"outcome": "send"}),
        },
        {
            "send": send(),
            "code": code(to={"resend": "x"}, **RESEND),
            "x": node("HouseNode", {"outcome": "send"}),
        },
    ),
    (
        "outcome-unconnected",
        {"send": send(), "code": code(_outcomes=LISTED, **RESEND)},
        {
            "send": send(),
            "code": code(
                _outcomes=[*LISTED, {"id": "resend"}], showResendButton="false"
            ),
        },
    ),
    (
        "code-hides-autofill",
        {"send": send(), "code": node(COLLECTOR, ENDS)},
        {"send": send(), "code": code()},
    ),
    (
        "secret-in-clear",
        {
            "send": node(SENDER, send()[1], authToken="in clear", **ASKING),
            "code": code(),
        },
        {
            "send": node(SENDER, send()[1], authToken="&{esv.token}", **ASKING),
            "code": code(),
        },
    ),
    (
        "identifier-never-written",
        {"send": SILENT_SENDER, "code": code()},
        {"find": IDENTIFY, "send": SILENT_SENDER, "code": code()},
    ),
    (
        "identifier-never-written",
        {"send": send(), "code": code(identifierSharedState="phone")},
        {
            "send": node(SENDER, send()[1], identifierSharedState="phone", **ASKING),
            "code": code(identifierSharedState="phone"),
        },
    ),
    (
        "collector-without-sender",
        {"a": check(true="send", false="code"), "send": send(), "code": code()},
        {"a": check(true="send"), "send": send(), "code": code()},
    ),
    (
        "collector-without-sender",
        {"send": send(error="code"), "code": code()},
        {"send": send(), "code": code()},
    ),
]


@pytest.mark.parametrize(
    ("rule", "broken", "kept"), CASES, ids=[f"{i} {c[0]}" for i, c in enumerate(CASES)]
)
def test_a_rule_finds_what_breaks_it_and_nothing_else(
    rule: str, broken: Nodes, kept: Nodes
) -> None:
    found = journey(broken).lint()

    assert rule in {each.rule for each in found}
    assert rule not in {each.rule for each in journey(kept).lint()}
    for each in found:
        assert each.severity == RULES[each.rule].severity
        assert each.message.endswith(".")
        assert "in clear" not in each.message.removesuffix("in clear: authToken.")


@pytest.mark.parametrize(
    "kept", [case[2] for case in CASES if case[0] != "page-decider-not-last"]
)
def test_what_keeps_a_rule_keeps_every_rule(kept: Nodes) -> None:
    assert [each for each in journey(kept).lint() if each.severity == "error"] == []


def test_the_node_at_fault_is_the_child_of_a_page() -> None:
    nodes = {"send": send(), "code": page(code(to={"false": "code"}, hideCode=True))}

    found = {each.rule: each.node for each in journey(nodes).lint()}

    assert found == {"wrong-codes-unlimited": "c0", "code-hides-autofill": "c0"}


def test_outcomes_of_a_page_since_version_2_are_read_with_their_prefix() -> None:
    to = {f"c0-{each}": target for each, target in (ENDS | {"false": "code"}).items()}
    written = single("Login", {"send": send(), "code": page(code(), to=to)})
    written["nodes"]["code"]["_type"]["version"] = "2.0"

    found = [each.rule for each in Journey.read(written).lint()]

    assert found == ["wrong-codes-unlimited"]


def test_a_node_without_its_own_object_is_pointed_out() -> None:
    written = single("Login", {"a": check()})
    del written["nodes"]["a"]

    assert [each.rule for each in Journey.read(written).lint()] == [
        "attributes-missing"
    ]


def test_a_collector_without_its_own_object_may_show_its_code_field() -> None:
    written = single("Login", {"send": send(), "code": node(COLLECTOR, ENDS)})
    del written["nodes"]["code"]

    found = {each.rule for each in Journey.read(written).lint()}

    assert found == {"attributes-missing"}


def test_standalone_nodes_of_a_page_have_outcomes_of_their_own() -> None:
    to = {
        f"{child}-{each}": target
        for child in ("c0", "c1")
        for each, target in ENDS.items()
    }
    written = single("Login", {"a": page(code(), node("MessageNode"), to=to)})
    written["nodes"]["a"]["_type"]["version"] = "2.0"

    found = {each.rule for each in Journey.read(written).lint()}

    assert "page-decider-not-last" not in found


def inner(name: str, **to: str) -> Node:
    return node("InnerTreeEvaluatorNode", ENDS | to, tree=name)


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


WITHIN_SENDS = {"send": send(), "code": code()}
LIMITER = {"r": retry("SUCCESS")}
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


SCRIPTED = node(
    "ScriptedDecisionNode",
    {"again": "a", "on": "SUCCESS"},
    script="s",
    outcomes=["again", "on"],
)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("outcome = 'again';", {"loop-without-end"}),
        ("var n = nodeState.get('n');", set()),
        ("callbacksBuilder.nameCallback('x');", set()),
        ("var authToken = '0123456789abcdef'; callbacks;", {"secret-in-clear"}),
    ],
)
def test_a_script_is_read_for_what_it_may_do(text: str, rules: set[str]) -> None:
    written = single("Login", {"a": SCRIPTED})
    written["scripts"] = {"s": {"name": "One", "script": text}}

    found = Journey.read(written).lint()

    assert {each.rule for each in found} == rules
    assert "0123456789abcdef" not in f"{found}"


def test_a_script_that_is_not_there_gets_the_benefit_of_the_doubt() -> None:
    assert journey({"a": SCRIPTED}).lint() == ()


def test_a_journey_of_2000_nodes_and_a_long_loop_are_judged() -> None:
    nodes = {f"n{i}": check(true=f"n{i + 1}") for i in range(2000)}
    nodes["n2000"] = check(false="n0")

    found = journey(nodes).lint()

    assert [(each.rule, each.node) for each in found] == [("loop-without-end", "n0")]


def test_names_from_the_export_are_shown_on_one_line_without_controls() -> None:
    written = single("Login", {"a": check(true="nowhere")})
    written["tree"]["nodes"]["a"]["displayName"] = "x\x1b[31m\n\u202e" + "y" * 500

    for each in Journey.read(written).lint():
        assert each.message.isprintable()
        assert len(each.message) < 200


def test_a_public_sample_in_which_success_cannot_be_reached() -> None:
    """Its shape: resend-otps' HOTPWithRetry of 2024, whose message ends in Failure."""
    nodes = {
        "make": node("OneTimePasswordGeneratorNode", {"outcome": "ask"}),
        "ask": page(
            node("ScriptedDecisionNode", outcomes=["Valid", "Expired"]),
            to={"Valid": "done", "Expired": "late"},
        ),
        "done": node("MessageNode", {"true": FAILURE, "false": FAILURE}),
        "late": node("MessageNode"),
    }

    found = [(each.rule, each.node) for each in journey(nodes).lint()]

    assert found == [
        ("success-unreachable", None),
        ("outcome-unconnected", "late"),
        ("outcome-unconnected", "late"),
    ]


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


def choose(*choices: str, to: str) -> Node:
    ways = dict.fromkeys(choices, to)
    return node("ChoiceCollectorNode", ways, choices=[*choices], prompt="?")


@pytest.mark.parametrize(
    ("between", "ends"),
    [
        (choose("sms", to="a"), False),
        (choose("sms", "call", to="a"), True),
        (node("PollingWaitNode", {"DONE": "a"}, exitable=False), False),
        (
            node("PollingWaitNode", {"DONE": "a", "EXITED": "FAILURE"}, exitable=True),
            True,
        ),
        (
            node("AttributeCollectorNode", {"outcome": "a"}, attributesToCollect=[]),
            False,
        ),
        (
            node(
                "AttributeCollectorNode", {"outcome": "a"}, attributesToCollect=["mail"]
            ),
            True,
        ),
        (node("designer-1", {"on": "a"}), True),
    ],
)
def test_a_node_that_may_go_on_by_itself_asks_no_person(
    between: Node, *, ends: bool
) -> None:
    found = {
        each.rule for each in journey({"a": check(false="b"), "b": between}).lint()
    }

    assert found == (set() if ends else {"loop-without-end"})


def test_a_sender_that_has_its_number_asks_no_more() -> None:
    nodes = {"send": send(true="a"), "a": check(false="send")}

    assert [each.rule for each in journey(nodes).lint()] == ["loop-without-end"]


@pytest.mark.parametrize(
    ("text", "is_written"),
    [
        ("nodeState.putShared('phone', x);", True),
        ('sharedState.put("phone", x)', True),
        ("nodeState.putShared(KEY, x)", True),
        ("nodeState.mergeShared(found)", True),
        ("var put = require('put');", True),
        ("nodeState.putShared('telephone', x);", False),
        ("outcome = 'on';", False),
    ],
)
def test_a_script_writes_the_keys_that_stand_in_it(
    text: str, *, is_written: bool
) -> None:
    nodes = {
        "s": node("ScriptedDecisionNode", {"on": "send"}, script="s", outcomes=["on"]),
        "send": node(SENDER, send()[1], identifierSharedState="phone"),
        "code": code(identifierSharedState="phone"),
    }
    written = single("Login", nodes)
    written["scripts"] = {"s": {"name": "One", "script": text}}

    found = {each.rule for each in Journey.read(written).lint()}

    assert found == (set() if is_written else {"identifier-never-written"})


def _in_a_row(count: int) -> Nodes:
    """Codes one after the other, each with a key of its own, and back again."""
    return {
        f"{kind}{i}": made
        for i in range(count)
        for kind, made in {
            "s": node(
                SENDER,
                {"true": f"c{i}", "error": "FAILURE"},
                identifierSharedState=f"k{i}",
            ),
            "c": code(
                to={
                    "true": f"s{i + 1}" if i + 1 < count else "SUCCESS",
                    "false": f"s{i}",
                },
                identifierSharedState=f"k{i}",
            ),
        }.items()
    }


def _on_a_page(count: int) -> Nodes:
    return {"p": page(code(), *(code() for _ in range(count)))}


def _calling(count: int) -> Nodes:
    last = {f"i{count}": check()}
    return {f"i{i}": inner(f"I{i % 20}", true=f"i{i + 1}") for i in range(count)} | last


@pytest.mark.parametrize("made", [_in_a_row, _on_a_page, _calling])
def test_twice_the_nodes_take_about_twice_the_work(
    made: Callable[[int], Nodes],
) -> None:
    others = [single(f"I{i}", {"send": send(), "code": code()}) for i in range(20)]

    def calls(count: int) -> int:
        read = Journey.read(export(single("Login", made(count)), *others), name="Login")
        profile = cProfile.Profile()
        profile.runcall(read.lint)
        return sum(each.callcount for each in profile.getstats())

    base = calls(1)
    assert calls(200) - base < 2.3 * (calls(100) - base)
