"""Journeys are walked: answers lead on, back, and the same way again."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from rich.pretty import pretty_repr

from tests.support.journeys import export, journey, node, single
from verify_core.errors import InvalidSetting
from verify_core.journeys import ChoiceCallback, Journey, JourneyNode, Walk
from verify_core.nodes import (
    ConfirmationCallback,
    MemoryDirectory,
    NameCallback,
    NodeState,
    PasswordCallback,
)
from verify_fakes import FakeVerifyProvider

NUMBER = "+15553231234"
PASSWORD = "correct horse"
ADA = {
    "_id": "1",
    "userName": "ada",
    "mail": "ada@example.org",
    "password": PASSWORD,
    "telephoneNumber": NUMBER,
}
PEOPLE = MemoryDirectory([ADA])
EXAMPLES = ("AskForPhone", "PhoneFromProfile", "MobileOnly")

# Everything that a person can meet around a code: a limit, both buttons, a refusal.
FULL = journey(
    {
        "sign in": node(
            "PageNode",
            {"outcome": "check"},
            children={
                "user": node("UsernameCollectorNode"),
                "pass": node("PasswordCollectorNode"),
            },
        ),
        "check": node("DataStoreDecisionNode", {"true": "send", "false": "again"}),
        "again": node(
            "RetryLimitDecisionNode",
            {"Retry": "sign in", "Reject": "FAILURE"},
            retryLimit=2,
        ),
        "send": node(
            "VerifyAuthSenderNode",
            {"true": "code", "error": "FAILURE"},
            requestIdentifier=True,
        ),
        "code": node(
            "VerifyAuthCollectorDecisionNode",
            {
                "true": "SUCCESS",
                "false": "guesses",
                "error": "FAILURE",
                "resend": "send",
                "cancel": "FAILURE",
            },
            showResendButton=True,
            showCancelButton=True,
            resendButtonText="Send again",
        ),
        "guesses": node(
            "RetryLimitDecisionNode",
            {"Retry": "code", "Reject": "FAILURE"},
            retryLimit=2,
        ),
    }
)


def begin(walked: Journey = FULL, fake: FakeVerifyProvider | None = None) -> Walk:
    fake = fake or FakeVerifyProvider(seed=1)
    return walked.begin(provider=fake, directory=PEOPLE, now=fake.clock.now)


def at_the_code(fake: FakeVerifyProvider) -> Walk:
    walk = begin(FULL, fake)
    return walk.answer(username="ada", password=PASSWORD).answer(phone=NUMBER)


def wrong(fake: FakeVerifyProvider) -> str:
    return "000000" if fake.outbox[-1].code != "000000" else "111111"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_right_code_of_an_example_succeeds(name: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = begin(Journey.load(f"examples/journeys/{name}.journey.json"), fake)

    walk.answer(username="ada", password=PASSWORD)
    if name == "AskForPhone":
        walk.answer(phone=NUMBER)
    assert walk.outcome is None
    walk.answer(code=fake.outbox[-1].code)

    assert (walk.outcome, walk.error, walk.callbacks) == ("Success", None, ())


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_wrong_code_of_an_example_fails(name: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = begin(Journey.load(f"examples/journeys/{name}.journey.json"), fake)

    walk.answer(username="ada", password=PASSWORD)
    if name == "AskForPhone":
        walk.answer(phone=NUMBER)

    assert walk.answer(code=wrong(fake)).outcome == "Failure"


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_vendor_that_is_down_ends_an_example(name: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    fake.faults.arm("start", 20500, last=1)
    walk = begin(Journey.load(f"examples/journeys/{name}.journey.json"), fake)

    walk.answer(username="ada", password=PASSWORD)
    if name == "AskForPhone":
        walk.answer(phone=NUMBER)

    assert walk.outcome == "Failure"
    assert "verifyErrorRecord" in walk.state.shared


def test_the_example_with_buttons_resends_three_times_and_cancels() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = begin(Journey.load("examples/journeys/ResendAndCancel.journey.json"), fake)
    walk.answer(username="ada", password=PASSWORD).answer(phone=NUMBER)

    for _ in range(3):
        walk.answer(send_another_code=True)
    assert (len(fake.outbox), walk.outcome) == (4, None)
    assert walk.answer(code=fake.outbox[-1].code).outcome == "Success"

    assert walk.back().answer(resend=True).outcome == "Failure"
    assert walk.back().answer(cancel=True).outcome == "Failure"
    assert walk.taken[-1][2] == "cancel"
    assert len(fake.outbox) == 4


def test_a_wrong_code_is_asked_again_until_the_limit() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)

    for _ in range(2):
        assert walk.answer(code=wrong(fake)).outcome is None

    assert walk.answer(code=wrong(fake)).outcome == "Failure"


def test_a_wrong_password_is_asked_again_until_the_limit() -> None:
    walk = begin()

    for _ in range(2):
        assert walk.answer(username="ada", password="wrong").outcome is None

    assert walk.answer(username="ada", password="wrong").outcome == "Failure"
    assert walk.taken[-1] == ("Login", "again", "Reject")


@pytest.mark.parametrize(
    "press",
    [{"resend": True}, {"send_again": True}, {"confirmation": "Send again"}],
)
def test_resend_sends_again_and_the_code_is_taken(press: dict[str, Any]) -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)

    walk.answer(**press)

    assert (len(fake.outbox), walk.outcome) == (2, None)
    assert walk.answer(code=fake.outbox[-1].code).outcome == "Success"


def test_cancel_gives_up() -> None:
    walk = at_the_code(FakeVerifyProvider(seed=1)).answer(cancel=True)

    assert walk.taken[-1] == ("Login", "code", "cancel")
    assert (walk.outcome, walk.error) == ("Failure", None)


def test_a_button_that_is_not_pressed_is_no_answer() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)

    walk.answer(code=fake.outbox[-1].code, resend=False)

    assert walk.outcome == "Success"


def test_a_code_expires_by_the_clock() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)

    fake.clock.advance(timedelta(minutes=11))
    walk.answer(code=fake.outbox[-1].code)

    assert walk.taken[-1] == ("Login", "code", "error")
    assert walk.outcome == "Failure"


def test_a_locked_person_does_not_succeed() -> None:
    fake = FakeVerifyProvider(seed=1)
    locked = MemoryDirectory([{**ADA, "accountStatus": "inactive"}])
    walk = FULL.begin(provider=fake, directory=locked, now=fake.clock.now)

    walk.answer(username="ada", password=PASSWORD).answer(phone=NUMBER)
    walk.answer(code=fake.outbox[-1].code)

    assert (walk.outcome, walk.error) == ("Failure", "User Locked Out.")


@pytest.mark.parametrize(
    "by_name",
    [
        {"username": "ada", "password": PASSWORD},
        {"user_name": "ada", "Password": PASSWORD},
        {"name": "ada", "password": PASSWORD},
        {"NameCallback": "ada", "PasswordCallback": PASSWORD},
        {"name_callback": "ada", "password_callback": PASSWORD},
        {"name_callback_1": "ada", "password_callback_1": PASSWORD},
    ],
)
def test_answers_go_by_prompt_or_type(by_name: dict[str, str]) -> None:
    assert begin().answer(**by_name).node == "send"


def test_answers_go_by_place() -> None:
    assert begin().answer("ada", PASSWORD).node == "send"


@pytest.mark.parametrize(
    ("places", "names", "says"),
    [
        ((), {"usernme": "ada"}, "usernme: is not asked; asked: username, password"),
        (("a", "b", "c"), {}, "answer: takes asked: username, password"),
        (("a",), {"username": "b"}, "username: is answered twice"),
        ((), {"username": object()}, "username: takes a text, not object"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_is_asked(
    places: tuple[str, ...], names: dict[str, Any], says: str
) -> None:
    walk = begin()

    with pytest.raises(InvalidSetting) as raised:
        walk.answer(*places, **names)

    assert f"{raised.value}" == says
    assert walk.answer("ada", PASSWORD).node == "send"


def test_two_fields_of_a_type_are_not_told_apart_by_it() -> None:
    page = node(
        "PageNode",
        {"outcome": "SUCCESS"},
        children={
            "a": node("UsernameCollectorNode"),
            "b": node("VerifyAuthSenderNode", requestIdentifier=True),
        },
    )

    with pytest.raises(InvalidSetting, match="name: is not one thing"):
        begin(journey({"page": page})).answer(name="ada")


def test_an_answer_after_the_end_is_refused() -> None:
    walk = at_the_code(FakeVerifyProvider(seed=1)).answer(cancel=True)

    with pytest.raises(InvalidSetting, match="has ended: Failure"):
        walk.answer(code="123456")


def test_a_button_takes_a_truth_value() -> None:
    walk = at_the_code(FakeVerifyProvider(seed=1))

    with pytest.raises(InvalidSetting, match="resend: is not asked"):
        walk.answer(resend="no")


def test_what_was_undone_is_forgotten_once_another_way_is_taken() -> None:
    walk = journey(
        {
            "user": node("UsernameCollectorNode", {"outcome": "limit"}),
            "limit": node(
                "RetryLimitDecisionNode",
                {"Retry": "user", "Reject": "FAILURE"},
                retryLimit=2,
            ),
        }
    ).begin()

    walk.answer("ada").back().answer("bob").answer("ada")

    assert walk.state.shared["limit.retryCount"] == 2


def test_a_field_left_empty_is_asked_again() -> None:
    walk = begin()

    walk.answer(username="ada")

    assert walk.outcome is None
    names, _ = walk.callbacks
    assert isinstance(names, NameCallback)
    assert names.name == "ada"  # kept while the other is asked again
    assert walk.answer(password=PASSWORD).node == "send"


def test_back_and_the_same_answer_send_nothing_twice() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)
    code = fake.outbox[-1].code
    done = walk.answer(code=code).state

    walk.back().back().answer(phone=NUMBER).answer(code=code)

    assert (walk.outcome, len(fake.outbox)) == ("Success", 1)
    assert walk.state == done


def test_another_answer_after_back_takes_another_way() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)
    walk.answer(cancel=True).back().back().answer(phone="+15553239999")

    assert [message.to for message in fake.outbox] == [NUMBER, "+15553239999"]


def test_back_from_the_first_question_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="nothing has been answered"):
        begin().back()


def test_a_history_of_another_journey_is_refused() -> None:
    other = journey({"user": node("UsernameCollectorNode", {"outcome": "SUCCESS"})})
    history = begin(other).answer("ada").history

    with pytest.raises(InvalidSetting, match="not asked here"):
        begin().replay(history)


typed = st.sampled_from(["ada", PASSWORD, NUMBER, "000000", "", "x"]) | st.text(
    max_size=5
)


def some_answers(walk: Walk, draw: st.DataObject, fake: FakeVerifyProvider) -> None:
    """Answer each field with something, or with what is right."""
    values: list[object] = []
    for callback in walk.callbacks:
        if isinstance(callback, ConfirmationCallback):
            index = st.integers(0, len(callback.options) - 1)
            values.append(draw.draw(index))
        elif isinstance(callback, ChoiceCallback):
            values.append(draw.draw(st.sampled_from(callback.choices)))
        elif isinstance(callback, NameCallback | PasswordCallback):
            right = {"User Name": "ada", "Password": PASSWORD, "Phone number": NUMBER}
            if callback.prompt == "Code":
                right["Code"] = fake.outbox[-1].code
            known = st.just(right[callback.prompt])
            values.append(draw.draw(known | typed))
    walk.answer(*values)


@settings(max_examples=40)
@given(st.data())
def test_any_answers_lead_to_a_documented_place(draw: st.DataObject) -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = begin(FULL, fake)

    for _ in range(6):
        before = walk.taken
        some_answers(walk, draw, fake)
        place = walk.state, walk.taken, walk.outcome, walk.callbacks
        assert walk.taken[: len(before)] == before
        assert (walk.outcome is None) == bool(walk.callbacks)
        for _, each, outcome in walk.taken:
            assert outcome in FULL.nodes[each].connections

        answer = walk.history[-1]
        walk.back().replay([answer])
        assert place == (walk.state, walk.taken, walk.outcome, walk.callbacks)
        if walk.outcome is not None:
            break

    again = begin(FULL, FakeVerifyProvider(seed=1)).replay(walk.history)
    assert place == (again.state, again.taken, again.outcome, again.callbacks)


def test_secrets_stay_out_of_reprs_and_errors() -> None:
    fake = FakeVerifyProvider(seed=1)
    walk = at_the_code(fake)
    code = fake.outbox[-1].code
    walk.answer(code=code).back().answer(resend=True)

    with pytest.raises(InvalidSetting) as raised:
        walk.answer(cod=code, code=PASSWORD)
    below = raised.value.__traceback__ and raised.value.__traceback__.tb_next
    lines = traceback.TracebackException(
        InvalidSetting, raised.value, below, capture_locals=True
    ).format()
    shown = "".join([f"{walk}", pretty_repr(vars(walk)), repr(walk.history), *lines])

    assert "NameCallback" in shown
    assert PASSWORD not in shown
    assert code not in shown


# What cannot run


SCRIPTED = export(
    single(
        "Login",
        {
            "risk": node(
                "ScriptedDecisionNode",
                {"low": "SUCCESS", "high": "FAILURE"},
                script="s1",
                outcomes=["low", "high"],
            )
        },
    )
)
SCRIPTED["trees"]["Login"]["scripts"] = {"s1": {"name": "Ask Protect", "script": ""}}


@pytest.mark.parametrize("key", ["risk", "Ask Protect", "ScriptedDecisionNode"])
def test_the_outcome_of_a_script_is_chosen(key: str) -> None:
    walk = Journey.read(SCRIPTED).begin(outcomes={key: "low"})

    assert walk.outcome == "Success"


def test_a_function_chooses_by_the_state() -> None:
    def choose(state: NodeState) -> str:
        return "high" if state.get("realm") == "/" else "low"

    assert Journey.read(SCRIPTED).begin(outcomes={"risk": choose}).outcome == "Failure"


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ({}, "outcomes: needs a choice for node 'risk' (ScriptedDecisionNode) one of"),
        ({"risk": "medium"}, "outcomes: takes for node 'risk' (ScriptedDecisionNode)"),
        ({"rsk": "low"}, "outcomes: has no node that is called 'rsk'"),
    ],
)
def test_a_missing_choice_names_the_node_and_its_outcomes(
    outcomes: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidSetting) as raised:
        Journey.read(SCRIPTED).begin(outcomes=outcomes)

    assert f"{raised.value}".startswith(says)


def test_a_node_on_a_page_is_chosen_as_well() -> None:
    page = node(
        "PageNode",
        {"outcome": "SUCCESS"},
        children={"kba": node("KbaCreateNode"), "user": node("UsernameCollectorNode")},
    )
    walk = journey({"page": page}).begin(outcomes={"kba": "outcome"})

    assert walk.answer(username="ada").outcome == "Success"


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("VerifyAuthSenderNode", "provider"),
        ("VerifyAuthIdentifierNode", "directory"),
        ("VerifyAuthLookupNode", "lookup"),
    ],
)
def test_what_a_node_requires_is_named(kind: str, missing: str) -> None:
    with pytest.raises(InvalidSetting, match=rf"{missing}: required.*\(node one\)"):
        journey({"one": node(kind, {"true": "SUCCESS"})}).begin()


@pytest.mark.parametrize(
    "options",
    [
        {"now": datetime(2026, 1, 1)},  # noqa: DTZ001 - naive on purpose
        {"outcomes": {"sign in": 3}},
        {"outcomes": {"sign in": lambda _state: ["outcome"]}},
        {"headers": {1: "a"}},
        {"headers": {"a": 1}},
        {"provider": 3},
        {"directory": 3},
        {"locales": 3},
    ],
)
def test_a_malformed_option_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidSetting) as raised:
        FULL.begin(**options)

    assert raised.value.setting == next(iter(options))


def test_a_misspelt_option_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        FULL.begin(provder=None)  # type: ignore[call-arg]


@pytest.mark.parametrize("other", [{"a": "b", "b": "a"}, {"a": "a"}])
def test_a_loop_without_a_question_ends(other: Mapping[str, str]) -> None:
    nodes = {each: node("SetStateNode", {"outcome": to}) for each, to in other.items()}

    with pytest.raises(InvalidSetting, match="loops without asking"):
        journey(nodes).begin()


def test_two_thousand_nodes_are_walked() -> None:
    nodes = {
        f"n{i}": node(
            "SetStateNode",
            {"outcome": f"n{i + 1}" if i < 1999 else "SUCCESS"},
            attributes={f"k{i}": "v"},
        )
        for i in range(2000)
    }

    assert journey(nodes).begin().outcome == "Success"


def test_an_outcome_that_leads_nowhere_ends_the_journey() -> None:
    walk = journey({"user": node("UsernameCollectorNode")}).begin().answer("ada")

    assert walk.outcome == "Failure"
    assert walk.error == (
        "user (UsernameCollectorNode): its outcome 'outcome' leads nowhere"
    )


def test_what_watches_gets_each_node_its_outcome_and_the_state_after_it() -> None:
    fake = FakeVerifyProvider(seed=1)
    passed: list[tuple[str, str, object]] = []

    def watch(node: JourneyNode, outcome: str, state: NodeState) -> None:
        passed.append((node.name, outcome, state.get("username")))
        state.put_shared("username", "mallory")  # a copy

    walk = FULL.begin(
        provider=fake, directory=PEOPLE, now=fake.clock.now, watch=watch
    ).answer(username="ada", password=PASSWORD)

    assert passed == [("sign in", "outcome", "ada"), ("check", "true", "ada")]
    assert walk.state.get("username") == "ada"
