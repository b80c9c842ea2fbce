"""The official SDK for Node over a real socket: it must not be able to tell."""

from __future__ import annotations

import json

import pytest

from tests.support.twilio import evidence
from tests.support.twilio.node_walk import NodeWalk
from tests.support.twilio.walks import SERVED

pytestmark = pytest.mark.node

WRITTEN = json.loads(evidence.EVIDENCE.read_text(encoding="utf-8"))
#: What each refused call of the walk must raise, in the walk's order.
REFUSALS = [
    ("check of nothing", 404, 20404),
    ("start to 555", 400, 60200),
    ("start by pigeon", 400, 60200),
    ("start to a blocked prefix", 403, 60410),
    ("check of the expired", 404, 20404),
    ("fetch of the expired", 404, 20404),
    ("sixth start", 429, 60203),
    ("sixth check, right", 429, 60202),
    ("unserved", 501, 501),
    ("start while down", 503, 20503),
    ("lookup of a shoe", 400, 60200),
]


def test_it_takes_the_whole_walk(node_walk: tuple[NodeWalk, set[str]]) -> None:
    walk, operations = node_walk

    assert operations == SERVED
    assert evidence.succeeded(walk.exchanges) == WRITTEN["node"] == sorted(SERVED)
    assert {each.agent.split("/")[0] for each in walk.exchanges} == {"twilio-node"}


def test_every_date_is_a_date(node_walk: tuple[NodeWalk, set[str]]) -> None:
    walk, _ = node_walk
    dates = [
        (each["of"], name, kind)
        for each in walk.answers
        for name, kind in each["dates"].items()
    ]

    assert dates
    assert [date for date in dates if date[2] not in {"Date", "null"}] == []
    # Only a challenge that waits for its answer has a date that is not there yet.
    assert {date[:2] for date in dates if date[2] == "null"} == {
        ("ChallengeInstance", "dateResponded")
    }


def test_every_answer_is_of_the_sdks_own_class(
    node_walk: tuple[NodeWalk, set[str]],
) -> None:
    walk, _ = node_walk

    kinds = {each["of"] for each in walk.answers}

    assert {kind for kind in kinds if not kind.endswith("Instance")} == {"Boolean"}


def test_every_way_to_page_leads_through_all(
    node_walk: tuple[NodeWalk, set[str]],
) -> None:
    walk, _ = node_walk
    names = ["ip", "user", *[f"limit{number}" for number in range(5)]]

    assert walk.pages["each"] == names
    assert walk.pages["limited"] == names[:3]
    assert walk.pages["pages"] == [names[:2], names[2:4], names[:2]]


def test_every_refusal_is_the_sdks_own_exception(
    node_walk: tuple[NodeWalk, set[str]],
) -> None:
    walk, _ = node_walk

    told = [(each["call"], each["status"], each["code"]) for each in walk.refusals]

    assert told == REFUSALS
    assert {each["of"] for each in walk.refusals} == {"RestException"}
    assert all(each["message"] for each in walk.refusals)
