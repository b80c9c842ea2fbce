"""Credentials and URLs: what they make, what is refused, and by what name."""

from __future__ import annotations

import traceback
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.kinds import Make
from tests.support.loopback import Loopback
from tests.vonage.keys import PEM, RSA
from tests.vonage.tiny import APPLICATION, KEY, NOON, SECRET, TinyVonage
from verify_core.channels import Channel
from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.masking import Secret
from verify_core.registry import load_provider, read_url
from verify_core.verification import StartRequest
from verify_providers.vonage import VonageVerify, from_settings


def basic(header: str) -> tuple[str, str]:
    user, _, secret = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return user, secret


def authorization(loopback: Loopback) -> str:
    return loopback.requests[-1].headers["authorization"]


def claims_of(header: str) -> dict[str, Any]:
    options: Any = {"verify_exp": False, "verify_iat": False}
    found: dict[str, Any] = jwt.decode(
        header.removeprefix("Bearer "), RSA.public_key(), ["RS256"], options=options
    )
    return found


class TestTokens:
    def test_one_per_request_with_the_clock_that_was_passed(
        self, loopback: Loopback, make: Make, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        with make(
            api_key=None,
            api_secret=None,
            application_id=APPLICATION,
            private_key=PEM,
            clock=lambda: NOON,
        ) as provider:
            ref = provider.start(request_of).ref
            provider.check(ref, "9999")

        first, second = (
            claims_of(r.headers["authorization"]) for r in loopback.requests
        )
        now = int(NOON.timestamp())
        assert first == {
            "application_id": APPLICATION,
            "iat": now,
            "exp": now + 900,
            "jti": first["jti"],
        }
        assert second == first | {"jti": second["jti"]}
        assert first["jti"] != second["jti"]
        assert jwt.get_unverified_header(
            authorization(loopback).removeprefix("Bearer ")
        ) == {"alg": "RS256", "typ": "JWT"}
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        "source",
        [
            lambda _folder: PEM,
            lambda _folder: Secret(PEM),
            lambda _folder: PEM.replace("\n", "\\n"),
            lambda _folder: lambda: PEM,
            lambda folder: write(folder, PEM),
        ],
        ids=["text", "secret", "one line", "callable", "file"],
    )
    def test_key_from_wherever_it_is_kept(
        self,
        loopback: Loopback,
        make: Make,
        tiny: TinyVonage,
        request_of: StartRequest,
        tmp_path: Path,
        source: Callable[[Path], Any],
    ) -> None:
        with make(
            api_key=None,
            api_secret=None,
            application_id=APPLICATION,
            private_key=source(tmp_path),
            clock=lambda: datetime.now(UTC),
        ) as provider:
            provider.start(request_of)

        claims = claims_of(authorization(loopback))
        assert claims["application_id"] == APPLICATION
        assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 60
        assert tiny.messages == ["sms"]

    def test_key_that_rotates_is_read_each_time(
        self, loopback: Loopback, make: Make, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keys = iter([PEM, pem.decode()])
        with make(
            api_key=None,
            api_secret=None,
            application_id=APPLICATION,
            private_key=lambda: next(keys),
        ) as provider:
            ref = provider.start(request_of).ref
            provider.check(ref, "9999")

        with pytest.raises(jwt.InvalidSignatureError):
            claims_of(authorization(loopback))
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        "bad",
        [
            "not a key",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            RSA.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode(),
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
            RSA.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
            ).decode(),
        ],
        ids=["text", "garbage", "public", "elliptic", "encrypted"],
    )
    def test_key_that_cannot_sign_is_refused_and_not_shown(
        self, loopback: Loopback, make: Make, request_of: StartRequest, bad: str
    ) -> None:
        """At once where it is passed; when it is read where it is read later."""
        options = {"brand": "Acme", "application_id": APPLICATION}
        with pytest.raises(InvalidSetting, match=r"^private_key: ") as refused:
            VonageVerify(**options, private_key=bad)
        with (
            make(
                api_key=None, api_secret=None, **options, private_key=lambda: bad
            ) as provider,
            pytest.raises(Misconfigured, match="private_key") as later,
        ):
            provider.start(request_of)

        for caught in (refused, later):
            shown = "".join(traceback.format_exception(caught.value))
            assert bad[30:60] not in shown or len(bad) < 30
        assert loopback.requests == []


