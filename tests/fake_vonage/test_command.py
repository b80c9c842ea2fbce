"""`verify-core serve --vendor vonage` as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import jwt
import pytest
import requests
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.served_vonage import KEY, SECRET, Account, certified, commanded
from verify_fakes.server._settings import BadSettings
from verify_fakes.server.command import serve
from verify_fakes.server.vonage._settings import VonageSettings, read_keyring

NUMBER = "447700900000"
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"


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
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "public.pem").write_bytes(public)
    config = configured(
        tmp_path,
        f'[accounts.{KEY}]\nsecret = "{SECRET}"\n'
        f'applications = {{ "{APPLICATION}" = "public.pem" }}\n',
    )
    with commanded("--config", config, "--strict") as url:
        known, unknown = Account(url), Account(url, "stranger")
        claims = {
            "application_id": APPLICATION,
            "iat": int(time.time()),
            "jti": str(uuid4()),
        }
        token = jwt.encode(claims, key, algorithm="RS256")

        assert known.start(NUMBER).status_code == 202
        assert unknown.start(NUMBER).status_code == 401
        assert unknown.door("GET", "/messages").status_code == 400
        busy = requests.post(
            f"{url}/v2/verify",
            json={"brand": "A", "workflow": [{"channel": "sms", "to": NUMBER}]},
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
        assert busy.status_code == 409, "the application is the account's own"
        known.session.close()
        unknown.session.close()


@pytest.mark.parametrize(
    "options",
    [
        ["--allow-webhooks-to", "example.org"],
        ["--event-sink", "http://127.0.0.1/"],
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
        read_keyring(path)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    keyring, owners = read_keyring(
        configured(tmp_path, '[accounts.k]\nsecret = "hush"')
    )

    shown = repr(VonageSettings(keyring=keyring, owners=owners, side_door_token="tok"))

    assert "hush" not in shown
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
