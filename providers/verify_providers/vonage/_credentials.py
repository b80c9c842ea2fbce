"""Who asks Vonage: an API key with its secret, or an application with its key."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

from attrs import field, frozen

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.installing import install_hint
from verify_core.masking import Discreet, Secret, to_secret

from .._clock import new_id
from ..config import BasicCredentials, SecretReader, SecretSource

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAME = "vonage"

TOKEN_LIFETIME = timedelta(minutes=15)
"""How long a token is good for; what Vonage's own libraries ask for.

Source: PyPI `vonage-jwt` 1.1.5, claim `exp`.
"""

_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class KeyCredentials(BasicCredentials):
    """An API key and its secret."""

    @property
    def claims(self) -> dict[str, str]:
        return {"api_key": self.user.reveal()}

    @property
    def shown(self) -> str:
        return f"{self.user.reveal()[:2]}…"


@frozen(kw_only=True)
class JwtCredentials(Discreet):
    """An application and its RSA key in PEM, for a token (JWT, RS256) per request."""

    application_id: Secret = field(converter=to_secret)
    private_key: SecretReader
    clock: Callable[[], datetime] = field(repr=False)

    @property
    def claims(self) -> dict[str, str]:
        return {"application_id": self.application_id.reveal()}

    @property
    def shown(self) -> str:
        return f"…{self.application_id.reveal()[-4:]}"

    def authorization(self) -> str:
        import jwt

        now = int(self.clock().timestamp())
        claims = self.claims | {
            "iat": now,
            "jti": new_id(),  # Vonage takes each once
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
        }
        key = _load_key(Secret(self.private_key.read()))
        if key is None:
            raise Misconfigured(f"private_key: {_KEY_WANTED}", NAME)
        return "Bearer " + jwt.encode(claims, key, algorithm="RS256")


_KEY_WANTED = "takes an RSA key in PEM, unencrypted"


@lru_cache(maxsize=4)  # to read a key checks it, which takes longer than to sign
def _load_key(secret: Secret) -> RSAPrivateKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # In an environment variable the lines of a key are often joined by \n in letters.
    text = secret.reveal()
    pem = text if "\n" in text else text.replace("\\n", "\n")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def is_uuid(text: object) -> TypeGuard[str]:
    """Whether this is a text of a UUID with its hyphens, and nothing else."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def credentials_of(
    api_key: str | None,
    api_secret: SecretSource | None,
    application_id: str | None,
    private_key: SecretSource | None,
    clock: Callable[[], datetime],
) -> KeyCredentials | JwtCredentials:
    """An API key and its secret, or an application and its key; exactly one pair."""
    if application_id is None and private_key is None:
        return KeyCredentials(
            user=_require_key(api_key), secret=_reader("api_secret", api_secret)
        )
    if api_key is not None or api_secret is not None:
        raise InvalidSetting(
            "application_id", "pass it with private_key, or api_key with api_secret"
        )
    if application_id is None:
        raise InvalidSetting("application_id", "missing; private_key belongs to one")
    _require_token_libraries()
    reader = _reader("private_key", private_key)
    if (
        isinstance(private_key, str | Secret)
        and _load_key(Secret(reader.read())) is None
    ):
        raise InvalidSetting("private_key", f"{_KEY_WANTED}; pass a file as a Path")
    if not is_uuid(application_id):
        raise InvalidSetting("application_id", "takes a UUID, as in Vonage's dashboard")
    return JwtCredentials(
        application_id=application_id, private_key=reader, clock=clock
    )


def _require_token_libraries() -> None:
    try:
        import cryptography  # noqa: F401 - whether it is there
        import jwt  # noqa: F401 - likewise
    except ImportError:
        raise InvalidSetting(
            "application_id", f"needs PyJWT: {install_hint('vonage')}"
        ) from None


def _require_key(api_key: object) -> str:
    if api_key is None or api_key == "":
        raise InvalidSetting("api_key", "missing; pass it, or application_id")
    # Vonage's are 8 hexadecimal digits; what matters is that the colon ends it.
    if not isinstance(api_key, str) or not re.fullmatch("[A-Za-z0-9_-]{1,64}", api_key):
        raise InvalidSetting("api_key", "takes letters and digits, as in the dashboard")
    return api_key


def _reader(setting: str, source: SecretSource | None) -> SecretReader:
    if source is None:
        raise InvalidSetting(setting, "missing")
    return SecretReader(setting=setting, provider=NAME, source=source)
