"""Who we are to Vonage: an API key with its secret, or an application with its key."""

from __future__ import annotations

import hashlib
import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from attrs import define, field, frozen

from verify_core.errors import InvalidSetting, Misconfigured
from verify_core.installing import install_hint
from verify_core.masking import Secret

from ..config import SecretReader, SecretSource

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAME: Final = "vonage"

TOKEN_LIFETIME: Final = timedelta(minutes=15)
"""How long a token of ours is good for; what Vonage's own libraries ask for.

Source: PyPI `vonage-jwt` 1.1.5, claim `exp`.
"""


_UUID: Final = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Credentials(Protocol):
    """Makes the `Authorization` header of each request."""

    @property
    def shown(self) -> str:
        """Who we are, as a repr may show it."""
        ...

    @property
    def claims(self) -> dict[str, str]:
        """What a webhook that is meant for us may say of us."""
        ...

    def authorization(self) -> str:
        """
        The value of the `Authorization` header.

        Raises:
            Misconfigured: The secret or the key cannot be read or used.
        """
        ...


@frozen(kw_only=True)
class BasicCredentials:
    """
    An API key and its secret, for HTTP Basic.

    Attributes:
        api_key: The key, as in Vonage's dashboard.
        secret: Its secret.
    """

    api_key: str = field(repr=False)
    secret: SecretReader

    @property
    def claims(self) -> dict[str, str]:
        """The key."""
        return {"api_key": self.api_key}

    @property
    def shown(self) -> str:
        """The key by its first two characters."""
        return f"{self.api_key[:2]}…"

    def authorization(self) -> str:
        """`Basic …`; raises `Misconfigured` as `Credentials` says."""
        pair = f"{self.api_key}:{self.secret.read()}"
        return "Basic " + b64encode(pair.encode()).decode()


@define(kw_only=True)
class JwtCredentials:
    """
    An application and its private key, for a token (JWT, RS256) per request.

    Attributes:
        application_id: The application, a UUID.
        private_key: Its RSA key in PEM.
        clock: The present, for `iat` and `exp`.
        token_ids: Draws `jti`, which Vonage takes once.
    """

    application_id: str = field(repr=False)
    private_key: SecretReader
    clock: Callable[[], datetime] = field(repr=False)
    token_ids: Callable[[], str] = field(repr=False)
    _loaded: tuple[bytes, RSAPrivateKey] | None = field(
        default=None, init=False, repr=False
    )

    @property
    def claims(self) -> dict[str, str]:
        """The application."""
        return {"application_id": self.application_id}

    @property
    def shown(self) -> str:
        """The application by its last four characters."""
        return f"…{self.application_id[-4:]}"

    def authorization(self) -> str:
        """`Bearer …`; raises `Misconfigured` as `Credentials` says."""
        import jwt

        now = int(self.clock().timestamp())
        claims = {
            "application_id": self.application_id,
            "iat": now,
            "jti": self.token_ids(),
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
        }
        return "Bearer " + jwt.encode(claims, self._key(), algorithm="RS256")

    def _key(self) -> RSAPrivateKey:
        text = self.private_key.read()
        digest = hashlib.sha256(text.encode()).digest()
        # Reading a key checks it, which takes longer than signing with it.
        loaded = self._loaded
        if loaded is None or loaded[0] != digest:
            key = _load_key(text)
            if key is None:
                raise Misconfigured(f"private_key: {_KEY_WANTED}", NAME)
            self._loaded = loaded = (digest, key)
        return loaded[1]


_KEY_WANTED: Final = "takes an RSA key in PEM, unencrypted"


def _load_key(text: str) -> RSAPrivateKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # In an environment variable the lines of a key are often joined by \n in letters.
    pem = text if "\n" in text else text.replace("\\n", "\n")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def require_application_id(value: object) -> str:
    """
    An application id, unchanged.

    Raises:
        InvalidSetting: It is no UUID; the message does not repeat it.
    """
    if not isinstance(value, str) or not is_uuid(value):
        raise InvalidSetting("application_id", "takes a UUID, as in Vonage's dashboard")
    return value


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID with its hyphens, and nothing else."""
    return _UUID.fullmatch(text) is not None


def draw_token_id() -> str:
    """A token's id, for those who pass no source of them."""
    return str(uuid.uuid4())


def choose_credentials(
    *,
    api_key: str | None,
    api_secret: SecretSource | None,
    application_id: str | None,
    private_key: SecretSource | None,
    clock: Callable[[], datetime],
    token_ids: Callable[[], str],
) -> Credentials:
    """
    An API key and its secret, or an application and its key; exactly one of the pairs.

    Args:
        api_key: As in Vonage's dashboard.
        api_secret: Its secret.
        application_id: As in Vonage's dashboard.
        private_key: Its RSA key in PEM.
        clock: As for `JwtCredentials`.
        token_ids: As for `JwtCredentials`.

    Raises:
        InvalidSetting: An id is malformed, neither or both pairs are there, half of one
            is missing, or the libraries for tokens are.
    """
    basic = api_key is not None or api_secret is not None
    token = application_id is not None or private_key is not None
    if basic and token:
        raise InvalidSetting(
            "application_id", "pass it with private_key, or api_key with api_secret"
        )
    if token:
        return _token_credentials(application_id, private_key, clock, token_ids)
    return BasicCredentials(
        api_key=_require_key(api_key),
        secret=SecretReader(
            setting="api_secret",
            provider=NAME,
            source=_present("api_secret", api_secret),
        ),
    )


def _token_credentials(
    application_id: str | None,
    private_key: SecretSource | None,
    clock: Callable[[], datetime],
    token_ids: Callable[[], str],
) -> JwtCredentials:
    if application_id is None:
        raise InvalidSetting("application_id", "missing; private_key belongs to one")
    require_token_library("application_id")
    reader = SecretReader(
        setting="private_key",
        provider=NAME,
        source=_present("private_key", private_key),
    )
    if isinstance(private_key, str | Secret) and _load_key(reader.read()) is None:
        raise InvalidSetting("private_key", f"{_KEY_WANTED}; pass a file as a Path")
    return JwtCredentials(
        application_id=require_application_id(application_id),
        private_key=reader,
        clock=clock,
        token_ids=token_ids,
    )


def require_token_library(setting: str) -> None:
    """
    Make sure that tokens can be made and read.

    Raises:
        InvalidSetting: A library is missing; names the extra that brings it.
    """
    try:
        import cryptography  # noqa: F401 - whether it is there
        import jwt  # noqa: F401 - likewise
    except ImportError:
        raise InvalidSetting(
            setting, f"needs PyJWT: {install_hint('vonage')}"
        ) from None


def _require_key(api_key: object) -> str:
    if api_key is None or api_key == "":
        raise InvalidSetting("api_key", "missing; pass it, or application_id")
    # Vonage's are 8 hexadecimal digits; what matters is that the colon ends it.
    if not isinstance(api_key, str) or not re.fullmatch("[A-Za-z0-9_-]{1,64}", api_key):
        raise InvalidSetting("api_key", "takes letters and digits, as in the dashboard")
    return api_key


def _present(setting: str, source: SecretSource | None) -> SecretSource:
    if source is None:
        raise InvalidSetting(setting, "missing")
    return source
