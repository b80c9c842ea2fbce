"""Whatever a setting of a shipped provider is given, it is taken or refused by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.support.each import require_each
from tests.support.junk import PROVIDER, attempted, junk, real
from verify_core import load_provider
from verify_core.errors import InvalidSetting
from verify_providers.failover import (
    Child,
    CircuitPolicy,
    FailoverPolicy,
    FailoverProvider,
)
from verify_providers.guard import (
    Budget,
    CoolDown,
    GuardPolicy,
    GuardProvider,
    Spend,
    SpendLimit,
    WrongCodes,
)
from verify_providers.guard._redis import async_redis_storage, redis_storage
from verify_providers.http import Reach
from verify_providers.own import (
    AsyncOwnCodes,
    AsyncSqlAlchemyStore,
    CodeKeys,
    CodePolicy,
    MemoryStore,
    MessageTexts,
    OwnCodes,
    RedisStore,
    SqlAlchemyStore,
    SqliteStore,
)
from verify_providers.own.senders import (
    AsyncCallableSender,
    AwsSmsSender,
    CallableSender,
    ConsoleSender,
    DjangoMailSender,
    HttpSender,
    MemorySender,
    SmtpSender,
    SnsSender,
    TwilioMessagesSender,
    VonageSmsSender,
    WhatsAppSender,
    load_http_sender,
    sender_from_url,
)
from verify_providers.telemetry import AsyncTelemetry, Telemetry
from verify_providers.test_numbers import (
    AsyncTestNumbers,
    TestNumbers as NumbersForTests,
)
from verify_providers.threads import as_async
from verify_providers.twilio import (
    AsyncTwilioVerify,
    TwilioExtras,
    TwilioLookup,
    TwilioVerify,
)
from verify_providers.vonage import (
    AsyncVonageVerify,
    MemoryEvents,
    VonageExtras,
    VonageVerify,
)

HOUR = timedelta(hours=1)

CONSTRUCTORS: dict[Callable[..., Any], dict[str, Any]] = {
    CircuitPolicy: {"failures": 3, "pause": HOUR},
    FailoverPolicy: {
        "resends_per_child": 2,
        "routes": {44: ("a",)},
        "circuit": CircuitPolicy(),
    },
    Child: {"name": "a", "provider": PROVIDER},
    FailoverProvider: {"children": [Child(name="a", provider=PROVIDER)]},
    CoolDown: {"steps": [HOUR], "forget": HOUR},
    Budget: {"per": "identifier", "starts": 5, "window": HOUR},
    WrongCodes: {"limit": 5, "window": HOUR},
    SpendLimit: {"amount": "5", "window": HOUR},
    Spend: {
        "limits": [SpendLimit(amount="5", window=HOUR)],
        "default": "1",
        "costs": {"44": "1"},
        "currency": "EUR",
    },
    GuardPolicy: {
        "numbers": None,
        "cool_down": CoolDown(),
        "budgets": (),
        "spend": None,
        "wrong_codes": WrongCodes(),
        "mode": "enforce",
        "on_lost": "closed",
    },
    CodePolicy: {
        "code_length": 6,
        "alphabet": "digits",
        "lifetime": HOUR,
        "tries": 5,
        "resend": "new_code",
        "cool_downs": (HOUR,),
        "most_failures": 100,
        "locked_for": HOUR,
    },
    CodeKeys: {"index": b"i" * 32, "keys": {"k1": b"k" * 32}},
    CodeKeys.from_text: {"text": "index:"},
    OwnCodes: {
        "store": MemoryStore(),
        "senders": {"sms": MemorySender()},
        "keys": CodeKeys.generate(),
        "brand": "Acme",
        "purpose": "login",
        "policy": CodePolicy(),
        "texts": None,
        "clock": PROVIDER.clock.now,
        "randbelow": lambda below: below - 1,
        "name": "own",
    },
    MemorySender: {"most": 10},
    ConsoleSender: {"stream": None},
    CallableSender: {"function": print},
    AsyncCallableSender: {"function": print},
    DjangoMailSender: {"from_email": "a@shop.example"},
    SmtpSender: {
        "host": "mx.example",
        "from_address": "codes@shop.example",
        "from_name": "Shop",
        "user": "codes",
        "password": "secret",
        "access_token": None,
        "security": "tls",
        "port": 465,
        "ca_file": None,
        "timeout": HOUR,
        "clock": PROVIDER.clock.now,
        "monotonic": lambda: 0.0,
    },
    HttpSender: {
        "url": "https://gateway.example/send",
        "method": "POST",
        "headers": {"X-A": "{to}"},
        "json": {"to": "{to}"},
        "form": None,
        "secrets": {"key": "secret"},
        "basic": ("user", "secret"),
        "signing_secret": "whsec_c2VjcmV0",
        "answers": [{"status": 200, "means": "sent"}],
        "vendor_id": "/id",
        "channels": ["sms"],
        "reach": Reach(),
        "clock": PROVIDER.clock.now,
    },
    load_http_sender: {"file": Path("gateway.toml"), "environ": {}},
    sender_from_url: {"url": "memory://", "environ": {}},
    TwilioExtras: {
        "custom_friendly_name": "Acme",
        "send_digits": "1",
        "rate_limits": {"a": "b"},
        "app_hash": "a",
        "tags": {"a": "b"},
        "device_ip": "192.0.2.1",
        "risk_check": "enable",
        "templates": None,
        "channel_configuration": None,
    },
    VonageExtras: {
        "brand": "Acme",
        "workflow": None,
        "template_id": None,
        "client_ref": None,
        "fraud_check": True,
        "code_length": 6,
    },
    redis_storage: {"url": "redis://h/0", "namespace": "a"},
    load_provider: {"url": "fake://", "environ": {}},
}
ACCOUNT = {"account_sid": "AC" + "a1" * 16, "auth_token": "t"}
SERVICE = {**ACCOUNT, "service_sid": "VA" + "b2" * 16}
KEY = {"api_key": "a1b2c3d4", "api_secret": "s"}
OWN = {
    "store": MemoryStore(),
    "senders": {"sms": MemorySender()},
    "keys": CodeKeys.generate(),
    "brand": "Acme",
}
LISTED = {"codes": {"+15553231234": "1234"}, "until": datetime(2030, 1, 1, tzinfo=UTC)}
NEEDED: dict[Callable[..., Any], dict[str, Any]] = {
    **CONSTRUCTORS,
    Telemetry: {"provider": PROVIDER},
    GuardProvider: {"provider": PROVIDER, "policy": GuardPolicy()},
    AsyncTelemetry: {"provider": as_async(PROVIDER)},
    as_async: {"provider": PROVIDER},
    NumbersForTests: {"provider": PROVIDER, **LISTED},
    AsyncTestNumbers: {"provider": as_async(PROVIDER), **LISTED},
    Reach: {},
    TwilioVerify: SERVICE,
    AsyncTwilioVerify: SERVICE,
    TwilioLookup: ACCOUNT,
    VonageVerify: {**KEY, "brand": "Acme"},
    AsyncVonageVerify: {**KEY, "brand": "Acme"},
    MemoryEvents: {},
    AsyncOwnCodes: OWN,
    MessageTexts: {"brand": "Acme"},
    SqliteStore: {"path": Path("codes.db")},
    RedisStore: {"client": "redis://127.0.0.1"},
    SqlAlchemyStore: {"engine": "sqlite://"},
    AsyncSqlAlchemyStore: {"engine": "sqlite+aiosqlite://"},
    TwilioMessagesSender: {**ACCOUNT, "sender": "Shop"},
    VonageSmsSender: {**KEY, "sender": "Shop"},
    WhatsAppSender: {
        "phone_number_id": "12345",
        "access_token": "t",
        "template": "t",
        "languages": ["en"],
    },
    SnsSender: {"region": "eu-west-1"},
    AwsSmsSender: {"region": "eu-west-1"},
}
# Of others the errors name the settings inside, not the argument.
BY_ARGUMENT = [
    made
    for made in NEEDED
    if (inspect.isclass(made) and made is not Child) or made is as_async
]


@pytest.mark.parametrize("made", BY_ARGUMENT, ids=lambda made: made.__name__)
def test_an_object_that_is_no_setting_is_refused_by_name(
    made: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that belong together, the sentence may name either."""
    monkeypatch.chdir(tmp_path)
    names = inspect.signature(made).parameters

    def refuses(name: str) -> None:
        with pytest.raises(InvalidSetting) as caught:
            made(**{**NEEDED[made], name: object()})
        assert caught.value.setting.partition(".")[0] in names

    require_each(names, refuses)


