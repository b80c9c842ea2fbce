"""What docs/reference/journeys.md says that a walk leaves out."""

from __future__ import annotations

from tests.support.journeys import journey, node
from tests.support.pages import Page
from tests.support.walks import (
    after_login,
    people,
    took,
    ways,
)
from verify_core.journeys._kinds import INNER_TREE, PAGES
from verify_core.journeys._machine import STEPS
from verify_core.journeys._steps_codes import Vendor


def test_a_password_that_must_change_is_taken() -> None:
    walked = after_login("IdentityStoreDecisionNode", "TRUE", "CANCELLED")
    walk = walked.begin(directory=people(passwordResetRequired=True))

    assert took(walk.answer("ada", "correct")) == "TRUE"


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


def test_a_placeholder_of_an_attribute_is_not_filled_in() -> None:
    one = node("SetSuccessUrlNode", ways("outcome"), successUrl="&{esv.url}")

    assert journey({"one": one}).begin().state.get("successUrl") == "&{esv.url}"


def test_the_page_lists_every_node_type_that_runs() -> None:
    text = Page("docs/reference/journeys.md").text
    runs = {*STEPS, *Vendor().steps, INNER_TREE, *PAGES}

    assert not [each for each in sorted(runs) if f"`{each}`" not in text]
