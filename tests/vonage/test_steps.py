"""What a workflow is made of: channels, senders, steps of the extras."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.kinds import Make
from tests.support.loopback import Loopback
from tests.vonage.tiny import NOON, TinyVonage, body_of
from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, UnsupportedChannel
from verify_core.identifiers import EmailAddress
from verify_core.phone import PhoneNumber
from verify_core.verification import StartRequest
from verify_providers.vonage import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    VonageVerify,
    WhatsAppStep,
)


class TestChannels:
    def test_voice_is_our_call(
        self, provider: VonageVerify, tiny: TinyVonage, number: PhoneNumber
    ) -> None:
        ref = provider.start(StartRequest(identifier=number, channel="call")).ref

        assert tiny.messages == ["voice"]
        assert ref.channel is Channel.CALL

    def test_email(
        self, provider: VonageVerify, loopback: Loopback, tiny: TinyVonage
    ) -> None:
        address = EmailAddress("pat+x@example.org")
        provider.start(StartRequest(identifier=address, channel="email"))

        step = {"channel": "email", "to": "pat+x@example.org"}
        assert body_of(loopback)["workflow"] == [step]
        assert tiny.messages == ["email"]

    def test_whatsapp_needs_a_sender(
        self, provider: VonageVerify, loopback: Loopback, number: PhoneNumber
    ) -> None:
        assert Channel.WHATSAPP not in provider.capabilities.channels
        request = StartRequest(identifier=number, channel="whatsapp")

        with pytest.raises(UnsupportedChannel, match="whatsapp_from"):
            provider.start(request)

        assert loopback.requests == []

    def test_whatsapp_with_the_providers_sender(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        make: Make,
        number: PhoneNumber,
    ) -> None:
        with make(whatsapp_from="447700900000") as provider:
            assert provider.capabilities.channels == frozenset(Channel)
            provider.start(StartRequest(identifier=number, channel="whatsapp"))

        assert body_of(loopback)["workflow"][0]["from"] == "447700900000"
        assert tiny.messages == ["whatsapp"]

    def test_every_sender_goes_to_its_own_channel(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        make: Make,
        number: PhoneNumber,
    ) -> None:
        senders = {
            "sms_from": "AcmeSMS",
            "whatsapp_from": "447700900000",
            "email_from": "otp@example.org",
        }
        with make(**senders) as provider:
            provider.start(
                StartRequest(identifier=number, fallback_channels=("call", "whatsapp"))
            )
            address = EmailAddress("pat@example.org")
            provider.start(StartRequest(identifier=address, channel="email"))

        sent = [step.get("from") for step in body_of(loopback, 0)["workflow"]]
        assert sent == ["AcmeSMS", None, "447700900000"]
        assert body_of(loopback)["workflow"][0]["from"] == "otp@example.org"
        assert tiny.messages == ["sms", "email"]


class TestExtras:
    def test_steps_are_sent_as_they_are(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        tiny: TinyVonage,
        number: PhoneNumber,
    ) -> None:
        extras = VonageExtras(
            brand="Other",
            workflow=(
                SmsStep(sender="Acme", app_hash="FA+9qCX9VSu", entity_id="1"),
                WhatsAppStep(sender="447700900000", mode="zero_tap"),
                VoiceStep(reuse_code=True),
            ),
            channel_timeout=timedelta(seconds=60),
            code_length=8,
            template_id="4ed3027d-8762-44a0-aa3f-c393717413a4",
            fraud_check=False,
            client_ref="mine",
        )

        started = provider.start(StartRequest(identifier=number, extras=extras))

        to = "15553231234"
        assert body_of(loopback) == {
            "brand": "Other",
            "workflow": [
                {
                    "channel": "sms",
                    "to": to,
                    "from": "Acme",
                    "app_hash": "FA+9qCX9VSu",
                    "entity_id": "1",
                },
                {
                    "channel": "whatsapp",
                    "to": to,
                    "from": "447700900000",
                    "mode": "zero_tap",
                },
                {"channel": "voice", "to": to, "reuse_code": True},
            ],
            "channel_timeout": 60,
            "client_ref": "mine",
            "code_length": 8,
            "template_id": "4ed3027d-8762-44a0-aa3f-c393717413a4",
            "fraud_check": False,
        }
        assert started.expires_at == NOON + timedelta(minutes=3)
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        ("more", "extras", "field"),
        [
            ({"channel": "call"}, VonageExtras(workflow=(SmsStep(),)), "workflow"),
            ({}, VonageExtras(workflow=(SmsStep(), EmailStep())), "workflow"),
            (
                {"fallback_channels": ("call",)},
                VonageExtras(workflow=(SmsStep(),)),
                "workflow",
            ),
            ({"fallback_channels": ("call",) * 3}, None, "fallback_channels"),
        ],
    )
    def test_steps_that_do_not_fit_are_refused_before_any_request(
        self,
        provider: VonageVerify,
        loopback: Loopback,
        number: PhoneNumber,
        more: dict[str, Any],
        extras: VonageExtras | None,
        field: str,
    ) -> None:
        given = () if extras is None else (extras,)
        request = StartRequest(identifier=number, extras=given, **more)

        with pytest.raises(InvalidSetting, match=f"^{field}: "):
            provider.start(request)

        assert loopback.requests == []
