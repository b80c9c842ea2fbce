"""
Who asks: Basic credentials, or a JWT of an application.

By default whatever Vonage could accept is accepted, and nothing is verified; a
`Keyring` knows whom to let in, and checks secrets and signatures.

Sources: Vonage, "Authentication" (key and secret; RS256 with the claims application_id,
iat, jti, and exp up to 24 hours later), read 2026-11-23; PyPI vonage-jwt 1.1.5.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from ...kit._hiding import Hidden, Revealed, hidden
from ...kit._installing import install_hint
from ..machine._commands import Reason, VonageRefusal

KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
APPLICATION = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PARTS = 3
_END_OF_TIME = 10**11
#: Vonage refuses tokens that are older, where they name no end of their own.
_LIFE = timedelta(minutes=15)
_LEEWAY = timedelta(seconds=60)


@frozen(kw_only=True)
class Caller:
    """The account that asks, by key and secret, or the application, by JWT."""

    api_key: str | None = None
    application_id: str | None = None

    @property
    def name(self) -> str:
        return self.application_id or self.api_key or ""


@frozen(kw_only=True)
class Keyring:
    """
    The accounts and applications to let in.

    Attributes:
        secrets: API secrets by API key.
        applications: Public keys (PEM) by application id. Checking a token with one
            needs PyJWT and cryptography: the extra `verify-core[vonage]`.
        now: Real time, by which tokens expire. None lets no token expire: a fake's own
            clock may stand elsewhere than the client's.

    Raises:
        ValueError: An application's key is not an RSA public key; the message names the
            application.
        ImportError: Applications are declared, and the extra is not installed.
    """

    _secrets: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)
    _applications: Hidden[Mapping[str, str]] = field(factory=dict, converter=hidden)
    now: Callable[[], datetime] | None = None

    secrets = Revealed[Mapping[str, str]]()
    applications = Revealed[Mapping[str, str]]()

    def __attrs_post_init__(self) -> None:
        for application, public_key in self.applications.items():
            _refuse_no_key(application, public_key)


def _refuse_no_key(application: str, public_key: str) -> None:
    try:
        import jwt  # noqa: F401  it will be needed
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise ImportError(
            "checking the tokens of applications needs PyJWT and cryptography: "
            f"{install_hint('vonage')}"
        ) from error
    wrong = f"application {application}: takes an RSA public key in PEM"
    try:
        key = load_pem_public_key(public_key.encode())
    except ValueError:
        raise ValueError(wrong) from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError(wrong)  # noqa: TRY004  the value is wrong, not its type


_UNAUTHORIZED = VonageRefusal(reason=Reason.UNAUTHORIZED)
_EXPIRED = VonageRefusal(reason=Reason.TOKEN_EXPIRED)


def caller_of(
    authorization: str, keyring: Keyring | None = None
) -> Caller | VonageRefusal:
    """The account or application behind an Authorization header, or the refusal."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        return _basic(value.strip(), keyring)
    if scheme.lower() == "bearer":
        return _bearer(value.strip(), keyring)
    return _UNAUTHORIZED


def _basic(encoded: str, keyring: Keyring | None) -> Caller | VonageRefusal:
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return _UNAUTHORIZED
    key, _, secret = decoded.partition(":")
    if not secret or not KEY.fullmatch(key):
        return _UNAUTHORIZED
    if keyring is not None:
        # An unknown key costs as long as a wrong secret.
        expected = keyring.secrets.get(key, "")
        if not hmac.compare_digest(secret.encode(), expected.encode()):
            return _UNAUTHORIZED
    return Caller(api_key=key)


def _bearer(token: str, keyring: Keyring | None) -> Caller | VonageRefusal:
    parts = token.split(".")
    if len(parts) != _PARTS or not parts[2]:
        return _UNAUTHORIZED
    header, claims = _json(parts[0]), _json(parts[1])
    if header is None or claims is None or header.get("alg") != "RS256":
        return _UNAUTHORIZED
    application = claims.get("application_id")
    known = isinstance(application, str) and APPLICATION.fullmatch(application)
    issued = claims.get("iat")
    if not known or not _is_instant(issued) or not isinstance(claims.get("jti"), str):
        return _UNAUTHORIZED
    if keyring is not None:
        refused = _verified(token, str(application), claims, keyring)
        if refused is not None:
            return refused
    return Caller(application_id=str(application))


def _verified(
    token: str, application: str, claims: Mapping[str, Any], keyring: Keyring
) -> VonageRefusal | None:
    import jwt

    public_key = keyring.applications.get(application)
    if public_key is None:
        return _UNAUTHORIZED
    try:
        jwt.decode(
            token,
            public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidTokenError:
        return _UNAUTHORIZED
    if keyring.now is None:
        return None
    now = keyring.now().timestamp()
    ends = claims.get("exp", claims["iat"] + _LIFE.total_seconds())
    late = not _is_instant(ends) or ends + _LEEWAY.total_seconds() < now
    return _EXPIRED if late else None


def _is_instant(value: object) -> bool:
    """Whether a claim is seconds since 1970, far from overflow, and not NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < _END_OF_TIME


def _json(part: str) -> Mapping[str, Any] | None:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
