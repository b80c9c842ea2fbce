"""What Vonage would certainly refuse is refused here, by the name of the field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from verify_core.channels import Channel
from verify_core.errors import InvalidSetting
from verify_providers.vonage import (
    EmailStep,
    SmsStep,
    VoiceStep,
    VonageExtras,
    WhatsAppMode,
    WhatsAppStep,
)
from verify_providers.vonage._asking import Defaults
from verify_providers.vonage._locales import (
    LOCALES,
    TEMPLATE_LOCALES,
    nearest_locale,
)

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
            [(), [SmsStep()], (None,), (SmsStep(),) * 4, SmsStep()],
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
    ("hint", "tag"),
    [
        ("en", "en-us"),
        ("en-GB", "en-gb"),
        ("en_us", "en-us"),
        ("en-AU", "en-au"),
        ("en-IN", "en-in"),
        ("en-NZ", "en-gb"),
        ("en-001", "en-gb"),
        ("en-PR", "en-us"),
        ("en-Latn", "en-us"),
        ("de", "de-de"),
        ("de-CH", "de-de"),
        ("de-Latn-AT", "de-de"),
        ("es", "es-es"),
        ("es-419", "es-mx"),
        ("es-AR", "es-mx"),
        ("es-US", "es-us"),
        ("es-GQ", "es-es"),
        ("pt", "pt-br"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt-pt"),
        ("pt-AO", "pt-pt"),
        ("in", "id-id"),
        ("iw-IL", "he-il"),
        ("he", "he-il"),
        (" FR-ca ", "fr-ca"),
        ("fr-BE", "fr-fr"),
        ("ja-JP", "ja-jp"),
        ("nl", "nl-nl"),
        ("nl-BE", "nl-nl"),
        ("pl-PL", "pl-pl"),
        ("sv", "sv-se"),
        ("tr-TR", "tr-tr"),
        ("no", "nb-no"),
        ("nn-NO", "nb-no"),
        ("tl", "fil-ph"),
        ("ar-EG", "ar-xa"),
        ("zh", "zh-cn"),
        ("zh-CN", "zh-cn"),
        ("zh-Hans-SG", "zh-cn"),
        ("zh-Hant", "zh-tw"),
        ("zh-TW", "zh-tw"),
        ("zh-Hant-HK", "zh-hk"),
        ("zh-MO", "zh-hk"),
        ("yue", "zh-hk"),
        ("tlh", None),
        ("hr", None),
        ("e", None),
        ("", None),
        ("-", None),
    ],
)
def test_nearest_locale(hint: str, tag: str | None) -> None:
    assert nearest_locale(hint) == tag


def test_every_locale_is_nearest_to_itself() -> None:
    assert [tag for tag in LOCALES if nearest_locale(tag) != tag] == []


def test_some_languages_are_spoken_by_templates_alone() -> None:
    for tag in TEMPLATE_LOCALES:
        assert nearest_locale(tag, has_template=True) == tag
        assert nearest_locale(tag) is None


def test_language_is_spoken_on_every_channel_of_the_workflow() -> None:
    """Vonage's own text of Hong Kong is a text message's, and its call has none."""
    assert nearest_locale("zh-HK", [Channel.SMS]) == "zh-hk"
    assert nearest_locale("zh-HK", [Channel.SMS, Channel.CALL]) is None
    assert nearest_locale("zh-HK", [Channel.CALL], has_template=True) == "zh-hk"
    assert nearest_locale("zh-TW", [Channel.WHATSAPP]) == "zh-tw"
    assert nearest_locale("zh-TW", [Channel.CALL]) is None
