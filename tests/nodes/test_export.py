"""Attributes of journey exports: which are read, how, and what is refused by name."""

from __future__ import annotations

import pytest

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_core.masking import Secret
from verify_core.nodes import CollectorDecisionNode, Outcome, SenderNode
from verify_fakes import FakeVerifyProvider

SIDS = {"accountSID": "AC1", "serviceSID": "VA1"}
FAKE = FakeVerifyProvider(seed=1)


def test_a_sender_has_the_documented_defaults() -> None:
    node = SenderNode.from_export({}, provider=FAKE)

    assert node.channel is Channel.SMS
    assert node.request_identifier is False
    assert node.identifier_key == "userIdentifier"


def test_a_collector_has_the_documented_defaults() -> None:
    node = CollectorDecisionNode.from_export({}, provider=FAKE)

    assert node.hide_code is True
    assert node.identifier_key == "userIdentifier"
    assert node.buttons.labels == ("next",)
    assert node.outcomes == (Outcome.TRUE, Outcome.FALSE, Outcome.ERROR)


def test_a_sender_reads_an_export_and_passes_over_what_it_does_not_know() -> None:
    node = SenderNode.from_export(
        {
            "_id": "0b2a",
            "_type": {"_id": "VerifyAuthSenderNode", "name": "Twilio Verify Sender"},
            "_outcomes": [{"id": "true", "displayName": "True"}],
            "nodeType": "VerifyAuthSenderNode",
            "accountSID": " AC1 ",
            "authToken": None,
            "serviceSID": "VA1",
            "channel": "WHATSAPP",
            "requestIdentifier": True,
            "identifierSharedState": "telephoneNumber",
        }
    )

    assert node.credentials.account_sid == "AC1"
    assert node.credentials.auth_token is None
    assert node.credentials.service_sid == "VA1"
    assert node.channel is Channel.WHATSAPP
    assert node.request_identifier is True
    assert node.identifier_key == "telephoneNumber"


def test_a_collector_reads_every_attribute() -> None:
    node = CollectorDecisionNode.from_export(
        {
            "hideCode": "false",
            "identifierSharedState": "mail",
            "showResendButton": "TRUE",
            "resendButtonText": "Send again",
            "showCancelButton": True,
            "cancelButtonText": "Give up",
            "nextButtonText": "Go",
            "accountSID": "AC1",
            "authToken": "token-1",
            "serviceSID": "VA1",
        }
    )

    assert node.hide_code is False
    assert node.identifier_key == "mail"
    assert node.buttons.labels == ("Go", "Send again", "Give up")
    assert node.credentials.auth_token == Secret("token-1")


@pytest.mark.parametrize("spelled", ["sms", "SMS", " Sms "])
def test_channels_are_read_in_any_case(spelled: str) -> None:
    assert SenderNode.from_export({"channel": spelled}, FAKE).channel is Channel.SMS


@pytest.mark.parametrize("name", ["call", "email", "whatsapp"])
def test_every_channel_is_read(name: str) -> None:
    node = SenderNode.from_export({"channel": name.upper()}, FAKE)

    assert node.channel == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel", "PIGEON"),
        ("channel", 7),
        ("requestIdentifier", "perhaps"),
        ("requestIdentifier", 1),
        ("identifierSharedState", ""),
        ("identifierSharedState", " "),
        ("identifierSharedState", ["userIdentifier"]),
        ("accountSID", 5),
        ("authToken", {"token": "secret-token"}),
        ("serviceSID", ["VA1"]),
    ],
)
def test_a_malformed_sender_attribute_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name}: takes") as caught:
        SenderNode.from_export({**SIDS, name: value})

    assert caught.value.setting == name
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hideCode", "no"),
        ("showResendButton", 0),
        ("showCancelButton", "yes"),
        ("resendButtonText", 3),
        ("cancelButtonText", {"en": "cancel"}),
        ("nextButtonText", False),
    ],
)
def test_a_malformed_collector_attribute_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name}: takes"):
        CollectorDecisionNode.from_export({name: value}, FAKE)


def test_an_empty_label_is_the_documented_one() -> None:
    node = CollectorDecisionNode.from_export(
        {"showResendButton": True, "resendButtonText": ""}, FAKE
    )

    assert node.buttons.labels == ("next", "resend")


@pytest.mark.parametrize("missing", ["accountSID", "serviceSID"])
def test_without_a_provider_a_sender_needs_its_sids(missing: str) -> None:
    attributes = {name: value for name, value in SIDS.items() if name != missing}

    with pytest.raises(InvalidSetting, match=f"^{missing}: required"):
        SenderNode.from_export(attributes)


@pytest.mark.parametrize("node", [SenderNode, CollectorDecisionNode])
@pytest.mark.parametrize("attributes", [None, [], "text"])
def test_what_is_no_object_is_refused(
    node: type[SenderNode | CollectorDecisionNode], attributes: object
) -> None:
    with pytest.raises(InvalidSetting, match=r"^attributes: "):
        node.from_export(attributes, FAKE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resend", "cancel", "between"),
    [
        (False, False, ()),
        (True, False, (Outcome.RESEND,)),
        (False, True, (Outcome.CANCEL,)),
        (True, True, (Outcome.RESEND, Outcome.CANCEL)),
    ],
)
def test_outcomes_follow_the_buttons(
    *, resend: bool, cancel: bool, between: tuple[Outcome, ...]
) -> None:
    node = CollectorDecisionNode.from_export(
        {"showResendButton": resend, "showCancelButton": cancel}, FAKE
    )

    assert node.outcomes == (Outcome.TRUE, Outcome.FALSE, *between, Outcome.ERROR)


def test_a_node_s_repr_shows_no_token() -> None:
    attributes = {**SIDS, "authToken": "secret-token"}

    for node in (SenderNode, CollectorDecisionNode):
        assert "secret-token" not in repr(node.from_export(attributes))
