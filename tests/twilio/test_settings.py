"""Credentials, addresses and URLs: what is refused, and by what name."""

from __future__ import annotations

import traceback
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from tests.support.kinds import KINDS, Make, blocking
from tests.support.loopback import ACCOUNT, NUMBER, SERVICE, TOKEN, Loopback, TinyVerify
from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.masking import Secret
from verify_core.registry import load_provider, read_url
from verify_core.testing._awaited import Blocking
from verify_core.verification import StartRequest
from verify_providers.config import SecretReader, SecretSource
from verify_providers.http import Reach
from verify_providers.twilio import TwilioVerify, async_from_settings, from_settings
from verify_providers.twilio._credentials import TwilioCredentials, address_of

KEY = "SK" + "f6" * 16


def credentials_from(source: SecretSource) -> TwilioCredentials:
    secret = SecretReader(setting="auth_token", provider="twilio", source=source)
    return TwilioCredentials(user=ACCOUNT, secret=secret)


def user_and_secret(header: str) -> tuple[str, str]:
    user, _, secret = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return user, secret


def base_url(url: str, *, plain: bool = False) -> str:
    reach = Reach(base_url=url, allow_plain_http=plain)
    return reach.url_or("https://verify.twilio.com")


@pytest.mark.parametrize(
    ("edge", "region", "host"),
    [
        (None, None, "verify.twilio.com"),
        ("dublin", None, "verify.dublin.us1.twilio.com"),
        ("dublin", "ie1", "verify.dublin.ie1.twilio.com"),
        (None, "ie1", "verify.ie1.twilio.com"),
    ],
)
def test_edge_and_region_make_the_host(
    edge: str | None, region: str | None, host: str
) -> None:
    found = address_of("verify", edge=edge, region=region, base_url=None)

    assert found == f"https://{host}"


@pytest.mark.sdk
@pytest.mark.parametrize("edge", [None, "dublin"])
@pytest.mark.parametrize("region", [None, "ie1"])
def test_official_sdk_makes_the_same_host(edge: str | None, region: str | None) -> None:
    rest = pytest.importorskip("twilio.rest")
    client = rest.Client(
        ACCOUNT, TOKEN, edge=edge, region=region, environment={"A": ""}
    )

    ours = address_of("verify", edge=edge, region=region, base_url=None)
    assert client.get_hostname("https://verify.twilio.com") == ours


@pytest.mark.parametrize("label", ["", "Dublin", "a.b", "evil.example/", "-a", "a--b@"])
def test_label_that_would_change_the_host_is_refused(label: str) -> None:
    labels: dict[str, str | None] = {"edge": None, "region": None}
    for setting in labels:
        with pytest.raises(InvalidSetting) as caught:
            address_of("verify", base_url=None, **labels | {setting: label})

        assert caught.value.setting == setting


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8181",
        "http://localhost:8181/verify/",
        "http://[::1]:1",
        "http://fake.localhost",
        "https://gateway.example",
    ],
)
def test_loopback_may_be_plain_and_everything_may_be_tls(url: str) -> None:
    assert base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://127.0.0.1",
        "127.0.0.1:8181",
        "https://",
        "https://user@gateway.example",
        "https://gateway.example?x=1",
        "https://gateway.example#x",
        "https://gateway.example:port",
        "https://gateway.example/a b",
        "https://gate way.example",
    ],
)
def test_unfit_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        base_url(url)

    assert caught.value.setting == "base_url"


def test_plain_http_beyond_this_machine_is_a_decision() -> None:
    assert base_url("http://fake:8181", plain=True) == "http://fake:8181"


def test_address_excludes_edge_and_region() -> None:
    with pytest.raises(InvalidSetting, match="edge") as caught:
        TwilioVerify(
            service_sid=SERVICE,
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            edge="dublin",
            base_url="https://gateway.example",
        )

    assert caught.value.setting == "base_url"


@pytest.mark.parametrize(
    ("setting", "options"),
    [
        ("service_sid", {"service_sid": "VA12"}),
        ("service_sid", {"service_sid": "AC" + "b2" * 16}),
        ("account_sid", {"account_sid": "AC12"}),
        ("account_sid", {"account_sid": None}),
        ("auth_token", {"auth_token": None}),
        ("auth_token", {"auth_token": ""}),
        ("auth_token", {"api_key": KEY, "api_secret": "x"}),
        ("api_key", {"auth_token": None, "api_key": "SK1", "api_secret": "x"}),
        ("api_key", {"auth_token": None, "api_secret": "x"}),
        ("api_secret", {"auth_token": None, "api_key": KEY}),
        ("timeout", {"timeout": timedelta(0)}),
        ("timeout", {"timeout": timedelta(hours=1)}),
        ("pool_size", {"pool_size": 0}),
        ("time_to_live", {"time_to_live": timedelta(0)}),
    ],
)
def test_malformed_setting_is_refused_by_name(
    setting: str, options: dict[str, object]
) -> None:
    good = {"service_sid": SERVICE, "account_sid": ACCOUNT, "auth_token": TOKEN}
    with pytest.raises(InvalidSetting) as caught:
        TwilioVerify(**{**good, **options})  # type: ignore[arg-type]

    assert caught.value.setting == setting
    assert TOKEN not in str(caught.value)


