"""Twilio's own options and the languages it speaks."""

from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given, strategies as st

from verify_core.errors import InvalidSetting
from verify_providers.twilio import (
    EmailConfiguration,
    RiskCheck,
    Template,
    TwilioExtras,
)
from verify_providers.twilio._locales import nearest_locale

TEMPLATE = "HJ" + "e5" * 16


def test_nothing_set_is_nothing_sent() -> None:
    assert TwilioExtras().to_form() == {}


def test_structured_options_are_json_in_one_field() -> None:
    extras = TwilioExtras(
        rate_limits={"ip": "192.0.2.1"},
        channel_configuration=EmailConfiguration(
            template_id="d-1",
            from_address="a@example.org",
            from_name="A",
            substitutions={"name": "Pat"},
        ),
        template_custom_substitutions={"shop": "Zoë's"},
        templates=(
            Template(sid=TEMPLATE),
            Template(sid=TEMPLATE, substitutions={"a": "b"}),
        ),
        tags={"team": "login"},
    )

    form = extras.to_form()

    assert json.loads(form["RateLimits"]) == {"ip": "192.0.2.1"}
    assert json.loads(form["ChannelConfiguration"]) == {
        "template_id": "d-1",
        "from": "a@example.org",
        "from_name": "A",
        "substitutions": {"name": "Pat"},
    }
    assert json.loads(form["TemplateCustomSubstitutions"]) == {"shop": "Zoë's"}
    assert json.loads(form["Templates"]) == [
        {"sid": TEMPLATE},
        {"sid": TEMPLATE, "substitutions": {"a": "b"}},
    ]
    assert json.loads(form["Tags"]) == {"team": "login"}


def test_risk_check_is_read_from_a_configuration() -> None:
    assert TwilioExtras(risk_check="disable").risk_check is RiskCheck.DISABLE


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("custom_friendly_name", ""),
        ("custom_friendly_name", "x" * 31),
        ("custom_friendly_name", "A\ud800"),
        ("payee", "A\udfff"),
        ("payee", ""),
        ("send_digits", "12a"),
        ("send_digits", ""),
        ("rate_limits", {}),
        ("rate_limits", {"ip": 1}),
        ("app_hash", ""),
        ("template_sid", "HJ123"),
        ("template_sid", "VA" + "e5" * 16),
        ("template_custom_substitutions", {}),
        ("templates", ()),
        ("templates", (Template(sid=TEMPLATE),) * 11),
        ("device_ip", "192.0.2.300"),
        ("risk_check", "perhaps"),
        ("tags", {str(n): "x" for n in range(11)}),
        ("tags", {"k" * 129: "x"}),
        ("tags", {"k": "x" * 129}),
        ("amount", ""),
        ("amount", 39.99),
        ("app_hash", 5),
        ("send_digits", 1234),
        ("custom_friendly_name", b"Shop"),
        ("template_sid", 5),
        ("device_ip", 5),
        ("risk_check", True),
        ("channel_configuration", {}),
        ("tags", "x"),
        ("tags", {"a": "\ud800"}),
        ("rate_limits", ["ip"]),
        ("templates", ["x"]),
        ("templates", [Template(sid=TEMPLATE)]),
        ("templates", "x"),
    ],
)
def test_what_twilio_would_refuse_is_refused_by_name(
    setting: str, value: object
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TwilioExtras(**{"payee": "Shop", "amount": "1", setting: value})  # type: ignore[arg-type]

    assert caught.value.setting == setting


def test_template_and_mailer_are_checked_too() -> None:
    with pytest.raises(InvalidSetting, match="sid"):
        Template(sid=cast("str", 5))
    with pytest.raises(InvalidSetting, match="substitutions"):
        Template(sid=TEMPLATE, substitutions=cast("dict[str, str]", "x"))
    with pytest.raises(InvalidSetting, match="from_name"):
        EmailConfiguration(from_name=cast("str", 5))


@pytest.mark.parametrize(
    ("given_", "missing"), [("amount", "payee"), ("payee", "amount")]
)
def test_amount_and_payee_go_together(given_: str, missing: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TwilioExtras(**{given_: "1"})  # type: ignore[arg-type]

    assert caught.value.setting == missing


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE_ch", "de"),
        ("en-GB", "en-GB"),
        ("en-US", "en"),
        ("pt_br", "pt-BR"),
        ("pt-AO", "pt"),
        ("zh-Hans-CN", "zh-CN"),
        ("zh-Hant-TW", "zh-HK"),
        ("zh-TW", "zh-HK"),
        ("zh", "zh"),
        ("fil-PH", "tl"),
        ("nn", "nb"),
        ("tlh", None),
        ("", None),
        ("-", None),
    ],
)
def test_nearest_language_is_chosen(wish: str, tag: str | None) -> None:
    assert nearest_locale(wish) == tag


@given(wish=st.text(max_size=30))
def test_any_wish_is_a_language_of_twilio_s_or_none(wish: str) -> None:
    tag = nearest_locale(wish)

    assert tag is None or nearest_locale(tag) == tag
