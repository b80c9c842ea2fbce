"""Ping's SDKs for JavaScript, unmodified: they must not be able to tell."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support import npm
from tests.support.am import LANDLINE, NUMBER, PASSWORD, running

pytestmark = pytest.mark.node

SDKS = ("javascript-sdk", "journey-client")
ADA = {"fill": {"NameCallback": "ada", "PasswordCallback": PASSWORD}}
PHONE = {"fill": {"NameCallback": NUMBER}}
RIGHT, WRONG = {"code": "right"}, {"code": "wrong"}
LATER = {"door": "/clock", "body": {"advance_s": 601}}
DOWN = {"door": "/faults", "body": {"operation": "start", "error": 20500}}

# A walk by its name: the journey, and what is done.
WALKS: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "the phone is asked for": ("AskForPhone", [ADA, PHONE, RIGHT, {"end": True}]),
    "the phone is on the profile": ("PhoneFromProfile", [ADA, RIGHT]),
    "a mobile": ("MobileOnly", [ADA, RIGHT]),
    "no mobile": (
        "MobileOnly",
        [
            {"door": "/numbers", "body": {"landline": [LANDLINE]}},
            {"fill": {"NameCallback": "bob", "PasswordCallback": PASSWORD}},
        ],
    ),
    "a wrong code": ("WithButtons", [ADA, PHONE, WRONG, RIGHT]),
    "a hidden code": ("Hidden", [ADA, PHONE, WRONG, RIGHT]),
    "resend": ("WithButtons", [ADA, PHONE, {"press": "resend"}, RIGHT]),
    "cancel": ("WithButtons", [ADA, PHONE, {"press": "cancel"}]),
    "an expired code": ("WithButtons", [ADA, PHONE, LATER, RIGHT, {}, RIGHT]),
    "locked out": ("WithButtons", [ADA, PHONE, WRONG, WRONG, WRONG]),
    "a locked account": (
        "PhoneFromProfile",
        [{"fill": {"NameCallback": "eve", "PasswordCallback": PASSWORD}}, RIGHT],
    ),
    "the vendor is down": ("WithButtons", [ADA, DOWN, PHONE, {}, PHONE, RIGHT]),
    "submitted twice": ("WithButtons", [ADA, {**PHONE, "twice": True}, RIGHT]),
    "a wrong password": (
        "WithButtons",
        [{"fill": {"NameCallback": "ada", "PasswordCallback": "wrong"}}],
    ),
}


@pytest.fixture(scope="module")
def seen() -> Mapping[tuple[str, str], Any]:
    """What each SDK made of each walk, by one process of Node."""
    npm.node_modules()
    walks = [
        {"name": name, "sdk": sdk, "realm": "alpha", "journey": journey, "acts": acts}
        for name, (journey, acts) in WALKS.items()
        for sdk in SDKS
    ]
    with running() as url:
        done = subprocess.run(
            [npm.node(), str(npm.FOLDER / "journeys.mjs")],
            input=json.dumps({"url": url, "walks": walks}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(each["name"], each["sdk"]): each for each in lines}


def ends(seen: Mapping[tuple[str, str], Any], name: str, sdk: str) -> tuple[Any, ...]:
    """How a walk ended, how many messages left, and whether its session is valid."""
    walk = seen[name, sdk]
    assert "error" not in walk, walk["error"]
    last = [each for each in walk["steps"] if "type" in each][-1]
    return last["type"], last.get("message"), walk["sent"], walk["valid"]


SUCCESS, FAILURE = "LoginSuccess", "LoginFailure"


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("the phone is asked for", (SUCCESS, None, 1, False)),  # it logged out
        ("the phone is on the profile", (SUCCESS, None, 1, True)),
        ("a mobile", (SUCCESS, None, 1, True)),
        ("no mobile", (FAILURE, "Login failure", 0, False)),
        ("a wrong code", (SUCCESS, None, 1, True)),
        ("a hidden code", (SUCCESS, None, 1, True)),
        ("resend", (SUCCESS, None, 2, True)),
        ("cancel", (FAILURE, "Login failure", 1, False)),
        ("an expired code", (SUCCESS, None, 2, True)),
        ("locked out", (FAILURE, "Login failure", 1, False)),
        ("a locked account", (FAILURE, "User Locked Out.", 1, False)),
        ("the vendor is down", (SUCCESS, None, 1, True)),
        ("submitted twice", (SUCCESS, None, 1, True)),
        ("a wrong password", (FAILURE, "Login failure", 0, False)),
    ],
)
def test_an_sdk_plays_a_walk_to_its_end(
    seen: Mapping[tuple[str, str], Any],
    name: str,
    sdk: str,
    expected: tuple[Any, ...],
) -> None:
    assert ends(seen, name, sdk) == expected


@pytest.mark.parametrize("sdk", SDKS)
def test_a_page_has_its_header_and_stage(
    seen: Mapping[tuple[str, str], Any], sdk: str
) -> None:
    first = seen["a wrong code", sdk]["steps"][0]

    assert (first["header"], first["stage"]) == ("Sign in", "SignIn")
    assert first["callbacks"] == ["NameCallback", "PasswordCallback"]


@pytest.mark.parametrize("sdk", SDKS)
def test_what_the_person_reads_follows_what_happened(
    seen: Mapping[tuple[str, str], Any], sdk: str
) -> None:
    def texts(name: str, step: int) -> list[str]:
        found: list[str] = seen[name, sdk]["steps"][step]["texts"]
        return found

    assert texts("a wrong code", 3)[0] == "This code is not right. Try again."
    assert texts("an expired code", 3) == ["The code has expired."]
    assert texts("the vendor is down", 2) == ["No code could be sent."]


@pytest.mark.parametrize("sdk", SDKS)
def test_a_success_has_token_url_and_realm(
    seen: Mapping[tuple[str, str], Any], sdk: str
) -> None:
    last = seen["a mobile", sdk]["steps"][-1]

    assert (last["token"], last["realm"]) == (True, "/alpha")
    assert last["successUrl"] == "/am/console"


@pytest.mark.parametrize("sdk", SDKS)
def test_an_sdk_logs_out(seen: Mapping[tuple[str, str], Any], sdk: str) -> None:
    assert seen["the phone is asked for", sdk]["steps"][-1] == {"ended": True}
