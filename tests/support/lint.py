"""Nodes of journeys that are judged; for each rule, what breaks and what keeps it."""

from __future__ import annotations

from typing import Any

from tests.support.journeys import Node, node

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


def inner(name: str, **to: str) -> Node:
    return node("InnerTreeEvaluatorNode", ENDS | to, tree=name)
