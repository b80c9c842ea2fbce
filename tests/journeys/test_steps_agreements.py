"""Nodes that ask for terms, consents and security questions."""

# ruff: noqa: ANN401 - attributes of JSON

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.journeys import journey, node
from tests.support.walks import (
    START,
    Clock,
    after_login,
    alone,
    people,
    took,
)
from verify_core.errors import InvalidSetting
from verify_core.journeys import (
    ConsentMappingCallback,
    KbaCreateCallback,
    TermsAndConditionsCallback,
)

# Terms and consents


def test_terms_are_accepted_and_remembered() -> None:
    walked = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "known"}),
            "known": node(
                "TermsAndConditionsDecisionNode", {"true": "SUCCESS", "false": "ask"}
            ),
            "ask": node("AcceptTermsAndConditionsNode", {"outcome": "mail"}),
            "mail": node(
                "AttributeCollectorNode",
                {"outcome": "keep"},
                attributesToCollect=["mail"],
            ),
            "keep": node("PatchObjectNode", {"PATCHED": "known", "FAILURE": "FAILURE"}),
        }
    )
    terms = {"version": "7", "terms": "Be nice.", "createDate": "2026-01-01T00:00:00Z"}
    walk = walked.begin(directory=people(), tenant={"terms": terms}, now=START)
    asked = walk.answer("ada").callbacks[0]
    assert isinstance(asked, TermsAndConditionsCallback)
    assert (asked.version, asked.terms) == ("7", "Be nice.")

    assert walk.answer(terms=False).outcome is None
    walk.answer(accept=True).answer()

    assert walk.outcome == "Success"
    assert walk.state.shared["termsAccepted"] == {
        "acceptDate": "2026-02-03T04:05:06.000Z",
        "termsVersion": "7",
    }


def test_without_terms_none_can_be_accepted() -> None:
    one = alone("AcceptTermsAndConditionsNode", "outcome")

    assert "no active terms" in f"{one.begin(tenant={'terms': None}).error}"


def test_consents_are_asked_until_the_required_ones_are_given() -> None:
    consents = [
        {"name": "crm", "displayName": "Our CRM", "isRequired": True, "fields": ["sn"]},
        {"name": "ads", "displayName": "Advertising"},
    ]
    walk = alone("ConsentNode", "outcome", message={"en": "Please agree"}).begin(
        tenant={"consents": consents}, now=START
    )
    first = walk.callbacks[0]
    assert isinstance(first, ConsentMappingCallback)
    assert (first.display_name, first.is_required) == ("Our CRM", True)
    assert (first.message, first.fields) == ("Please agree", ("sn",))

    assert walk.answer(ads=True).outcome is None
    assert walk.answer(crm=True).outcome == "Success"
    kept = walk.state.shared["objectAttributes"]
    assert isinstance(kept, dict)
    assert [each["mapping"] for each in kept["consentedMappings"]] == ["crm", "ads"]


def test_without_consents_nothing_is_asked_and_all_may_be_required() -> None:
    assert alone("ConsentNode", "outcome").begin().outcome == "Success"

    walk = alone("ConsentNode", "outcome", allRequired=True).begin(
        tenant={"consents": [{"name": "a"}, {"name": "b"}]}
    )
    assert walk.answer(a=True).outcome is None
    assert walk.answer(b=True).outcome == "Success"


# Security questions


def test_questions_are_defined() -> None:
    walk = alone("KbaCreateNode", "outcome").begin()
    first = walk.callbacks[0]
    assert isinstance(first, KbaCreateCallback)
    assert len(walk.callbacks) == 2
    assert first.predefined_questions[1] == "Who was your first employer?"

    walk.answer(kba_1=("My cat?", "Tom"), kba_2=("My  CAT", "Tim"))
    assert walk.outcome is None  # the same question twice
    walk.answer(kba_2={"question": first.predefined_questions[1], "answer": "ACME"})

    assert walk.outcome == "Success"
    assert walk.state.transient["objectAttributes"] == {
        "kbaInfo": [
            {"customQuestion": "My cat?", "answer": "Tom"},
            {"questionId": "2", "answer": "ACME"},
        ]
    }
    assert "ACME" not in f"{walk}{walk.callbacks}{walk.history}{walk.state}"


def test_a_question_of_one_s_own_may_be_refused() -> None:
    tenant = {"kba": {"questions": {"1": {"en": "Q?"}}, "minimumAnswersToDefine": 1}}
    walk = alone("KbaCreateNode", "outcome", allowUserDefinedQuestions=False).begin(
        tenant=tenant
    )

    assert walk.answer(kba=("Mine?", "a")).outcome is None
    assert walk.answer(kba=("Q?", " ")).outcome is None
    assert walk.answer(kba=("Q?", "a")).outcome == "Success"


def test_several_fields_of_one_name_are_numbered() -> None:
    walk = alone("KbaCreateNode", "outcome").begin()

    with pytest.raises(
        InvalidSetting, match="kba: is not one thing; asked: kba_1, kba_2"
    ):
        walk.answer(kba=("a", "b"))
    with pytest.raises(InvalidSetting, match="kba_3: is not asked"):
        walk.answer(kba_3=("a", "b"))
    with pytest.raises(InvalidSetting, match="takes a question and an answer"):
        walk.answer(KbaCreateCallback_2="b")


INFO = [
    {"questionId": "2", "answer": "ACME Inc."},
    {"customQuestion": "My cat?", "answer": "Tom"},
]


@pytest.mark.parametrize(("answer", "outcome"), [("acme inc", "true"), ("", "false")])
def test_questions_are_verified(answer: str, outcome: str) -> None:
    walked = after_login("KbaVerifyNode", "true", "false")
    walk = walked.begin(directory=people(kbaInfo=INFO)).answer("ada", "x")

    assert took(walk.answer(who_was_your_first_employer=answer)) == outcome


@pytest.mark.parametrize(
    ("info", "outcome"), [(INFO, "true"), (INFO[:1], "false"), (None, "false")]
)
def test_enough_questions_are_defined_or_not(info: Any, outcome: str) -> None:
    walked = after_login("KbaDecisionNode", "true", "false")

    assert (
        took(walked.begin(directory=people(kbaInfo=info)).answer("ada", "x")) == outcome
    )


@pytest.mark.parametrize(
    ("info", "kba", "says"),
    [
        (INFO[:1], {}, "fewer questions"),
        (INFO, {"minimumAnswersToVerify": 0}, "set to zero"),
        ([{"questionId": "9"}] * 2, {}, "is not defined"),
    ],
)
def test_questions_that_cannot_be_verified_end_the_journey(
    info: Any, kba: dict[str, Any], says: str
) -> None:
    settings = {
        "questions": {"2": {"en": "Who?"}},
        "minimumAnswersToDefine": 2,
        "minimumAnswersToVerify": 1,
        **kba,
    }
    walked = after_login("KbaVerifyNode", "true", "false")
    walk = walked.begin(directory=people(kbaInfo=info), tenant={"kba": settings})

    assert says in f"{walk.answer('ada', 'x').error}"


def test_a_clock_moves_the_date_of_an_acceptance() -> None:
    clock = Clock()
    walk = alone("AcceptTermsAndConditionsNode", "outcome").begin(now=clock)
    clock.time += timedelta(days=1)

    accepted = walk.answer(terms=True).state.shared["termsAccepted"]

    assert isinstance(accepted, dict)
    assert accepted["acceptDate"].startswith("2026-02-04")
