"""What Vonage would certainly refuse is refused here, by the name of the field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from verify_core.errors import InvalidSetting
from verify_providers.vonage import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    WhatsAppMode,
    WhatsAppStep,
)
from verify_providers.vonage.asking import Defaults
from verify_providers.vonage.locales import LOCALES, nearest_locale

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("make", "field", "values"),
    [
        (
            VonageExtras,
            "brand",
            ["", " ", "x" * 19, "a/b", "a{b", "a}b", "a:b", "$", 7, "a\ud800"],
        ),
        (VonageExtras, "code_length", [3, 11, "6", 6.0, True]),
        (
            VonageExtras,
            "channel_timeout",
            [14 * SECOND, 901 * SECOND, 60, 60.5 * SECOND, -SECOND],
        ),
        (VonageExtras, "template_id", ["", "mine", 7]),
        (VonageExtras, "fraud_check", ["true", 1]),
        (VonageExtras, "client_ref", ["", "a-b", "a" * 41, "é", 7]),
        (
            VonageExtras,
            "workflow",
            [(), [SmsStep()], (None,), (SmsStep(),) * 17, SmsStep()],
        ),
        (VonageExtras, "workflow", [(SmsStep(reuse_code=True),)]),
        (SmsStep, "sender", ["", "x" * 12, "+447700900000", "a b", "é", 7]),
        (SmsStep, "app_hash", ["short", "x" * 12, "é" * 11, 7]),
        (SmsStep, "entity_id", ["", "x", "1" * 21, 7]),
        (SmsStep, "content_id", ["", "x", "1" * 21, 7]),
        (SmsStep, "reuse_code", [None, 1]),
        (VoiceStep, "reuse_code", ["yes"]),
        (WhatsAppStep, "sender", ["", "Acme", "+447700900000", "0447700900000"]),
        (WhatsAppStep, "mode", ["tap", 7]),
        (EmailStep, "sender", ["", "Acme", "a@", 7]),
    ],
)
def test_refused_by_the_name_of_the_field(
    make: Callable[..., object], field: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(InvalidSetting) as caught:
            make(**{field: value})
        assert caught.value.setting == field, value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("brand", "a" * 19),
        ("brand", None),
        ("sms_from", "a b"),
        ("whatsapp_from", "Acme"),
        ("email_from", "Acme"),
        ("code_length", 3),
        ("channel_timeout", SECOND),
    ],
)
def test_the_providers_own_settings_are_held_to_the_same(
    field: str, value: object
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        Defaults(**{"brand": "Acme", field: value})  # type: ignore[arg-type]

    assert caught.value.setting == field


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        (SmsStep(), {}),
        (
            SmsStep(
                sender="447700900000",
                app_hash="FA+9qCX9VSu",
                entity_id="1",
                content_id="2",
                reuse_code=True,
            ),
            {
                "from": "447700900000",
                "app_hash": "FA+9qCX9VSu",
                "entity_id": "1",
                "content_id": "2",
                "reuse_code": True,
            },
        ),
        (VoiceStep(), {}),
        (
            WhatsAppStep(sender="447700900000", mode=WhatsAppMode.OTP_CODE),
            {"from": "447700900000", "mode": "otp_code"},
        ),
        (EmailStep(sender="a@example.org"), {"from": "a@example.org"}),
    ],
)
def test_steps_under_vonages_names(
    step: SmsStep | VoiceStep | WhatsAppStep | EmailStep, sent: dict[str, object]
) -> None:
    assert step.to_json() == sent


def test_values_are_frozen() -> None:
    for value in (SmsStep(), VoiceStep(), WhatsAppStep(), EmailStep(), VonageExtras()):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.reuse_code = True  # type: ignore[union-attr, misc]


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("en", "en-us"),
        ("en-GB", "en-gb"),
        ("en_us", "en-us"),
        ("en-AU", "en-us"),
        ("de", "de-de"),
        ("de-CH", "de-de"),
        ("de-Latn-AT", "de-de"),
        ("es", "es-es"),
        ("es-419", "es-mx"),
        ("es-US", "es-us"),
        ("pt", "pt-br"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt-pt"),
        ("pt-AO", "pt-pt"),
        ("in", "id-id"),
        (" FR-ca ", "fr-fr"),
        ("tlh", None),
        ("e", None),
        ("", None),
        ("-", None),
    ],
)
def test_nearest_locale(wish: str, tag: str | None) -> None:
    assert nearest_locale(wish) == tag


@pytest.mark.parametrize("tag", LOCALES)
def test_every_locale_is_nearest_to_itself(tag: str) -> None:
    assert nearest_locale(tag) == tag