@given(sid=st.text(max_size=40))
def test_no_other_text_passes_for_a_sid(sid: str) -> None:
    with pytest.raises(InvalidSetting):
        TwilioVerify(service_sid=sid, account_sid=ACCOUNT, auth_token=TOKEN)


def test_secret_may_be_a_callable_and_rotate(
    loopback: Loopback, tiny: TinyVerify, make: Make
) -> None:
    tokens = iter(["first", "second"])
    with make(auth_token=lambda: Secret(next(tokens))) as provider:
        provider.start(StartRequest(identifier=NUMBER))
        provider.start(StartRequest(identifier=NUMBER))

    sent = [user_and_secret(r.headers["authorization"]) for r in loopback.requests]
    assert sent == [(ACCOUNT, "first"), (ACCOUNT, "second")]
    assert len(tiny.messages) == 2


def test_secret_may_be_a_file_and_rotate(tmp_path: Path) -> None:
    file = tmp_path / "token"
    credentials = credentials_from(file)
    for token in ("first", "second"):
        file.write_text(token + "\n")

        assert user_and_secret(credentials.authorization()) == (ACCOUNT, token)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_line_break_after_a_secret_is_no_part_of_it(
    tmp_path: Path, ending: str
) -> None:
    file = tmp_path / "token"
    file.write_bytes((TOKEN + ending).encode())
    sources: list[SecretSource] = [
        TOKEN + ending,
        Secret(TOKEN + ending),
        file,
        lambda: TOKEN + ending,
        lambda: Secret(TOKEN + ending),
    ]

    for source in sources:
        header = credentials_from(source).authorization()
        assert user_and_secret(header) == (ACCOUNT, TOKEN)


def test_secret_of_line_breaks_is_empty() -> None:
    with pytest.raises(InvalidSetting, match="auth_token"):
        credentials_from("\n\n")
    with pytest.raises(Misconfigured, match="auth_token"):
        credentials_from(lambda: "\n").authorization()


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_unusable_secret_file_is_misconfigured(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(Misconfigured) as caught:
        credentials_from(file).authorization()

    assert caught.value.__context__ is None


@pytest.mark.parametrize("secret", [TOKEN + "\udcff", Secret(TOKEN + "\ud800")])
def test_secret_read_in_the_wrong_encoding_is_refused_unseen(
    secret: str | Secret,
) -> None:
    """As from an environment whose bytes are no UTF-8."""
    with pytest.raises(InvalidSetting) as caught:
        TwilioVerify(service_sid=SERVICE, account_sid=ACCOUNT, auth_token=secret)

    assert caught.value.setting == "auth_token"
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", ["AUTH_TOKEN", "API_SECRET"])
def test_environment_in_the_wrong_encoding_is_refused_by_name(name: str) -> None:
    environ = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_VERIFY_SERVICE_SID": SERVICE,
        f"TWILIO_{name}": TOKEN + "\udcff",
    }
    if name == "API_SECRET":
        environ["TWILIO_API_KEY"] = KEY

    with pytest.raises(InvalidSetting, match=name.lower()) as caught:
        built("twilio://", environ)

    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("value", [b"hush", 5, None, "", "hush\udcff", Secret("")])
def test_callable_that_gives_no_secret_is_misconfigured(
    loopback: Loopback, value: object
) -> None:
    with (
        TwilioVerify(
            service_sid=SERVICE,
            account_sid=ACCOUNT,
            auth_token=cast("Callable[[], str]", lambda: value),
            base_url=loopback.url,
        ) as provider,
        pytest.raises(Misconfigured, match=r"^auth_token: the secret") as caught,
    ):
        provider.start(StartRequest(identifier=NUMBER))

    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert not loopback.requests


def test_callable_that_raises_is_misconfigured_and_says_what(
    loopback: Loopback,
) -> None:
    def vault() -> str:
        raise ConnectionError("hush: the vault is sealed")

    with (
        TwilioVerify(
            service_sid=SERVICE,
            account_sid=ACCOUNT,
            auth_token=vault,
            base_url=loopback.url,
        ) as provider,
        pytest.raises(Misconfigured, match=r"auth_token.*ConnectionError") as caught,
    ):
        provider.start(StartRequest(identifier=NUMBER))

    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("path", ["\0", "/nowhere/at/all", "x" * 5000])