def write(folder: Path, text: str) -> Path:
    path = folder / "secret"
    path.write_text(text + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "source",
    [
        lambda _folder: SECRET,
        lambda _folder: Secret(SECRET),
        lambda _folder: lambda: SECRET,
        lambda _folder: lambda: Secret(SECRET),
        lambda folder: write(folder, SECRET),
    ],
)
def test_secret_from_wherever_it_is_kept(
    loopback: Loopback,
    make: Make,
    tiny: TinyVonage,
    request_of: StartRequest,
    tmp_path: Path,
    source: Callable[[Path], Any],
) -> None:
    with make(api_secret=source(tmp_path)) as provider:
        provider.start(request_of)

    assert basic(authorization(loopback)) == (KEY, SECRET)
    assert tiny.messages == ["sms"]


def raising() -> str:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize(
    "source",
    [lambda: "", lambda: None, lambda: "a\ud800", raising, Path("/nonexistent")],
)
def test_secret_that_cannot_be_read_stops_before_any_request(
    loopback: Loopback,
    make: Make,
    request_of: StartRequest,
    source: Any,  # noqa: ANN401 - wrong on purpose
) -> None:
    with (
        make(api_secret=source) as provider,
        pytest.raises(Misconfigured, match="api_secret") as caught,
    ):
        provider.start(request_of)

    assert loopback.requests == []
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("given", "setting"),
    [
        ({}, "api_key"),
        ({"api_key": KEY}, "api_secret"),
        ({"api_key": "", "api_secret": SECRET}, "api_key"),
        ({"api_key": "a:b", "api_secret": SECRET}, "api_key"),
        ({"api_key": 7, "api_secret": SECRET}, "api_key"),
        ({"api_key": KEY, "api_secret": ""}, "api_secret"),
        ({"api_key": KEY, "api_secret": 7}, "api_secret"),
        ({"api_secret": SECRET}, "api_key"),
        ({"application_id": APPLICATION}, "private_key"),
        ({"private_key": PEM}, "application_id"),
        ({"application_id": "x", "private_key": PEM}, "application_id"),
        (
            {
                "application_id": APPLICATION,
                "private_key": PEM,
                "api_key": KEY,
                "api_secret": SECRET,
            },
            "application_id",
        ),
        ({"api_key": KEY, "private_key": PEM}, "application_id"),
        (
            {"api_key": KEY, "api_secret": SECRET, "signature_secret": ""},
            "signature_secret",
        ),
        ({"api_key": KEY, "api_secret": SECRET, "timeout": 4}, "timeout"),
        ({"api_key": KEY, "api_secret": SECRET, "timeout": timedelta(0)}, "timeout"),
        ({"api_key": KEY, "api_secret": SECRET, "pool_size": 0}, "pool_size"),
        ({"api_key": KEY, "api_secret": SECRET, "base_url": "x"}, "base_url"),
        ({"api_key": KEY, "api_secret": SECRET, "base_url": 7}, "base_url"),
        (
            {"api_key": KEY, "api_secret": SECRET, "base_url": "http://example.org"},
            "base_url",
        ),
        (
            {"api_key": KEY, "api_secret": SECRET, "base_url": "https://a@b"},
            "base_url",
        ),
        (
            {"api_key": KEY, "api_secret": SECRET, "base_url": "https://a?b"},
            "base_url",
        ),
    ],
)
def test_what_is_missing_or_at_odds_is_named(
    given: dict[str, Any], setting: str
) -> None:
    with pytest.raises(InvalidSetting) as caught:
        VonageVerify(brand="Acme", **given)

    assert caught.value.setting == setting
    assert SECRET not in str(caught.value)


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jwt", None)

    with pytest.raises(InvalidSetting, match=r"verify-core\[vonage\]"):
        VonageVerify(brand="Acme", application_id=APPLICATION, private_key=PEM)
    VonageVerify(brand="Acme", api_key=KEY, api_secret=SECRET).close()


