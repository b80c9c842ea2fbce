"""Whatever is typed: no crash, and no trace of it but where it belongs."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import re
import traceback
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given, strategies as st

from verify_core.nodes import (
    Action,
    CollectorDecisionNode,
    NameCallback,
    NodeState,
    Outcome,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_fakes import FakeVerifyProvider

NUMBER, DIGITS = "+15553231234", "5553231234"
ADDRESS = "person.of.interest@example.org"
KEY = "userIdentifier"
OURS = {KEY, "verifyReference"}

CHANNELS = st.sampled_from(["sms", "call", "email", "whatsapp"])
DIGIT_RUNS = st.text("0123456789", min_size=7, max_size=14)
NEARLY_NUMBERS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "+", "00", "(", "+0", "+999", "tel:", "x"]),
    DIGIT_RUNS,
    st.sampled_from(["", " ext 5", "@", "@example", "/1", "\x00", "\u0661"]),
)
TYPED = st.one_of(st.text(max_size=60), NEARLY_NUMBERS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def shown(action: Action, state: NodeState) -> str:
    """Everything about a step that may be logged or shown."""
    elsewhere = {
        store: {key: value for key, value in values.items() if key not in OURS}
        for store, values in (
            ("shared", state.shared),
            ("transient", state.transient),
            ("secure", state.secure),
        )
    }
    cause = action.cause
    raised = "" if cause is None else "".join(traceback.format_exception(cause))
    reprs = (repr(value) for value in (action, action.error, cause, state))
    return "\n".join([*reprs, str(cause), raised, json.dumps(elsewhere)])


def telling(text: str) -> list[str]:
    """What of a text would give it away: runs of digits, and all around an at sign."""
    return re.findall(r"[0-9]{5,}|\S+@\S+", text)


@given(text=TYPED, channel=CHANNELS)
@example(text="(555) 323-1234", channel="sms")
@example(text=NUMBER, channel="email")
@example(text=ADDRESS, channel="call")
def test_any_text_typed_as_an_identifier_leads_somewhere_and_leaves_no_trace(
    text: str, channel: str
) -> None:
    state = NodeState()
    node = SenderNode.from_export(
        {"requestIdentifier": True, "channel": channel}, FakeVerifyProvider(seed=1)
    )

    action = node.process(TreeContext(state, callbacks=[NameCallback("", text)]))

    assert action.outcome in {None, Outcome.TRUE, Outcome.ERROR}
    assert not [part for part in telling(text) if part in shown(action, state)]
    if action.outcome is Outcome.ERROR:
        assert not state.keys() & OURS


@given(digits=DIGIT_RUNS, channel=CHANNELS)
def test_after_an_error_no_digits_of_the_number_are_in_state(
    digits: str, channel: str
) -> None:
    assume(digits[3:] != "1234")  # so ends the example that the texts give
    state = NodeState()
    provider = FakeVerifyProvider(seed=1)
    provider.faults.arm("start", 60200)
    node = SenderNode.from_export(
        {"requestIdentifier": True, "channel": channel}, provider, ping_compatible=True
    )

    for text in (digits, f"+{digits}", f"({digits[:3]}) {digits[3:]}"):
        action = node.process(TreeContext(state, callbacks=[NameCallback("", text)]))

        assert action.outcome is Outcome.ERROR
        everything = shown(action, state) + json.dumps(dict(state.shared))
        assert digits not in everything
        assert digits[3:] not in everything


@given(code=TYPED)
@example(code="123456")
def test_any_text_typed_as_a_code_leads_somewhere_and_leaves_no_trace(
    code: str,
) -> None:
    fake = FakeVerifyProvider(seed=1)
    state = NodeState(shared={KEY: NUMBER})
    SenderNode(provider=fake).process(TreeContext(state))
    node = CollectorDecisionNode(provider=fake, ping_compatible=True)

    answer = PasswordCallback("Code", code)
    action = node.process(TreeContext(state, callbacks=[answer]))

    assert action.outcome in {None, Outcome.TRUE, Outcome.FALSE, Outcome.ERROR}
    seen = shown(action, state) + repr(answer)
    assert not [part for part in telling(code) if part in seen]


@given(value=JSON, reference=JSON, record=JSON, delivery=JSON, mark=JSON)
def test_any_state_leads_somewhere(
    value: object, reference: object, record: object, delivery: object, mark: object
) -> None:
    state = NodeState(
        shared={
            KEY: value,
            "objectAttributes": value,
            "verifyReference": reference,
            "verifyErrorRecord": record,
            "verifyDelivery": delivery,
            "verifyResend": mark,
            "verifyAsked": mark,
            "serviceSID": mark,
        }
    )
    fake = FakeVerifyProvider(seed=1)
    sender = SenderNode.from_export(
        {"requestIdentifier": True}, fake, object_attribute="mobile"
    )
    collector = CollectorDecisionNode.from_export({"showCancelButton": True}, fake)
    code = PasswordCallback("Code", "123456")

    for node, callbacks in (
        (collector, ()),
        (collector, (code,)),
        (sender, ()),
        (collector, (code,)),
    ):
        action = node.process(TreeContext(state, callbacks=callbacks))

        assert action.outcome in {None, *node.outcomes}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.parametrize(
    ("channel", "identifier", "secret"),
    [("sms", NUMBER, DIGITS), ("email", ADDRESS, ADDRESS.partition("@")[0])],
)
def test_a_whole_login_shows_neither_code_nor_identifier(
    logged: pytest.LogCaptureFixture, channel: str, identifier: str, secret: str
) -> None:
    fake = FakeVerifyProvider(seed=1)
    events: list[object] = []
    sender = SenderNode.from_export(
        {"requestIdentifier": True, "channel": channel}, fake, on_event=events.append
    )
    collector = CollectorDecisionNode.from_export({}, fake, on_event=events.append)
    state = NodeState()
    seen = ""
    for node, answer in (
        (sender, None),
        (sender, NameCallback("", identifier)),
        (collector, None),
        (collector, PasswordCallback("", "99999999")),
        (collector, None),
    ):
        context = TreeContext(state, callbacks=[answer] if answer else [])
        action = node.process(context)
        seen += shown(action, state) + repr(context) + repr(node)
    code = fake.outbox[-1].code
    context = TreeContext(state, callbacks=[PasswordCallback("", code)])
    action = collector.process(context)
    seen += shown(action, state) + repr(context) + repr(events) + logged.text

    assert action.outcome is Outcome.TRUE
    assert secret not in seen
    assert code not in seen
    assert "99999999" not in seen


@pytest.mark.parametrize("identifier", ["(555) 323-1234", NUMBER])
def test_an_action_survives_copy_and_pickle(identifier: str) -> None:
    fake = FakeVerifyProvider(seed=1)
    fake.faults.arm("start", 60203)
    action = SenderNode(provider=fake).process(
        TreeContext(NodeState(shared={KEY: identifier}))
    )

    assert action.outcome is Outcome.ERROR
    for again in (copy.deepcopy(action), pickle.loads(pickle.dumps(action))):
        assert again == action
        assert str(again.cause) == str(action.cause)
