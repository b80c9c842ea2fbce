"""Who may ask: Basic credentials or a JWT; well-formed, or those that are declared."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from verify_fakes import FakeVonage
from verify_fakes.vonage import Keyring

if TYPE_CHECKING:
    from tests.fake_vonage.conftest import Line

APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
CLAIMS = {
    "application_id": APPLICATION,
    "iat": int(NOW.timestamp()),
    "jti": "1f8e7b56-7d0c-4d0b-9d4b-5d8a3c1c2b3a",
    "exp": int(NOW.timestamp()) + 900,
}


def pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return pair()


@pytest.fixture(scope="module")
def others() -> tuple[str, str]:
    return pair()


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def bearer(private: str, **claims: object) -> str:
    given = {k: v for k, v in {**CLAIMS, **claims}.items() if v is not None}
    return f"Bearer {jwt.encode(given, private, algorithm='RS256')}"


def asked(fake: FakeVonage, authorization: str | None) -> int:
    headers = {} if authorization is None else {"authorization": authorization}
    url = "https://api.nexmo.com/v2/verify/x"
    return fake.handle("DELETE", url, headers)[0]


class TestWithoutKeyring:
    @pytest.mark.parametrize("given", ["k:s", "a1b2c3d4:x", "a1b2c3d4:with:colons"])
    def test_any_well_formed_pair_is_good(self, vonage: FakeVonage, given: str) -> None:
        assert asked(vonage, basic(given)) == 404

    @pytest.mark.parametrize(
        "given",
        [
            *(None, "", "Basic", "Basic !!!", "Digest x", "Bearer", "Bearer x.y"),
            *(basic("key:"), basic(":secret"), basic("key"), basic("a b:c")),
            *("Bearer a.b.c", "Bearer e30.e30.x", "Basic " + "é" * 4),
        ],
    )
    def test_anything_else_is_401(self, vonage: FakeVonage, given: str | None) -> None:
        assert asked(vonage, given) == 401

    def test_a_jwt_is_not_verified(
        self, vonage: FakeVonage, keys: tuple[str, str]
    ) -> None:
        assert asked(vonage, bearer(keys[0])) == 404
        assert asked(vonage, bearer(keys[0], exp=1)) == 404

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"application_id": None}, {"application_id": "x"}, {"iat": None}),
            *({"jti": None}, {"application_id": 7}, {"iat": "now"}, {"iat": True}),
            *({"iat": -1}, {"iat": 10**400}, {"iat": float("nan")}),
        ],
    )
    def test_a_jwt_needs_vonages_claims(
        self, vonage: FakeVonage, keys: tuple[str, str], wrong: dict[str, Any]
    ) -> None:
        assert asked(vonage, bearer(keys[0], **wrong)) == 401

    @pytest.mark.parametrize("algorithm", ["HS256", "none"])
    def test_a_jwt_is_signed_by_rs256(self, vonage: FakeVonage, algorithm: str) -> None:
        key = "" if algorithm == "none" else "x" * 32
        token = jwt.encode(CLAIMS, key, algorithm=algorithm)

        assert asked(vonage, f"Bearer {token}") == 401

    def test_the_sdks_bytes_are_read(
        self, vonage: FakeVonage, keys: tuple[str, str]
    ) -> None:
        raw: Any = {"Authorization": bearer(keys[0]).encode()}

        assert vonage.handle("DELETE", "https://x/v2/verify/x", raw)[0] == 404

    def test_an_application_is_named_in_events(
        self, line: Line, keys: tuple[str, str]
    ) -> None:
        line.headers = {"Authorization": bearer(keys[0])}
        request_id = line.started()
        line.check(request_id, line.code())

        assert {each.application_id for each in line.vonage.events} == {APPLICATION}


class TestWithKeyring:
    @pytest.fixture
    def ask(self, keys: tuple[str, str]) -> Callable[..., int]:
        ring = Keyring(
            secrets={"a1b2c3d4": "right"},
            applications={APPLICATION: keys[1]},
            now=lambda: NOW,
        )
        fake = FakeVonage(keyring=ring)
        return lambda authorization: asked(fake, authorization)

    def test_the_declared_secret_only(self, ask: Callable[..., int]) -> None:
        assert ask(basic("a1b2c3d4:right")) == 404
        assert ask(basic("a1b2c3d4:wrong")) == 401
        assert ask(basic("another:right")) == 401

    def test_the_declared_application_only(
        self,
        ask: Callable[..., int],
        keys: tuple[str, str],
        others: tuple[str, str],
    ) -> None:
        other = "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"

        assert ask(bearer(keys[0])) == 404
        assert ask(bearer(others[0])) == 401
        assert ask(bearer(keys[0], application_id=other)) == 401

    def test_a_public_key_is_no_secret(
        self, ask: Callable[..., int], keys: tuple[str, str]
    ) -> None:
        """The old trick: a token signed by HS256 with the public key as its secret."""
        import hashlib
        import hmac
        import json

        def part(value: bytes) -> str:
            return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

        head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        text = f"{head}.{part(json.dumps(CLAIMS).encode())}"
        mac = hmac.new(keys[1].encode(), text.encode(), hashlib.sha256).digest()

        assert ask(f"Bearer {text}.{part(mac)}") == 401

    @pytest.mark.parametrize(
        ("ends", "status"),
        [(900, 404), (-59, 404), (-61, 401), (None, 404), (10**400, 401)],
    )
    def test_a_token_ends(
        self,
        ask: Callable[..., int],
        keys: tuple[str, str],
        ends: int | None,
        status: int,
    ) -> None:
        now = int(NOW.timestamp())

        given = bearer(keys[0], exp=None if ends is None else now + ends)

        assert ask(given) == status

    def test_a_token_without_an_end_lives_fifteen_minutes(
        self, ask: Callable[..., int], keys: tuple[str, str]
    ) -> None:
        long_ago = int((NOW - timedelta(minutes=17)).timestamp())

        assert ask(bearer(keys[0], iat=long_ago, exp=None)) == 401

    def test_an_expired_token_is_refused_as_such(self, keys: tuple[str, str]) -> None:
        ring = Keyring(applications={APPLICATION: keys[1]}, now=lambda: NOW)
        headers = {"Authorization": bearer(keys[0], exp=1)}

        body = FakeVonage(keyring=ring).handle(
            "DELETE", "https://api.nexmo.com/v2/verify/x", headers
        )[2]

        assert b"jwt-expired" in body

    def test_without_a_clock_no_token_ends(self, keys: tuple[str, str]) -> None:
        ring = Keyring(applications={APPLICATION: keys[1]})
        old = int(time.time()) - 10**7

        assert asked(FakeVonage(keyring=ring), bearer(keys[0], exp=old)) == 404

    @pytest.mark.parametrize("key", ["", "x", "-----BEGIN PUBLIC KEY-----"])
    def test_what_is_no_public_key_is_refused_at_once(self, key: str) -> None:
        with pytest.raises(ValueError, match=APPLICATION):
            Keyring(applications={APPLICATION: key})

    def test_a_private_key_is_no_public_one(self, keys: tuple[str, str]) -> None:
        with pytest.raises(ValueError, match="public key") as caught:
            Keyring(applications={APPLICATION: keys[0]})

        assert "PRIVATE" not in str(caught.value)

    def test_no_repr_holds_a_secret(self) -> None:
        assert "right" not in repr(Keyring(secrets={"a1b2c3d4": "right"}))
