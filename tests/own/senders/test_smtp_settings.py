"""What an SMTP sender is made of: its URL, its environment, its secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.mail_server import PASSWORD, USER, MailServer, sender_to
from tests.support.sending import Send, mail
from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.masking import Secret
from verify_providers.own.senders import Sent, sender_from_url


def test_a_url_makes_the_sender(send: Send) -> None:
    server = MailServer()

    with server.running():
        url = f"smtp://codes:{PASSWORD}@127.0.0.1:{server.port}?from_name=Corner+Shop"
        sender = sender_from_url(url, {"SMTP_FROM": "codes@shop.example"})
        assert isinstance(send(sender, mail()), Sent)

    assert "From: Corner Shop <codes@shop.example>" in server.lines[-2]
    assert "AUTH PLAIN AGNvZGVzAHMzY3IzdC1QYTU1\r\n" in server.lines
    assert PASSWORD not in repr(sender)


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({"user": USER}, "password"),
        ({"password": PASSWORD}, "password"),
        ({"user": USER, "password": ""}, "password"),
        ({"user": USER, "access_token": ""}, "access_token"),
        ({"user": USER, "password": "a", "access_token": "b"}, "access_token"),
    ],
)
def test_a_user_has_one_secret(given: dict[str, str], setting: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        sender_to(25, **given)

    assert caught.value.setting == setting


def test_the_environment_and_a_file_hold_the_password(tmp_path: Path) -> None:
    server = MailServer()
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    environ = {"SMTP_USER": USER, "SMTP_PASSWORD": PASSWORD}

    with server.running():
        base = f"127.0.0.1:{server.port}?from=codes%40shop.example"
        for url, more in (
            (f"smtp://{base}", environ),
            (f"smtp://codes@{base}&password_file={file}", {}),
        ):
            assert isinstance(sender_from_url(url, more).send(mail()), Sent)

    assert server.lines.count("AUTH PLAIN AGNvZGVzAHMzY3IzdC1QYTU1\r\n") == 2


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mx.example", "starttls", 587),
        ("smtps://mx.example", "tls", 465),
        ("smtp://mx.example:2525", "starttls", 2525),
        ("smtp://mx.example?security=clear", "clear", 25),
        ("smtp://mx.example?security=tls", "tls", 465),
        ("smtp://127.0.0.1", "if-offered", 587),
        ("smtp://[::1]:1025", "if-offered", 1025),
        ("smtp://localhost?security=starttls", "starttls", 587),
    ],
)
def test_beyond_this_machine_there_is_tls_unless_asked_for(
    url: str, security: str, port: int
) -> None:
    sender: Any = sender_from_url(url, {"SMTP_FROM": "codes@shop.example"})

    assert vars(sender)["_security"] == security
    assert vars(sender)["_reach"].port == port


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("smtp://mx.example", "from"),
        ("smtp://?from=codes%40shop.example", "host"),
        ("smtp://h?from=codes%40shop.example&from_name=a%0D%0ABcc:x", "from_name"),
        ("smtp://m%C3%A4il.example?from=codes%40shop.example", "host"),
        ("smtp://mx.example/inbox?from=codes%40shop.example", "path"),
        ("smtp://mx.example:many?from=codes%40shop.example", "host"),
        ("smtp://mx.example:0?from=codes%40shop.example", "port"),
        ("smtp://mx.example?from=s3cr3t-Pa55", "from"),
        ("smtp://mx.example?from=%C3%A5dne%40shop.example", "from"),
        ("smtp://mx.example?from=codes%40shop.example&security=none", "security"),
        ("smtps://mx.example?from=codes%40shop.example&security=clear", "security"),
        ("smtp://mx.example?from=codes%40shop.example&colour=red", "colour"),
        ("smtp://mx.example?from=codes%40shop.example&timeout=0", "timeout"),
        ("smtp://mx.example?from=codes%40shop.example&ca_file=/nowhere", "ca_file"),
        ("smtp://codes@mx.example?from=codes%40shop.example", "password"),
        ("smtp://:s3cr3t-Pa55@mx.example?from=codes%40shop.example", "password"),
        (
            "smtp://a:s3cr3t-Pa55@h?from=c%40shop.example&password_file=x",
            "password_file",
        ),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(url: str, setting: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        sender_from_url(url, {})

    assert caught.value.setting == setting
    assert "s3cr3t" not in str(caught.value)


def test_a_secret_that_cannot_be_used_is_said_before_anything_is_sent(
    send: Send,
) -> None:
    server = MailServer()

    with server.running():
        for password in ("", "a\0b", "a\1b"):
            sender = sender_to(server.port, user=USER, password=lambda p=password: p)
            with pytest.raises(Misconfigured):
                send(sender, mail())

    assert "AUTH" not in server.commands


def test_a_secret_may_be_wrapped(send: Send) -> None:
    server = MailServer()

    with server.running():
        sender = sender_to(server.port, user=USER, password=Secret(PASSWORD))
        assert isinstance(send(sender, mail()), Sent)
