"""People, clocks and small journeys for tests of walks."""
# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.journeys import journey, node
from verify_core.journeys import Journey, Walk
from verify_core.nodes import MemoryDirectory

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


def alone(kind: str, *outcomes: str, **attributes: Any) -> Journey:
    """A journey of one node."""
    return journey({"one": node(kind, ways(*outcomes), **attributes)})


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
