"""Codes of our own by URL, by a TOML file and from the environment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.own_world import PHONE
from verify_core import (
    Channel,
    EmailAddress,
    Started,
    StartRequest,
    Verdict,
    load_async_provider,
    load_provider,
)
from verify_core.errors import InvalidSetting
from verify_providers.own import AsyncOwnCodes, CodeKeys, OwnCodes
from verify_providers.own.senders import MemorySender

SMS = StartRequest(identifier=PHONE)


def sender_of(provider: Any, channel: Channel = Channel.SMS, at: int = 0) -> Any:  # noqa: ANN401
    return provider._own._senders[channel][at]  # noqa: SLF001 - made of a URL


def approve(provider: OwnCodes, started: Started) -> Verdict:
    code = sender_of(provider).outbox[-1].code.reveal()
    return provider.check(started.ref, code).verdict


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(url: str, environ: Mapping[str, str] | None = None) -> OwnCodes:
    provider = load_provider(url, environ=environ or {})
    assert isinstance(provider, OwnCodes)
    return provider


def test_in_memory_by_url() -> None:
    provider = load("own://memory?sender=memory&brand=Shop&code_length=8")

    started = provider.start(SMS)

    assert provider.capabilities.channels == set(Channel)
    assert "Shop" in sender_of(provider).outbox[-1].text
    assert started.code_length == 8
    assert approve(provider, started) is Verdict.APPROVED


def test_awaited_by_the_same_url() -> None:
    provider = load_async_provider("own://memory?sender=memory", environ={})

    assert isinstance(provider, AsyncOwnCodes)
    assert asyncio.run(provider.start(SMS)).code_length == 6


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_outlives_the_process_and_its_keys_lie_beside_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, absolute: bool
) -> None:
    file = f"{tmp_path}/codes.db" if absolute else "codes.db"
    url = f"own://sqlite:///{file}?sender=memory"

    with caplog.at_level(logging.WARNING):
        one = load(url)
    started = one.start(SMS)
    code = sender_of(one).outbox[-1].code.reveal()
    one.close()
    other = load(url)

    assert (tmp_path / "codes.db").exists()
    assert (tmp_path / "codes.db.keys").stat().st_mode & 0o777 == 0o600
    assert caplog.text.count("do not back them up together") == 1
    assert other.check(started.ref, code).verdict is Verdict.APPROVED


def test_keys_come_from_a_file_or_the_environment() -> None:
    keys = CodeKeys.generate()
    keys.write(Path("own.keys"))
    url = "own://sqlite:///codes.db?sender=memory"
    by_file = load(f"{url}&keys=own.keys")
    started = by_file.start(SMS)
    by_text = load(url, {"VERIFY_OWN_KEYS": keys.to_text().reveal()})

    assert by_text.owns(started.ref)
    assert not Path("codes.db.keys").exists()


SERVERS = {
    "own://redis://127.0.0.1:1/0?sender=memory": "RedisStore",
    "own://?store=redis%3A%2F%2Fme%3Asecret%40127.0.0.1%3A1%2F0&sender=memory": "Redis",
    "own://postgresql+psycopg://127.0.0.1:1/shop?sender=memory": "SqlAlchemyStore",
}


@pytest.mark.parametrize("url", SERVERS)
def test_store_may_be_a_server_and_then_keys_must_be_given(url: str) -> None:
    environ = {"VERIFY_OWN_KEYS": CodeKeys.generate().to_text().reveal()}

    provider = load(url, environ)

    shown = repr(provider._own._store)  # noqa: SLF001 - made of a URL
    assert SERVERS[url] in shown
    assert "secret" not in shown
    with pytest.raises(InvalidSetting, match="keys: missing"):
        load(url)


def test_sender_of_mail_is_for_mail() -> None:
    provider = load(
        "own://memory?sender=smtp%3A%2F%2F127.0.0.1%3A1%3Ffrom%3Da%2540b.example"
    )

    assert provider.capabilities.channels == {Channel.EMAIL}


def test_store_and_sender_come_from_the_environment() -> None:
    environ = {"VERIFY_OWN_STORE": "memory", "VERIFY_OWN_SENDER": "memory"}

    provider = load("own://?purpose=confirm", environ)

    assert repr(provider).startswith("OwnCodes('own', purpose='confirm'")


def test_each_channel_may_have_a_sender_of_its_own() -> None:
    provider = load("own://memory?sms=memory&email=memory")

    assert provider.capabilities.channels == {Channel.SMS, Channel.EMAIL}
    one, other = sender_of(provider), sender_of(provider, Channel.EMAIL)
    assert isinstance(one, MemorySender)
    assert one is not other


FILE = """
store = "sqlite:///codes.db"
keys_env = "SHOP_KEYS"
purpose = "recovery"

