"""Codes of AM's own: made, sent, checked, expired."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.journeys import journey, node
from tests.support.walks import (
    START,
    Clock,
    people,
    ways,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import Journey, Walk


def own_codes(sender: str, **attributes: Any) -> Journey:
    return journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "make"}),
            "make": node("OneTimePasswordGeneratorNode", {"outcome": "send"}, length=6),
            "send": node(sender, {"outcome": "ask"}, **attributes),
            "ask": node(
                "OneTimePasswordCollectorDecisionNode",
                {"true": "SUCCESS", "false": "ask"},
            ),
        }
    )


def code_of(walk: Walk) -> str:
    return walk.outbox[-1].text[-6:]


@pytest.mark.parametrize(
    ("sender", "to"),
    [
        ("OneTimePasswordSmtpSenderNode", "ada@example.org"),
        ("OneTimePasswordSmsSenderNode", "+15553231234"),
    ],
)
def test_a_code_of_am_is_sent_and_checked(sender: str, to: str) -> None:
    walk = own_codes(sender).begin(directory=people()).answer("ada")
    sent = walk.outbox[-1]

    assert (sent.to, sent.subject) == (to, "One Time Password")
    assert sent.text == f"Your One Time Password:{code_of(walk)}"
    assert code_of(walk) not in f"{sent}{walk.outbox}"
    assert walk.answer(code="0").outcome is None
    assert walk.answer(code="").outcome is None
    assert walk.answer(code=code_of(walk)).outcome == "Success"
    assert walk.state.get("oneTimePassword") is None


@pytest.mark.parametrize(("seconds", "outcome"), [(299, "Success"), (300, None)])
def test_a_code_of_am_expires(seconds: int, outcome: str | None) -> None:
    clock = Clock()
    walk = own_codes("OneTimePasswordSmtpSenderNode").begin(
        directory=people(), now=clock
    )
    walk.answer("ada")

    clock.time += timedelta(seconds=seconds)

    assert walk.answer(code=code_of(walk)).outcome == outcome


def test_the_text_of_a_message_has_the_code_in_its_place() -> None:
    walk = own_codes(
        "OneTimePasswordSmtpSenderNode", emailContent={"en": "{{OTP}} is {{OTP}}"}
    ).begin(directory=people())
    code, _, again = walk.answer("ada").outbox[-1].text.partition(" is ")

    assert code == again
    assert code.isdecimal()


def test_an_unknown_person_is_sent_nothing() -> None:
    walk = own_codes("OneTimePasswordSmsSenderNode").begin(directory=people())

    assert "the person has no telephoneNumber" in f"{walk.answer('bob').error}"


def test_a_message_without_a_code_ends_the_journey() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "send"}),
            "send": node("OneTimePasswordSmsSenderNode", ways("outcome")),
        }
    ).begin(directory=people())

    assert "no one-time password" in f"{walk.answer('ada').error}"


def test_a_malformed_attribute_names_the_node() -> None:
    one = node("OneTimePasswordGeneratorNode", ways("outcome"), length="&{esv.length}")

    with pytest.raises(InvalidSetting, match=r"length: .* \(node one\)"):
        journey({"one": one}).begin()


def test_codes_of_am_are_the_same_on_the_same_walk() -> None:
    walked = own_codes("OneTimePasswordSmsSenderNode")
    first, second = (
        walked.begin(directory=people(), now=START).answer("ada") for _ in range(2)
    )
    later = walked.begin(directory=people(), now=START + timedelta(seconds=1))

    assert code_of(first) == code_of(second)
    assert code_of(first) != code_of(later.answer("ada"))
