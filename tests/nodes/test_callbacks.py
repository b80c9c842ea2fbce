"""Callbacks, actions and the tree context: values, easy to answer, hard to leak."""

from __future__ import annotations

import pytest
from attrs.exceptions import FrozenInstanceError

from verify_core.errors import InvalidSetting
from verify_core.masking import Secret
from verify_core.nodes import (
    Action,
    ConfirmationCallback,
    MessageType,
    NameCallback,
    NodeState,
    Outcome,
    PasswordCallback,
    TextOutputCallback,
    TreeContext,
)

FIELDS = [NameCallback, PasswordCallback]


@pytest.mark.parametrize("kind", FIELDS)
def test_answering_gives_another_callback(
    kind: type[NameCallback | PasswordCallback],
) -> None:
    asked = kind("Label")

    answered = asked.answered("typed")

    assert (asked.typed, answered.typed) == ("", "typed")
    assert answered.prompt == "Label"
    with pytest.raises(FrozenInstanceError):
        asked.prompt = "other"  # type: ignore[misc]


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize(
    ("wrapped", "text"),
    [(None, ""), ("1", "1"), (123456, "123456"), (Secret("9876"), "9876")],
)
def test_what_was_typed_is_text_however_it_arrives(
    kind: type[NameCallback | PasswordCallback], wrapped: object, text: str
) -> None:
    assert kind("Label", wrapped).typed == text  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FIELDS)
def test_repr_hides_what_was_typed_but_not_that_nothing_was(
    kind: type[NameCallback | PasswordCallback],
) -> None:
    assert "123456" not in repr(kind("Label", "123456"))
    assert repr(kind("Label", "123456")) != repr(kind("Label"))


def test_a_button_is_pressed_by_its_index() -> None:
    asked = ConfirmationCallback(["next", "resend"])

    assert asked.selected_index == asked.default_option == 0
    assert asked.selected(1).selected_index == 1
    assert asked.selected("1").selected_index == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [-1, 2, 10**40, "x", "", None, 1.5])
def test_no_button_beyond_those_shown_can_be_pressed(index: object) -> None:
    with pytest.raises(InvalidSetting, match="selected_index"):
        ConfirmationCallback(["next", "resend"]).selected(index)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (MessageType.INFORMATION, 0),
        (MessageType.WARNING, 1),
        (MessageType.ERROR, 2),
    ],
)
def test_message_types_have_the_numbers_of_the_wire(
    kind: MessageType, number: int
) -> None:
    assert kind == number


def test_the_context_finds_submitted_callbacks_by_type() -> None:
    first, second = NameCallback("one"), NameCallback("two")
    context = TreeContext(
        state=NodeState(), callbacks=[TextOutputCallback("hello"), first, second]
    )

    assert context.callback(NameCallback) is first
    assert context.callbacks_of(NameCallback) == (first, second)
    assert context.callback(PasswordCallback) is None


def test_a_context_needs_nothing() -> None:
    context = TreeContext()

    assert context.locales == ()
    assert context.state.keys() == frozenset()


def test_one_locale_is_not_taken_for_letters() -> None:
    assert TreeContext(locales="de").locales == ("de",)


def test_a_context_s_repr_shows_no_value() -> None:
    context = TreeContext(
        NodeState(shared={"k": "+15553231234"}),
        callbacks=[PasswordCallback("Code", "123456")],
        client_address="203.0.113.7",
    )

    for secret in ("5553231234", "123456", "203.0.113.7"):
        assert secret not in repr(context)


def test_an_action_either_moves_on_or_asks() -> None:
    assert Action.go_to(Outcome.TRUE).callbacks == ()
    assert Action.send([NameCallback("x")]).outcome is None
    with pytest.raises(InvalidSetting, match="callbacks"):
        Action.send([])
    with pytest.raises(InvalidSetting, match="callbacks"):
        Action(outcome=Outcome.TRUE, callbacks=(NameCallback("x"),))


@pytest.mark.parametrize("kind", [NameCallback, PasswordCallback])
def test_a_field_is_empty_at_first(kind: type[NameCallback | PasswordCallback]) -> None:
    assert (kind().prompt, kind().typed) == ("", "")
