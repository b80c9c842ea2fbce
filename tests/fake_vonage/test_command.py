"""`verify-core serve --vendor vonage` as a person starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
import requests
from click.testing import CliRunner

from tests.support.receiver import receiving
from tests.support.served_vonage import (
    KEY,
    SECRET,
    Account,
    application,
    certified,
    commanded,
)
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.command import serve
from verify_fakes.server.vonage._settings import VonageSettings, read_accounts

NUMBER = "447700900000"


def complaint(*options: str | Path) -> str:
    """What a start that fails says; it fails as a wrong option does."""
    given = ["--vendor", "vonage", "--port", "0", *map(str, options)]
    result = CliRunner().invoke(serve, given)
    assert result.exit_code == 2, result.output
    return result.output


def configured(folder: Path, text: str) -> Path:
    path = folder / "vonage.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_serves_vonage_and_not_twilio() -> None:
    with commanded("--seed", "1") as url:
        account = Account(url)

        assert url.startswith("http://127.0.0.1:")
        assert account.start(NUMBER).status_code == 202
        assert account.messages()[-1]["to"] == NUMBER
        account.session.close()


def test_it_serves_https_to_those_who_trust_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trustme", reason="trustme is not installed")
    ca, server = certified(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca))
    with commanded("--tls-cert", server) as url:
        assert url.startswith("https://127.0.0.1:")
        assert requests.get(f"{url}/_fake/health", timeout=5).ok


def test_a_strict_server_lets_in_what_is_declared(tmp_path: Path) -> None:
    own = application()
    (tmp_path / "public.pem").write_text(own.public)
    config = configured(
        tmp_path,
        f'[accounts.{KEY}]\nsecret = "{SECRET}"\n'
        f'applications = {{ "{own.id}" = "public.pem" }}\n',
    )
    with commanded("--config", config, "--strict") as url:
        known, unknown = Account(url), Account(url, "stranger")

        assert known.start(NUMBER).status_code == 202
        assert unknown.start(NUMBER).status_code == 401
        assert unknown.door("GET", "/messages").status_code == 400
        busy = requests.post(
            f"{url}/v2/verify",
            json={"brand": "A", "workflow": [{"channel": "sms", "to": NUMBER}]},
            headers=own.bearer(),
            timeout=5,
        )
        assert busy.status_code == 409, "the application is the account's own"
        known.session.close()
        unknown.session.close()


def test_it_posts_webhooks_signed_with_the_secret_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, secret = application(), "0123456789abcdef" * 2
    monkeypatch.setenv("VONAGE_SIGNATURE_SECRET", secret)
    with receiving() as receiver, commanded("--event-sink", receiver.url) as url:
        account = Account(url, own.id, application=own)
        account.start(NUMBER)
        account.door("POST", "/clock", {"advance_s": 200})
        receiver.wait_for(2)
        account.session.close()

    for seen in receiver.seen:
        token = seen.headers["authorization"].removeprefix("Bearer ")
        assert jwt.decode(token, secret, algorithms=["HS256"])["application_id"]


def test_webhooks_need_a_secret_to_sign_with() -> None:
    said = complaint("--event-sink", "http://127.0.0.1:9000/")

    assert "event-sink: needs --signature-secret" in said


@pytest.mark.parametrize(
    "options",
    [
        ["--proxy"],
        ["--proxy-ca", "ca.pem"],
    ],
    ids=lambda options: options[0],
)
def test_options_of_the_fake_twilio_are_refused(options: list[str]) -> None:
    assert f"{options[0]} does not go with --vendor vonage" in complaint(*options)


def test_a_profile_of_the_fake_twilio_is_refused() -> None:
    assert "choose one of default, strict-numbers" in complaint("--profile", "docs")


def test_a_key_needs_a_certificate(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch()

    assert "--tls-key needs --tls-cert" in complaint("--tls-key", key)


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing", encoding="utf-8")

    assert "Traceback" not in complaint("--tls-cert", nothing)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "accounts.KEY"),
        ("[", "config"),
        ('[accounts.k]\nsecret = ""', "needs secret"),
        ("[accounts.k]\nsecret = 7", "needs secret"),
        ('[accounts.k]\nsecret = "s"\ncolour = 1', "unknown: colour"),
        ('[accounts.k]\nsecret = "s"\nevent_sinks = 1', "takes a list of URLs"),
        ('[accounts.k]\nsecret = "s"\nevent_sinks = ["x"]', "needs signature_secret"),
        (
            '[accounts.k]\nsecret = "s"\nsignature_secret = "t"\nevent_sinks = ["x"]',
            "absolute http or https URL",
        ),
        ('[accounts.k]\nsecret = "s"\nsignature_secret = 7', "needs signature_secret"),
        ('[accounts.k]\nsecret = "s"\napplications = ["x"]', "files of public keys"),
        ('[accounts.k]\nsecret = "s"\napplications = { a = "no.pem" }', "no.pem"),
        (
            '[accounts.k]\nsecret = "s"\napplications = { a = "vonage.toml" }',
            "takes an RSA public key",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used(
    tmp_path: Path, text: str, said: str
) -> None:
    path = configured(tmp_path, text)

    with pytest.raises(BadSettings, match=said):
        read_accounts(path)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    config = '[accounts.k]\nsecret = "hush"\nsignature_secret = "quiet"'
    accounts = read_accounts(configured(tmp_path, config))
    given = {"side_door_token": "tok", "signature_secret": "silent"}

    shown = repr(VonageSettings(accounts=accounts, **given))

    assert not {"hush", "quiet", "silent"} & set(re.findall(r"\w+", shown))
    assert "tok" not in shown.replace("side_door_token", "")


def test_help_needs_no_library_of_the_server() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "verify_fakes", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout

    assert "--vendor [twilio|vonage]" in said
