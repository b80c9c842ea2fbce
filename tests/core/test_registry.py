"""Providers by URL: what is read, what is refused, and that no secret shows."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given, strategies as st

from verify_core import load_provider
from verify_core.errors import InvalidSetting
from verify_core.provider_settings import ProviderSettings
from verify_core.registry import build_provider, provider_names, read_url
from verify_fakes import FakeVerifyProvider
from verify_providers.twilio import TwilioVerify

ACCOUNT, SERVICE = "AC" + "0" * 32, "VA" + "1" * 32


def test_both_providers_of_this_distribution_are_found_by_name() -> None:
    assert {"fake", "twilio"} <= set(provider_names())


def test_a_url_names_a_provider_and_its_options() -> None:
    provider = load_provider("fake://?seed=1", environ={})

    assert isinstance(provider, FakeVerifyProvider)


def test_the_environment_names_the_default() -> None:
    assert isinstance(
        load_provider(environ={"VERIFY_PROVIDER": "fake://"}), FakeVerifyProvider
    )


def test_a_twilio_url_carries_everything() -> None:
    url = f"twilio://{ACCOUNT}:s%2Fecret@verify/{SERVICE}?base_url=http://127.0.0.1:9"

    provider = load_provider(url, environ={})

    assert isinstance(provider, TwilioVerify)
    assert "s/ecret" not in repr(provider)


def test_the_parts_of_a_url_are_decoded() -> None:
    settings = read_url("twilio://me%40home:p%3Aw@verify/VA1?a=1%202&b=")

    assert (settings.name, settings.user) == ("twilio", "me@home")
    assert settings.secret is not None
    assert settings.secret.reveal() == "p:w"
    assert (settings.host, settings.path) == ("verify", "VA1")
    assert settings.options == {"a": "1 2", "b": ""}
    assert "p:w" not in repr(settings)


@pytest.mark.parametrize("url", ["", None])
def test_no_provider_at_all_names_the_variable(url: str | None) -> None:
    with pytest.raises(InvalidSetting, match="VERIFY_PROVIDER"):
        load_provider(url, environ={})


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="provider: takes a str, not int"):
        load_provider(5, environ={})  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("url", ["fake", "fake:", "://x", "http://[::1", "token-alone"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^provider: not a URL") as caught:
        load_provider(url, environ={})

    assert url not in str(caught.value)


def test_an_unknown_provider_is_refused_with_those_that_are_installed() -> None:
    with pytest.raises(InvalidSetting, match=r"'pigeon' is not installed.*fake"):
        load_provider("pigeon://user:secret@x", environ={})


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("fake://?sed=1", "sed"),
        ("fake://?seed=1&seed=2", "seed"),
        ("fake://?seed=one", "seed"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?colour=red", "colour"),
        (f"twilio://{ACCOUNT}:hush@verify/VA1", "service"),
        (f"twilio://AC1:hush@verify/{SERVICE}", "account"),
    ],
)
def test_an_unusable_part_is_named(url: str, named: str) -> None:
    with pytest.raises(InvalidSetting, match=named) as caught:
        load_provider(url, environ={})

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://{ACCOUNT}:12?hushhush@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:12/hushhush@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:12#hushhush@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:1@2?hush3hush@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:1@2?hush-hush&hush-hush@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:a@verify/{SERVICE}?hush9=1&hush9=2",
        f"twilio://{ACCOUNT}:hush%ff@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:hush\udcff@verify/{SERVICE}",
        f"twilio://{ACCOUNT}:12?hush=hush@verify/{SERVICE}",
    ],
)
def test_secret_that_was_not_escaped_is_not_shown(url: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load_provider(url, environ={})

    shown = "".join(traceback.format_exception(caught.value))
    assert "hush" not in shown.replace(url, "")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url", ["x://{}@host", "x://{}", "x:///{}", "x://:{}@h", "x://h?k={}", "x://{}/p"]
)
@given(key=st.text("ghjkqvwz0123456789", min_size=8, max_size=40))
def test_key_shows_in_no_part_of_the_settings(url: str, key: str) -> None:
    assert key not in repr(read_url(url.format(key)))


@pytest.mark.parametrize("url", ["x://coo", "x://coo@host", "x://:@host", "x://"])
def test_missing_secret_says_where_it_goes(url: str) -> None:
    settings = read_url(url, environ={"OTHER": "coo"})

    with pytest.raises(InvalidSetting) as caught:
        settings.secret_or("X_KEY")

    assert str(caught.value) == (
        "secret: missing; write it after the colon, x://:SECRET@host, or set X_KEY"
    )


@pytest.mark.parametrize(
    ("url", "secret"), [("x://:of-url@h", "of-url"), ("x://h", "of-environ")]
)
def test_secret_of_the_url_goes_before_the_environment_s(url: str, secret: str) -> None:
    settings = read_url(url, environ={"X_KEY": "of-environ"})

    assert settings.secret_or("X_KEY").reveal() == secret


def test_empty_secret_of_a_url_takes_none_from_the_environment() -> None:
    with pytest.raises(InvalidSetting, match="secret: missing"):
        read_url("x://:@h", environ={"X_KEY": "coo"}).secret_or("X_KEY")


@pytest.mark.parametrize("part", ["user", "host", "path"])
def test_part_of_another_type_is_refused_by_its_name(part: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{part}: takes a str, not int$"):
        ProviderSettings(name="x", **{part: 5})  # type: ignore[arg-type]  # on purpose


def test_host_keeps_its_port() -> None:
    assert read_url("x://:k@api.example.org:8443/p").host == "api.example.org:8443"


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused_clearly(text: str) -> None:
    try:
        read_url(text)
    except InvalidSetting:
        return


def test_a_provider_is_built_from_settings_alone() -> None:
    assert isinstance(build_provider(ProviderSettings(name="fake")), FakeVerifyProvider)