FIELDS = [(made, name) for made, given in CONSTRUCTORS.items() for name in given]


@pytest.mark.parametrize(
    ("made", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part)
)
@settings(max_examples=30, deadline=None)
@given(value=junk)
def test_a_setting_is_taken_or_refused_by_name(
    made: Callable[..., Any], name: str, value: object
) -> None:
    arguments = {**CONSTRUCTORS[made], name: real(value)}

    found = attempted(lambda: made(**arguments))

    if found is not None:
        repr(found)


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_the_rest_of_a_url_is_taken_or_refused_by_name(rest: str) -> None:
    for scheme in ("redis", "rediss", "redis+unix"):
        attempted(lambda url=f"{scheme}://{rest}": redis_storage(url))  # type: ignore[misc]
    for scheme in ("smtp", "smtps", "http", "https", "http+toml", "console", "memory"):
        attempted(lambda url=f"{scheme}://{rest}": sender_from_url(url, {}))  # type: ignore[misc]


# Fewer, since each looks anew at what is installed.
@given(st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_rest_of_a_provider_s_url_is_taken_or_refused_by_name(rest: str) -> None:
    for scheme in ("fake", "own", "twilio", "vonage"):
        attempted(
            lambda url=f"{scheme}://{rest}": load_provider(url, environ={})  # type: ignore[misc]
        )


@pytest.mark.parametrize(
    "url",
    [
        "redis://h?foo=1",
        "redis://h?foo=",
        "redis://h?socket_timeout=9",
        "redis://h?retry=5",
        "redis://h?protocol=9",
        "redis://h?db=x",
        "redis://h/abc",
        "redis://h:x",
        "redis://[",
    ],
)
def test_a_url_that_would_fail_every_start_is_refused_at_once(url: str) -> None:
    for made in (redis_storage, async_redis_storage):
        with pytest.raises(InvalidSetting, match=r"^storage: "):
            made(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://user:p%3Fss@h:1/2",
        "rediss://h?ssl_cert_reqs=none",
        "redis+unix:///run/redis.sock?db=3",
    ],
)
def test_a_url_that_works_is_taken(url: str) -> None:
    assert redis_storage(url) is not None
    assert async_redis_storage(url) is not None
