"""Exported nodes on the real Twilio client, over the fake Twilio's wire."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from verify_core.errors import InvalidSetting
from verify_core.nodes import (
    Action,
    CollectorDecisionNode,
    ConfirmationCallback,
    NameCallback,
    NodeState,
    PasswordCallback,
    SenderNode,
    TreeContext,
)
from verify_core.verification import VerificationRef
from verify_fakes import fake_twilio
from verify_fakes.mounted._twilio import FakeTwilio

pytest.importorskip("responses")

ACCOUNT, SERVICE, TOKEN = "AC" + "a1" * 16, "VA" + "b2" * 16, "c3" * 16
SENDER = {
    "nodeType": "VerifyAuthSenderNode",
    "accountSID": ACCOUNT,
    "authToken": None,
    "serviceSID": SERVICE,
    "channel": "SMS",
    "requestIdentifier": True,
    "identifierSharedState": "userIdentifier",
}
COLLECTOR = {
    "nodeType": "VerifyAuthCollectorDecisionNode",
    "accountSID": "&{esv.account}",
    "hideCode": True,
    "identifierSharedState": "userIdentifier",
    "showResendButton": True,
    "showCancelButton": True,
}
SECRETS = {"authToken": TOKEN, "esv.account": ACCOUNT}


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with fake_twilio(seed=1) as mounted:
        yield mounted


def answer(number: str) -> tuple[NameCallback, ...]:
    return (NameCallback("Phone number", number),)


def submit(node: CollectorDecisionNode, state: NodeState, code: str) -> Action:
    return node.process(TreeContext(state, callbacks=[PasswordCallback("", code)]))


def press(node: CollectorDecisionNode, state: NodeState, button: int) -> Action:
    buttons = ConfirmationCallback(("next", "resend", "cancel")).selected(button)
    return node.process(TreeContext(state, callbacks=[buttons]))


def test_a_login_with_a_resend_and_a_wrong_code(
    twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    state = NodeState()
    sender = SenderNode.from_export(SENDER, secrets=SECRETS.get)
    collector = CollectorDecisionNode.from_export(COLLECTOR, secrets=SECRETS.get)
    with caplog.at_level(logging.DEBUG):
        steps = [
            sender.process(TreeContext(state)),
            sender.process(TreeContext(state, callbacks=answer("1(415)523-8886"))),
            submit(collector, state, "0000000"),
            press(collector, state, 1),
            sender.process(TreeContext(state)),
        ]
        ref = VerificationRef.from_json(state.get("verifyReference"))
        code = twilio.outbox[-1].code
        steps.append(submit(collector, state, f"{code[:3]} {code[3:]}"))

    outcomes = [step.outcome for step in steps]
    assert outcomes == [None, "True", "False", "Resend", "True", "True"]
    assert (ref.provider, ref.sends) == ("twilio", 2)
    assert state.keys() == {"userIdentifier", "serviceSID"}
    seen = caplog.text + repr(steps) + repr((sender, collector, state))
    for secret in ("4155238886", code, TOKEN):
        assert secret not in seen


def test_cancel_reaches_twilio(twilio: FakeTwilio) -> None:
    state = NodeState()
    sender = SenderNode.from_export(SENDER, secrets=SECRETS.get)
    collector = CollectorDecisionNode.from_export(COLLECTOR, secrets=SECRETS.get)
    sender.process(TreeContext(state, callbacks=answer("+14155238886")))

    assert press(collector, state, 2).outcome == "Cancel"

    assert twilio.requests[-1].form["Status"] == "canceled"
    assert twilio.requests[-1].status == 200


@pytest.mark.parametrize("name", ["accountSID", "serviceSID"])
def test_a_malformed_sid_is_an_error_before_any_request(
    twilio: FakeTwilio, name: str
) -> None:
    node = SenderNode.from_export({**SENDER, name: "XX1"}, secrets=SECRETS.get)

    action = node.process(TreeContext(callbacks=answer("+14155238886")))

    assert action.error is not None
    assert action.error.reason == "setting.invalid"
    assert isinstance(action.cause, InvalidSetting)
    assert action.cause.setting == name
    assert list(twilio.requests) == []


def test_a_refusal_of_twilio_s_is_recorded_with_its_code(twilio: FakeTwilio) -> None:
    twilio.faults.arm("start", 60203, last=1)
    node = SenderNode.from_export(SENDER, secrets=SECRETS.get)

    action = node.process(TreeContext(callbacks=answer("+14155238886")))

    assert action.error is not None
    assert action.error.reason == "provider.too_soon"
    assert action.error.provider_code == "60203"


def test_a_setting_that_is_gone_after_the_start_loses_no_reference(
    twilio: FakeTwilio,
) -> None:
    given = {**SECRETS, "esv.service": SERVICE}
    exported = {**SENDER, "serviceSID": "&{esv.service}"}
    sender = SenderNode.from_export(
        exported, secrets=lambda name: None if twilio.outbox else given.get(name)
    )
    state = NodeState()

    action = sender.process(TreeContext(state, callbacks=answer("1(415)523-8886")))

    assert len(twilio.outbox) == 1
    assert action.outcome == "True"
    assert state.get("verifyReference")