class TestUrl:
    def from_url(self, url: str, loopback: Loopback, **environ: str) -> VonageVerify:
        joint = "&" if "?" in url else "?"
        full = f"{url}{joint}base_url={loopback.url}"
        return from_settings(read_url(full, environ=environ))

    def test_key_secret_and_brand(
        self, loopback: Loopback, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        url = f"vonage://{KEY}:s%40cret@verify?brand=Acme%20Co&code_length=6"
        with self.from_url(url, loopback) as provider:
            started = provider.start(request_of)

        assert basic(authorization(loopback)) == (KEY, "s@cret")
        assert b'"brand": "Acme Co"' in loopback.requests[-1].body
        assert started.code_length == 6
        assert tiny.messages == ["sms"]

    def test_it_is_found_by_its_entry_point(self) -> None:
        found = load_provider(f"vonage://{KEY}:{SECRET}@verify?brand=Acme", environ={})

        assert isinstance(found, VonageVerify)
        assert repr(found) == "VonageVerify(user='a1…', brand='Acme')"

    @pytest.mark.parametrize(
        "url",
        [
            f"vonage://{APPLICATION}@verify?brand=Acme",
            f"vonage://verify?application_id={APPLICATION}&brand=Acme",
        ],
    )
    def test_application_with_its_key_in_a_file(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        request_of: StartRequest,
        tmp_path: Path,
        url: str,
    ) -> None:
        url = f"{url}&private_key_file={write(tmp_path, PEM)}"
        with self.from_url(url, loopback) as provider:
            provider.start(request_of)

        assert claims_of(authorization(loopback))["application_id"] == APPLICATION
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize("kept", ["path", "key", "key_is_path"])
    def test_application_from_the_environment_wins(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        request_of: StartRequest,
        tmp_path: Path,
        kept: str,
    ) -> None:
        """As in Vonage's own libraries, where both kinds of credentials are there."""
        path = write(tmp_path, PEM)
        key = {
            "path": {"VONAGE_PRIVATE_KEY_PATH": str(path)},
            "key": {"VONAGE_PRIVATE_KEY": PEM},
            "key_is_path": {"VONAGE_PRIVATE_KEY": str(path)},
        }[kept]
        with self.from_url(
            "vonage://verify",
            loopback,
            VONAGE_API_KEY=KEY,
            VONAGE_API_SECRET=SECRET,
            VONAGE_APPLICATION_ID=APPLICATION,
            VERIFY_BRAND_NAME="Acme",
            **key,
        ) as provider:
            provider.start(request_of)

        assert claims_of(authorization(loopback))["application_id"] == APPLICATION
        assert tiny.messages == ["sms"]

    @pytest.mark.parametrize(
        "environ",
        [{}, {"VONAGE_APPLICATION_ID": APPLICATION}, {"VONAGE_PRIVATE_KEY": PEM}],
    )
    def test_key_and_secret_from_the_environment(
        self,
        loopback: Loopback,
        tiny: TinyVonage,
        request_of: StartRequest,
        environ: dict[str, str],
    ) -> None:
        """Half of the other pair does not count."""
        with self.from_url(
            "vonage://?brand=Acme",
            loopback,
            VONAGE_API_KEY=KEY,
            VONAGE_API_SECRET=SECRET,
            **environ,
        ) as provider:
            provider.start(request_of)

        assert basic(authorization(loopback)) == (KEY, SECRET)
        assert tiny.messages == ["sms"]

    def test_url_outweighs_the_environment(
        self, loopback: Loopback, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        with self.from_url(
            "vonage://bbbbbbbb:mine@verify?brand=Mine",
            loopback,
            VONAGE_API_KEY=KEY,
            VONAGE_API_SECRET=SECRET,
            VONAGE_APPLICATION_ID=APPLICATION,
            VONAGE_PRIVATE_KEY=PEM,
            VERIFY_BRAND_NAME="Acme",
        ) as provider:
            provider.start(request_of)

        assert basic(authorization(loopback)) == ("bbbbbbbb", "mine")
        assert b'"brand": "Mine"' in loopback.requests[-1].body
        assert tiny.messages == ["sms"]

    def test_secret_in_the_url_belongs_to_the_environments_key(
        self, loopback: Loopback, tiny: TinyVonage, request_of: StartRequest
    ) -> None:
        """Whatever application the environment has besides."""
        with self.from_url(
            "vonage://:mine@verify?brand=Mine",
            loopback,
            VONAGE_API_KEY=KEY,
            VONAGE_APPLICATION_ID=APPLICATION,
            VONAGE_PRIVATE_KEY=PEM,
        ) as provider:
            provider.start(request_of)

        assert basic(authorization(loopback)) == (KEY, "mine")
        assert tiny.messages == ["sms"]

    def test_all_options(self, loopback: Loopback, tmp_path: Path) -> None:
        path = write(tmp_path, SECRET)
        url = (
            f"vonage://{KEY}@verify?brand=Acme&api_secret_file={path}"
            f"&signature_secret_file={path}&sms_from=Acme&whatsapp_from=447700900000"
            "&email_from=a@example.org&code_length=6&channel_timeout=60&timeout=2.5"
            "&pool_size=3&trust_env=false&allow_plain_http=false"
        )

        with self.from_url(url, loopback) as provider:
            assert Channel.WHATSAPP in provider.capabilities.channels

    @pytest.mark.parametrize(
        ("url", "setting"),
        [
            (f"vonage://{KEY}:{SECRET}@verify", "brand"),
            (f"vonage://{KEY}:{SECRET}@verify?brand=", "brand"),
            ("vonage://verify?brand=Acme", "api_key"),
            (f"vonage://{KEY}@verify?brand=Acme", "api_secret"),
            (f"vonage://{KEY}:{SECRET}@sms?brand=Acme", "host"),
            (f"vonage://{KEY}:{SECRET}@verify/x?brand=Acme", "host"),
            (f"vonage://{KEY}:{SECRET}@verify?brand=A&colour=red", "colour"),
            (
                f"vonage://{KEY}:{SECRET}@verify?brand=A&api_secret_file=x",
                "api_secret_file",
            ),
            (
                f"vonage://{KEY}:{SECRET}@verify?brand=A&private_key_file=x",
                "private_key_file",
            ),
            ("vonage://verify?brand=A&private_key_file=x", "application_id"),
            (
                f"vonage://{APPLICATION}:{SECRET}@verify?brand=A",
                "application_id",
            ),
            (
                f"vonage://{APPLICATION}@verify?brand=A&api_secret_file=x",
                "api_secret_file",
            ),
            (f"vonage://{APPLICATION}@verify?brand=A", "private_key"),
            (
                f"vonage://{KEY}@verify?brand=A&application_id={APPLICATION}",
                "application_id",
            ),
            ("vonage://verify?brand=A&application_id=x", "private_key"),
            (f"vonage://{KEY}:{SECRET}@verify?brand=A&code_length=x", "code_length"),
            (f"vonage://{KEY}:{SECRET}@verify?brand=A&code_length=3", "code_length"),
            (
                f"vonage://{KEY}:{SECRET}@verify?brand=A&channel_timeout=5",
                "channel_timeout",
            ),
            (f"vonage://{KEY}:{SECRET}@verify?brand=A&timeout=nan", "timeout"),
            (f"vonage://{KEY}:{SECRET}@verify?brand=A&trust_env=maybe", "trust_env"),
        ],
    )
    def test_what_is_wrong_is_named(self, url: str, setting: str) -> None:
        with pytest.raises(InvalidSetting) as caught:
            load_provider(url, environ={})

        assert caught.value.setting == setting
        assert SECRET not in str(caught.value)