[[senders]]
url = "memory"
channels = ["sms", "email"]

[[senders]]
url_env = "SECOND"
channels = ["sms"]

[policy]
code_length = 8
lifetime_s = 300
cool_downs_s = [10, 20]

[texts]
brand = "Shop"
host = "login.shop.example"
"""


def test_all_of_it_may_stand_in_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "own.toml").write_text(FILE)
    keys = CodeKeys.generate()
    environ = {"SHOP_KEYS": keys.to_text().reveal(), "SECOND": "memory"}

    provider = load(f"own://{folder}/own.toml", environ)
    started = provider.start(SMS)

    assert (folder / "codes.db").exists()
    assert sender_of(provider, at=1) is not sender_of(provider)
    assert (
        sender_of(provider)
        .outbox[-1]
        .text.splitlines()[-1]
        .startswith("@login.shop.example #")
    )
    assert started.expires_at is not None
    assert (started.expires_at - started.ref.created_at).total_seconds() == 300
    assert started.resend_after is not None
    assert 9 <= started.resend_after.total_seconds() <= 10
    mail = StartRequest(
        identifier=EmailAddress("person@example.org"), channel=Channel.EMAIL
    )
    assert provider.start(mail).channel is Channel.EMAIL
    by_variable = load("own://", environ | {"VERIFY_OWN_FILE": f"{folder}/own.toml"})
    assert by_variable.owns(started.ref)


ODD_URLS = {
    "own://memory": "sender: missing",
    "own://memory?sender=pigeon": "sender: unknown scheme",
    "own://memory?sender=memory&colour=red": "colour: unknown option",
    "own://memory?sender=memory&purpose=fun": "purpose: takes one of",
    "own://memory?sender=memory&resend=varies": "resend: takes new_code or same_code",
    "own://memory?sender=memory&code_length=3": "code_length: takes a whole number",
    "own://memory?sender=memory&lifetime=soon": "lifetime: takes a number of seconds",
    "own://memory?sender=memory&keys=none.keys": "keys: none.keys cannot be read",
    "own://memory?sender=memory&brand=": "brand: takes a name",
    "own://floppy:///a?sender=memory": "store: takes memory or a URL",
    "own://?sender=memory": "store: takes memory or a URL",
    "own://sqlite://?sender=memory": "store: ",
    "own://secret:key@memory?sender=memory": "user: takes none",
    "own:///none.toml": "path: /none.toml cannot be read",
}


def test_what_is_refused_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for rest in ("", "?sender=pigeon", "?sender=memory&code_length=3"):
        with pytest.raises(InvalidSetting):
            load(f"own://sqlite:///codes.db{rest}")
    file = tmp_path / "own.toml"
    file.write_text('store = "sqlite:///codes.db"\n[[senders]]\nurl = "pigeon"\n')
    with pytest.raises(InvalidSetting):
        load(f"own://{file}")

    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("url", ODD_URLS)
def test_what_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load(url)

    assert str(caught.value).startswith(ODD_URLS[url])


ODD_FILES = {
    'colour = "red"': "colour: unknown",
    'store = "memory"': "senders: takes tables",
    'store = "memory"\n[[senders]]\n': "senders[1].url: missing",
    'store = "memory"\n[[senders]]\nurl = "memory"\ntone = 1': "senders[1].tone",
    'store = "memory"\n[[senders]]\nurl = "memory"\n[policy]\ntries=0': "policy.tries",
    'store = "memory"\n[[senders]]\nurl = "memory"\n[texts]\nbrand = 1': "texts.brand",
}


@pytest.mark.parametrize("text", ODD_FILES)
def test_what_a_file_cannot_have_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)

    with pytest.raises(InvalidSetting) as caught:
        load(f"own://{tmp_path}/own.toml")

    assert str(caught.value).startswith(ODD_FILES[text])