def test_path_that_leads_nowhere_is_misconfigured(path: str) -> None:
    with pytest.raises(Misconfigured, match="auth_token"):
        credentials_from(Path(path)).authorization()


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ({"auth_token": 5}, "auth_token"),
        ({"auth_token": b"hush"}, "auth_token"),
        ({"account_sid": 5}, "account_sid"),
        ({"service_sid": 5}, "service_sid"),
        ({"service_sid": None}, "service_sid"),
        ({"base_url": 5}, "base_url"),
        ({"edge": 5}, "edge"),
        ({"timeout": 4}, "timeout"),
        ({"time_to_live": 600}, "time_to_live"),
        ({"pool_size": "10"}, "pool_size"),
    ],
)
def test_setting_of_another_type_is_refused_by_name(
    account: dict[str, Any], options: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        TwilioVerify(**account | options)

    assert caught.value.setting == setting


@pytest.mark.parametrize("source", [TOKEN, Secret(TOKEN)])
def test_credentials_show_no_secret(source: SecretSource) -> None:
    shown = repr(credentials_from(source))

    assert TOKEN not in shown
    assert ACCOUNT not in shown


def built(url: str, environ: dict[str, str] | None = None) -> TwilioVerify:
    return from_settings(read_url(url, environ=environ))


@pytest.fixture(params=KINDS)
def load(request: pytest.FixtureRequest) -> Make:
    """Makes the provider of a URL, which blocks or is awaited."""

    def loaded(url: str, environ: dict[str, str] | None = None) -> object:
        settings = read_url(url, environ=environ)
        if request.param == "awaited":
            return blocking(async_from_settings(settings))
        return from_settings(settings)

    return loaded


def sent_credentials(
    loopback: Loopback, provider: TwilioVerify | Blocking
) -> tuple[str, str]:
    with provider:
        provider.start(StartRequest(identifier=NUMBER))
    return user_and_secret(loopback.requests[-1].headers["authorization"])


def test_url_with_account_and_token(loopback: Loopback, tiny: TinyVerify) -> None:
    """The form that a first user types; through the registry, by its name."""
    url = f"twilio://{ACCOUNT}:{TOKEN}@verify/{SERVICE}?base_url={loopback.url}"
    provider = load_provider(url, environ={})

    assert isinstance(provider, TwilioVerify)
    assert sent_credentials(loopback, provider) == (ACCOUNT, TOKEN)
    assert tiny.messages == ["sms"]


def test_url_with_key_and_secret(
    loopback: Loopback, load: Make, tiny: TinyVerify
) -> None:
    provider = load(
        f"twilio://{KEY}:s%2Fc%40t@verify/{SERVICE}?account={ACCOUNT}"
        f"&base_url={loopback.url}"
    )

    assert sent_credentials(loopback, provider) == (KEY, "s/c@t")
    assert tiny.messages == ["sms"]


def test_url_with_a_file(
    loopback: Loopback, load: Make, tiny: TinyVerify, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("from-file")
    provider = load(
        f"twilio://{ACCOUNT}@verify/{SERVICE}?token_file={tmp_path / 'token'}"
        f"&base_url={loopback.url}"
    )

    assert sent_credentials(loopback, provider) == (ACCOUNT, "from-file")
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}, (ACCOUNT, TOKEN)),
        (
            {
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TOKEN,
                "TWILIO_API_KEY": KEY,
                "TWILIO_API_SECRET": "s",
            },
            (KEY, "s"),
        ),
    ],
)
@pytest.mark.parametrize("service", ["TWILIO_VERIFY_SERVICE_SID", "VERIFY_SERVICE_SID"])
def test_environment_fills_what_the_url_leaves_out(
    loopback: Loopback,
    load: Make,
    tiny: TinyVerify,
    environ: dict[str, str],
    expected: tuple[str, str],
    service: str,
) -> None:
    """An address that is given also outweighs an edge of the environment."""
    provider = load(
        f"twilio://?base_url={loopback.url}",
        {**environ, service: SERVICE, "TWILIO_EDGE": "dublin"},
    )

    assert sent_credentials(loopback, provider) == expected
    assert f"/{SERVICE}/" in loopback.requests[-1].target
    assert tiny.messages == ["sms"]


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?colour=red", "colour"),
        (f"twilio://{ACCOUNT}:t@lookup/{SERVICE}", "host"),
        (f"twilio://{ACCOUNT}:t@verify/", "service_sid"),
        (f"twilio://{ACCOUNT}:t@verify/VA12", "service_sid"),
        (f"twilio://{ACCOUNT}@verify/{SERVICE}", "auth_token"),
        (f"twilio://AC12:t@verify/{SERVICE}", "account_sid"),
        (f"twilio://{KEY}:t@verify/{SERVICE}?account=AC12", "account_sid"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?account=AC12", "account"),
        (f"twilio://verify/{SERVICE}", "account_sid"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?token_file=/x", "token_file"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?timeout=soon", "timeout"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?timeout=nan", "timeout"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?timeout=1e99", "timeout"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?trust_env=perhaps", "trust_env"),
        (f"twilio://{ACCOUNT}:t@verify/{SERVICE}?pool_size=many", "pool_size"),
        (
            f"twilio://{ACCOUNT}:t@verify/{SERVICE}?base_url=http://a.example",
            "base_url",
        ),
    ],
)
def test_unfit_url_is_refused_by_the_name_of_its_part(url: str, setting: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        built(url)

    assert caught.value.setting == setting


def test_provider_shows_neither_account_nor_token() -> None:
    provider = built(f"twilio://{ACCOUNT}:{TOKEN}@verify/{SERVICE}?timeout=2.5")

    assert repr(provider) == "TwilioVerify(user='AC…a1a1', service='VA…b2b2')"
