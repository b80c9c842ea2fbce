"""Each rule: the smallest journey that breaks it, and one that keeps it."""

from __future__ import annotations

import cProfile
from collections.abc import Callable

import pytest

from tests.support.journeys import FAILURE, Node, export, journey, node, single
from tests.support.lint import (
    CASES,
    COLLECTOR,
    ENDS,
    SENDER,
    Nodes,
    check,
    code,
    inner,
    page,
    send,
)
from verify_core.journeys import Journey
from verify_core.journeys._rules import RULES


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
