"""The Collector Decision, row by row of its decision table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from verify_core.events import VerifyEvent
from verify_core.nodes import (
    Action,
    Callback,
    CollectorDecisionNode,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    NodeState,
    Outcome,
    PasswordCallback,
    SenderNode,
    TextOutputCallback,
    TreeContext,
    _bookkeeping as bookkeeping,
)
from verify_core.verification import CheckResult, Verdict, VerificationRef
from verify_fakes import FakeVerifyProvider
from verify_fakes.memory import TELLS_ENDS_APART
from verify_fakes.twilio import Break

NUMBER = "+15553231234"
KEY = "userIdentifier"


@pytest.fixture
def fake() -> FakeVerifyProvider:
    return FakeVerifyProvider(seed=1)


def sent_by(fake: FakeVerifyProvider) -> NodeState:
    """The state of a login to whose number a code was sent."""
    state = NodeState(shared={KEY: NUMBER})
    assert SenderNode(provider=fake).process(TreeContext(state)).outcome == "True"
    return state


def another_code(fake: FakeVerifyProvider) -> str:
    """A code of the right shape that is not the right one."""
    return "000000" if fake.outbox[-1].code != "000000" else "111111"


def submit(
    node: CollectorDecisionNode, state: NodeState, code: str, button: int | None = None
) -> Action:
    field = PasswordCallback("Code", code)
    callbacks: list[Callback] = [field if node.hide_code else NameCallback("", code)]
    if button is not None:
        asked = ConfirmationCallback(("next", "one", "two"))
        callbacks.append(asked.selected(button))
    return node.process(TreeContext(state, callbacks=callbacks))


@pytest.mark.parametrize("hide_code", [True, False])
def test_entered_without_callbacks_it_asks_for_the_code(
    fake: FakeVerifyProvider, *, hide_code: bool
) -> None:
    node = CollectorDecisionNode.from_export({"hideCode": hide_code}, fake)

    text, field = node.process(TreeContext(sent_by(fake))).callbacks

    assert isinstance(text, TextOutputCallback)
    assert text.message_type is MessageType.INFORMATION
    assert field == (PasswordCallback("Code") if hide_code else NameCallback("Code"))


@pytest.mark.parametrize(
    ("attributes", "labels"),
    [
        ({"showResendButton": True, "showCancelButton": True}, "next resend cancel"),
        ({"showResendButton": True}, "next resend"),
        ({"showCancelButton": True}, "next cancel"),
    ],
)
def test_buttons_come_last_and_next_is_the_default(
    fake: FakeVerifyProvider, attributes: dict[str, bool], labels: str
) -> None:
    node = CollectorDecisionNode.from_export(attributes, fake)

    *_others, buttons = node.process(TreeContext(sent_by(fake))).callbacks

    assert isinstance(buttons, ConfirmationCallback)
    assert buttons.options == tuple(labels.split())
    assert buttons.default_option == 0


@pytest.mark.parametrize("hide_code", [True, False])
def test_the_right_code_is_true(fake: FakeVerifyProvider, *, hide_code: bool) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode(provider=fake, hide_code=hide_code)

    action = submit(node, state, fake.outbox[-1].code)

    assert action.outcome is Outcome.TRUE
    assert state.keys() == {KEY}


@pytest.mark.parametrize(
    "layout",
    ["{0}{1} {2}", " {0}-{1}-{2}\n", "{0}\u00a0{1}\u2011{2}", "{0}\u200b{1}{2}"],
)
def test_a_pasted_code_may_have_spaces_and_hyphens(
    fake: FakeVerifyProvider, layout: str
) -> None:
    state = sent_by(fake)
    code = fake.outbox[-1].code
    pasted = layout.format(code[:2], code[2:4], code[4:])

    action = submit(CollectorDecisionNode(provider=fake), state, pasted)

    assert action.outcome is Outcome.TRUE


def test_a_wrong_code_is_false_and_the_next_question_says_so(
    fake: FakeVerifyProvider,
) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode(provider=fake)

    action = submit(node, state, another_code(fake))

    assert action.outcome is Outcome.FALSE
    assert action.error is not None
    assert action.error.reason == "verdict.wrong_code"
    notice, *rest = node.process(TreeContext(state)).callbacks
    assert notice == TextOutputCallback(action.error.message, MessageType.ERROR)
    assert len(rest) == 2


def test_after_a_wrong_code_the_right_one_is_true_and_clears_the_error(
    fake: FakeVerifyProvider,
) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode(provider=fake, ping_compatible=True)
    submit(node, state, another_code(fake))
    assert "Exception" not in state.shared
    state.put_shared("Exception", "of an earlier step")

    action = submit(node, state, fake.outbox[-1].code)

    assert action.outcome is Outcome.TRUE
    assert state.keys() == {KEY}


@pytest.mark.parametrize("blank", ["", "  ", "- -", "\u200b"])
def test_an_empty_code_asks_again_and_says_so(
    fake: FakeVerifyProvider, blank: str
) -> None:
    state = sent_by(fake)

    action = submit(CollectorDecisionNode(provider=fake), state, blank)

    assert action.outcome is None
    notice, _text, field = action.callbacks
    assert notice == TextOutputCallback("Enter the code first.", MessageType.ERROR)
    assert isinstance(field, PasswordCallback)


@pytest.mark.parametrize("words", ["Code: 123456", "I got none", "123456 thanks"])
def test_words_ask_again_and_reach_no_provider(
    fake: FakeVerifyProvider, words: str
) -> None:
    state = sent_by(fake)
    events: list[VerifyEvent] = []
    node = CollectorDecisionNode(provider=fake, on_event=events.append)

    action = submit(node, state, words)

    assert action.outcome is None
    text = "This is not a code. Enter only the code itself."
    assert action.callbacks[0] == TextOutputCallback(text, MessageType.ERROR)
    assert not events
    assert not state.get(bookkeeping.WRONG_CODES_KEY)


def test_a_full_stop_behind_a_code_changes_nothing(fake: FakeVerifyProvider) -> None:
    state = sent_by(fake)

    action = submit(
        CollectorDecisionNode(provider=fake), state, f"{fake.outbox[-1].code}."
    )

    assert action.outcome is Outcome.TRUE


def test_a_code_in_a_field_of_the_other_kind_is_no_answer(
    fake: FakeVerifyProvider,
) -> None:
    code = NameCallback("Code", "123456")

    action = CollectorDecisionNode(provider=fake).process(
        TreeContext(sent_by(fake), callbacks=[code])
    )

    assert action.outcome is None
    assert len(action.callbacks) == 2


@pytest.mark.parametrize(
    ("attributes", "button", "outcome"),
    [
        ({"showResendButton": True, "showCancelButton": True}, 1, "Resend"),
        ({"showResendButton": True, "showCancelButton": True}, 2, "Cancel"),
        ({"showResendButton": True}, 1, "Resend"),
        ({"showCancelButton": True}, 1, "Cancel"),
        ({"showResendButton": True, "showCancelButton": True}, 0, "True"),
        ({"showResendButton": True}, 2, "True"),
        ({}, 1, "True"),
    ],
)
def test_a_button_that_is_shown_wins_over_the_code(
    fake: FakeVerifyProvider, attributes: dict[str, bool], button: int, outcome: str
) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode.from_export(attributes, fake)

    action = submit(node, state, fake.outbox[-1].code, button)

    assert action.outcome == outcome
    assert action.outcome in node.outcomes


@pytest.mark.parametrize("ping_compatible", [True, False])
def test_a_code_without_a_verification_is_an_error(
    fake: FakeVerifyProvider, *, ping_compatible: bool
) -> None:
    state = NodeState(shared={KEY: NUMBER, "serviceSID": "VA1"})
    node = CollectorDecisionNode(provider=fake, ping_compatible=ping_compatible)

    action = submit(node, state, "123456")

    assert ("Exception" in state.shared) is ping_compatible

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "code.no_reference"


@pytest.mark.parametrize(
    "tampered", ["text", 7, [], {}, {"version": 1}, {"version": 1, "provider": None}]
)
def test_a_tampered_reference_is_an_error(
    fake: FakeVerifyProvider, tampered: object
) -> None:
    state = sent_by(fake)
    state.put_shared("verifyReference", tampered)

    action = submit(CollectorDecisionNode(provider=fake), state, "123456")

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "setting.invalid"


class Credulous(FakeVerifyProvider):
    """A vendor that approves whatever it is asked about."""

    def check(self, ref: VerificationRef, code: str) -> CheckResult:
        return CheckResult(verdict=Verdict.APPROVED)


def test_another_provider_than_the_reference_names_is_not_asked(
    fake: FakeVerifyProvider,
) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode(provider=Credulous(seed=1, name="other"))

    action = submit(node, state, "123456")

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "verdict.gone"


@pytest.mark.parametrize("put_in_its_place", ["+15553230000", "p@example.org", "?"])
def test_a_code_proves_no_identifier_that_took_the_place_of_the_first(
    fake: FakeVerifyProvider, put_in_its_place: str
) -> None:
    state = sent_by(fake)
    state.put_shared(KEY, put_in_its_place)

    action = submit(CollectorDecisionNode(provider=fake), state, fake.outbox[-1].code)

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "code.no_reference"


@pytest.mark.parametrize("same", [NUMBER, "1(555)323-1234", 15553231234, None, ""])
def test_the_same_identifier_in_another_layout_is_the_same(
    fake: FakeVerifyProvider, same: object
) -> None:
    state = sent_by(fake)
    state.put_shared(KEY, same)

    action = submit(CollectorDecisionNode(provider=fake), state, fake.outbox[-1].code)

    assert action.outcome is Outcome.TRUE


def test_the_end_of_a_verification_is_an_error_with_its_reason() -> None:
    fake = FakeVerifyProvider(seed=1, profile=TELLS_ENDS_APART)
    expired, exhausted = sent_by(fake), sent_by(fake)
    node = CollectorDecisionNode(provider=fake)
    for _ in range(5):
        assert submit(node, exhausted, another_code(fake)).outcome == "False"

    actions = [submit(node, exhausted, fake.outbox[-1].code)]
    fake.clock.advance(timedelta(minutes=11))
    actions.append(submit(node, expired, fake.outbox[-1].code))

    assert [action.outcome for action in actions] == ["Error", "Error"]
    assert [action.error and action.error.reason for action in actions] == [
        "verdict.exhausted",
        "verdict.expired",
    ]


def test_an_approved_verification_cannot_be_used_twice(
    fake: FakeVerifyProvider,
) -> None:
    state = sent_by(fake)
    kept = state.get("verifyReference")
    node = CollectorDecisionNode(provider=fake)
    submit(node, state, fake.outbox[-1].code)
    state.put_shared("verifyReference", kept)

    action = submit(node, state, fake.outbox[-1].code)

    assert action.error is not None
    assert action.error.reason == "verdict.gone"


def test_a_lost_answer_to_a_check_is_an_error(fake: FakeVerifyProvider) -> None:
    state = sent_by(fake)
    fake.faults.arm("check", Break.ANSWER_LOST, last=1)

    action = submit(CollectorDecisionNode(provider=fake), state, fake.outbox[-1].code)

    assert action.outcome is Outcome.ERROR
    assert action.error is not None
    assert action.error.reason == "provider.ambiguous"


def test_a_message_that_only_may_have_left_is_mentioned(
    fake: FakeVerifyProvider,
) -> None:
    fake.faults.arm("start", Break.ANSWER_LOST, last=1)
    state = sent_by(fake)

    notice, *_ = (
        CollectorDecisionNode(provider=fake).process(TreeContext(state)).callbacks
    )

    assert isinstance(notice, TextOutputCallback)
    assert notice.message_type is MessageType.WARNING
    assert "could not confirm" in notice.message


def test_wrong_codes_are_counted_until_a_new_verification(
    fake: FakeVerifyProvider,
) -> None:
    state = sent_by(fake)
    node = CollectorDecisionNode(provider=fake)
    counts = []
    for _ in range(3):
        submit(node, state, another_code(fake))
        counts.append(state.get("verifyWrongCodes"))

    SenderNode(provider=fake).process(TreeContext(state))

    assert counts == [1, 2, 3]
    assert state.get("verifyWrongCodes") is None


@pytest.mark.parametrize("strange", ["3", None, [], {}])
def test_a_strange_count_starts_anew(fake: FakeVerifyProvider, strange: object) -> None:
    state = sent_by(fake)
    state.put_shared("verifyWrongCodes", strange)

    submit(CollectorDecisionNode(provider=fake), state, another_code(fake))

    assert state.get("verifyWrongCodes") == 1


def test_no_interactive_callback_is_asked_twice(fake: FakeVerifyProvider) -> None:
    fake.faults.arm("start", Break.ANSWER_LOST, last=1)
    state = sent_by(fake)
    node = CollectorDecisionNode.from_export(
        {"showResendButton": True, "showCancelButton": True}, fake
    )
    submit(node, state, another_code(fake))

    callbacks = node.process(TreeContext(state)).callbacks

    interactive = [type(c) for c in callbacks if not isinstance(c, TextOutputCallback)]
    assert interactive == [PasswordCallback, ConfirmationCallback]
